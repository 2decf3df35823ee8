"""EIP-712 digests of our fixed structs, hashed by hand.

Generic encoders drop unknown fields unsigned, hash missing strings as empty and read `" 1 "` as 1; our structs are
few and fixed. Tested against eth-account's encoder on good input.

    digest          = keccak256( 0x1901 || domainSeparator || hashStruct )
    hashStruct      = keccak256( typeHash || one 32-byte word per member )     a string's word is its keccak256
    domainSeparator = hashStruct of EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)
"""

from functools import lru_cache
from typing import Final

from verifier.errors import MalformedError
from verifier.hashing import keccak256
from verifier.types import Address, Digest

DOMAIN_TYPE: Final = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
STATEMENT_TYPE: Final = "Statement(string kind,string issuer,string summary,bytes32 bodyHash,uint64 issuedAt)"
BLOCK_TYPE: Final = "Block(uint64 chainId,uint64 number,bytes32 hash,uint64 time)"
STATUS_CHANGE_TYPE: Final = (
    "StatusChange(bytes32 owner,bytes32 subject,uint8 status,bytes32 successor,uint256 nonce,uint256 deadline)"
)
REGISTRATION_TYPE: Final = "Registration(address key,bytes32 party,uint256 purposes,uint256 from,uint256 until)"
ENCRYPTION_KEY_TYPE: Final = "EncryptionKey(string party,bytes32 publicKey,uint64 from,uint64 until)"
PAYLOAD_SHARE_TYPE: Final = (
    "PayloadShare(bytes32 payload,bytes32 statement,string recipients,bytes32 wraps,uint64 sharedAt)"
)
PAYLOAD_ERASURE_TYPE: Final = "PayloadErasure(bytes32 payload,string reason,uint64 erasedAt)"
WEBHOOK_ORDER_TYPE: Final = (
    "WebhookOrder(string action,string party,string target,bytes32 detailsHash,uint64 issuedAt,uint64 deadline)"
)

_LONGEST_KEPT: Final = 128  # characters: bounds the memory of what is kept


def _text_word(text: str, place: str) -> bytes:
    """The word of a string that comes again and again (kind, issuer, type); the long ones are not kept."""
    return _kept_hash(text, place) if len(text) <= _LONGEST_KEPT else _utf8_hash(text, place)


@lru_cache(maxsize=4096)
def _kept_hash(text: str, place: str) -> bytes:
    return _utf8_hash(text, place)


