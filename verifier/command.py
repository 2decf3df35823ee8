"""What tanji-verify does with its arguments: read documents, find a trusted block, judge, report, remember."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TextIO

from verifier.bulletin import parse_bulletin, trust_bulletin
from verifier.deployment import Deployment, parse_deployment
from verifier.documents import SMALL_DOCUMENT_BYTES, SNAPSHOT_BYTES
from verifier.encoding import parse_hex
from verifier.errors import CannotCheckError, MalformedError, VerifierError
from verifier.evidence import Evidence
from verifier.inputs import EvidenceShelf, Question, Unread, UsageError, read_questions
from verifier.inputs import read_file as _read
from verifier.judging import Judge
from verifier.policy import Policy, policy_named
from verifier.rpc.memory import DeviceMemory, SeenBlock, default_memory_path
from verifier.snapshot import Snapshot, parse_snapshot, serialize_snapshot
from verifier.state import ChainView, open_view
from verifier.times import parse_date_time
from verifier.trust import EarlyWarning, NoTrustedBlock, Trust, TrustedBlock, TrustSource, trust_by_hand
from verifier.types import BlockHash
from verifier.verdict import CheckId, CheckOutcome, Outcome, Verdict

if TYPE_CHECKING:
    from verifier.pack.reader import Pack

EXITS: Final = {Outcome.AUTHENTIC: 0, Outcome.REJECTED: 1, Outcome.SUSPECT: 2, Outcome.INCONCLUSIVE: 3}
EXIT_UNREADABLE: Final = 4
# With several files the worst counts: a file that accuses, then one that could not be read, then the doubtful ones.
_WORST_FIRST: Final = (1, 4, 3, 2, 0)

_NOBODY: Final = NoTrustedBlock(reason="no-quorum")

Voice = Literal["json", "plain", "colour"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The command line, read but not yet checked against files. `at` and `now` in unix seconds."""

    files: tuple[str, ...]
    deployment: str
    now: int
    snapshot: str | None = None
    block_hash: str | None = None
    bulletin: str | None = None
    endpoints: tuple[str, ...] = ()
    quorum: int | None = None
    depth: int | None = None
    hints: tuple[str, ...] = ()
    policy: str | None = None
    at: int | None = None
    memory: str | None = None
    save_snapshot: Path | None = None
    pack: str | None = None
    qr: str | None = None
    evidence: tuple[str, ...] = ()
    save_verdict: Path | None = None
    voice: Voice = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the verdicts are read from: who vouches, the snapshot, warnings, and lines for people."""

    trust: Trust
    snapshot: Snapshot
    warnings: tuple[EarlyWarning, ...] = ()
    account: tuple[str, ...] = ()
    pack: Pack | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What every file of one run is judged with."""

    request: Request
    policy: Policy
    source: Source
    view: ChainView
    memory: DeviceMemory | None
    out: TextIO


def run(request: Request, out: TextIO) -> int:
    """Judge every file, print the results to `out`, and return the exit code of the worst.

    Raises:
        UsageError: arguments do not fit together, or a shared file cannot be read.
        VerifierError: the deployment, snapshot or bulletin is malformed; a configuration or policy is refused.
    """
    _check_arguments(request)
    questions = read_questions(request.files, EvidenceShelf(request.evidence))
    evidences = [one.evidence for one in questions if isinstance(one, Question) and one.evidence is not None]
    session = open_session(request, evidences, out)
    source = session.source
    if request.save_verdict is not None and len(questions) != 1:
        raise UsageError(f"--save-verdict 只用于一项 saves one verdict, not {len(questions)}")
    judge = Judge(session)
    exits = [_unread(request, one, out) if isinstance(one, Unread) else _tell(session, judge, one) for one in questions]
    if request.save_snapshot is not None and source.snapshot.header:
        _save(request.save_snapshot, source.snapshot)
    return next(code for code in _WORST_FIRST if code in exits)


