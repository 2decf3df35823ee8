"""Payloads on their way in: the head is judged before the content is read, the content waits outside memory until it is whole."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from starlette.requests import Request

from api.http.errors import BodyTooLargeError, SlowRequestError
from api.http.requests import require_media
from api.http.routes.access import blocking
from api.http.sessions import Door
from ledger.domain.errors import BackpressureError
from ledger.domain.payload_documents import descriptor_document, erasure_document
from ledger.domain.payload_errors import PayloadRefusedError
from ledger.domain.payloads import PayloadHeader, StoredPayload
from ledger.payloads.envelope import HEADER_BYTES, PREFIX_BYTES, header_length, read_header
from ledger.services.payloads import Payloads
from verifier.encoding import to_hex

MEDIA_TYPE: Final = "application/vnd.tanji.payload"
PIECE: Final = 256 * 1024
IN_MEMORY: Final = 1 << 20
AT_ONCE: Final = 16
SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidential:
    """What one party may read and another may not."""

    door: Door
    payloads: Payloads
    _uploads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def receive(self, request: Request) -> tuple[StoredPayload, str]:
        """Take a payload's file; `new` or `known`. Whoever is cut off leaves nothing behind.

        Raises MalformedError, PayloadRefusedError and its kind, BodyTooLargeError, MediaTypeError, SlowRequestError, BackpressureError.
        """
        require_media(request, MEDIA_TYPE)
        most = self.payloads.policy.most + HEADER_BYTES + PREFIX_BYTES
        declared = request.headers.get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared[:18]) > most:
            raise BodyTooLargeError(most)
        if self._uploads.locked():
            raise BackpressureError(f"{AT_ONCE} uploads at once", 2.0)
        async with self._uploads:
            try:
                async with asyncio.timeout(SECONDS):
                    return await self._receive(_Body(request.stream()))
            except TimeoutError as error:
                raise SlowRequestError(SECONDS) from error

    async def _receive(self, body: _Body) -> tuple[StoredPayload, str]:
        length = header_length(await body.exactly(PREFIX_BYTES))
        header = read_header(await body.exactly(length))
        known = await blocking(self.payloads.admit, header)
        if known is not None:
            return known, "known"
        # A file without a name: the system forgets it when the process ends, however it ends.
        with SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
            await _spool(body, header, spool)
            return await blocking(self.payloads.keep, header, _pieces(spool)), "new"


async def _spool(body: _Body, header: PayloadHeader, spool: IO[bytes]) -> None:
    wanted = header.descriptor
    digest, size = hashlib.sha256(), 0
    async for chunk in body.rest():
        size += len(chunk)
        if size > wanted.size:
            break
        digest.update(chunk)
        spool.write(chunk)
    if size != wanted.size or digest.digest() != wanted.digest:
        raise PayloadRefusedError("/payload/sha256", "content", "the content is not the one the header names")


def _pieces(spool: IO[bytes]) -> Iterator[bytes]:
    spool.seek(0)
    while piece := spool.read(PIECE):
        yield piece


class _Body:
    """A request's body, read to a given number of bytes at a time."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._held = b""

    async def exactly(self, size: int) -> bytes:
        """So many bytes; fewer where the body ends before. What is due is for the reader of the bytes to say."""
        while len(self._held) < size:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                break
            self._held += chunk
        taken, self._held = self._held[:size], self._held[size:]
        return taken

    async def rest(self) -> AsyncIterator[bytes]:
        """What is left, as it comes."""
        if self._held:
            yield self._held
        async for chunk in self._chunks:
            yield chunk


def stored_document(stored: StoredPayload, party: str = "") -> dict[str, object]:
    """A payload as a party may see it: all who are named in it, its submitter alone is told. "" for whoever carries a signed order."""
    document: dict[str, object] = {
        "id": to_hex(stored.payload),
        "payload": descriptor_document(stored.descriptor),
        "storedAt": stored.stored_at,
    }
    if party:
        document["parties"] = list(stored.parties) if party == stored.descriptor.submitter else [party]
    if stored.erasure is not None:
        document["erasure"] = erasure_document(stored.erasure)
    return document
