"""Early warnings: a withdrawal seen at `latest` counts before it is final, but only as a doubt (design 3.5, D19).

`latest` is one endpoint's word and may yet be reorganised away, so a lane that differs there never rejects and never lifts
anything: it makes the status check inconclusive until a final block shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from verifier.deployment import Deployment
from verifier.questions import Lane, ReadWord, lane_word
from verifier.rpc.client import Call, RpcClient
from verifier.rpc.errors import EndpointAnswerError, EndpointError, EndpointRefusalError
from verifier.rpc.quorum import quantity
from verifier.warnings import EarlyWarning