def open_session(request: Request, evidences: Sequence[Evidence], out: TextIO) -> Session:
    """Find who vouches for a block and open the view that everything is judged in; `evidences` say what endpoints are asked.

    Raises: as `run`.
    """
    _check_arguments(request)
    policy = policy_named(request.policy or ("inspection" if request.pack else "consumer"))
    deployment = parse_deployment(_read(request.deployment, SMALL_DOCUMENT_BYTES))
    memory = _memory(request)
    source = _source(request, deployment, evidences, memory)
    source = replace(source, trust=_not_older(source, deployment, memory))
    view = open_view(source.snapshot, source.trust, deployment)
    return Session(request=request, policy=policy, source=source, view=view, memory=memory, out=out)


def parse_moment(text: str) -> int:
    """Unix seconds, an RFC 3339 date-time, or a calendar date, which means 00:00 in Asia/Shanghai. Raises UsageError."""
    if re.fullmatch(r"[0-9]{1,12}", text, re.ASCII):
        return int(text)
    is_date = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text, re.ASCII) is not None
    try:
        return parse_date_time(f"{text}T00:00:00+08:00" if is_date else text, "--at")
    except MalformedError as error:
        raise UsageError(
            f"--at {text[:40]!r}: 请用 unix 秒、RFC 3339 或日期 give unix seconds, RFC 3339 or a date"
        ) from error


def _check_arguments(request: Request) -> None:
    held = bool(request.snapshot) + bool(request.pack)
    if held > 1 or (not held and not request.endpoints) or (request.snapshot and request.endpoints):
        raise UsageError("给出 --snapshot、--pack 或 --rpc 之一 give either --snapshot, --pack or --rpc")
    if sum(map(bool, (request.block_hash, request.bulletin, request.qr))) > 1:
        raise UsageError("--block-hash、--bulletin、--qr 只能给一个 give only one of --block-hash, --bulletin and --qr")
    if request.endpoints and (request.block_hash or request.bulletin or request.qr):
        raise UsageError(
            "--block-hash 和 --bulletin 用于快照 belong with --snapshot; endpoints agree on the block themselves"
        )
    if request.pack and request.save_snapshot is not None:
        raise UsageError("--save-snapshot 不用于 --pack does not go with --pack")
    if (request.snapshot or (request.pack and not request.endpoints)) and (
        request.quorum is not None or request.depth is not None or request.hints
    ):
        raise UsageError("--quorum、--depth、--hints 用于 --rpc belong with --rpc")
    if request.at is not None and request.at > request.now:
        raise UsageError("--at 不能在将来 cannot be in the future")


def _source(
    request: Request, deployment: Deployment, evidences: Sequence[Evidence], memory: DeviceMemory | None
) -> Source:
    if request.pack:
        from verifier.pack.reader import open_pack

        pack = open_pack(Path(request.pack))
        snapshot = pack.snapshot()
        if request.endpoints:
            return _pack_online(request, deployment, Source(trust=_NOBODY, snapshot=snapshot, pack=pack), memory)
        return Source(trust=_vouched(request, deployment, snapshot, memory), snapshot=snapshot, pack=pack)
    if request.endpoints:
        return _online(request, deployment, evidences, memory)
    snapshot = parse_snapshot(_read(request.snapshot or "", SNAPSHOT_BYTES))
    return Source(trust=_vouched(request, deployment, snapshot, memory), snapshot=snapshot)


def _vouched(request: Request, deployment: Deployment, snapshot: Snapshot, memory: DeviceMemory | None) -> Trust:
    """Who vouches for a block without a network: a hash by hand, a bulletin, its QR code, or this device's memory."""
    if request.block_hash:
        return trust_by_hand(BlockHash(_hash_argument(request.block_hash)))
    if request.bulletin:
        return trust_bulletin(parse_bulletin(_read(request.bulletin, SMALL_DOCUMENT_BYTES)), deployment)
    if request.qr:
        from verifier.images import read_codes

        codes = read_codes(Path(request.qr))
        if len(codes) != 1:
            raise UsageError(f"--qr：图中应只有一个二维码 one code is due, {len(codes)} found")
        return trust_bulletin(parse_bulletin(codes[0].encode()), deployment)
    return _remembered(snapshot, deployment, memory)


