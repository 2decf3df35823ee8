"""What a page's verdict rested on, as a saved verdict (docs/spec/10): the reader's browser reaches it again by itself.

GET /recheck?label=<text>      GET /recheck?statement=0x<id>
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.answers import PRIVATE, answer
from api.http.errors import QueryError
from api.http.requests import Query
from api.http.routes.access import blocking
from api.http.verdicts import Judged
from api.pages.parts import PageParts
from verifier.checks.label import CopySignal
from verifier.evidence import Evidence
from verifier.label import LONGEST_LABEL
from verifier.policy import CONSUMER
from verifier.saved import SavedVerdict, serialize_saved
from verifier.types import StatementId
from verifier.verdict import CheckOutcome, Verdict

TICK: Final = 0.1  # as the label's own page: a signature that does not hold tells nothing by its timing (F02)


def recheck_router(parts: PageParts) -> APIRouter:
    """The route."""
    router = APIRouter(include_in_schema=False)
    router.add_route("/recheck", partial(_recheck, parts), methods=["GET"])
    return router


async def _recheck(parts: PageParts, request: Request) -> Response:
    started = time.monotonic()
    query = Query(request, ("label", "statement"))
    statement, text = query.statement("statement"), request.query_params.get("label")
    if (statement is None) == (text is None):
        raise QueryError("label", "exactly-one-of-label-and-statement")
    if statement is not None:
        return answer(await blocking(_statement, parts, statement), cache=PRIVATE)
    if text is None or len(text) > LONGEST_LABEL:
        raise QueryError("label", "size")
    judged = await blocking(parts.judge.judge, text)
    data = await blocking(_saved, parts, judged.judged, judged.evidence, text)
    if not judged.is_signed:
        await asyncio.sleep(TICK - (time.monotonic() - started) % TICK)
    return answer(data, cache=PRIVATE)


def _statement(parts: PageParts, statement: StatementId) -> bytes:
    evidence = parts.service.evidence.of(statement).evidence
    judged = parts.service.verdicts.judge(evidence, policy=CONSUMER, key=statement)
    return _saved(parts, judged, evidence, None)


def _saved(parts: PageParts, judged: Judged, evidence: Evidence, text: str | None) -> bytes:
    verdict, sight = judged.verdict, judged.sight
    return serialize_saved(
        SavedVerdict(
            deployment=parts.service.deployment,
            policy=verdict.policy,
            now=verdict.now,
            at=verdict.at,
            text=text,
            trust=sight.trust,
            evidence=evidence,
            # where no block is trusted there is none to show: an empty snapshot, which is still a document of this chain
            snapshot=replace(sight.snapshot, chain_id=sight.snapshot.chain_id or parts.service.deployment.chain_id),
            warnings=sight.warnings,
            signals=_signals(verdict),
            verdict=verdict.to_json(),
        )
    )


def _signals(verdict: Verdict) -> tuple[CopySignal, ...] | None:
    """What was known of copying, read back from the check: it is testimony, which the browser can only take as given."""
    check = verdict.check("label.copied")
    if check is None or check.outcome is CheckOutcome.NOT_APPLICABLE:
        return None
    fields = dict(check.fields)
    reasons = fields.pop("signals", [])
    named = [str(reason) for reason in reasons] if isinstance(reasons, list) else []
    return tuple(CopySignal(reason=reason, fields={} if place else fields) for place, reason in enumerate(named))
