"""Confidential values of a footprint: salted commitments, and the disclosures that open them (spec 02, sealed values)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verifier.canonical import canonicalize
from verifier.encoding import parse_base64url, parse_hex, to_base64url
from verifier.errors import MalformedError, VerifierError
from verifier.hashing import sha256
from verifier.types import JsonValue

SEAL_MEMBER = "$sealed"
SALT_BYTES = 32
MAX_DEPTH = 32
MAX_POINTER = 1024
MAX_DISCLOSURES = 10_000

_DISCLOSURE = frozenset({"path", "salt", "value"})
# RFC 6901: reference tokens after "/", "~" only as "~0" or "~1". The whole body ("") cannot be sealed.
_POINTER = re.compile(r"(?:/(?:[ -.0-}]|~[01])*)+", re.ASCII)
# The only places a commitment may stand: strictly below the data of one of a footprint's extensions.
_SEALABLE = re.compile(r"/extensions/(?:0|[1-9][0-9]*)/data/.+", re.ASCII)
_INDEX = re.compile(r"0|[1-9][0-9]{0,6}", re.ASCII)


class DisclosureError(VerifierError):
    """A disclosure does not open a commitment of the body it is offered for: it is not what was signed."""

    code = "disclosure.mismatch"

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"disclosure of {path}: {reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A value that is not disclosed: where it stands in the body (RFC 6901) and the 32-byte commitment."""

    path: str
    commitment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """Opens the commitment at `path`: the 32-byte salt and the value that was sealed."""

    path: str
    salt: bytes
    value: JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedBody:
    """A footprint body with disclosed values in their places, and the paths that remain sealed, in document order."""

    body: JsonValue
    undisclosed: tuple[str, ...]


def parse_disclosures(value: JsonValue, place: str) -> tuple[Disclosure, ...]:
    """Parse `[{path, salt, value}]`. Raises MalformedError."""
    if type(value) is not list or len(value) > MAX_DISCLOSURES:
        raise MalformedError("disclosures", place, f"not an array of at most {MAX_DISCLOSURES}")
    return tuple(_parse_disclosure(item, f"{place}/{index}") for index, item in enumerate(value))


def _parse_disclosure(value: JsonValue, place: str) -> Disclosure:
    if type(value) is not dict or value.keys() != _DISCLOSURE:
        raise MalformedError("disclosure", place, "not an object of path, salt and value")
    path = value["path"]
    if type(path) is not str or len(path) > MAX_POINTER or _POINTER.fullmatch(path) is None:
        raise MalformedError("pointer", f"{place}/path", "not a JSON pointer of RFC 6901")
    return Disclosure(path=path, salt=parse_hex(value["salt"], f"{place}/salt", SALT_BYTES), value=value["value"])


def commitment_of(*, issuer: str, path: str, value: JsonValue, salt: bytes) -> bytes:
    """SHA-256(0x03 ‖ salt32 ‖ canonical({issuer, path, value})), the 32 bytes a `$sealed` member holds."""
    return sha256(b"\x03" + salt + canonicalize({"issuer": issuer, "path": path, "value": value}))


def seal(*, issuer: str, path: str, value: JsonValue, salt: bytes) -> dict[str, JsonValue]:
    """The object that stands in the body for `value`. The salt is 32 fresh random bytes, never used twice."""
    if len(salt) != SALT_BYTES or _SEALABLE.fullmatch(path) is None:
        raise MalformedError("seal", path, "not below an extension's data, or the salt has not 32 bytes")
    return {SEAL_MEMBER: to_base64url(commitment_of(issuer=issuer, path=path, value=value, salt=salt))}


def is_sealed(value: object) -> bool:
    """Whether `value` stands for a sealed one. Its form was checked by `find_commitments`."""
    return type(value) is dict and SEAL_MEMBER in value


def read_sealed(value: object, path: str, place: str) -> Sealed | None:
    """The commitment at `path`, or None for an ordinary value. Raises MalformedError when its form is wrong."""
    if type(value) is not dict or SEAL_MEMBER not in value:
        return None
    if len(value) != 1:
        raise MalformedError("seal", place, "$sealed is not its object's only member")
    raw = parse_base64url(value[SEAL_MEMBER], f"{place}/{SEAL_MEMBER}", 32)
    if len(raw) != 32:
        raise MalformedError("size", f"{place}/{SEAL_MEMBER}", f"{len(raw)} bytes where 32 are due")
    return Sealed(path=path, commitment=raw)


