"""JSON-RPC endpoints over HTTPS at names of their own, as a browser meets them: one server, one certificate, a temper for each name.

`open` lets pages read its answers, `closed` answers but lets no page read them, `liar` names another block, `busy` turns everybody away,
`text` answers with something else.
"""

from __future__ import annotations

import datetime
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Endpoints:
    """Names to tempers, the port they all share, and what was asked of each."""

    names: Mapping[str, str]
    port: int
    asked: list[tuple[str, str]] = field(default_factory=list)

    def browser_arguments(self) -> list[str]:
        """How Chromium is told where the names are; the certificate is nobody's."""
        rules = ",".join(f"MAP {name} 127.0.0.1:{self.port}" for name in self.names)
        return [f"--host-resolver-rules={rules}", "--ignore-certificate-errors"]


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, endpoints: Endpoints, node: list[str], *args: Any) -> None:
        self.endpoints, self.node = endpoints, node
        super().__init__(*args)

    def _temper(self) -> str:
        name = self.headers.get("Host", "").partition(":")[0]
        self.endpoints.asked.append((name, self.command))
        return self.endpoints.names.get(name, "closed")

    def _answer(self, status: int, body: bytes, temper: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if temper != "closed":
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "content-type")
        self.end_headers()
        self.wfile.write(body)

    def do_OPTIONS(self) -> None:
        self._answer(204, b"", self._temper())

    def do_GET(self) -> None:
        self._answer(200, b"{}", self._temper())

    def do_POST(self) -> None:
        temper = self._temper()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if temper == "busy":
            return self._answer(429, b"slow down", temper)
        if temper == "text":
            return self._answer(200, b"<html>welcome</html>", temper)
        asked = urllib.request.Request(self.node[0], body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=10) as response:
            told = response.read()
        if temper == "liar":
            document = orjson.loads(told)
            if isinstance(document["result"], dict):
                document["result"]["hash"] = "0x" + "11" * 32
            told = orjson.dumps(document)
        return self._answer(200, told, temper)

    def log_message(self, *_args: object) -> None:
        return


def _certificate(folder: Path, names: Mapping[str, str]) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "endpoints")])
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "endpoint.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@contextmanager
def secure_endpoints(folder: Path, node: list[str], names: Mapping[str, str]) -> Iterator[Endpoints]:
    """Serve `names` (to tempers). node: the URL behind them, read anew for every request."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    endpoints = Endpoints(names=names, port=server.server_address[1])
    server.RequestHandlerClass = partial(_Handler, endpoints, node)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(folder, names))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield endpoints
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
