"""Storage words with their proofs, fetched in bulk through `eth_getProof` and walked at once.

Only nodes that hang together with the state root are kept, so an endpoint can leave something out (a gap, noticed) but can
neither add junk nor change a word. What the nodes at hand already answer is not asked again: in a storage trie of some
hundred words a few requests answer ten thousand questions, present and absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from verifier.account import account_at, word_at
from verifier.errors import TrieError, TrieGapError
from verifier.hashing import keccak256
from verifier.questions import Word
from verifier.rpc.client import RpcClient
from verifier.rpc.errors import EndpointAnswerError, EndpointError, EndpointUnreachableError
from verifier.trie import NodeSet
from verifier.types import Address

METHOD = "eth_getProof"
FIRST_CHUNK = 32
MAX_CHUNK = 1024
"""Slots per request: some 4 kB of text per slot at 10,000 words, so 4 MB per answer."""
MAX_PATH_NODES = 65
"""The root and one node per nibble of a 32-byte key."""
MAX_NODE_CHARS = 2 + 2 * 4096
EMPTY_NODE = b"\x80"


class StateFetcher:
    """Fills a node set with the proofs of the words asked for, at one block.

    `clients` are tried in order for each request; the first whose proofs are complete answers it.
    """

    def __init__(self, clients: Sequence[RpcClient], *, number: int, state_root: bytes) -> None:
        self._clients = tuple(clients)
        self._block = hex(number)
        self._state_root = state_root
        self._texts: dict[str, bytes] = {}
        self._nodes = NodeSet()
        self._kept: list[bytes] = []
        self._roots: dict[Address, bytes] = {}

    @property
    def nodes(self) -> tuple[bytes, ...]:
        """Every node fetched so far, distinct, parents before children."""
        return tuple(self._kept)

    def load(self, words: Iterable[Word]) -> None:
        """Make every word answerable: present or proven absent.

        Raises:
            EndpointError: no endpoint gave complete proofs for some of them (the last one's trouble).
        """
        by_account: dict[Address, dict[bytes, None]] = {}
        for word in words:
            by_account.setdefault(word.account, {})[word.slot] = None
        for account, slots in by_account.items():
            self._load_account(account, list(slots))

    def word(self, word: Word) -> bytes:
        """The 32-byte value of a loaded word, zero when it is proven absent.

        Raises:
            TrieGapError: it was never loaded.
            TrieError: the account does not exist, or a node is not what a trie holds.
        """
        return word_at(self._storage_root(word.account), word.slot, self._nodes)

    def _load_account(self, account: Address, slots: list[bytes]) -> None:
        chunk_size = FIRST_CHUNK
        place = 0
        while place < len(slots):
            chunk: list[bytes] = []
            while place < len(slots) and len(chunk) < chunk_size:
                if not self._answers(account, slots[place]):
                    chunk.append(slots[place])
                place += 1
            asked = self._ask_in_parts(account, chunk) if chunk else chunk_size
            chunk_size = min(2 * chunk_size, MAX_CHUNK) if asked == len(chunk) else asked

    def _ask_in_parts(self, account: Address, slots: list[bytes]) -> int:
        """Ask for these slots, in halves where an endpoint does not bear that many; returns how many at once it bore."""
        try:
            self._ask(account, slots)
        except EndpointError as error:
            if len(slots) <= FIRST_CHUNK or isinstance(error, EndpointUnreachableError):
                raise
            middle = len(slots) // 2
            return min(self._ask_in_parts(account, part) for part in (slots[:middle], slots[middle:]))
        return len(slots)

    def _ask(self, account: Address, slots: list[bytes]) -> None:
        """One request, to the first endpoint whose answer is complete; who fails is asked last from then on."""
        trouble: EndpointError | None = None
        for client in self._clients:
            try:
                self._ask_one(client, account, slots)
            except EndpointError as error:
                trouble = error
                self._clients = (*(one for one in self._clients if one is not client), client)
            else:
                return
        raise trouble or EndpointAnswerError(endpoint="-", method=METHOD, detail="no endpoint to ask")

    def _ask_one(self, client: RpcClient, account: Address, slots: list[bytes]) -> None:
        # Slots go as 32 bytes of hex: short forms such as "0x0" are refused by some nodes.
        answer = client.call(METHOD, "0x" + account.hex(), ["0x" + slot.hex() for slot in slots], self._block)
        if not isinstance(answer, dict):
            raise _not_a_proof(client, "not an object")
        self._keep(client, answer.get("accountProof"), self._state_root)
        if not self._account_known(account):
            raise _not_a_proof(client, f"account 0x{account.hex()} is not shown")
        proofs = answer.get("storageProof")
        if not isinstance(proofs, list) or len(proofs) != len(slots):
            raise _not_a_proof(client, f"{len(slots)} slots asked")
        root = self._storage_root(account)
        for proof in proofs:
            self._keep(client, proof.get("proof") if isinstance(proof, dict) else None, root)
        missing = sum(not self._answers(account, slot) for slot in slots)
        if missing:
            raise _not_a_proof(client, f"proofs of {missing} of {len(slots)} slots are incomplete")

    def _keep(self, client: RpcClient, path: object, root: bytes) -> None:
        """Keep the nodes of one path, root first, each named by hash in the one before it."""
        if not isinstance(path, list) or len(path) > MAX_PATH_NODES:
            raise _not_a_proof(client, "a path is missing or too long")
        before = root
        for text in path:
            if not isinstance(text, str):
                raise _not_a_proof(client, "a node that is not text")
            node = self._texts.get(text)
            if node is None:
                node = _bytes_of(client, text)
                if node == EMPTY_NODE or (node in before and before is not root):
                    continue  # an empty trie needs no node; one under 32 bytes stands in its parent already
                if keccak256(node) not in before:
                    raise _not_a_proof(client, "a node that its parent does not name")
                self._texts[text] = node
                self._nodes.add(node)
                self._kept.append(node)
            before = node

    def _account_known(self, account: Address) -> bool:
        try:
            self._storage_root(account)
        except TrieGapError:
            return False
        except TrieError:
            return True  # known not to exist, or malformed: nothing more to fetch
        return True

    def _answers(self, account: Address, slot: bytes) -> bool:
        try:
            word_at(self._storage_root(account), slot, self._nodes)
        except TrieGapError:
            return False
        return True

    def _storage_root(self, address: Address) -> bytes:
        """Raises TrieGapError when no proof was fetched yet, TrieError when the account does not exist."""
        known = self._roots.get(address)
        if known is None:
            account = account_at(self._state_root, address, self._nodes)
            if account is None:
                raise TrieError("account-absent", f"0x{address.hex()}")
            known = self._roots[address] = account.storage_root
        return known


def _bytes_of(client: RpcClient, text: str) -> bytes:
    if len(text) > MAX_NODE_CHARS or not text.startswith("0x"):
        raise _not_a_proof(client, "a node that is not hex or too long")
    try:
        return bytes.fromhex(text[2:])
    except ValueError as error:
        raise _not_a_proof(client, "a node that is not hex") from error


def _not_a_proof(client: RpcClient, detail: str) -> EndpointAnswerError:
    return EndpointAnswerError(endpoint=client.operator, method=METHOD, detail=detail)
