"""Call data: eth_abi's codec, fed with the types that a signature or a committed artifact names.

Ours is one rule more: `bytes32` takes exactly 32 bytes, where eth_abi would fill a shorter value up with zeros. A hash cut
short is a mistake, never another hash. Imports are lazy: reading storage words needs no codec, and eth_abi is slow to load.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ledger.chain.artifacts import load_artifact
from ledger.domain.chain_errors import AbiError
from verifier.hashing import keccak256

# uint8..uint256 as int; bytes32 and bytes as bytes; address as 20 bytes; bytes32[] as a sequence of 32 bytes each
Argument = int | bytes | Sequence[bytes]


@lru_cache(maxsize=256)
def selector(signature: str) -> bytes:
    """First four bytes of keccak256 of `name(type,type)`."""
    return keccak256(signature.encode())[:4]


@lru_cache(maxsize=256)
def types_of(signature: str) -> tuple[str, ...]:
    """The argument types of `name(type,type)`."""
    from eth_abi.grammar import TupleType, parse

    parsed = parse(signature[signature.index("(") :])
    return tuple(part.to_type_str() for part in parsed.components) if isinstance(parsed, TupleType) else ()


def encode_call(signature: str, *arguments: Argument) -> bytes:
    """Return the call data of a function, arguments in order. Raises AbiError for one that does not fit its type."""
    return selector(signature) + encode_arguments(types_of(signature), *arguments)


def encode_creation(contract: str, *arguments: Argument) -> bytes:
    """Return what creates a contract: its artifact's bytecode and constructor arguments. Raises ArtifactError, AbiError."""
    artifact = load_artifact(contract)
    return artifact.bytecode + encode_arguments(artifact.constructor_types(), *arguments)


def encode_arguments(types: Sequence[str], *arguments: Argument) -> bytes:
    """Return the arguments encoded as a tuple of these types. Raises AbiError."""
    from eth_abi.abi import encode
    from eth_abi.exceptions import EncodingError

    try:
        for kind, argument in zip(types, arguments, strict=True):
            _require_whole_words(kind, argument)
        return encode(types, arguments)
    except (EncodingError, ValueError, TypeError) as error:
        raise AbiError(f"arguments do not fit ({','.join(types)}): {error}") from error


def decode_arguments(types: Sequence[str], data: bytes, place: str) -> tuple[object, ...]:
    """Decode a tuple of these types: int, bytes, `0x` and 40 hex for an address, tuples for arrays. Raises AbiError."""
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    try:
        return decode(types, data)
    except (DecodingError, ValueError, OverflowError) as error:
        raise AbiError(f"{place}: not ({','.join(types)})") from error


def _require_whole_words(kind: str, argument: Argument) -> None:
    items: Sequence[object] = (argument,) if kind == "bytes32" else ()
    if kind == "bytes32[]" and isinstance(argument, Sequence):
        items = argument
    if any(not isinstance(item, bytes) or len(item) != 32 for item in items):
        raise AbiError(f"{kind} takes 32 bytes, neither more nor fewer")
