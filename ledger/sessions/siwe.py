"""Sign-In with Ethereum (EIP-4361), in the one form this service asks for (docs/spec/11, Sessions).

    <domain> wants you to sign in with your Ethereum account:
    <address, EIP-55>
    <empty line>
    Sign in to Tanji as <party> to read what is shared with it. This signs nothing that is logged.
    <empty line>
    URI: <origin>
    Version: 1
    Chain ID: <chain id>
    Nonce: <64 hex digits, see nonces>
    Issued At: <YYYY-MM-DDTHH:MM:SSZ>
    Expiration Time: <the same form>                        no newline at the end

The service writes the message and takes no other: read strictly, written again, compared. So a page that shows another
domain, or adds resources, gets nothing from us, whatever the wallet showed. Why no library: docs/adr/0013.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from verifier.errors import MalformedError
from verifier.hashing import keccak256
from verifier.identifiers import Party, parse_party
from verifier.signature import parse_address, to_checksum
from verifier.types import Address, Digest

MAX_MESSAGE: Final = 2_048
_TIME: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
_ORIGIN: Final = re.compile(r"https?://((?:[a-z0-9.-]{1,253}|\[[0-9a-f:]{2,45}\])(?::[0-9]{1,5})?)", re.ASCII)
_MESSAGE: Final = re.compile(
    r"(?P<domain>[!-~]{1,260}) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n"
    r"\n"
    r"Sign in to Tanji as (?P<party>[a-z]+:[0-9A-Z]+) to read what is shared with it\. This signs nothing that is logged\.\n"
    r"\n"
    r"URI: (?P<uri>[!-~]{1,300})\n"
    r"Version: 1\n"
    r"Chain ID: (?P<chain>0|[1-9][0-9]{0,15})\n"
    r"Nonce: (?P<nonce>[0-9a-f]{64})\n"
    rf"Issued At: (?P<issued>{_TIME})\n"
    rf"Expiration Time: (?P<expires>{_TIME})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What a message says. origin: as a browser writes it, without a slash at the end; times: unix seconds."""

    domain: str
    origin: str
    address: Address
    party: Party
    chain_id: int
    nonce: str
    issued_at: int
    expires_at: int


def compose(wanted: SignIn) -> str:
    """The text that is signed."""
    return (
        f"{wanted.domain} wants you to sign in with your Ethereum account:\n{to_checksum(wanted.address)}\n\n"
        f"Sign in to Tanji as {wanted.party} to read what is shared with it. This signs nothing that is logged.\n\n"
        f"URI: {wanted.origin}\nVersion: 1\nChain ID: {wanted.chain_id}\nNonce: {wanted.nonce}\n"
        f"Issued At: {_written(wanted.issued_at)}\nExpiration Time: {_written(wanted.expires_at)}"
    )


def parse_sign_in(text: object) -> SignIn:
    """Read a message. Raises MalformedError (`siwe`, or a member's own rule); nothing is judged yet."""
    if not isinstance(text, str) or len(text) > MAX_MESSAGE:
        raise MalformedError("siwe", "/message", f"not a text of at most {MAX_MESSAGE} characters")
    found = _MESSAGE.fullmatch(text)
    if found is None:
        raise MalformedError("siwe", "/message", "not the message of EIP-4361 that this service writes")
    parsed = SignIn(
        domain=found["domain"],
        origin=found["uri"],
        address=parse_address(found["address"], "/message/address"),
        party=parse_party(found["party"], "/message/statement"),
        chain_id=int(found["chain"]),
        nonce=found["nonce"],
        issued_at=_read(found["issued"], "/message/issuedAt"),
        expires_at=_read(found["expires"], "/message/expirationTime"),
    )
    if compose(parsed) != text:
        raise MalformedError("siwe", "/message", "another spelling of the message")
    return parsed


def domain_of(origin: str) -> str:
    """An origin's host, with its port where there is one: the message's domain. Raises MalformedError: `origin`."""
    found = _ORIGIN.fullmatch(origin)
    if found is None:
        raise MalformedError("origin", "origin", "http or https, a host in lower case, a port; no path")
    return found[1]


def personal_digest(text: str) -> Digest:
    """What a wallet's personal_sign signs (EIP-191, version 0x45)."""
    data = text.encode("utf-8")
    return Digest(keccak256(b"\x19Ethereum Signed Message:\n" + str(len(data)).encode("ascii") + data))


def _written(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read(text: str, place: str) -> int:
    try:
        return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError as error:
        raise MalformedError("date-time", place, "no such moment") from error
