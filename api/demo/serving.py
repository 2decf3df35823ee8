"""After the story: its chain goes on, some products get labels, and everything is served for a person to look at.

The story's node was stopped when its files were judged. It starts again from what it wrote down, at the machine's own time.
"""

from __future__ import annotations

import csv
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.demo import cast
from api.demo.application import open_application
from api.demo.clock import StoryClock
from api.demo.desks import awaiting_enterprises, open_desks
from api.demo.inspecting import publish_pack
from api.demo.operator import submit
from api.demo.output import CHAIN_FILE, Output
from api.demo.products import DemoEnterprise, DemoProduct, DemoSet, load_demo_set
from api.demo.stage import Stage, resumed_chain
from api.demo.story import CORRECTED, SUSPENDED, WITHDRAWN
from api.runtime.statements import make_draft, serialize_statement, sign_draft
from ledger.labels.issue import IssuePolicy, begin, body_of, make
from ledger.labels.pins import read_pins
from ledger.labels.plan import Order
from ledger.store.reader import StoreReader
from verifier.bodies import Certificate, parse_certificate
from verifier.canonical import canonicalize
from verifier.contracts import Purpose
from verifier.deployment import parse_deployment
from verifier.errors import MalformedError
from verifier.statement import parse_entry, statement_id

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ledger.keys.memory import MemorySigner
    from verifier.types import StatementId

