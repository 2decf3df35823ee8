"""`python -m bench.soak --minutes 60`: everything at once against a server of its own, watching its memory and its descriptors.

The finished demo is served, its chain going on. Beside one another: shoppers' pages, certificates, evidence, tiles, checkpoints,
verdicts, footprints submitted, scans and wrong PINs, addresses that lead nowhere, and listeners of the event stream that leave and come
back with their cursor. What is kept on purpose (docs/api.md, What is kept in memory) is asked for before the clock starts, and fills further in
the first third; after that the resident memory of the last quarter may not lie more than a bound above that of the first, nor may
descriptors grow. Exit code 1 when they do.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from api.demo import cast
from api.demo.products import load_demo_set
from api.runtime.statements import make_draft, serialize_statement, sign_draft
from bench.http_pages import Target, finished_demo, served_copy
from bench.listeners import resident_megabytes
from ledger.log.layout import TILE_WIDTH, tile_path
from verifier.deployment import parse_deployment

MEGABYTES: Final = 12.0  # what resident memory may grow by after the warm-up, in an hour as in the short form
DESCRIPTORS: Final = 8
WORKERS: Final = 3
LISTENERS: Final = 8
PAUSE: Final = 0.01
SAMPLES: Final = 240
WARM: Final = 600  # labels: more than verdicts are kept of
_JSON: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The server at a moment: seconds since the start, resident megabytes, open descriptors."""

    at: float
    resident: float
    descriptors: int


@dataclass(slots=True, kw_only=True)
class Soaked:
    """What was seen. answers: by kind of request and status; events: heard by all listeners."""

    samples: list[Sample] = field(default_factory=list)
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    events: int = 0
    failures: list[str] = field(default_factory=list)

    def grown(self) -> tuple[float, float]:
        """Megabytes and descriptors by which the last quarter after the warm-up (a third) lies above the first."""
        kept = self.samples[len(self.samples) // 3 :]
        quarter = max(1, len(kept) // 4)
        first, last = kept[:quarter], kept[-quarter:]
        memory = median(one.resident for one in last) - median(one.resident for one in first)
        return memory, median(one.descriptors for one in last) - median(one.descriptors for one in first)

    def trouble(self) -> list[str]:
        """Why this is not good enough; nothing where it is."""
        memory, descriptors = self.grown()
        found = [*self.failures]
        if memory > MEGABYTES:
            found.append(f"resident memory grew by {memory:.1f} MB, at most {MEGABYTES:g} are let")
        if descriptors > DESCRIPTORS:
            found.append(f"{descriptors:g} descriptors more, at most {DESCRIPTORS} are let")
        found += [
            f"{kind}: {count} answers {status}" for (kind, status), count in self.answers.items() if status >= 500
        ]
        return found


def soak(target: Target, seconds: float) -> Soaked:
    """Warm the server up, then load it for so long."""
    _warm(target)
    seen, stop, started = Soaked(), threading.Event(), time.monotonic()
    lock = threading.Lock()
    threads = [threading.Thread(target=_ask, args=(target, number, seen, lock, stop)) for number in range(WORKERS)]
    threads += [
        threading.Thread(target=_listen, args=(target, number, seen, lock, stop)) for number in range(LISTENERS)
    ]
    for thread in threads:
        thread.start()
    try:
        while (at := time.monotonic() - started) < seconds:
            descriptors = len(list(Path(f"/proc/{target.process}/fd").iterdir()))
            seen.samples.append(Sample(at=at, resident=resident_megabytes(target.process), descriptors=descriptors))
            time.sleep(seconds / SAMPLES)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    return seen


def _warm(target: Target) -> None:
    """Fill what keeps so many labels' and certificates' evidence."""
    with closing(http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)) as connection:
        for label in target.labels[:WARM]:
            text = json.dumps({"label": f"https://id.example{label}"})
            for method, path, body in (("GET", label, None), ("POST", "/v1/verify", text)):
                connection.request(method, path, body=body, headers=_JSON if body else {})
                connection.getresponse().read()


def _ask(target: Target, number: int, seen: Soaked, lock: threading.Lock, stop: threading.Event) -> None:
    """One client on one kept-alive connection, a request of each kind by turns."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)
    try:
        for kind, method, path, body in _requests(target, number):
            if stop.is_set():
                return
            connection.request(method, path, body=body, headers=_JSON if body is not None else {})
            answer = connection.getresponse()
            answer.read()
            with lock:
                seen.answers[kind, answer.status] += 1
            time.sleep(PAUSE)
    except OSError as error:
        with lock:
            seen.failures.append(f"client {number}: {error!r}")
    finally:
        connection.close()


def _requests(target: Target, number: int) -> Iterator[tuple[str, str, str, bytes | None]]:
    labels = itertools.cycle(target.labels[number::WORKERS])
    certificates = itertools.cycle(target.certificates)
    tile = _first_tile(target)
    for count, footprint in enumerate(_footprints(target)):
        label, certificate = next(labels), next(certificates)
        text = f"https://id.example{label}"
        yield "page", "GET", label, None
        yield "certificate", "GET", f"/certificates/{certificate}", None
        yield "evidence", "GET", f"/v1/evidence/{certificate}", None
        yield "tile", "GET", tile, None
        yield "checkpoint", "GET", "/log/checkpoint", None
        yield "verify", "POST", "/v1/verify", json.dumps({"label": text}).encode()
        yield "submit", "POST", "/v1/statements", footprint
        yield "scan", "POST", "/v1/scans", json.dumps({"label": text, "region": 4403}).encode()
        yield "portal", "GET", ("/", "/certificates?q=a", "/parties", "/explorer")[count % 4], None
        yield "listing", "GET", f"/v1/statements?kind=footprint&cursor={count % 90}&limit=10", None
        yield "unknown", "GET", f"/01/0952000900{count % 10_000:04d}", None
        yield "malformed", "POST", "/v1/statements", b'{"v":1'
        if count % 50 == 0:
            wrong = {"label": text, "pin": "000000000000"}
            yield "pin", "POST", "/v1/pins:redeem", json.dumps(wrong).encode()


def _first_tile(target: Target) -> str:
    """Path of the log's first tile of leaves, as wide as the checkpoint of now has it."""
    with closing(http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)) as connection:
        connection.request("GET", "/log/checkpoint")
        size = int(connection.getresponse().read().split(b"\n")[1])
    return f"/log/{tile_path(0, 0, min(size, TILE_WIDTH))}"


