"""What goes wrong, as types. Every error has a stable `code` and carries the offending values as fields.

Three families that callers must not confuse (design P7, "could not check" is never "wrong"):

- `MalformedError`: the bytes are not of the protocol's form; nothing was judged (CLI exit 4, HTTP 400/422);
- `CannotCheckError`: a snapshot, header or endpoint is lacking; leads to `inconclusive`;
- every other `VerifierError`: the evidence was judged and does not hold; leads to `rejected`.
"""

from typing import ClassVar

_SHOWN = 200


def printable(text: str) -> str:
    """`text` as short printable ASCII, so that an error about hostile text is itself harmless to print or send."""
    if text.isascii() and text.isprintable():  # nearly always; refusals are counted by the thousand during imports
        return text[:_SHOWN]
    escaped = text.encode("ascii", "backslashreplace").decode("ascii")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in escaped[:_SHOWN])


class VerifierError(Exception):
    """Base of everything this package raises on purpose. `code` is public API."""

    code: ClassVar[str] = "error"


class MalformedError(VerifierError):
    """Input that is not of the protocol's form.

    rule: stable name of the rule broken, e.g. `duplicate-key`; place: where, an RFC 6901 pointer into the document
    ("" is the whole of it) or `character N` where the text is no document at all; detail: for people.
    """

    code: ClassVar[str] = "malformed"

    def __init__(self, rule: str, place: str, detail: str = "") -> None:
        self.rule = rule
        self.place = printable(place)
        self.detail = printable(detail)
        super().__init__(rule, self.place, self.detail)

    def within(self, prefix: str) -> "MalformedError":
        """The same error seen from the document around: `prefix` is where the value stands in which it was found."""
        return MalformedError(self.rule, prefix + self.place, self.detail)

    def __str__(self) -> str:
        where = self.place or "the document"
        return f"{self.rule} at {where}: {self.detail}" if self.detail else f"{self.rule} at {where}"


class ProofError(VerifierError):
    """A Merkle proof that does not prove what it is offered for. rule: stable name of what failed."""

    code: ClassVar[str] = "proof"

    def __init__(self, rule: str, detail: str = "") -> None:
        self.rule = rule
        self.detail = printable(detail)
        super().__init__(rule, self.detail)

    def __str__(self) -> str:
        return f"{self.rule}: {self.detail}" if self.detail else self.rule


class RecoveryError(VerifierError):
    """A well-formed signature from which no public key can be recovered: nobody made it."""

    code: ClassVar[str] = "signature.unrecoverable"

    def __init__(self, signature: bytes) -> None:
        self.signature = signature
        super().__init__(signature.hex())

    def __str__(self) -> str:
        return f"no public key can be recovered from signature 0x{self.signature.hex()}"


class NoteError(VerifierError):
    """A well-formed signed note without a good signature of the key asked for."""

    code: ClassVar[str] = "note.signature"

    def __init__(self, rule: str, key_name: str) -> None:
        self.rule = rule
        self.key_name = printable(key_name)
        super().__init__(rule, self.key_name)

    def __str__(self) -> str:
        return f"{self.rule}: {self.key_name}"


class CannotCheckError(VerifierError):
    """Something needed for a check is missing or defective. Never a statement about the evidence."""

    code: ClassVar[str] = "cannot-check"


class TrieError(CannotCheckError):
    """A trie node or path that is not of the form Ethereum defines. rule: stable name; detail: which node."""

    code: ClassVar[str] = "trie.malformed"

    def __init__(self, rule: str, detail: str = "") -> None:
        self.rule = rule
        self.detail = printable(detail)
        super().__init__(rule, self.detail)

    def __str__(self) -> str:
        return f"{self.rule}: {self.detail}" if self.detail else self.rule


class TrieGapError(TrieError):
    """A trie node that the walk needs and the node set does not hold. node_hash: which."""

    code: ClassVar[str] = "trie.gap"

    def __init__(self, node_hash: bytes) -> None:
        self.node_hash = node_hash
        super().__init__("missing-node", f"0x{node_hash.hex()}")


class SnapshotGapError(CannotCheckError):
    """A word or preimage that a check asks for and the snapshot does not answer. what: its name."""

    code: ClassVar[str] = "snapshot.gap"

    def __init__(self, what: str, detail: str = "") -> None:
        self.what = what
        self.detail = printable(detail)
        super().__init__(what, self.detail)

    def __str__(self) -> str:
        return f"{self.what}: {self.detail}" if self.detail else self.what