def find_commitments(kind: str, body: JsonValue, place: str) -> tuple[str, ...]:
    """Paths of all commitments of a body, in document order.

    Raises MalformedError for a `$sealed` member outside a footprint's `extensions[].data` (F20) or of another form.
    """
    paths = []
    for path, value in _walk(body, ""):
        if type(value) is not dict or SEAL_MEMBER not in value:
            continue
        if kind != "footprint" or _SEALABLE.fullmatch(path) is None:
            raise MalformedError("seal-place", place + path, "$sealed outside a footprint's extensions[].data")
        read_sealed(value, path, place + path)
        paths.append(path)
    return tuple(paths)


def open_disclosures(issuer: str, body: JsonValue, disclosures: Sequence[Disclosure], place: str = "") -> OpenedBody:
    """Open commitments of a footprint body in the order given: outermost first, each path once.

    A pointer means the same place before and after outer values are opened. Raises DisclosureError for one that opens
    nothing (wrong salt, value, path or issuer; already opened) and MalformedError when an opened value has no legal form.
    """
    if disclosures:
        body = _copy(body)
    opened: set[str] = set()
    for disclosure in disclosures:
        if disclosure.path in opened:
            raise DisclosureError(disclosure.path, "opened twice")
        opened.add(disclosure.path)
        _open_one(issuer, body, disclosure)
    return OpenedBody(body=body, undisclosed=find_commitments("footprint", body, place))


def _open_one(issuer: str, body: JsonValue, disclosure: Disclosure) -> None:
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in disclosure.path.split("/")[1:]]
    # Depth is the whole body's (spec 01), or nested disclosures could build one too deep to walk.
    if len(tokens) + _depth(disclosure.value) > MAX_DEPTH:
        raise DisclosureError(disclosure.path, "nested too deep")
    parent = body
    for token in tokens[:-1]:
        parent = _step(parent, token, disclosure.path)
    sealed = read_sealed(_step(parent, tokens[-1], disclosure.path), disclosure.path, disclosure.path)
    if sealed is None:
        raise DisclosureError(disclosure.path, "no commitment there")
    value, salt = disclosure.value, disclosure.salt
    if commitment_of(issuer=issuer, path=disclosure.path, value=value, salt=salt) != sealed.commitment:
        raise DisclosureError(disclosure.path, "salt and value do not give the commitment")
    if is_sealed(value):
        raise DisclosureError(disclosure.path, "a commitment opens to a commitment")
    if type(parent) is dict:
        parent[tokens[-1]] = _copy(value)
    elif type(parent) is list:
        parent[int(tokens[-1])] = _copy(value)


def _step(value: JsonValue, token: str, path: str) -> JsonValue:
    if type(value) is dict and token in value:
        return value[token]
    if type(value) is list and _INDEX.fullmatch(token) and int(token) < len(value):
        return value[int(token)]
    raise DisclosureError(path, "no such place")


def _walk(value: JsonValue, path: str) -> Iterator[tuple[str, JsonValue]]:
    if type(value) is dict:
        yield path, value
        for key, member in value.items():
            if type(member) is dict or type(member) is list:
                yield from _walk(member, f"{path}/{key.replace('~', '~0').replace('/', '~1')}")
    elif type(value) is list:
        for index, item in enumerate(value):
            if type(item) is dict or type(item) is list:
                yield from _walk(item, f"{path}/{index}")


def _copy(value: JsonValue) -> JsonValue:
    if type(value) is dict:
        return {key: _copy(member) for key, member in value.items()}
    if type(value) is list:
        return [_copy(item) for item in value]
    return value


def _depth(value: JsonValue) -> int:
    if type(value) is dict:
        return 1 + max(map(_depth, value.values()), default=0)
    if type(value) is list:
        return 1 + max(map(_depth, value), default=0)
    return 0