def _pack_online(request: Request, deployment: Deployment, source: Source, memory: DeviceMemory | None) -> Source:
    """Endpoints say whether the pack's block is on the chain; what they agree on is remembered for the day (docs/spec/10)."""
    from verifier.header import parse_header
    from verifier.rpc.endpoints import endpoint_set
    from verifier.rpc.errors import QuorumError
    from verifier.rpc.online import open_clients
    from verifier.rpc.quorum import agree_on_height

    endpoints = endpoint_set(request.endpoints, quorum=request.quorum, depth=request.depth)
    header = parse_header(source.snapshot.header)
    try:
        agreed = agree_on_height(
            open_clients(endpoints),
            chain_id=deployment.chain_id,
            quorum=endpoints.quorum,
            depth=endpoints.depth,
            number=header.number,
        )
    except QuorumError as error:
        account = (str(error), *map(str, error.sayings))
        return replace(source, trust=NoTrustedBlock(reason=error.code), account=account)
    trust = TrustedBlock(
        hash=agreed.block_hash, source=TrustSource.QUORUM, number=agreed.number, vouchers=agreed.agreeing
    )
    return _remembering(replace(source, trust=trust, account=tuple(map(str, agreed.sayings))), deployment, memory)


def _online(
    request: Request, deployment: Deployment, evidences: Sequence[Evidence], memory: DeviceMemory | None
) -> Source:
    from verifier.rpc.endpoints import endpoint_set
    from verifier.rpc.hints import KnownHints
    from verifier.rpc.online import look_online, open_clients

    endpoints = endpoint_set(request.endpoints, quorum=request.quorum, depth=request.depth)
    hints = [KnownHints.of_snapshot(parse_snapshot(_read(path, SNAPSHOT_BYTES))) for path in request.hints]
    seen = look_online(
        open_clients(endpoints),
        evidences,
        deployment,
        quorum=endpoints.quorum,
        depth=endpoints.depth,
        hints=hints,
    )
    found = Source(trust=seen.trust, snapshot=seen.snapshot, warnings=seen.warnings, account=seen.account)
    return _remembering(found, deployment, memory)


def _remembering(source: Source, deployment: Deployment, memory: DeviceMemory | None) -> Source:
    """Keep the block a quorum has just named; a memory that cannot be written vouches for nothing."""
    if memory is None or not isinstance(source.trust, TrustedBlock):
        return source
    block = _seen_block(open_view(source.snapshot, source.trust, deployment))
    if block is None:
        return source
    try:
        memory.remember_agreed(deployment.origin, block)
    except CannotCheckError as error:
        return replace(
            source, trust=NoTrustedBlock(reason=error.code), warnings=(), account=(*source.account, str(error))
        )
    return source


def _remembered(snapshot: Snapshot, deployment: Deployment, memory: DeviceMemory | None) -> Trust:
    """A hash that a quorum named on this device before; else nobody vouches, least of all the snapshot (P1)."""
    from verifier.hashing import keccak256

    if memory is not None:
        try:
            agreed = memory.agreed_at(deployment.origin, BlockHash(keccak256(snapshot.header)))
        except CannotCheckError as error:
            return NoTrustedBlock(reason=error.code)
        if agreed is not None:
            return TrustedBlock(hash=agreed.block_hash, source=TrustSource.REMEMBERED, number=agreed.number)
    return NoTrustedBlock(reason="no-block-hash")


