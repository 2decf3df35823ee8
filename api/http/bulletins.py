"""Bulletins brought over HTTP: believed for their signature alone, and only the newest is kept."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Final

from api.http.errors import RequestError
from api.runtime.files import read_document, write_whole
from ledger.domain.store_errors import StoreError
from verifier.bulletin import Bulletin, parse_bulletin, serialize_bulletin, trust_bulletin
from verifier.deployment import Deployment
from verifier.documents import SMALL_DOCUMENT_BYTES
from verifier.trust import TrustedBlock

_LOCK: Final = Lock()


class BulletinRefusedError(RequestError):
    """A bulletin of another chain, or not signed by the pinned key."""

    code = "bulletin.refused"
    status = 422

    def __init__(self, rule: str) -> None:
        super().__init__("signed for another chain, or not by the pinned bulletin key", field="/signature", rule=rule)


class BulletinOlderError(RequestError):
    """A newer bulletin is here already. number: its block."""

    code = "bulletin.older"
    status = 409

    def __init__(self, number: int) -> None:
        super().__init__(f"the bulletin here is of block {number}", field="/number", rule="newer-here")
        self.number = number


def kept_bulletin(path: Path | None) -> bytes | None:
    """The newest bulletin's bytes; None where none was put. Raises MalformedError: the file is none."""
    if path is None or not path.is_file():
        return None
    return serialize_bulletin(parse_bulletin(read_document(path, SMALL_DOCUMENT_BYTES)))


def take_bulletin(path: Path, data: bytes, deployment: Deployment) -> tuple[Bulletin, bool]:
    """Keep a bulletin, durable when this returns: it, and whether it was not here before.

    Raises MalformedError, BulletinRefusedError, BulletinOlderError, StoreError. Blocks.
    """
    bulletin = parse_bulletin(data)
    trust = trust_bulletin(bulletin, deployment)
    if not isinstance(trust, TrustedBlock):
        raise BulletinRefusedError(trust.reason)
    with _LOCK:
        kept = kept_bulletin(path)
        newest = None if kept is None else parse_bulletin(kept)
        # The same block signed anew is the same bulletin: signatures are no identity.
        if newest is not None and (newest.number, newest.hash) == (bulletin.number, bulletin.hash):
            return newest, False
        if newest is not None and newest.number >= bulletin.number:
            raise BulletinOlderError(newest.number)
        try:
            write_whole(path, serialize_bulletin(bulletin))
        except OSError as error:
            raise StoreError(f"the bulletin cannot be kept: {error.strerror}") from error
    return bulletin, True
