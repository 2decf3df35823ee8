"""The conformance adapter: one JSON request per line on standard input, one JSON answer per line on standard output.

    {"op": "merkle.leaf", "data": "0x00"}   ->   {"ok": true, "value": "0x…"}
                                                 {"ok": false, "code": "malformed", "rule": …, "place": …}

`code` is that of the error's class (verifier.errors); `rule` and `place` are there where the error has them. Bytes
are lower-case 0x hex, numbers JSON integers; members that an operation does not name are passed over. Whatever comes in, one
answer goes out and the next line is read: a line that is too long, is no JSON, or names no operation is `malformed` too.

A contract address may be given in lower case or in its EIP-55 spelling; a wrong checksum is refused. Addresses are
answered in EIP-55.
"""

import sys
from collections.abc import Callable, Mapping
from functools import cache
from json import JSONDecoder, dumps
from typing import BinaryIO, Final, TypeAlias

from verifier import identifiers, merkle
from verifier.account import parse_account, parse_storage_word
from verifier.canonical import canonicalize, parse
from verifier.canonical.profile import RefusedToken
from verifier.canonical.reading import decode, strict_decoder
from verifier.canonical.rfc8785 import canonicalize_rfc8785
from verifier.eip712 import domain_separator, statement_digest
from verifier.encoding import parse_hex, parse_integer, to_hex
from verifier.errors import MalformedError, VerifierError
from verifier.gs1 import parse_digital_link
from verifier.hashing import keccak256, sha256
from verifier.header import parse_header
from verifier.note import open_checkpoint, parse_verifier_key
from verifier.signature import parse_address, parse_signature, recover, to_checksum
from verifier.trie import EMPTY_ROOT, prove
from verifier.types import Address

Answer: TypeAlias = "bool | str | dict[str, str | int]"
Request: TypeAlias = Mapping[str, object]
Operation: TypeAlias = Callable[[Request], Answer]

MAX_LINE_BYTES: Final = 16 << 20
_MAX_LIST: Final = 4096
_MAX_UINT64: Final = 2**64 - 1


def _text(request: Request, name: str) -> str:
    value = request[name]
    if not isinstance(value, str):
        raise MalformedError("type", f"/{name}", "not a string")
    return value


def _bytes(request: Request, name: str, size: int | None = None) -> bytes:
    return parse_hex(request[name], f"/{name}", size)


def _integer(request: Request, name: str, most: int = _MAX_UINT64) -> int:
    return parse_integer(request[name], f"/{name}", least=0, most=most)


def _list(request: Request, name: str, size: int | None = None) -> list[bytes]:
    value = request[name]
    if not isinstance(value, list) or len(value) > _MAX_LIST:
        raise MalformedError("type", f"/{name}", f"not a list of at most {_MAX_LIST}")
    return [parse_hex(item, f"/{name}/{index}", size) for index, item in enumerate(value)]


def _address(request: Request, name: str) -> Address:
    value = request[name]
    if isinstance(value, str) and value == value.lower():
        return Address(parse_hex(value, f"/{name}", 20))
    return parse_address(value, f"/{name}")


def _canonical(request: Request) -> Answer:
    return to_hex(canonicalize(parse(_text(request, "json"))))


def _canonical_rfc8785(request: Request) -> Answer:
    return to_hex(canonicalize_rfc8785(_text(request, "json")))


def _merkle_leaf(request: Request) -> Answer:
    return to_hex(merkle.leaf_hash(_bytes(request, "data")))


def _merkle_inclusion(request: Request) -> Answer:
    merkle.check_inclusion(
        _integer(request, "index"),
        _integer(request, "size"),
        _bytes(request, "leaf", 32),
        _list(request, "proof", 32),
        _bytes(request, "root", 32),
    )
    return True


def _merkle_consistency(request: Request) -> Answer:
    merkle.check_consistency(
        _integer(request, "size1"),
        _integer(request, "size2"),
        _bytes(request, "root1", 32),
        _bytes(request, "root2", 32),
        _list(request, "proof", 32),
    )
    return True


def _signature_recover(request: Request) -> Answer:
    signature = parse_signature(_bytes(request, "signature"), "/signature")
    return to_checksum(recover(_bytes(request, "digest", 32), signature))


def _statement_digest(request: Request) -> Answer:
    separator = domain_separator(_integer(request, "chainId"), _address(request, "contract"))
    digest = statement_digest(
        separator,
        _text(request, "kind"),
        _text(request, "issuer"),
        _text(request, "summary"),
        _bytes(request, "bodyHash", 32),
        _integer(request, "issuedAt"),
    )
    return to_hex(digest)


def _statement_id(request: Request) -> Answer:
    # id = SHA-256(0x02 || canonical({bodyHash, issuer, kind})), docs/spec/02
    named = {
        "bodyHash": to_hex(_bytes(request, "bodyHash", 32)),
        "issuer": _text(request, "issuer"),
        "kind": _text(request, "kind"),
    }
    return to_hex(sha256(b"\x02" + canonicalize(dict(named))))


