"""What tanji-verify does with its arguments: read documents, find a trusted block, judge, report, remember."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, TextIO

from verifier.bulletin import parse_bulletin, trust_bulletin
from verifier.deployment import Deployment, parse_deployment
from verifier.documents import EVIDENCE_BYTES, SMALL_DOCUMENT_BYTES, SNAPSHOT_BYTES
from verifier.encoding import parse_hex
from verifier.errors import CannotCheckError, MalformedError, VerifierError
from verifier.evidence import Evidence, parse_evidence
from verifier.ladder import verify_in
from verifier.policy import Policy, policy_named
from verifier.rpc.memory import DeviceMemory, SeenBlock, default_memory_path
from verifier.snapshot import Snapshot, parse_snapshot, serialize_snapshot
from verifier.state import ChainView, open_view
from verifier.times import parse_date_time
from verifier.trust import EarlyWarning, NoTrustedBlock, Trust, TrustedBlock, TrustSource, trust_by_hand
from verifier.types import BlockHash
from verifier.verdict import CheckId, CheckOutcome, Outcome, Verdict

EXITS: Final = {Outcome.AUTHENTIC: 0, Outcome.REJECTED: 1, Outcome.SUSPECT: 2, Outcome.INCONCLUSIVE: 3}
EXIT_UNREADABLE: Final = 4
# With several files the worst counts: a file that accuses, then one that could not be read, then the doubtful ones.
_WORST_FIRST: Final = (1, 4, 3, 2, 0)

Voice = Literal["json", "plain", "colour"]


class UsageError(VerifierError):
    """Arguments that do not fit together, or a file that cannot be read; the text says what to do."""

    code = "usage"


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
    policy: str = "consumer"
    at: int | None = None
    memory: str | None = None
    save_snapshot: Path | None = None
    voice: Voice = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the verdicts are read from: who vouches, the snapshot, warnings, and lines for people."""

    trust: Trust
    snapshot: Snapshot
    warnings: tuple[EarlyWarning, ...] = ()
    account: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    """What every file of one run is judged with."""

    request: Request
    policy: Policy
    source: Source
    view: ChainView
    memory: DeviceMemory | None
    out: TextIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A file that is no evidence."""

    file: str
    error: VerifierError


def run(request: Request, out: TextIO) -> int:
    """Judge every file, print the results to `out`, and return the exit code of the worst.

    Raises:
        UsageError: arguments do not fit together, or a shared file cannot be read.
        VerifierError: the deployment, snapshot or bulletin is malformed; a configuration or policy is refused.
    """
    _check_arguments(request)
    policy = policy_named(request.policy)
    deployment = parse_deployment(_read(request.deployment, SMALL_DOCUMENT_BYTES))
    documents = [_read_evidence(file) for file in request.files]
    evidences = [document for document in documents if isinstance(document, Evidence)]
    memory = _memory(request)
    source = _source(request, deployment, evidences, memory)
    source = replace(source, trust=_not_older(source, deployment, memory))
    session = _Session(
        request=request,
        policy=policy,
        source=source,
        view=open_view(source.snapshot, source.trust, deployment),
        memory=memory,
        out=out,
    )
    exits = [
        _unread(request, document, out) if isinstance(document, Unread) else _judge(session, file, document)
        for file, document in zip(request.files, documents, strict=True)
    ]
    if request.save_snapshot is not None and source.snapshot.header:
        _save(request.save_snapshot, source.snapshot)
    return next(code for code in _WORST_FIRST if code in exits)


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
    if bool(request.snapshot) == bool(request.endpoints):
        raise UsageError("给出 --snapshot 或 --rpc 之一 give either --snapshot or --rpc")
    if request.block_hash and request.bulletin:
        raise UsageError("--block-hash 与 --bulletin 只能给一个 give only one of --block-hash and --bulletin")
    if request.endpoints and (request.block_hash or request.bulletin):
        raise UsageError(
            "--block-hash 和 --bulletin 用于快照 belong with --snapshot; endpoints agree on the block themselves"
        )
    if request.snapshot and (request.quorum is not None or request.depth is not None or request.hints):
        raise UsageError("--quorum、--depth、--hints 用于 --rpc belong with --rpc")
    if request.at is not None and request.at > request.now:
        raise UsageError("--at 不能在将来 cannot be in the future")


def _source(
    request: Request, deployment: Deployment, evidences: Sequence[Evidence], memory: DeviceMemory | None
) -> Source:
    if request.endpoints:
        return _online(request, deployment, evidences, memory)
    snapshot = parse_snapshot(_read(request.snapshot or "", SNAPSHOT_BYTES))
    if request.block_hash:
        return Source(trust=trust_by_hand(BlockHash(_hash_argument(request.block_hash))), snapshot=snapshot)
    if request.bulletin:
        bulletin = parse_bulletin(_read(request.bulletin, SMALL_DOCUMENT_BYTES))
        return Source(trust=trust_bulletin(bulletin, deployment), snapshot=snapshot)
    return Source(trust=_remembered(snapshot, deployment, memory), snapshot=snapshot)


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
    if memory is not None and isinstance(seen.trust, TrustedBlock):
        block = _seen_block(open_view(seen.snapshot, seen.trust, deployment))
        if block is not None:
            try:
                memory.remember_agreed(deployment.origin, block)
            except CannotCheckError as error:
                return Source(
                    trust=NoTrustedBlock(reason=error.code), snapshot=seen.snapshot, account=(*seen.account, str(error))
                )
    return Source(trust=seen.trust, snapshot=seen.snapshot, warnings=seen.warnings, account=seen.account)


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


def _judge(session: _Session, file: str, evidence: Evidence) -> int:
    from verifier.report import COLOURS, PLAIN, Shown, names_document, render, trust_document

    request, source = session.request, session.source
    verdict = verify_in(
        session.view,
        evidence,
        policy=session.policy,
        now=request.now,
        at=request.at,
        early_warnings=source.warnings,
    )
    account = (*source.account, *_remember_accepted(session, verdict))
    shown = Shown(file=file, evidence=evidence, verdict=verdict, view=session.view, trust=source.trust, account=account)
    if request.voice == "json":
        document = {"file": file, **verdict.to_json(), "trust": trust_document(shown), "names": names_document(shown)}
        _print_json(document, session.out)
    else:
        for line in render(shown, COLOURS if request.voice == "colour" else PLAIN):
            print(line, file=session.out)
        print(file=session.out)
    return EXITS[verdict.outcome]


def _remember_accepted(session: _Session, verdict: Verdict) -> tuple[str, ...]:
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


def _read_evidence(file: str) -> Evidence | Unread:
    try:
        return parse_evidence(_read(file, EVIDENCE_BYTES))
    except VerifierError as error:
        return Unread(file=file, error=error)


def _read(path: str, cap: int) -> bytes:
    """The file's bytes, one more than the cap at most, so that the parser names the breach. Raises UsageError."""
    try:
        with Path(path).open("rb") as file:
            return file.read(cap + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"无法读取文件 cannot read {path!r}: {reason}") from error


def _save(path: Path, snapshot: Snapshot) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(serialize_snapshot(snapshot))
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
