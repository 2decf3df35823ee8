"""A browser wallet for tests: `window.ethereum` (EIP-1193), announced by EIP-6963 too, its requests answered here in Python.

    wallet = PageWallet(site.node, [cast.key("desk-certifier-a")])
    wallet.install(context)                  # before the first page
    wallet.rejects.add(SIGN)                 # the person says no (4001)
    wallet.chain_id = 1                      # on another chain; `wallet.knows` says which it can be switched to
    wallet.signs = stranger(key)             # a lying wallet: see below
    wallet.asked                             # every (method, params) the page asked

Typed data is hashed by eth-account from the JSON the page hands over, so a test fails when the page and an independent EIP-712 differ.
Transactions are signed with the account's key and sent to the node. What a wallet shows and a person reads is `wallet.typed`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eth_account.messages import encode_defunct, encode_typed_data

from ledger.chain.client import NodeChain, connect
from ledger.chain.sending import Sender
from ledger.domain.chain_errors import CallRevertedError
from ledger.domain.errors import LedgerError
from ledger.keys.memory import MemorySigner
from verifier.hashing import keccak256
from verifier.signature import to_checksum
from verifier.types import Address, Digest

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

ACCOUNTS, CHAIN, SWITCH = "eth_requestAccounts", "eth_chainId", "wallet_switchEthereumChain"
SIGN, SIGN_TEXT, SEND = "eth_signTypedData_v4", "personal_sign", "eth_sendTransaction"
REJECTED, UNKNOWN_CHAIN, NO_METHOD, INTERNAL = 4001, 4902, -32601, -32603

Signing = Callable[[MemorySigner, dict[str, Any]], str]
"""What a wallet answers to typed data: the account's key and the document; 0x-hex."""

SCRIPT = """
(() => {
  const provider = {
    request: async ({ method, params }) => {
      const answer = await window[NAME](method, JSON.stringify(params ?? []));
      if (answer.error) throw Object.assign(new Error(answer.error.message), { code: answer.error.code });
      return answer.result;
    },
    on() {}, removeListener() {},
  };
  if (INJECTED) window.ethereum = provider;
  const tell = () => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", {
    detail: Object.freeze({ info: { uuid: crypto.randomUUID?.() ?? "1", name: TITLE, icon: "data:,", rdns: "test.wallet" }, provider }),
  }));
  if (ANNOUNCED) { window.addEventListener("eip6963:requestProvider", tell); tell(); }
})();
"""


class WalletRefusalError(Exception):
    """An EIP-1193 error with its number."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def typed_digest(document: dict[str, Any]) -> Digest:
    """EIP-712's digest of typed data, by eth-account."""
    message = encode_typed_data(full_message=document)
    return Digest(keccak256(b"\x19" + message.version + message.header + message.body))


def honest(signer: MemorySigner, document: dict[str, Any]) -> str:
    """What a wallet does: sign exactly what it was given."""
    return "0x" + signer.sign_digest(typed_digest(document)).hex()


def counts_from_zero(signer: MemorySigner, document: dict[str, Any]) -> str:
    """As some devices write it: v is 0 or 1."""
    raw = bytes.fromhex(honest(signer, document)[2:])
    return "0x" + (raw[:64] + bytes([raw[64] - 27])).hex()


def stranger(other: MemorySigner) -> Signing:
    """A lying wallet: names one account and signs with another's key."""
    return lambda _signer, document: honest(other, document)


def altering(name: str, value: object) -> Signing:
    """A lying wallet: signs other words than it was given."""

    def signs(signer: MemorySigner, document: dict[str, Any]) -> str:
        return honest(signer, {**document, "message": {**document["message"], name: value}})

    return signs


def garbled(_signer: MemorySigner, _document: dict[str, Any]) -> str:
    """A broken wallet: 65 bytes that are no signature."""
    return "0x" + "00" * 65