def _checkpoint_open(request: Request) -> Answer:
    checkpoint = open_checkpoint(request["note"], parse_verifier_key(request["key"]))
    return {"origin": checkpoint.origin, "size": checkpoint.size, "root": to_hex(checkpoint.root)}


def _header_hash(request: Request) -> Answer:
    return to_hex(parse_header(_bytes(request, "rlp")).hash)


def _storage_prove(request: Request) -> Answer:
    """Both proofs hold exactly their walk's nodes. An account proven absent has no storage: every word is zero."""
    slot = _bytes(request, "slot", 32)
    value = prove(
        _bytes(request, "stateRoot", 32), keccak256(_address(request, "address")), _list(request, "accountProof")
    )
    storage_root = EMPTY_ROOT if value is None else parse_account(value).storage_root
    return to_hex(parse_storage_word(prove(storage_root, keccak256(slot), _list(request, "storageProof"))))


def _gtin_check(request: Request) -> Answer:
    identifiers.check_gtin(request["gtin"], "/gtin")
    return True


def _gs1_parse(request: Request) -> Answer:
    return dict(parse_digital_link(_text(request, "uri")).elements)


def _uscc_check(request: Request) -> Answer:
    identifiers.check_uscc(request["code"], "/code")
    return True


# op: what answers it, and the members it takes besides "op".
OPERATIONS: Final[Mapping[str, tuple[Operation, frozenset[str]]]] = {
    name: (operation, frozenset(members.split()))
    for name, operation, members in (
        ("canonical", _canonical, "json"),
        ("canonical.rfc8785", _canonical_rfc8785, "json"),
        ("merkle.leaf", _merkle_leaf, "data"),
        ("merkle.inclusion", _merkle_inclusion, "index size leaf proof root"),
        ("merkle.consistency", _merkle_consistency, "size1 size2 root1 root2 proof"),
        ("signature.recover", _signature_recover, "digest signature"),
        ("statement.digest", _statement_digest, "chainId contract kind issuer summary bodyHash issuedAt"),
        ("statement.id", _statement_id, "kind issuer bodyHash"),
        ("checkpoint.open", _checkpoint_open, "note key"),
        ("header.hash", _header_hash, "rlp"),
        ("storage.prove", _storage_prove, "stateRoot address accountProof slot storageProof"),
        ("gtin.check", _gtin_check, "gtin"),
        ("uscc.check", _uscc_check, "code"),
        ("gs1.parse", _gs1_parse, "uri"),
    )
}


def answer(line: bytes) -> dict[str, object]:
    """The answer to one request line. Never raises."""
    try:
        return {"ok": True, "value": _operate(line)}
    except VerifierError as error:
        refusal: dict[str, object] = {"ok": False, "code": error.code}
        for field in ("rule", "place"):
            if hasattr(error, field):
                refusal[field] = getattr(error, field)
        return refusal
    except Exception as error:  # the adapter outlives a defect of ours, and names it
        return {"ok": False, "code": "internal", "rule": type(error).__name__}


def _operate(line: bytes) -> Answer:
    request = decode(line, _request_decoder())
    if not isinstance(request, dict):
        raise MalformedError("type", "", "not an object")
    name = request.pop("op", None)
    if not isinstance(name, str) or name not in OPERATIONS:
        raise MalformedError("operation", "/op", "no such operation")
    operation, members = OPERATIONS[name]
    missing = members - request.keys()
    if missing:
        raise MalformedError("missing-member", f"/{min(missing)}", f"{name} takes {' '.join(sorted(members))}")
    return operation(request)


@cache
def _request_decoder() -> JSONDecoder:
    return strict_decoder(_request_integer, float)


def _request_integer(digits: str) -> object:
    # 2^64 has 20 digits; Python refuses to read integers of more than 4,300, in its own time.
    return int(digits) if len(digits) <= 20 else RefusedToken("number-range", digits)


def read_line(stream: BinaryIO) -> bytes | None:
    """The next line without its newline; None at the end. Of a line beyond MAX_LINE_BYTES only the first part."""
    line = stream.readline(MAX_LINE_BYTES + 1)
    if not line:
        return None
    rest = line
    while not rest.endswith(b"\n") and rest:  # pass over what is left of an over-long line, a piece at a time
        rest = stream.readline(1 << 20)
    return line.rstrip(b"\r\n")


def main() -> None:
    """Answers every line of standard input until it ends."""
    while (line := read_line(sys.stdin.buffer)) is not None:
        too_long = len(line) > MAX_LINE_BYTES
        reply = {"ok": False, "code": "malformed", "rule": "size", "place": ""} if too_long else answer(line)
        sys.stdout.write(dumps(reply) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