def _not_older(source: Source, deployment: Deployment, memory: DeviceMemory | None) -> Trust:
    """The same trust, bound to what this device has accepted before (D05)."""
    if memory is None or not isinstance(source.trust, TrustedBlock):
        return source.trust
    try:
        accepted = memory.recall(deployment.origin).accepted
    except CannotCheckError as error:
        return NoTrustedBlock(reason=error.code)
    if accepted is None:
        return source.trust
    block = _seen_block(open_view(source.snapshot, source.trust, deployment))
    if block is not None and block.number == accepted.number and block.block_hash != accepted.block_hash:
        return NoTrustedBlock(reason="another-block-accepted")
    return replace(source.trust, oldest_acceptable=max(source.trust.oldest_acceptable, accepted.number))


def _tell(session: Session, judge: Judge, question: Question) -> int:
    from verifier.report import COLOURS, PLAIN, Shown, names_document, render, trust_document

    request, source = session.request, session.source
    try:
        judged = judge.judge(question)
    except VerifierError as error:  # the pack is damaged where this label's evidence stands
        return _unread(request, Unread(file=question.name, error=error), session.out)
    verdict = judged.verdict
    account = (*source.account, *remember_accepted(session, verdict))
    if request.save_verdict is not None:
        _write(request.save_verdict, judge.saved(judged))
    shown = Shown(
        file=question.name,
        evidence=judged.evidence,
        verdict=verdict,
        view=session.view,
        trust=source.trust,
        account=account,
    )
    if request.voice == "json":
        document = {
            "file": question.name,
            **verdict.to_json(),
            "trust": trust_document(shown),
            "names": names_document(shown),
        }
        _print_json(document, session.out)
    else:
        for line in render(shown, COLOURS if request.voice == "colour" else PLAIN):
            print(line, file=session.out)
        print(file=session.out)
    return EXITS[verdict.outcome]


def remember_accepted(session: Session, verdict: Verdict) -> tuple[str, ...]:
    """Keep the block in the device memory once `chain.view` passed; lines for people when that fails."""
    check = verdict.check(CheckId.CHAIN_VIEW)
    block = _seen_block(session.view)
    if session.memory is None or block is None or check is None or check.outcome is not CheckOutcome.PASSED:
        return ()
    try:
        session.memory.accept(session.view.origin, block)
    except CannotCheckError as error:  # another run accepted a newer one meanwhile: its answer stands
        return (str(error),)
    return ()


def _unread(request: Request, unread: Unread, out: TextIO) -> int:
    error = unread.error
    if request.voice == "json":
        fields = {name: getattr(error, name) for name in ("rule", "place", "detail") if hasattr(error, name)}
        _print_json({"file": unread.file, "error": {"code": error.code, "message": str(error), **fields}}, out)
    else:
        from verifier.report import plain_name

        print(f"× 无法读取 UNREADABLE  {plain_name(unread.file)}\n  {error}\n", file=out)
    return EXIT_UNREADABLE


def _seen_block(view: ChainView) -> SeenBlock | None:
    if view.header is None:
        return None
    return SeenBlock(number=view.header.number, block_hash=view.header.hash, time=view.header.time)


def _memory(request: Request) -> DeviceMemory | None:
    if request.memory == "none":
        return None
    return DeviceMemory(default_memory_path() if request.memory is None else Path(request.memory))


def _save(path: Path, snapshot: Snapshot) -> None:
    _write(path, serialize_snapshot(snapshot))


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise UsageError(f"无法写入 cannot write {str(path)!r}: {error.strerror}") from error


def _hash_argument(text: str) -> bytes:
    try:
        return parse_hex(text.lower(), "--block-hash", 32)
    except MalformedError as error:
        raise UsageError("--block-hash 应为 0x 加 64 位十六进制 takes 0x and 64 hex digits") from error


def _print_json(document: object, out: TextIO) -> None:
    import orjson

    print(orjson.dumps(document).decode(), file=out)
