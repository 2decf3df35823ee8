"""Labels made and kept, against bare signatures on as many processes; labels printed; the size of a default label's code."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random

from coincurve import PrivateKey

from bench.harness import Effort, Result, against
from ledger.keys.memory import MemorySigner
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
    count = effort.of(131_072, least=16_384)
    with tempfile.TemporaryDirectory() as folder, _signers() as pool:
        numbers = iter(range(1_000))

        def issue() -> float:
            return _issue(Path(folder) / str(next(numbers)), count)

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
    from api.labels_print.sheet import PAGES, PrintedLabel, plan_sheet
    from api.labels_print.symbol import make_symbol

    source = Random(5)
    template = make_template(facts_of(_certificate(1), gtin=bodies.GTIN, batch="L", certifier="示例认证中心"))
    sheet = plan_sheet(PAGES["A4"], (template.width, template.height))
    labels = [
        PrintedLabel(url=_url(source), serial=f"{number:018d}", pin="0" * 12)
        for number in range(effort.of(18_000, least=1_800))
    ]
    with tempfile.TemporaryDirectory() as folder:
        pdf, svg, sizes = [], [], {}
        for run in range(max(1, effort.runs // 2)):
            started = time.perf_counter()
            pages = max(1, len(labels) // sheet.labels // 4)  # four files, so that both processes have work
            files = print_pdf(Path(folder) / str(run), labels, template, sheet, processes=_PROCESSES, pages=pages)
            pdf.append((time.perf_counter() - started) * _MILLION / len(labels))
            started = time.perf_counter()
            archive = Path(folder) / f"{run}.zip"
            print_svg_zip(archive, labels, template, processes=_PROCESSES)
            svg.append((time.perf_counter() - started) * _MILLION / len(labels))
            sizes = {
                "pdf": sum(file.stat().st_size for file in files) / len(labels), "svg": archive.stat().st_size / len(labels),
            }  # fmt: skip
    yield Result(row="labels-pdf", runs=tuple(pdf), seen={"bytes_a_label": sizes["pdf"]})
    yield Result(row="labels-svg", runs=tuple(svg), seen={"bytes_a_label": sizes["svg"]})
    yield Result(row="label-qr", runs=(float(max(make_symbol(label.url).version for label in labels[:500])),))


def _certificate(quota: int) -> Certificate:
    return parse_certificate(bodies.body("certificate") | {"granularity": "item", "quota": quota})


def _url(source: Random) -> str:
    from verifier.crockford import ALPHABET
    from verifier.encoding import to_base64url

    serial = "".join(source.choice(ALPHABET) for _ in range(18))
    c, s = to_base64url(source.randbytes(16)), to_base64url(source.randbytes(64))
    return f"https://{_RESOLVER}/01/{bodies.GTIN}/21/{serial}?c={c}&s={s}"


def _issue(folder: Path, count: int) -> float:
    """Labels a second, without what is paid once: scrypt of the PIN file, and starting the processes (measured with one label each)."""
    key = MemorySigner.generate()
    order = Order(
        certificate_id=StatementId(bytes(32)), certificate=_certificate(count), gtin=bodies.GTIN, batch="L", count=count
    )
    batch = begin(folder, order, b"{}", known=(), label_key=key, separator=bytes(32), resolver=_RESOLVER)
    first: list[float] = []

    def told(_made: int) -> None:
        first.append(time.perf_counter())

    make(batch, key, b"bench", policy=IssuePolicy(processes=_PROCESSES, scrypt_n=2), progress=told)
    # From the first chunks of both processes to the last: the rate of the work, not of two interpreters starting.
    return 4_096 * (len(first) - 1 - _PROCESSES) / (first[-1] - first[_PROCESSES])


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
