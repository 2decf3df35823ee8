"""Early warnings: a withdrawal seen at `latest` counts before it is final, but only as a doubt (design 3.5, D19).

`latest` is an endpoint's word for something that may yet be reorganised away, so a lane that differs there never rejects and
never lifts anything: it makes the status check inconclusive until a final block shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from verifier.contracts import Status
from verifier.deployment import Deployment
from verifier.errors import MalformedError
from verifier.questions import Lane, ReadWord, lane_word
from verifier.rpc.client import Call, RpcClient
from verifier.rpc.errors import EndpointAnswerError, EndpointError, EndpointRefusalError
from verifier.rpc.quorum import quantity
from verifier.trust import EarlyWarning
from verifier.words import Transition, decode_lane_word

_METHOD = "eth_getStorageAt"
_BATCH = 200


def early_warnings(
    clients: Sequence[RpcClient], lanes: Sequence[Lane], read_final: ReadWord, deployment: Deployment
) -> tuple[EarlyWarning, ...]:
    """Per lane the newest transition that an endpoint shows at `latest` and the final block does not.

    An endpoint that invents one can delay a verdict, not turn it; one that hides it gains nothing over not being asked.
    """
    warnings: dict[Lane, EarlyWarning] = {}
    final = {lane: _transitions(read_final(lane_word(lane, deployment))) for lane in lanes}
    for client in clients:
        try:
            for lane, word in _newest_words(client, lanes, deployment):
                added = _added(final[lane], _transitions(word))
                if added is not None:
                    warnings[lane] = EarlyWarning(
                        owner=lane.owner, subject=lane.subject, status=added.status, time=added.time
                    )
        except EndpointError:
            continue  # the final block already answered; this is only a glance ahead
    return tuple(warnings.values())


def _added(final: tuple[Transition, ...], newest: tuple[Transition, ...]) -> Transition | None:
    """The newest transition that the final history lacks; a return to active is no reason to wait."""
    return next((one for one in newest if one not in final and one.status is not Status.ACTIVE), None)


def _newest_words(client: RpcClient, lanes: Sequence[Lane], deployment: Deployment) -> Iterable[tuple[Lane, bytes]]:
    for start in range(0, len(lanes), _BATCH):
        part = lanes[start : start + _BATCH]
        calls = [Call(method=_METHOD, params=_params(lane, deployment)) for lane in part]
        for lane, answer in zip(part, client.batch(calls), strict=True):
            if isinstance(answer, EndpointRefusalError):
                raise answer
            number = quantity(answer)
            if number is None:
                raise EndpointAnswerError(endpoint=client.operator, method=_METHOD, detail="not a word")
            yield lane, number.to_bytes(32, "big")


def _params(lane: Lane, deployment: Deployment) -> tuple[object, ...]:
    word = lane_word(lane, deployment)
    return ("0x" + word.account.hex(), "0x" + word.slot.hex(), "latest")


def _transitions(word: bytes) -> tuple[Transition, ...]:
    try:
        return decode_lane_word(word)
    except MalformedError:
        return ()