HOST: Final = "127.0.0.1"
PORT: Final = 8000
LABELS: Final = 24
DESKS: Final = "签名用的密钥与说明见 README.txt；钱包的链地址（链 31337） keys to sign with: see README.txt; the chain for wallets (31337)"
BEYOND_FINALITY: Final = 100  # blocks: everything of the story is final before anybody looks
BASE: Final = "4226-1-2017"  # an air conditioner, whose certificate was suspended and restored
# What to look at, by the source's row.
LABELLED: Final = (
    (BASE, "一枚真标签", "a genuine label"),
    (WITHDRAWN, "证书已被撤销的标签", "a label whose certificate was withdrawn"),
    (SUSPENDED, "证书被暂停的标签", "a label whose certificate is suspended"),
    (CORRECTED, "更正后的证书的标签", "a label of a corrected certificate"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A page worth opening. `pin`: what its label's scratch-off hides, where it has one."""

    zh: str
    en: str
    path: str
    pin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The application, and where to look. node: the chain's URL, for wallets."""

    app: FastAPI
    addresses: tuple[Address, ...]
    node: str


def serve_story(out: Path, *, port: int = PORT) -> None:
    """Serve a finished demo until interrupted. Raises NodeMissingError, LocalNodeError, OSError (the port is taken)."""
    import uvicorn

    from api.http.takeover import ServiceProtocol

    with open_story(Output(root=out)) as served:
        print(f"\n正在 http://{HOST}:{port} 服务，Ctrl-C 结束。Serving; Ctrl-C ends it.\n")
        for one in served.addresses:
            print(f"  {one.zh} {one.en}\n    http://{HOST}:{port}{one.path}")
            if one.pin:
                print(f"    PIN {one.pin}")
        print(f"  {DESKS}\n    {served.node}\n", flush=True)
        with suppress(KeyboardInterrupt):  # how serving ends
            uvicorn.run(
                served.app,
                http=ServiceProtocol,
                host=HOST,
                port=port,
                log_level="warning",
                access_log=False,
                server_header=False,
            )


@contextmanager
def open_story(output: Output) -> Iterator[Served]:
    """The demo's application and addresses, its node running for as long as it lasts."""
    with ExitStack() as stack:
        node, chain = stack.enter_context(resumed_chain(output.path(CHAIN_FILE)))
        # The node kept no state of earlier blocks: go on until every final one is of this run.
        chain.call("anvil_mine", hex(BEYOND_FINALITY), "0x0")
        stage = Stage(
            url=node.url,
            chain=chain,
            deployment=parse_deployment(output.path("deployment.json").read_bytes()),
            deployment_gas=0,
            clock=StoryClock(int(time.time())),
            today=int(time.time()),
        )
        data = load_demo_set()
        labels = tuple(_labels(stage, output, data, open_desks(stage, output, data)))
        chain.call("anvil_mine", hex(BEYOND_FINALITY), "0x0")
        publish_pack(stage, output, data)
        app = stack.enter_context(open_application(stage, output))
        yield Served(app=app, addresses=(*labels, *_elsewhere(labels)), node=node.url)


def _elsewhere(labels: Sequence[Address]) -> Iterator[Address]:
    if labels:
        path, _, query = labels[0].path.partition("?")
        signature = query[-86:]
        altered = ("A" if signature[0] != "A" else "B") + signature[1:]
        yield Address(
            zh="签名被改过的标签", en="a label with an altered signature", path=f"{path}?{query[:-86]}{altered}"
        )
    yield Address(zh="公开门户", en="the public portal", path="/")
    yield Address(zh="日志", en="the log explorer", path="/explorer")
    yield Address(zh="扫码核验（断网可用）", en="the inspectors' scanner", path="/scan")
    yield Address(zh="巡检包与公告", en="inspection packs and the bulletin", path="/packs")
    enterprise = awaiting_enterprises(load_demo_set())[0]
    yield Address(zh="认证机构工作台", en="a certifier's desk", path=f"/desk/certifier/{cast.CERTIFIER_A}")
    yield Address(zh="企业工作台", en="an enterprise's desk", path=f"/desk/enterprise/{enterprise.party}")
    yield Address(zh="监管部门工作台", en="the regulator's desk", path="/desk/regulator")
    yield Address(zh="自行核对", en="how to verify without this site", path="/verify")


# ---------------------------------------------------------------- labels


def _labels(stage: Stage, output: Output, data: DemoSet, also: Sequence[bytes]) -> Iterator[Address]:
    """Issue the labels, and submit them with the other statements: under one anchor, since two are a minute apart."""
    products = {product.row.pcf_id: product for product in data.products}
    newest = _newest_certificates(output)
    for enterprise in {products[row].enterprise for row, _, _ in LABELLED}:
        role = cast.KeyRole(party=enterprise.party, purposes=Purpose.LABELS)
        stage.register("", role, _label_key(enterprise))
    stage.go_to(0)  # a key is in force only after its block's time
    statements: list[bytes] = [*also]
    addresses: list[Address] = []
    for row, zh, en in LABELLED:
        product = products[row]
        made = _batch(stage, output, product, newest[product.gtin])
        statements.append(made.statement)
        addresses.append(Address(zh=zh, en=en, path=made.path, pin=made.pin))
    submit(stage, output, statements)
    yield from addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A certificate to print labels under: its id, its body's canonical bytes, and the body."""

    statement: StatementId
    document: bytes
    certificate: Certificate


def _newest_certificates(output: Output) -> dict[str, _Held]:
    """By GTIN, the certificate an accredited certifier logged first, or its correction; none of the dishonest days'."""
    honest = {cast.key(name).address for name in ("certifier-a", "certifier-b")}
    found: dict[str, _Held] = {}
    reader = StoreReader.open(output.database)
    try:
        for _, data in reader.leaves(0, reader.size()):
            try:
                entry = parse_entry(data)
            except MalformedError:
                continue  # of the dishonest days
            if entry.kind == "certificate" and entry.signer in honest and entry.body is not None:
                _keep(found, _Held(
                    statement=statement_id(entry),
                    document=canonicalize(entry.body),
                    certificate=parse_certificate(entry.body),
                ))  # fmt: skip
    finally:
        reader.close()
    return found


def _keep(found: dict[str, _Held], held: _Held) -> None:
    gtin = held.certificate.products[0].gtin or ""
    known = found.get(gtin)
    is_correction = held.certificate.version == 2 and known is not None
    if known is None or (is_correction and known.certificate.number == held.certificate.number):
        found[gtin] = held


def _label_key(enterprise: DemoEnterprise) -> MemorySigner:
    return cast.key(f"labels {enterprise.gs1_prefix}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    statement: bytes
    path: str
    pin: str


def _batch(stage: Stage, output: Output, product: DemoProduct, held: _Held) -> _Made:
    enterprise = product.enterprise
    label_key = _label_key(enterprise)
    order = Order(
        certificate_id=held.statement,
        certificate=held.certificate,
        gtin=product.gtin,
        batch=f"L{stage.today % 100_000}",
        count=LABELS,
    )
    batch = begin(
        output.path("labels"),
        order,
        held.document,
        known=(),
        label_key=label_key,
        separator=stage.deployment.domain_separator,
        resolver=f"{HOST}:{PORT}",
    )
    make(batch, label_key, cast.PASSPHRASE, policy=IssuePolicy(scrypt_n=1 << 10))
    draft = make_draft("labels", enterprise.party, body_of(batch))
    signed = sign_draft(draft, label_key, stage.deployment.domain_separator, issued_at=stage.clock.now())
    data = serialize_statement(signed)
    batch.finish(data)
    shutil.copyfile(batch.leaves, output.path(f"leaves/{statement_id(signed).hex()}.leaves"))
    with batch.rows.open(encoding="ascii", newline="") as rows:
        url = next(iter(csv.DictReader(rows)))["url"]
    return _Made(
        statement=data,
        path="/" + url.split("/", 3)[3],
        pin=next(iter(read_pins(batch.pins, cast.PASSPHRASE))),
    )
