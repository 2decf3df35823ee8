"""Tanji's contracts on a local node, driven by web3: deploy, send, read words, name reverts. For the contract tests only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from web3 import HTTPProvider, Web3
from web3.exceptions import Web3RPCError

from ledger.chain.localnode import DEV_KEYS, LocalNode

ARTIFACTS = Path(__file__).resolve().parents[2] / "ledger" / "chain" / "artifacts"
FOREVER = 2**40 - 1
REGULATOR_PARTY = Web3.keccak(text="uscc:11310000000000000A")
REGULATORS = Web3.keccak(text="regulators")


def artifact(name: str) -> dict[str, Any]:
    return json.loads((ARTIFACTS / f"{name}.json").read_text())


@dataclass(frozen=True)
class Revert:
    """A revert by name, with its arguments in order."""

    name: str
    args: tuple[Any, ...]


class Chain:
    """Three contracts freshly deployed, a regulator's key in force, and a clock that the test moves."""

    def __init__(self, node: LocalNode) -> None:
        self.web3 = Web3(HTTPProvider(node.url, request_kwargs={"timeout": 30}))
        self.deployed: dict[str, int] = {}  # contract -> block
        self.accounts = [Account.from_key(key) for key in DEV_KEYS]
        self.regulator = self.accounts[0]
        profile = Web3.keccak(text="profile")
        self.trust = self._deploy("TrustRegistry", REGULATOR_PARTY, profile, self.regulator.address)
        self.status = self._deploy("StatusRegistry", self.trust.address)
        self.log = self._deploy("AnchorLog", self.trust.address)
        self.pass_time(1)

    def _deploy(self, name: str, *args: Any) -> Any:
        data = artifact(name)
        factory = self.web3.eth.contract(abi=data["abi"], bytecode=data["bytecode"])
        receipt = self._mined(
            factory.constructor(*args).build_transaction(self._fields(self.regulator)), self.regulator
        )
        self.deployed[receipt["contractAddress"]] = receipt["blockNumber"]
        return self.web3.eth.contract(address=receipt["contractAddress"], abi=data["abi"])

    def _fields(self, account: Any) -> dict[str, Any]:
        nonce = self.web3.eth.get_transaction_count(account.address)
        fee = 2 * self.web3.eth.get_block("latest")["baseFeePerGas"] + 1
        return {
            "from": account.address,
            "nonce": nonce,
            "gas": 6_000_000,
            "maxFeePerGas": fee,
            "maxPriorityFeePerGas": 1,
        }

    def _mined(self, transaction: dict[str, Any], account: Any) -> Any:
        signed = account.sign_transaction({key: value for key, value in transaction.items() if key != "from"})
        return self.web3.eth.wait_for_transaction_receipt(self.web3.eth.send_raw_transaction(signed.raw_transaction))

    def send(self, call: Any, account: Any) -> Any:
        """Mine a call; return its receipt. Fails when it reverts."""
        receipt = self._mined(call.build_transaction(self._fields(account)), account)
        assert receipt["status"] == 1, self.revert_of(call, account)
        return receipt

    def revert_of(self, call: Any, account: Any) -> Revert:
        """The custom error a call would raise in the next block, by name and arguments."""
        try:
            call.call({"from": account.address})
        except Exception as error:  # web3 has several classes for an eth_call that reverted
            return self._named(getattr(error, "data", None), error)
        raise AssertionError("the call did not revert")

    def _named(self, data: Any, error: Exception) -> Revert:
        if not isinstance(data, str) or len(data) < 10:
            raise AssertionError(f"no revert data: {error!r}") from error
        for contract in (self.trust, self.status, self.log):
            for entry in contract.abi:
                if entry["type"] != "error":
                    continue
                types = [item["type"] for item in entry["inputs"]]
                if Web3.keccak(text=f"{entry['name']}({','.join(types)})")[:4].hex() == data[2:10]:
                    return Revert(entry["name"], self.web3.codec.decode(types, bytes.fromhex(data[10:])))
        raise AssertionError(f"unknown error {data[:10]}") from error

    def rpc(self, method: str, *params: Any) -> Any:
        answer = self.web3.provider.make_request(method, list(params))
        if "error" in answer:
            raise Web3RPCError(str(answer["error"]))
        return answer["result"]

    def pass_time(self, seconds: int) -> None:
        self.rpc("evm_increaseTime", seconds)
        self.rpc("evm_mine")

    def now(self) -> int:
        return self.web3.eth.get_block("latest")["timestamp"]

    def word(self, contract: Any, slot: bytes) -> int:
        return int.from_bytes(self.web3.eth.get_storage_at(contract.address, int.from_bytes(slot, "big")), "big")

    def set_word(self, contract: Any, slot: bytes, value: bytes) -> None:
        self.rpc("anvil_setStorageAt", contract.address, "0x" + slot.hex(), "0x" + value.hex())

    def sign(
        self, account: Any, contract: Any, kind: str, fields: list[tuple[str, str]], values: dict[str, Any]
    ) -> bytes:
        """EIP-712 signature by eth-account: an encoder that is not ours."""
        domain = {
            "name": "Tanji",
            "version": "1",
            "chainId": self.web3.eth.chain_id,
            "verifyingContract": contract.address,
        }
        types = {kind: [{"type": type_, "name": name} for type_, name in fields]}
        return bytes(account.sign_message(encode_typed_data(domain, types, values)).signature)

    def registration(self, account: Any, party: bytes, purposes: int, start: int, until: int) -> Any:
        """The call that registers an account, with its own signature."""
        fields = [
            ("address", "key"),
            ("bytes32", "party"),
            ("uint256", "purposes"),
            ("uint256", "from"),
            ("uint256", "until"),
        ]
        values = {"key": account.address, "party": party, "purposes": purposes, "from": start, "until": until}
        signature = self.sign(account, self.trust, "Registration", fields, values)
        return self.trust.functions.registerKey(account.address, party, purposes, start, until, signature)

    def admit(self, account: Any, party: bytes, purposes: int) -> None:
        """Register a party if need be, and a key of it, in force from now on."""
        if not any(self.trust.functions.parties(party).call()):
            self.send(self.trust.functions.registerParty(party, Web3.keccak(party)), self.regulator)
        self.send(self.registration(account, party, purposes, 0, FOREVER), self.regulator)
        self.pass_time(1)

    def status_change(
        self, account: Any, owner: bytes, subject: bytes, status: int, successor: bytes, nonce: int, deadline: int
    ) -> Any:
        """The relayed call of a status change an account has signed."""
        fields = [
            ("bytes32", "owner"),
            ("bytes32", "subject"),
            ("uint8", "status"),
            ("bytes32", "successor"),
            ("uint256", "nonce"),
            ("uint256", "deadline"),
        ]
        values = dict(
            zip([name for _, name in fields], (owner, subject, status, successor, nonce, deadline), strict=True)
        )
        signature = self.sign(account, self.status, "StatusChange", fields, values)
        return self.status.functions.relayStatusChange(*values.values(), signature)
