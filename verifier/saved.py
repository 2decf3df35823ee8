"""A verdict saved with its inputs, to be reached again later by anybody (docs/spec/10, Saved verdicts)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from verifier.bodies.fields import read_array, read_object
from verifier.canonical import canonicalize, parse
from verifier.checks.label import CopySignal
from verifier.contracts import Status
from verifier.deployment import Deployment, parse_deployment, serialize_deployment
from verifier.documents import EVIDENCE_BYTES, SNAPSHOT_BYTES, read_size, read_time, read_version
from verifier.encoding import parse_hex, to_hex
from verifier.errors import MalformedError
from verifier.evidence import Evidence, parse_evidence, serialize_evidence
from verifier.label import parse_label
from verifier.labelling import leaf_for, prepare
from verifier.ladder import verify_in
from verifier.policy import policy_named
from verifier.snapshot import Snapshot, parse_snapshot, serialize_snapshot
from verifier.state import open_view
from verifier.statement import statement_id
from verifier.trust import EarlyWarning, Finality, NoTrustedBlock, Trust, TrustedBlock, TrustSource
from verifier.types import BlockHash, JsonValue, PartyId, StatementId
from verifier.verdict import Verdict

MAX_BYTES: Final = 2 * (EVIDENCE_BYTES + SNAPSHOT_BYTES)
_MEMBERS: Final = frozenset(
    (
        "v", "deployment", "policy", "now", "at", "text", "trust", "evidence", "snapshot", "statements", "warnings",
        "signals", "rivals", "others", "verdict",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedVerdict:
    """The inputs, and the verdict's JSON as it was given. `text` is a label's, None where evidence was asked about."""

    deployment: Deployment
    policy: str
    now: int
    at: int | None
    text: str | None
    trust: Trust
    evidence: Evidence
    snapshot: Snapshot
    verdict: Mapping[str, JsonValue]
    warnings: tuple[EarlyWarning, ...] = ()
    signals: tuple[CopySignal, ...] | None = None
    rivals: tuple[StatementId, ...] = ()
    others: tuple[tuple[int, int], ...] = ()


def replay(saved: SavedVerdict) -> Verdict:
    """The verdict from the saved inputs, by this program. Raises PolicyError, MalformedError, MomentError."""
    view = open_view(saved.snapshot, saved.trust, saved.deployment)
    policy = policy_named(saved.policy)
    if saved.text is None:
        return verify_in(view, saved.evidence, policy=policy, now=saved.now, at=saved.at, early_warnings=saved.warnings)
    ground = prepare(
        view,
        saved.evidence,
        policy=policy,
        now=saved.now,
        at=saved.at,
        early_warnings=saved.warnings,
        rivals=saved.rivals,
        others=saved.others,
    )
    return ground.judge(parse_label(saved.text), leaf_for(saved.evidence, saved.text), signals=saved.signals)


def same_verdict(saved: SavedVerdict, again: Verdict) -> bool:
    """Whether outcome, block and every check with its reason and fields are those saved; sentences may have been reworded."""
    return _essence(saved.verdict) == _essence(again.to_json())


def _essence(document: Mapping[str, JsonValue]) -> JsonValue:
    checks = document.get("checks")
    told: list[JsonValue] = [
        {name: check.get(name) for name in ("id", "outcome", "reason", "fields")}
        for check in (checks if isinstance(checks, list) else ())
        if isinstance(check, dict)
    ]
    named = {name: document.get(name) for name in ("outcome", "policy", "block", "at", "now")}
    return {**named, "checks": told}


def serialize_saved(saved: SavedVerdict) -> bytes:
    """The canonical bytes `parse_saved` reads."""
    items = (saved.evidence.certificate, saved.evidence.footprint, saved.evidence.rule, saved.evidence.labels)
    return canonicalize(
        {
            "v": 1,
            "deployment": parse(serialize_deployment(saved.deployment)),
            "policy": saved.policy,
            "now": saved.now,
            "at": saved.at,
            "text": saved.text,
            "trust": _trust_document(saved.trust),
            "evidence": serialize_evidence(saved.evidence).decode(),
            "snapshot": serialize_snapshot(saved.snapshot).decode(),
            "statements": [to_hex(statement_id(item.statement)) for item in items if item is not None],
            "warnings": [
                {
                    "owner": to_hex(warning.owner),
                    "subject": to_hex(warning.subject),
                    "status": int(warning.status),
                    "time": warning.time,
                }
                for warning in saved.warnings
            ],
            "signals": None
            if saved.signals is None
            else [{"reason": signal.reason, "fields": dict(signal.fields)} for signal in saved.signals],
            "rivals": [to_hex(rival) for rival in saved.rivals],
            "others": [[first, end] for first, end in saved.others],
            "verdict": dict(saved.verdict),
        },
        MAX_BYTES,
    )


def parse_saved(data: bytes) -> SavedVerdict:
    """Read a saved verdict. Raises MalformedError."""
    top = read_object(parse(data, MAX_BYTES), "", _MEMBERS)
    read_version(top["v"], "/v")
    evidence = parse_evidence(_text(top["evidence"], "/evidence").encode())
    items = (evidence.certificate, evidence.footprint, evidence.rule, evidence.labels)
    ids = [to_hex(statement_id(item.statement)) for item in items if item is not None]
    if top["statements"] != ids:
        raise MalformedError("statements", "/statements", "are not those of the evidence")
    verdict = top["verdict"]
    if not isinstance(verdict, dict):
        raise MalformedError("object", "/verdict")
    return SavedVerdict(
        deployment=parse_deployment(canonicalize(top["deployment"])),
        policy=_text(top["policy"], "/policy"),
        now=read_time(top["now"], "/now"),
        at=None if top["at"] is None else read_time(top["at"], "/at"),
        text=None if top["text"] is None else _text(top["text"], "/text"),
        trust=_read_trust(top["trust"]),
        evidence=evidence,
        snapshot=parse_snapshot(_text(top["snapshot"], "/snapshot").encode()),
        verdict=verdict,
        warnings=tuple(_warning(one) for one in read_array(top["warnings"], "/warnings", least=0, most=10_000)),
        signals=_signals(top["signals"]),
        rivals=tuple(
            StatementId(parse_hex(one, "/rivals", 32))
            for one in read_array(top["rivals"], "/rivals", least=0, most=100)
        ),
        others=tuple(_range(one) for one in read_array(top["others"], "/others", least=0, most=10_000)),
    )


def _range(value: JsonValue) -> tuple[int, int]:
    first, end = read_array(value, "/others", least=2, most=2)
    return read_size(first, "/others"), read_size(end, "/others")


def _signals(value: JsonValue) -> tuple[CopySignal, ...] | None:
    if value is None:
        return None
    found = []
    for one in read_array(value, "/signals", least=0, most=100):
        members = read_object(one, "/signals", frozenset(("reason", "fields")))
        fields = members["fields"]
        if not isinstance(fields, dict):
            raise MalformedError("object", "/signals/fields")
        found.append(CopySignal(reason=_text(members["reason"], "/signals/reason"), fields=fields))
    return tuple(found)


def _warning(value: JsonValue) -> EarlyWarning:
    members = read_object(value, "/warnings", frozenset(("owner", "subject", "status", "time")))
    status = read_size(members["status"], "/warnings/status")
    if status not in set(Status):
        raise MalformedError("choice", "/warnings/status", str(status))
    return EarlyWarning(
        owner=PartyId(parse_hex(members["owner"], "/warnings/owner", 32)),
        subject=parse_hex(members["subject"], "/warnings/subject", 32),
        status=Status(status),
        time=read_time(members["time"], "/warnings/time"),
    )


def _trust_document(trust: Trust) -> dict[str, JsonValue]:
    if isinstance(trust, NoTrustedBlock):
        return {"reason": trust.reason}
    return {
        "source": trust.source.value,
        "final": trust.finality is Finality.FINAL,
        "hash": to_hex(trust.hash),
        "number": trust.number,
        "time": trust.time,
        "vouchers": list(trust.vouchers),
        "oldestAcceptable": trust.oldest_acceptable,
    }


def _read_trust(value: JsonValue) -> Trust:
    if isinstance(value, dict) and "reason" in value:
        return NoTrustedBlock(reason=_text(read_object(value, "/trust", frozenset(("reason",)))["reason"], "/trust"))
    names = frozenset(("source", "final", "hash", "number", "time", "vouchers", "oldestAcceptable"))
    members = read_object(value, "/trust", names)
    source = _text(members["source"], "/trust/source")
    if source not in {one.value for one in TrustSource}:
        raise MalformedError("choice", "/trust/source", source[:40])
    return TrustedBlock(
        hash=BlockHash(parse_hex(members["hash"], "/trust/hash", 32)),
        source=TrustSource(source),
        finality=Finality.FINAL if members["final"] is True else Finality.NOT_FINAL,
        number=None if members["number"] is None else read_size(members["number"], "/trust/number"),
        time=None if members["time"] is None else read_time(members["time"], "/trust/time"),
        vouchers=tuple(
            _text(one, "/trust/vouchers")
            for one in read_array(members["vouchers"], "/trust/vouchers", least=0, most=1000)
        ),
        oldest_acceptable=read_size(members["oldestAcceptable"], "/trust/oldestAcceptable"),
    )


def _text(value: JsonValue, place: str) -> str:
    if not isinstance(value, str):
        raise MalformedError("string", place)
    return value