def _footprints(target: Target) -> Iterator[bytes]:
    """Statements never seen before: a footprint of the demo under new ids, signed by its enterprise."""
    deployment = parse_deployment((target.out / "deployment.json").read_bytes())
    source = json.loads(next(iter(sorted((target.out / "evidence").glob("*.json")))).read_text("utf-8"))
    genuine = source["footprint"]["statement"]
    enterprise = next(one for one in load_demo_set().enterprises if one.party == genuine["issuer"])
    key = cast.enterprise_key(enterprise)
    while True:
        body: dict[str, Any] = {**genuine["body"], "id": str(uuid.uuid4())}
        draft = make_draft("footprint", genuine["issuer"], body)
        yield serialize_statement(sign_draft(draft, key, deployment.domain_separator, issued_at=int(time.time())))


def _listen(target: Target, number: int, seen: Soaked, lock: threading.Lock, stop: threading.Event) -> None:
    """A listener who leaves every few seconds and comes back where it was."""
    cursor = ""
    while not stop.is_set():
        connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=2)
        try:
            connection.request("GET", f"/v1/events{cursor}")
            stream, until = connection.getresponse(), time.monotonic() + 2 + number
            while time.monotonic() < until and not stop.is_set():
                line = stream.readline()
                if not line:
                    break
                if line.startswith(b"id: "):
                    cursor = "?cursor=" + line[4:].decode().strip()
                    with lock:
                        seen.events += 1
        except TimeoutError:
            pass  # nothing happened for a while
        except OSError as error:
            with lock:
                seen.failures.append(f"listener {number}: {error!r}")
            return
        finally:
            connection.close()


def report(seen: Soaked) -> str:
    """The figures in a few lines."""
    memory, descriptors = seen.grown()
    first, last = seen.samples[0], seen.samples[-1]
    kinds: Counter[str] = Counter()
    for (kind, _), count in seen.answers.items():
        kinds[kind] += count
    lines = [
        f"{last.at:.0f} s, {sum(kinds.values())} requests, {seen.events} events heard by {LISTENERS} listeners",
        f"resident {first.resident:.1f} MB at first, {last.resident:.1f} MB at last; after the warm-up {memory:+.1f} MB",
        f"descriptors {first.descriptors} at first, {last.descriptors} at last; after the warm-up {descriptors:+g}",
        "answers " + ", ".join(f"{kind} {status}: {count}" for (kind, status), count in sorted(seen.answers.items())),
    ]
    return "\n".join(lines)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    minutes = parser.parse_args().minutes
    with finished_demo() as demo, served_copy(demo, max(os.sched_getaffinity(0))) as target:
        seen = soak(target, 60 * minutes)
    print(report(seen))
    for line in seen.trouble():
        print(f"soak: {line}", file=sys.stderr)
    return 1 if seen.trouble() else 0


if __name__ == "__main__":
    sys.exit(main())
