"""C2SP signed notes (c2sp.org/signed-note) and checkpoints (c2sp.org/tlog-checkpoint), Ed25519 only.

    note          text, ends in newline
                  empty line                                                   the last one in the note
                  "— " name " " base64( key id (4) || signature (64) )         one line for each signature, 1..100
    verifier key  name "+" hex( key id ) "+" base64( 0x01 || Ed25519 public key (32) )
    key id        first 4 bytes of SHA-256( name || 0x0A || 0x01 || public key )
    checkpoint    origin "\\n" size "\\n" base64( root (32) ) "\\n" [ extension lines, none empty ]

Signatures of other keys are ignored, but must be well formed. Every signature that claims the key asked for must
hold. The key's name need not be the origin (the C2SP text says SHOULD): who knows which origin is due compares it.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from re import compile as compile_pattern
from typing import Final

from verifier.ed25519 import check_public_key, signature_holds
from verifier.errors import MalformedError, NoteError
from verifier.types import NodeHash

MAX_NOTE_BYTES: Final = 1 << 20
MAX_SIGNATURES: Final = 100
MAX_TREE_SIZE: Final = 2**63

_ED25519: Final = 1
_SIGNATURE_PREFIX: Final = "\u2014 "
_SIZE: Final = compile_pattern(r"0|[1-9][0-9]{0,18}")
_HEX_ID: Final = compile_pattern(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A log's key. name: as in its signature lines; key_id: 4 bytes; public_key: 32 bytes, not of low order."""

    name: str
    key_id: bytes
    public_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note whose form was checked. text: what is signed, its last newline included; nothing is verified yet."""

    text: str
    signatures: tuple["NoteSignature", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One signature line. key_id: 4 bytes; signature: the bytes after it."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A tree head that its log signed. size: leaves; root: 32 bytes; extensions: lines after the root."""

    origin: str
    size: int
    root: NodeHash
    extensions: tuple[str, ...] = ()


def key_id_of(name: str, public_key: bytes) -> bytes:
    """The 4-byte id of an Ed25519 key under a name."""
    return sha256(name.encode("utf-8") + b"\n" + bytes((_ED25519,)) + public_key).digest()[:4]


def format_verifier_key(name: str, public_key: bytes) -> str:
    """The text of a verifier key; `parse_verifier_key` reads it back."""
    encoded = b64encode(bytes((_ED25519,)) + public_key).decode("ascii")
    return f"{name}+{key_id_of(name, public_key).hex()}+{encoded}"


def parse_verifier_key(text: object) -> VerifierKey:
    """A verifier key in note format.

    Raises MalformedError: `verifier-key` (form), `key-algorithm`, `key-id`, `low-order-key`.
    """
    if not isinstance(text, str) or len(text) > MAX_NOTE_BYTES or text.count("+") < 2:
        raise MalformedError("verifier-key", "/key", "not name+id+key")
    name, hex_id, encoded = text.split("+", 2)  # base64 may hold a plus, a name may not
    if not _is_key_name(name) or not _HEX_ID.fullmatch(hex_id):
        raise MalformedError("verifier-key", "/key", "name or id is not of its form")
    key = _decode_base64(encoded, "/key")
    if key[:1] != bytes((_ED25519,)):
        raise MalformedError("key-algorithm", "/key", "only Ed25519 keys (type 1) are taken")
    check_public_key(key[1:], "/key")
    if key_id_of(name, key[1:]).hex() != hex_id:
        raise MalformedError("key-id", "/key", "the id is not that of the name and key")
    return VerifierKey(name=name, key_id=bytes.fromhex(hex_id), public_key=key[1:])


def parse_note(text: object) -> Note:
    """Splits a note and checks its form; verifies nothing.

    Raises MalformedError: `note` or `size`.
    """
    if not isinstance(text, str):
        raise MalformedError("note", "/note", "not text")
    if len(text) > MAX_NOTE_BYTES:
        raise MalformedError("size", "/note", f"more than {MAX_NOTE_BYTES} characters")
    if any((c < " " and c != "\n") or "\ud800" <= c <= "\udfff" for c in text):
        raise MalformedError("note", "/note", "a control character or lone surrogate")
    before, separator, block = text.rpartition("\n\n")
    if not separator or not block.endswith("\n"):
        raise MalformedError("note", "/note", "no signatures after an empty line, or no newline at the end")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise MalformedError("note", "/note", f"more than {MAX_SIGNATURES} signatures")
    return Note(text=before + "\n", signatures=tuple(map(_parse_signature_line, lines)))


def open_note(text: object, key: VerifierKey) -> str:
    """The text of a note that `key` signed.

    Raises MalformedError (see parse_note); NoteError: `unsigned` when no signature is the key's, `bad-signature`.
    """
    note = parse_note(text)
    claimed = [line for line in note.signatures if (line.name, line.key_id) == (key.name, key.key_id)]
    if not claimed:
        raise NoteError("unsigned", key.name)
    for line in claimed:
        if not signature_holds(key.public_key, line.signature, note.text.encode("utf-8")):
            raise NoteError("bad-signature", key.name)
    return note.text


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint that a note's text holds.

    Raises MalformedError: `checkpoint`, with the line.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):
        raise MalformedError("checkpoint", "/note", "not origin, size and root, each a line, none empty")
    origin, size, root, *extensions = lines
    if not _SIZE.fullmatch(size) or int(size) > MAX_TREE_SIZE:
        raise MalformedError("checkpoint", "/note/size", f"{size:.40} is no tree size")
    hash_bytes = _decode_base64(root, "/note/root")
    if len(hash_bytes) != 32:
        raise MalformedError("checkpoint", "/note/root", f"{len(hash_bytes)} bytes where 32 are due")
    return Checkpoint(origin=origin, size=int(size), root=NodeHash(hash_bytes), extensions=tuple(extensions))


def open_checkpoint(note_text: object, key: VerifierKey) -> Checkpoint:
    """The checkpoint in a note that `key` signed. Raises as open_note and parse_checkpoint do."""
    return parse_checkpoint(open_note(note_text, key))


def _is_key_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(c.isspace() or c < " " for c in name)


def _parse_signature_line(line: str) -> NoteSignature:
    prefix, rest = line[:2], line[2:]
    name, space, encoded = rest.partition(" ")
    if prefix != _SIGNATURE_PREFIX or not space or not _is_key_name(name):
        raise MalformedError("note", "/note", "a signature line that is not: dash, name, base64")
    blob = _decode_base64(encoded, "/note")
    if len(blob) < 5:
        raise MalformedError("note", "/note", "a signature of fewer than 5 bytes")
    return NoteSignature(name=name, key_id=blob[:4], signature=blob[4:])


def _decode_base64(text: str, place: str) -> bytes:
    try:
        data = b64decode(text.encode("ascii"), validate=True)
    except ValueError as error:
        raise MalformedError("base64", place, "not base64") from error
    if b64encode(data).decode("ascii") != text:
        raise MalformedError("base64", place, "spare bits set, or padding of another length")
    return data
