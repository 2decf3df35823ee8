"""kill -9 at every step of the journal under load, then restart: nothing promised is lost, nothing is there twice."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger.domain.store_errors import StoreFullError
from ledger.log.files import TileDirectory
from ledger.services.fsck import Fsck
from ledger.services.host import LedgerHost
from tests.support.crash_worker import CLIENTS, EACH
from tests.support.ledger import DEPLOYMENT, certificate, config
from tests.support.tlog_tiles import NaiveReader
from verifier.receipt import Receipt

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
COUNT = CLIENTS * EACH

POINTS = [
    ("batch.signed", 3),
    ("batch.begun", 3),
    ("batch.written", 3),
    ("batch.committed", 3),
    ("file.before-rename", 4),
    ("file.before-rename", 6),
    ("tiles.written", 2),
    ("checkpoint.written", 2),
    ("checkpoint.committed", 2),
    ("checkpoint.published", 2),
    ("tiles.cleaned", 1),
]


def start(url: str, files: Path, point: str, count: int, first: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.crash_worker", url, str(files), point, str(count), str(first)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def promised(output: str) -> dict[str, tuple[int, str, str]]:
    """Receipts the clients had in hand; a line cut off by the kill never reached anyone whole."""
    rows = [line.split(" ") for line in output.split("\n")[:-1]]
    return {row[0]: (int(row[1]), row[2], row[3]) for row in rows}


def clean(host: LedgerHost, files: Path) -> None:
    fsck = Fsck(
        origin=DEPLOYMENT.origin,
        separator=DEPLOYMENT.domain_separator,
        reader=host.reader,
        files=TileDirectory(files),
        anchors=(),
    )
    inspection = fsck.inspect()
    assert inspection.findings == ()
    assert inspection.entries == host.tree.size


@pytest.mark.parametrize(("point", "count"), POINTS, ids=[f"{point}-{count}" for point, count in POINTS])
def test_killed_at_every_step(database_url: str, tmp_path: Path, point: str, count: int) -> None:
    files = tmp_path / "log"
    worker = start(database_url, files, point, count)
    output, errors = worker.communicate(timeout=120)
    assert worker.returncode == -9, f"the step was not reached: {errors}"
    given = promised(output)

    host = LedgerHost.open(config(database_url, files, wait=30.0))
    clean(host, files)
    stored = {entry.statement_id.hex(): entry for entry in host.reader.entries(0, COUNT)}
    assert len(stored) == host.reader.size(), "nothing is there twice"
    for statement, (index, leaf, signature) in given.items():
        entry = stored[statement]
        assert (entry.index, entry.leaf_hash.hex(), entry.receipt_signature.hex()) == (index, leaf, signature)

    # Every client asks again, as clients do after a crash.
    answers = list(host.ingest([certificate(i) for i in range(COUNT)]))
    assert all(isinstance(answer, Receipt) for answer in answers)
    assert host.reader.size() == COUNT
    for answer in answers:
        assert isinstance(answer, Receipt)
        if answer.id.hex() in given:
            assert (answer.index, answer.leaf_hash.hex(), answer.signature.hex()) == given[answer.id.hex()]
    host.integrate()
    clean(host, files)
    assert len(NaiveReader(lambda path: (files / path).read_bytes()).read_all()) == COUNT
    host.close()


def test_killed_again_and_again(database_url: str, tmp_path: Path) -> None:
    files = tmp_path / "log"
    given: dict[str, tuple[int, str, str]] = {}
    for round_, (point, count) in enumerate([("batch.written", 4), ("tiles.written", 2), ("batch.committed", 2)]):
        output, errors = start(database_url, files, point, count, round_ * COUNT).communicate(timeout=120)
        assert not errors
        given |= promised(output)
    host = LedgerHost.open(config(database_url, files, wait=30.0))
    clean(host, files)
    stored = {entry.statement_id.hex(): entry.index for entry in host.reader.entries(0, 10_000)}
    assert len(stored) == host.reader.size()
    assert {statement: stored[statement] for statement in given} == {s: index for s, (index, _, _) in given.items()}
    host.close()


def test_two_sequencers_started_at_once(database_url: str, tmp_path: Path) -> None:
    files = tmp_path / "log"
    workers = [start(database_url, files, "never", 1, first) for first in (0, COUNT // 2)]
    # Read both at once: a worker whose pipe is full stands still, and it may be the writer.
    with ThreadPoolExecutor(2) as readers:
        outputs = list(readers.map(lambda worker: worker.communicate(timeout=180), workers))
    assert [worker.returncode for worker in workers] == [0, 0], outputs
    one, two = (promised(output) for output, _ in outputs)
    assert len(one) == len(two) == COUNT
    for statement in one.keys() & two.keys():
        assert one[statement] == two[statement], "what both were sent is there once, with one receipt"
    indices = sorted(index for index, _, _ in (one | two).values())
    assert indices == list(range(COUNT + COUNT // 2))
    host = LedgerHost.open(config(database_url, files, wait=30.0))
    clean(host, files)
    host.close()


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from ledger.domain.store_errors import StoreFullError
from ledger.services.host import LedgerHost
from tests.support.ledger import certificate, config
url, files, limit = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
host = LedgerHost.open(config(url, files))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
done = 0
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
try:
    while done < 100_000:
        done += len(list(host.ingest([certificate(i) for i in range(done, done + 250)])))
        host.integrate()
except StoreFullError as error:
    print("full", done, error.code, host.reader.size())
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
more = len(list(host.ingest([certificate(i) for i in range(done, done + 250)])))
host.integrate()
print("again", host.reader.size(), host.tree.size)
host.close()
"""


@pytest.mark.parametrize("limit", [1_500_000, 3_000_000])
def test_no_file_may_grow_further(tmp_path: Path, limit: int) -> None:
    """The system refuses every write beyond a size: database, journal and bundles alike meet it."""
    url, files = f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path / "log"
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, url, str(files), str(limit)],
        cwd=ROOT, capture_output=True, text=True, timeout=180, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    full, again = run.stdout.splitlines()
    _, done, code, size = full.split()
    assert code == "store.full"
    assert int(size) in (int(done), int(done) + 250), "a batch is there whole or not at all"
    host = LedgerHost.open(config(url, files))
    assert again == f"again {host.reader.size()} {host.tree.size}"
    assert host.reader.size() == host.tree.size == int(done) + 250
    clean(host, files)
    host.close()


def test_files_have_no_space_left(tmp_path: Path) -> None:
    """Tiles alone meet the limit: the store goes on, the checkpoint waits, and catches up."""
    url, files = f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path / "log"
    host = LedgerHost.open(config(url, files))
    list(host.ingest([certificate(i) for i in range(300)]))
    import signal

    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, resource.RLIM_INFINITY))
    try:
        with pytest.raises(StoreFullError) as caught:
            host.integrate()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        signal.signal(signal.SIGXFSZ, old)
    assert caught.value.place == str(files)
    assert host.tree.size == 0
    assert [path for path in files.rglob("*") if path.is_file()] == []
    host.integrate()
    assert host.tree.size == 300
    clean(host, files)
    host.close()
