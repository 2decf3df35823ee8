"""What can go wrong between this device and an endpoint. All of it means "could not check", never "wrong" (P7)."""

from __future__ import annotations

from verifier.errors import CannotCheckError, VerifierError


class ConfigurationError(VerifierError):
    """A setting that could only weaken or break the check: refused at start, before anything is asked (D11, D18)."""

    code = "configuration"

    def __init__(self, *, setting: str, given: object, why: str) -> None:
        super().__init__(f"{setting} = {given}: {why}")
        self.setting = setting
        self.given = given
        self.why = why


class EndpointError(CannotCheckError):
    """One endpoint did not give a usable answer. `endpoint` is its operator's name, never the URL (it may hold a key)."""

    code = "endpoint"

    def __init__(self, *, endpoint: str, method: str, detail: str) -> None:
        super().__init__(f"{endpoint}: {method}: {detail}")
        self.endpoint = endpoint
        self.method = method
        self.detail = detail


class EndpointUnreachableError(EndpointError):
    """No connection, a broken one, or no complete answer in time."""

    code = "endpoint-unreachable"


class EndpointAnswerError(EndpointError):
    """An answer that is not what JSON-RPC 2.0 or the Ethereum API says: garbage, wrong id, too large, wrong form."""

    code = "endpoint-answer"


class EndpointRefusalError(EndpointError):
    """The endpoint answered with a JSON-RPC error object (method missing, history pruned, rate limit)."""

    code = "endpoint-refused"

    def __init__(self, *, endpoint: str, method: str, number: int, message: str, data: object = None) -> None:
        super().__init__(endpoint=endpoint, method=method, detail=f"error {number}: {message}")
        self.number = number
        self.data = data  # JSON as it came: a reverted call's error data, in whatever form the node chose


class QuorumError(CannotCheckError):
    """Too few endpoints agree on a final block. `sayings` tells who said what (D04)."""

    code = "no-quorum"

    def __init__(self, *, quorum: int, detail: str, sayings: tuple[object, ...]) -> None:
        super().__init__(f"{quorum} endpoints must agree on one block: {detail}")
        self.quorum = quorum
        self.detail = detail
        self.sayings = sayings


class OlderSnapshotError(CannotCheckError):
    """This device has already accepted a newer state of this deployment, or another block at this height (D05)."""

    code = "older-snapshot"

    def __init__(self, *, offered_number: int, accepted_number: int, detail: str) -> None:
        super().__init__(detail)
        self.offered_number = offered_number
        self.accepted_number = accepted_number


class MemoryDamagedError(CannotCheckError):
    """The device memory file cannot be read or written; without it an old snapshot could pass for a new one."""

    code = "memory-damaged"

    def __init__(self, *, path: str, detail: str) -> None:
        super().__init__(f"{path}: {detail}")
        self.path = path
        self.detail = detail