def _utf8_hash(text: str, place: str) -> bytes:
    try:
        return keccak256(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise MalformedError("surrogate", place, "text is not UTF-8") from error


def _number_word(value: int, bits: int, place: str) -> bytes:
    if not 0 <= value < 1 << bits:
        raise MalformedError("range", place, f"not in 0..2^{bits}-1")
    return value.to_bytes(32, "big")


def _bytes_word(value: bytes, place: str) -> bytes:
    if len(value) != 32:
        raise MalformedError("size", place, f"{len(value)} bytes where 32 are due")
    return value


def _address_word(value: bytes, place: str) -> bytes:
    if len(value) != 20:
        raise MalformedError("size", place, f"{len(value)} bytes where 20 are due")
    return bytes(12) + value


def _struct_hash(encoded_type: str, *words: bytes) -> bytes:
    return keccak256(_text_word(encoded_type, "") + b"".join(words))


def struct_digest(separator: bytes, struct_hash: bytes) -> Digest:
    """What a key signs: keccak256(0x1901 || domain separator || struct hash)."""
    return Digest(keccak256(b"\x19\x01" + separator + struct_hash))


def domain_separator(chain_id: int, contract: Address, name: str = "Tanji", version: str = "1") -> bytes:
    """The 32-byte separator of a deployment's domain; `contract` is AnchorLog for statements."""
    return _struct_hash(
        DOMAIN_TYPE,
        _text_word(name, "/name"),
        _text_word(version, "/version"),
        _number_word(chain_id, 256, "/chainId"),
        _address_word(contract, "/verifyingContract"),
    )


def statement_digest(  # noqa: PLR0917  # the order of the struct itself
    separator: bytes, kind: str, issuer: str, summary: str, body_hash: bytes, issued_at: int
) -> Digest:
    """The digest that a statement's signer signs (docs/spec/02). `issued_at`: unix seconds.

    Raises MalformedError for a hash of another length, a time outside uint64, text that is not UTF-8.
    """
    return hashed_statement_digest(separator, kind, issuer, _utf8_hash(summary, "/summary"), body_hash, issued_at)


def hashed_statement_digest(  # noqa: PLR0917  # the order of the struct itself
    separator: bytes, kind: str, issuer: str, summary_hash: bytes, body_hash: bytes, issued_at: int
) -> Digest:
    """The same digest from summaryHash, which is the summary's word: all that a log entry has of the summary."""
    words = (
        _text_word(STATEMENT_TYPE, ""),
        _text_word(kind, "/kind"),
        _text_word(issuer, "/issuer"),
        _bytes_word(summary_hash, "/summaryHash"),
        _bytes_word(body_hash, "/bodyHash"),
        _number_word(issued_at, 64, "/issuedAt"),
    )
    return struct_digest(separator, keccak256(b"".join(words)))


def block_digest(separator: bytes, *, chain_id: int, number: int, block_hash: bytes, time: int) -> Digest:
    """The digest of a bulletin's `Block` (docs/spec/06)."""
    return struct_digest(
        separator,
        _struct_hash(
            BLOCK_TYPE,
            _number_word(chain_id, 64, "/chainId"),
            _number_word(number, 64, "/number"),
            _bytes_word(block_hash, "/hash"),
            _number_word(time, 64, "/time"),
        ),
    )


def status_change_digest(
    separator: bytes, *, owner: bytes, subject: bytes, status: int, successor: bytes, nonce: int, deadline: int
) -> Digest:
    """The digest of a relayed `StatusChange` (docs/spec/05); the domain's contract is StatusRegistry."""
    return struct_digest(
        separator,
        _struct_hash(
            STATUS_CHANGE_TYPE,
            _bytes_word(owner, "/owner"),
            _bytes_word(subject, "/subject"),
            _number_word(status, 8, "/status"),
            _bytes_word(successor, "/successor"),
            _number_word(nonce, 256, "/nonce"),
            _number_word(deadline, 256, "/deadline"),
        ),
    )


def registration_digest(
    separator: bytes, *, key: Address, party: bytes, purposes: int, start: int, until: int
) -> Digest:
    """The digest of a key's own `Registration` (docs/spec/05); the domain's contract is TrustRegistry."""
    return struct_digest(
        separator,
        _struct_hash(
            REGISTRATION_TYPE,
            _address_word(key, "/key"),
            _bytes_word(party, "/party"),
            _number_word(purposes, 256, "/purposes"),
            _number_word(start, 256, "/from"),
            _number_word(until, 256, "/until"),
        ),
    )


def encryption_key_digest(separator: bytes, *, party: str, public_key: bytes, start: int, until: int) -> Digest:
    """The digest of a party's `EncryptionKey` (docs/spec/11); times in unix seconds."""
    return struct_digest(
        separator,
        _struct_hash(
            ENCRYPTION_KEY_TYPE,
            _text_word(party, "/party"),
            _bytes_word(public_key, "/publicKey"),
            _number_word(start, 64, "/from"),
            _number_word(until, 64, "/until"),
        ),
    )


def payload_share_digest(
    separator: bytes, *, payload: bytes, statement: bytes, recipients: str, wraps_hash: bytes, shared_at: int
) -> Digest:
    """The digest of a `PayloadShare` (docs/spec/11): to whom a confidential payload is opened."""
    return struct_digest(
        separator,
        _struct_hash(
            PAYLOAD_SHARE_TYPE,
            _bytes_word(payload, "/payload"),
            _bytes_word(statement, "/statement"),
            _text_word(recipients, "/recipients"),
            _bytes_word(wraps_hash, "/wraps"),
            _number_word(shared_at, 64, "/sharedAt"),
        ),
    )


def payload_erasure_digest(separator: bytes, *, payload: bytes, reason: str, erased_at: int) -> Digest:
    """The digest of a `PayloadErasure` (docs/spec/11): an order to destroy a payload's data keys."""
    return struct_digest(
        separator,
        _struct_hash(
            PAYLOAD_ERASURE_TYPE,
            _bytes_word(payload, "/payload"),
            _text_word(reason, "/reason"),
            _number_word(erased_at, 64, "/erasedAt"),
        ),
    )


def webhook_order_digest(
    separator: bytes, *, action: str, party: str, target: str, details_hash: bytes, issued_at: int, deadline: int
) -> Digest:
    """The digest of a `WebhookOrder` (docs/api.md, Webhooks); the domain's contract is AnchorLog. Times: unix seconds."""
    return struct_digest(
        separator,
        _struct_hash(
            WEBHOOK_ORDER_TYPE,
            _text_word(action, "/action"),
            _text_word(party, "/party"),
            _text_word(target, "/target"),
            _bytes_word(details_hash, "/details"),
            _number_word(issued_at, 64, "/issuedAt"),
            _number_word(deadline, 64, "/deadline"),
        ),
    )
