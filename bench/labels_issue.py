"""Labels made and kept, against bare signatures on as many processes; labels printed; the size of a default label's code."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random

from coincurve import PrivateKey

from api.labels_print.sheet import PrintedLabel
from bench.harness import Effort, Result, against
from ledger.keys.memory import MemorySigner
from ledger.labels.batch import Batch
from ledger.labels.issue import IssuePolicy, begin, make
from ledger.labels.plan import Order
from tests.support import bodies
from verifier.bodies import Certificate, parse_certificate
from verifier.types import StatementId

_PROCESSES = 2
_RESOLVER = "labels.example.com.cn1"  # 22 characters
_MILLION = 1_000_000


def measure(effort: Effort) -> Iterator[Result]:
    """Row `labels-issue`: durable labels a second, of bare `coincurve` recoverable signatures a second, both on two processes."""
    count = effort.of(262_144, least=65_536)
    with tempfile.TemporaryDirectory() as folder, _signers() as pool:
        numbers = iter(range(1_000))

        def issue() -> float:
            started = time.perf_counter()
            issue_batch(Path(folder) / str(next(numbers)), count, processes=_PROCESSES)
            return count / (time.perf_counter() - started)

        ours = against(issue, effort.runs, lambda: _bare(pool, effort.of(65_536, least=8_192)))
    yield Result(
        row="labels-issue",
        runs=ours.ratios,
        seen={"labels_per_second": ours.seen["per_second"], "bare_signatures_per_second": ours.seen["rec_per_second"]},
    )


def measure_printing(effort: Effort) -> Iterator[Result]:
    """Rows `labels-pdf` and `labels-svg`: seconds for a million labels, from fewer; `label-qr`: the version of a default label's code."""
    from api.labels_print.design import make_template
    from api.labels_print.facts import facts_of
    from api.labels_print.jobs import print_pdf, print_svg_zip
    from api.labels_print.sheet import PAGES, plan_sheet
    from api.labels_print.symbol import make_symbol

    source = Random(5)
    template = make_template(facts_of(certificate_for(1), gtin=bodies.GTIN, batch="L", certifier="示例认证中心"))
    sheet = plan_sheet(PAGES["A4"], (template.width, template.height))
    labels = [
        PrintedLabel(url=_url(source), serial=f"{number:018d}", pin="0" * 12)
        for number in range(effort.of(18_000, least=3_600))
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = range(max(1, effort.runs // 2))

        def pdf(number: int, some: list[PrintedLabel]) -> int:
            pages = max(1, len(some) // sheet.labels // 4)  # four files, so that both processes have work
            files = print_pdf(
                folder / f"{number}-{len(some)}", some, template, sheet, processes=_PROCESSES, pages=pages
            )
            return sum(file.stat().st_size for file in files)

        def svg(number: int, some: list[PrintedLabel]) -> int:
            archive = folder / f"{number}-{len(some)}.zip"
            print_svg_zip(archive, some, template, processes=_PROCESSES)
            return archive.stat().st_size

        seconds = {work: tuple(_a_million(work, number, labels) for number in runs) for work in (pdf, svg)}
        sizes = {work: work(len(runs), labels[:360]) / 360 for work in (pdf, svg)}
    yield Result(row="labels-pdf", runs=seconds[pdf], seen={"bytes_a_label": sizes[pdf]})
    yield Result(row="labels-svg", runs=seconds[svg], seen={"bytes_a_label": sizes[svg]})
    yield Result(row="label-qr", runs=(float(max(make_symbol(label.url).version for label in labels[:500])),))


def _a_million(work: Callable[[int, list[PrintedLabel]], int], number: int, labels: list[PrintedLabel]) -> float:
    """Seconds for a million labels: what starting costs once, and the rest from the difference of two amounts."""
    few = labels[: len(labels) // 10]
    took = []
    for some in (few, labels):
        started = time.perf_counter()
        work(number, some)
        took.append(time.perf_counter() - started)
    each = (took[1] - took[0]) / (len(labels) - len(few))
    return took[0] + each * (_MILLION - len(few))


def certificate_for(quota: int) -> Certificate:
    """A certificate of so many items."""
    return parse_certificate(bodies.body("certificate") | {"granularity": "item", "quota": quota})


def _url(source: Random) -> str:
    from verifier.crockford import ALPHABET
    from verifier.encoding import to_base64url

    serial = "".join(source.choice(ALPHABET) for _ in range(18))
    c, s = to_base64url(source.randbytes(16)), to_base64url(source.randbytes(64))
    return f"https://{_RESOLVER}/01/{bodies.GTIN}/21/{serial}?c={c}&s={s}"


def issue_batch(folder: Path, count: int, *, processes: int) -> Batch:
    """A batch from an empty folder to the last durable label, PINs under the passphrase `bench` (scrypt at its cheapest)."""
    key = MemorySigner.generate()
    order = Order(
        certificate_id=StatementId(bytes(32)),
        certificate=certificate_for(count),
        gtin=bodies.GTIN,
        batch="L",
        count=count,
    )
    batch = begin(folder, order, b"{}", known=(), label_key=key, separator=bytes(32), resolver=_RESOLVER)
    make(batch, key, b"bench", policy=IssuePolicy(processes=processes, scrypt_n=2))
    return batch


def _signers() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(_PROCESSES, mp_context=multiprocessing.get_context("spawn"))


def _bare(pool: ProcessPoolExecutor, count: int) -> float:
    started = time.perf_counter()
    list(pool.map(_sign, [count // _PROCESSES] * _PROCESSES))
    return count / (time.perf_counter() - started)


def _sign(count: int) -> None:
    key = PrivateKey(b"\x11" * 32)
    digests = [number.to_bytes(32, "big") for number in range(1, 257)]
    for number in range(count):
        key.sign_recoverable(digests[number & 255], hasher=None)
