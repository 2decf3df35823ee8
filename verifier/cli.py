"""tanji-verify: a verdict on evidence files, offline from a snapshot or online from endpoints. Needs nobody's server.

Exit codes: 0 authentic, 1 rejected, 2 suspect, 3 inconclusive, 4 input or usage could not be read. With several files, the
worst: rejected, then unreadable, inconclusive, suspect, authentic.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from verifier.errors import VerifierError, printable

if TYPE_CHECKING:
    from verifier.command import Request, Voice

EXIT_UNREADABLE = 4
_EXAMPLES = """\
例 examples:
  tanji-verify label.json --deployment d.json --rpc https://a.example --rpc https://b.test --rpc https://c.invalid --quorum 2
  tanji-verify label.json --deployment d.json --snapshot morning.json --bulletin bulletin.json
  tanji-verify 'https://…/01/…/21/…?c=…&s=…' photo.jpg --deployment d.json --pack pack.tanji --bulletin bulletin.json
  tanji-verify label.json --deployment d.json --snapshot morning.json --block-hash 0x…   (哈希取自别处 obtained elsewhere)

退出码 exit codes: 0 真实 authentic · 1 不可信 rejected · 2 可疑 suspect · 3 暂无法判定 inconclusive · 4 无法读取 unreadable
"""


class _Parser(argparse.ArgumentParser):
    """argparse would leave with 2, which here means `suspect`."""

    def error(self, message: str) -> NoReturn:
        """Refuse with the usage line and exit code 4."""
        self.print_usage(sys.stderr)
        self.exit(EXIT_UNREADABLE, f"{self.prog}: 用法有误 usage: {message}\n")


def build_parser() -> argparse.ArgumentParser:
    """The command line of tanji-verify."""
    parser = _Parser(
        prog="tanji-verify",
        description="核对碳足迹证书的证据文件，不依赖运营方。Verify evidence of product carbon footprints without trusting the operator.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_sources(parser)
    _add_endpoints(parser)
    _add_manners(parser)
    return parser


def _add_sources(parser: argparse.ArgumentParser) -> None:
    """What is judged, and the documents it is judged by."""
    add = parser.add_argument
    add(
        "files",
        nargs="*",
        metavar="FILE|LABEL",
        help="证据文件、标签链接、图片或 PDF evidence file, label (https://…), image or PDF of labels",
    )
    add("--deployment", metavar="FILE", help="部署文件（固定的信任根） the pinned deployment")
    add("--snapshot", metavar="FILE", help="离线快照 offline snapshot")
    add("--pack", metavar="FILE", help="巡检包：无网络核对标签 inspection pack: labels without a network")
    add(
        "--evidence",
        action="append",
        default=[],
        metavar="FILE|DIR",
        help="标签所需的证据，可重复 evidence of the labels' certificates, repeatable",
    )
    add("--block-hash", metavar="0x…", help="从别处得到的区块哈希 block hash obtained elsewhere")
    add("--bulletin", metavar="FILE", help="监管公告 bulletin signed by the pinned key")
    add("--qr", metavar="FILE", help="公告二维码的图片 image of the bulletin's QR code")


def _add_endpoints(parser: argparse.ArgumentParser) -> None:
    """Whom to ask online."""
    add = parser.add_argument
    add(
        "--rpc",
        action="append",
        default=[],
        metavar="[NAME=]URL",
        help="端点，可重复；NAME 为运营者 endpoint, repeatable",
    )
    add(
        "--quorum",
        type=_integer,
        metavar="N",
        help="须一致的端点数，默认过半 endpoints that must agree (default: majority)",
    )
    add(
        "--depth",
        type=_integer,
        metavar="D",
        help="无 finalized 标签时的深度 depth where the finalized tag is missing (64)",
    )
    add(
        "--hints",
        action="append",
        default=[],
        metavar="FILE",
        help="提供锚点与名称原像的旧快照 earlier snapshot with preimages",
    )


def _add_manners(parser: argparse.ArgumentParser) -> None:
    """How strictly, when, and what is kept."""
    add = parser.add_argument
    add(
        "--policy",
        metavar="NAME",
        help="consumer（默认 default）| inspection（用 --pack 时默认 default with --pack）| regulator | auditor",
    )
    add("--at", metavar="TIME", help="询问过去某时：unix 秒、RFC 3339 或日期（上海零点） a past moment")
    add("--memory", metavar="FILE|none", help="设备记忆文件 device memory (newest block accepted)")
    add("--save-snapshot", metavar="FILE", help="保存所用快照 keep the snapshot used")
    add("--save-verdict", metavar="FILE", help="保存结论及其全部依据 keep the verdict with all it rests on")
    add("--replay", metavar="FILE", help="重算已保存的结论 reach a saved verdict again")
    add("--json", action="store_true", help="每个文件一行 JSON one JSON document per file and line")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; no input makes it raise."""
    _speak_utf8()
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if arguments.replay is None and (not arguments.files or arguments.deployment is None):
        parser.error("需要 FILE 与 --deployment FILE (or a label) and --deployment are required")
    if arguments.replay is not None and arguments.files:
        parser.error("--replay 单独使用 --replay goes without files")
    try:
        # The verifier proper is imported only now, so that --help and usage errors answer at once.
        if arguments.replay is not None:
            from verifier.replaying import run_replay

            return run_replay(arguments.replay, arguments.deployment, _voice(arguments), sys.stdout)
        from verifier.command import run

        return run(_request(arguments), sys.stdout)
    except VerifierError as error:
        if arguments.json:
            _print_error(error)
        return _complain(f"{error.code}: {error}")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_UNREADABLE
    except Exception as error:
        if os.environ.get("TANJI_DEBUG"):
            raise
        return _complain(f"程序内部错误 internal error: {type(error).__name__}: {printable(str(error))}")


def _request(arguments: argparse.Namespace) -> Request:
    from verifier.command import Request, parse_moment

    return Request(
        files=tuple(arguments.files),
        deployment=arguments.deployment,
        snapshot=arguments.snapshot,
        block_hash=arguments.block_hash,
        bulletin=arguments.bulletin,
        endpoints=tuple(arguments.rpc),
        quorum=arguments.quorum,
        depth=arguments.depth,
        hints=tuple(arguments.hints),
        policy=arguments.policy,
        at=None if arguments.at is None else parse_moment(arguments.at),
        memory=arguments.memory,
        save_snapshot=None if arguments.save_snapshot is None else Path(arguments.save_snapshot),
        pack=arguments.pack,
        qr=arguments.qr,
        evidence=tuple(arguments.evidence),
        save_verdict=None if arguments.save_verdict is None else Path(arguments.save_verdict),
        voice=_voice(arguments),
        now=int(time.time()),
    )


def _voice(arguments: argparse.Namespace) -> Voice:
    if arguments.json:
        return "json"
    return "colour" if _colour_wanted() else "plain"


def _print_error(error: VerifierError) -> None:
    import orjson

    print(orjson.dumps({"error": {"code": error.code, "message": str(error)}}).decode())


def _complain(message: str) -> int:
    print(f"tanji-verify: {message}", file=sys.stderr)
    return EXIT_UNREADABLE


def _colour_wanted() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _speak_utf8() -> None:
    """A terminal in the C locale must not turn a verdict into an encoding error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def _integer(text: str) -> int:
    # int() would take "1_0", spaces and full-width digits
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise argparse.ArgumentTypeError(f"不是整数 not an integer: {text[:40]!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
