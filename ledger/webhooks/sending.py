"""One try: a POST to one checked address, its answer's head read with caps, nothing followed.

h11 reads the answer (what uvicorn reads requests with); no client library is asked to connect to an address of our choice.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import h11

from ledger.domain.webhooks import UnsafeTargetError
from ledger.webhooks.targets import Reach, Resolver, SystemResolver, Target, parse_target, safe_addresses

SECONDS: Final = 15.0
MOST_HEAD: Final = 16_384
# Of a name's many addresses so many are tried before the try has failed.
MOST_ADDRESSES: Final = 3
_SECONDS_ASKED: Final = re.compile(r"[0-9]{1,6}", re.ASCII)
_CHUNK: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a receiver answered. status: 0 when it did not; problem: why the try failed, "" for 2xx; asked: Retry-After in seconds."""

    status: int
    problem: str
    asked: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """Sends messages. tls: trust in receivers' certificates; seconds: for the whole try, names and handshake included."""

    reach: Reach
    tls: ssl.SSLContext
    resolver: Resolver = field(default_factory=SystemResolver)
    seconds: float = SECONDS

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send once. Whatever a receiver does becomes an answer."""
        try:
            target = parse_target(url, self.reach)
            async with asyncio.timeout(self.seconds):
                addresses = await safe_addresses(target, self.reach, self.resolver)
                return await self._to_one_of(target, addresses[:MOST_ADDRESSES], _request(target, headers, body), body)
        except UnsafeTargetError as error:
            return Answer(status=0, problem=f"unsafe-target: {error}")
        except TimeoutError:
            return Answer(status=0, problem=f"timeout: no answer within {self.seconds:g} s")
        except ssl.SSLError as error:
            return Answer(status=0, problem=f"tls: {error.reason or 'failed'}")
        except OSError as error:
            return Answer(status=0, problem=f"connection: {error.strerror or type(error).__name__}")
        except h11.ProtocolError as error:
            return Answer(status=0, problem=f"not-http: {error}"[:200])

    async def _to_one_of(self, target: Target, addresses: list[str], request: h11.Request, body: bytes) -> Answer:
        for number, address in enumerate(addresses, 1):
            try:
                reader, writer = await self._connect(target, address)
                break
            except OSError:
                if number == len(addresses):
                    raise
        try:
            return await _exchange(reader, writer, request, body)
        finally:
            # What else the receiver says is not waited for.
            writer.transport.abort()

    async def _connect(self, target: Target, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if target.scheme == "http":
            return await asyncio.open_connection(address, target.port, limit=MOST_HEAD)
        return await asyncio.open_connection(
            address, target.port, ssl=self.tls, server_hostname=target.host, limit=MOST_HEAD
        )


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> h11.Request:
    return h11.Request(
        method="POST",
        target=target.path,
        headers=[
            ("Host", target.authority),
            ("User-Agent", "tanji-webhooks/1"),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
            *headers.items(),
        ],
    )


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: h11.Request, body: bytes
) -> Answer:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEAD)
    for part in (request, h11.Data(data=body), h11.EndOfMessage()):
        writer.write(connection.send(part) or b"")
    await writer.drain()
    received = 0
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            data = await reader.read(_CHUNK)
            received += len(data)
            if received > MOST_HEAD:
                return Answer(status=0, problem=f"too-long: no answer within {MOST_HEAD} bytes")
            if not received:
                return Answer(status=0, problem="connection: closed without an answer")
            connection.receive_data(data)
        elif isinstance(event, h11.Response):
            return _answer(event)
        elif not isinstance(event, h11.InformationalResponse):
            return Answer(status=0, problem="connection: closed without an answer")


def _answer(response: h11.Response) -> Answer:
    status = response.status_code
    if 200 <= status < 300:
        return Answer(status=status, problem="")
    asked = next((value.decode("ascii", "replace") for name, value in response.headers if name == b"retry-after"), "")
    problem = "redirect: not followed" if 300 <= status < 400 else f"status: {status}"
    return Answer(status=status, problem=problem, asked=int(asked) if _SECONDS_ASKED.fullmatch(asked) else 0)