@dataclass
class PageWallet:
    """See the module.

    node: the chain's JSON-RPC URL. signers: the person's accounts, the chosen one first; none: the wallet gives no account.
    chain_id: where the wallet is (None: where the node is). knows: chains it can be switched to (None: the node's; empty: none).
    rejects: methods the person says no to. lacks: methods it does not have. signs: `honest`, or a way of lying.
    """

    node: str
    signers: Sequence[MemorySigner]
    chain_id: int | None = None
    knows: set[int] | None = None
    rejects: set[str] = field(default_factory=set)
    lacks: set[str] = field(default_factory=set)
    signs: Signing = honest
    title: str = "Test wallet"
    injected: bool = True
    announced: bool = True
    asked: list[tuple[str, list[Any]]] = field(default_factory=list)
    typed: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chain: NodeChain = connect(self.node)
        self._real = self._chain.chain_id()

    @property
    def address(self) -> str:
        """The chosen account as people read it (EIP-55)."""
        return to_checksum(self.signers[0].address)

    def count(self, method: str) -> int:
        """How often the page asked for a method."""
        return sum(name == method for name, _ in self.asked)

    def install(self, context: BrowserContext) -> PageWallet:
        """Put the wallet into every page that this context opens from now on."""
        name = f"testWallet{abs(id(self))}"
        values = {"NAME": name, "TITLE": self.title, "INJECTED": self.injected, "ANNOUNCED": self.announced}
        script = SCRIPT
        for key, value in values.items():
            script = script.replace(key, json.dumps(value))
        context.expose_function(name, self._request)
        context.add_init_script(script)
        return self

    def _request(self, method: str, params: str) -> dict[str, Any]:
        given: list[Any] = json.loads(params)
        self.asked.append((method, given))
        try:
            return {"result": self._answer(method, given)}
        except WalletRefusalError as error:
            return {"error": {"code": error.code, "message": str(error)}}
        except CallRevertedError as error:
            return {"error": {"code": 3, "message": f"execution reverted: {error.name or error}"}}
        except LedgerError as error:
            return {"error": {"code": INTERNAL, "message": str(error)}}

    def _answer(self, method: str, given: list[Any]) -> object:
        if method in self.rejects:
            raise WalletRefusalError(REJECTED, "User rejected the request.")
        if method in self.lacks:
            raise WalletRefusalError(NO_METHOD, f"{method} is not available")
        if method in (ACCOUNTS, "eth_accounts"):
            return [to_checksum(one.address) for one in self.signers]
        if method == CHAIN:
            return hex(self._real if self.chain_id is None else self.chain_id)
        if method == SWITCH:
            return self._switch(int(given[0]["chainId"], 16))
        if method == SIGN:
            return self._sign(given[0], json.loads(given[1]))
        if method == SIGN_TEXT:
            return self._sign_text(given[0], given[1])
        if method == SEND:
            return self._send(given[0])
        return self._chain.call(method, *given)  # everything else a wallet hands on to its node

    def _switch(self, wanted: int) -> None:
        if wanted not in ({self._real} if self.knows is None else self.knows):
            raise WalletRefusalError(UNKNOWN_CHAIN, f"Unrecognized chain ID {wanted:#x}.")
        self.chain_id = wanted

    def _sign(self, account: str, document: dict[str, Any]) -> str:
        signer = self._signer(account)
        self.typed.append(document)
        return self.signs(signer, document)

    def _sign_text(self, text: str, account: str) -> str:
        message = encode_defunct(hexstr=text)
        digest = Digest(keccak256(b"\x19" + message.version + message.header + message.body))
        return "0x" + self._signer(account).sign_digest(digest).hex()

    def _send(self, transaction: dict[str, Any]) -> str:
        signer = self._signer(transaction["from"])
        sender = Sender(chain=self._chain, chain_id=self._real, signer=signer)
        receipt = sender.send(
            Address(bytes.fromhex(transaction["to"][2:])), bytes.fromhex(transaction.get("data", "0x")[2:])
        )
        return "0x" + receipt.transaction.hex()

    def _signer(self, account: str) -> MemorySigner:
        for one in self.signers:
            if one.address.hex() == account.lower().removeprefix("0x"):
                return one
        raise WalletRefusalError(4100, "The requested account has not been authorized by the user.")
