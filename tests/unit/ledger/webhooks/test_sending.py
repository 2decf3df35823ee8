"""One try against real receivers on loopback: honest ones, and those that would keep, flood or mislead the sender."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ledger.webhooks.backoff import PAUSES, TRIES, doubt_for, pause_after
from ledger.webhooks.sending import Answer, Courier
from ledger.webhooks.targets import Reach, Resolver, SystemResolver
from tests.support.webhooks import Behaviour, Names, Receiver, listening, receiving, status

NAME = "hooks.bank.example"


def courier(tls: ssl.SSLContext | None = None, resolver: Resolver | None = None, seconds: float = 5.0) -> Courier:
    return Courier(
        reach=Reach.LOOPBACK,
        tls=tls or ssl.create_default_context(),
        resolver=resolver or SystemResolver(),
        seconds=seconds,
    )


def told(behaviour: Behaviour, seconds: float = 5.0) -> Answer:
    async def run() -> Answer:
        async with listening(behaviour) as port:
            return await courier(seconds=seconds).send(f"http://127.0.0.1:{port}/x", {"webhook-id": "m"}, b"{}")

    return asyncio.run(asyncio.wait_for(run(), 20))


def saying(data: bytes, then: Callable[[asyncio.StreamWriter], Awaitable[None]] | None = None) -> Behaviour:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        if then is not None:
            await then(writer)

    return behave


async def _for_ever(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x-more: " + b"y" * 1_000 + b"\r\n")
        await writer.drain()


async def _a_byte_now_and_then(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _nothing_more(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


def test_what_was_asked_is_what_arrives() -> None:
    async def run() -> tuple[Answer, Receiver]:
        async with receiving(answers=[status(201)]) as receiver:
            return await courier().send(receiver.url, {"webhook-id": "msg_1"}, b'{"a":1}'), receiver

    answer, receiver = asyncio.run(run())
    assert answer == Answer(status=201, problem="")
    [request] = receiver.received
    assert (request.path, request.body, request.message) == ("/hook", b'{"a":1}', "msg_1")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("answer", "code", "problem", "asked"),
    [
        (status(200), 200, "", 0),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" + status(204), 204, "", 0),
        (status(500), 500, "status", 0),
        (status(410), 410, "status", 0),
        (status(429, "Retry-After: 120"), 429, "status", 120),
        (status(503, "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT"), 503, "status", 0),
        (b"", 0, "connection", 0),
        (b"SSH-2.0-OpenSSH_9.7\r\n", 0, "not-http", 0),
        (b"HTTP/1.1 200 OK\r\nbroken header\r\n\r\n", 0, "not-http", 0),
    ],
)
def test_every_answer_is_told_as_what_it_is(answer: bytes, code: int, problem: str, asked: int) -> None:
    found = told(saying(answer))
    assert (found.status, found.problem.partition(":")[0], found.asked) == (code, problem, asked)


def test_a_redirect_is_not_followed() -> None:
    async def run() -> tuple[Answer, int]:
        visits = 0

        async def secret(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal visits
            visits += 1

        async with listening(secret) as inner:
            for place in ("http://169.254.169.254/latest/meta-data/", f"http://127.0.0.1:{inner}/"):
                async with listening(saying(status(307, f"Location: {place}"))) as port:
                    answer = await courier().send(f"http://127.0.0.1:{port}/", {}, b"{}")
        return answer, visits

    answer, visits = asyncio.run(run())
    assert answer == Answer(status=307, problem="redirect: not followed")
    assert visits == 0


@pytest.mark.parametrize("then", [_a_byte_now_and_then, _nothing_more])
def test_a_slow_receiver_is_given_up(then: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> None:
    assert told(saying(b"HTTP/1.1 200 OK\r\nx: ", then), seconds=0.4).problem.startswith("timeout")


def test_a_receiver_that_never_stops_talking_is_cut_off() -> None:
    assert told(saying(b"HTTP/1.1 200 OK\r\n", _for_ever)).problem.startswith(("too-long", "not-http"))
    assert told(saying(b"HTTP/1.1 200 OK\r\n\r\n", _for_ever)) == Answer(status=200, problem="")  # its body is not read


def test_nobody_there_is_a_problem_of_the_connection() -> None:
    answer = asyncio.run(courier().send("http://127.0.0.1:1/", {}, b"{}"))
    assert answer.problem.startswith("connection: ")


def test_the_address_that_was_checked_is_the_one_connected_to() -> None:
    """A name that may be told when looked at and is inside a moment later (here: loopback, then metadata) is asked once a try."""
    names = Names([["127.0.0.1"], ["169.254.169.254"]])
    said = []

    async def without_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said.append(await reader.read(1))
        writer.write(status(400))

    async def run() -> tuple[Answer, Answer]:
        async with listening(without_tls) as port:
            send = courier(resolver=names)
            first = await send.send(f"https://{NAME}:{port}/hook", {}, b"{}")
            return first, await send.send(f"https://{NAME}:{port}/hook", {}, b"{}")

    first, second = asyncio.run(run())
    assert first.problem.startswith("tls:")  # connected to the address that was checked
    assert second.problem.startswith("unsafe-target: address")
    assert "169.254" not in second.problem
    assert names.asked == 2
    assert said == [b"\x16"]  # one connection, and a TLS handshake first


def _certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A receiver's context, and one that trusts its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))


@pytest.mark.parametrize(("name", "problem"), [(NAME, ""), ("other.example", "tls")])
def test_the_certificate_is_checked_against_the_name_not_the_address(tmp_path: Path, name: str, problem: str) -> None:
    server, trusting = _certificate(tmp_path, name)

    async def run() -> Answer:
        async with listening(Receiver(), tls=server) as port:
            send = courier(trusting, Names([["127.0.0.1"]]))
            return await send.send(f"https://{NAME}:{port}/hook", {"webhook-id": "m"}, b"{}")

    assert asyncio.run(run()).problem.partition(":")[0] == problem


def test_pauses_grow_are_never_the_same_and_end() -> None:
    assert len(PAUSES) + 1 == TRIES
    for attempts in range(1, TRIES):
        least, most = pause_after(attempts, lambda: 0.0), pause_after(attempts, lambda: 0.999)
        assert least < PAUSES[attempts - 1] < most
        assert attempts == 1 or least > PAUSES[attempts - 2]
    assert pause_after(1, lambda: 0.5, 90) == 90
    assert pause_after(1, lambda: 0.5, 10**6) == 3_600
    assert [doubt_for(failures) for failures in (0, 2, 3, 4, 5, 6, 60)] == [0, 0, 5, 30, 120, 300, 300]
