"""`python -m api.demo --out demo-out`: the whole story on a local node, in one command. Exit code 0 only if all is as told.

Ends by serving what came of it at http://127.0.0.1:8000 until interrupted; `SERVE=0` leaves that out.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from types import FrameType

    from rich.console import Console

Serving: TypeAlias = Callable[[Path], None]
WIDEST: Final = 132
WITHOUT_TERMINAL: Final = 120


def build_parser() -> argparse.ArgumentParser:
    """The demo's command line."""
    parser = argparse.ArgumentParser(prog="python -m api.demo", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("demo-out"), metavar="DIR", help="目录 where the files go")
    parser.add_argument("--picture", type=Path, metavar="PATH", help="另存图片 also write the picture here")
    return parser


def main(argv: Sequence[str] | None = None, *, serve: Serving | None = None) -> int:
    """Run the demo and return its exit code.

    serve: started on the finished directory unless the environment says SERVE=0, and waited for; nothing without it.
    """
    arguments = build_parser().parse_args(argv)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
    # Whoever ends the demo ends its node: a node has a session of its own and hears no signal of the terminal's.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = _run(arguments.out, arguments.picture)
        if serve is not None and os.environ.get("SERVE", "1") != "0":
            serve(arguments.out)
    except KeyboardInterrupt:
        print("\n已中断，本地节点已停止。Interrupted; the local node is stopped.", file=sys.stderr)
        return 130
    return code


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _run(out: Path, picture: Path | None) -> int:
    from api.demo.narrator import Narrator
    from api.demo.output import prepare
    from api.demo.run import run_demo
    from api.demo.stage import require_node
    from ledger.domain.errors import LedgerError
    from verifier.errors import VerifierError

    try:
        require_node()  # before anything of an earlier run is replaced
        output = prepare(out)
        finished = run_demo(output, Narrator(_console()))
    except (LedgerError, VerifierError, OSError) as error:
        if os.environ.get("TANJI_DEBUG"):
            raise
        print(f"demo: {getattr(error, 'code', 'os')}: {error}", file=sys.stderr)
        return 1
    if picture is not None:
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(output.path("demo.svg").read_bytes())
    for difference in finished.differences:
        print(f"demo: 与所述不符 differs: {difference}", file=sys.stderr)
    print(finished.results.last_line(), flush=True)
    return 1 if finished.differences else 0


def _console() -> Console:
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        return Console(width=WITHOUT_TERMINAL)
    return Console(width=min(console.width, WIDEST))


def _serve(out: Path) -> None:
    from api.demo.serving import serve_story

    serve_story(out)


if __name__ == "__main__":
    sys.exit(main(serve=_serve))
