"""How operations are described: bodies are parsed by ourselves (trap 1), so their description is written out as well."""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]

ID: Final = "0x2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b"
PARTY: Final = "uscc:91110000MA0C0EXAM2"
HASH: Final[Json] = {"type": "string", "pattern": "^0x[0-9a-f]{64}$", "example": ID}
TIME: Final[Json] = {"type": "integer", "minimum": 0, "description": "unix seconds", "example": 1_790_000_000}

PROBLEM: Final[Json] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "example": "urn:tanji:problem:submission.refused"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "stable name of the error"},
        "field": {"type": "string", "description": "the member or parameter concerned"},
        "rule": {"type": "string", "description": "stable name of the broken rule"},
        "retryAfter": {"type": "integer", "description": "seconds, as the Retry-After header"},
    },
}
RECEIPT: Final[Json] = {
    "v": 1,
    "origin": "tanji/31337/0x5FbDB2315678afecb367f032d93F642f64180aa3",
    "id": ID,
    "leafHash": "0x" + "3c" * 32,
    "index": 17,
    "anchorBy": 1_790_003_600,
    "key": "0x" + "4d" * 32,
    "signature": "0x" + "5e" * 64,
}
STATEMENT: Final[Json] = {
    "v": 1,
    "kind": "footprint",
    "issuer": PARTY,
    "body": {"note": "docs/spec/03"},
    "issuedAt": 1_790_000_000,
    "signer": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    "signature": "0x" + "6f" * 65,
}
VERDICT: Final[Json] = {
    "outcome": "authentic",
    "policy": "consumer",
    "checks": [{"id": "chain.view", "outcome": "passed", "reason": "", "fields": {}, "zh": "…", "en": "…"}],
    "block": {"number": 1_200_000, "hash": ID, "time": 1_790_000_000, "age": 12},
    "at": None,
    "now": 1_790_000_012,
}
BULLETIN: Final[Json] = {
    "v": 1,
    "chainId": 31337,
    "number": 1_200_000,
    "hash": ID,
    "time": 1_790_000_000,
    "signature": "0x" + "6f" * 65,
}
SECURITY_SCHEMES: Final[Json] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "the token of POST /v1/sessions with use bearer"},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-tanji",
        "description": "POST /v1/sessions with use cookie",
    },
}
_MEANINGS: Final = {
    304: "the client has it already",
    400: "malformed: a member, a parameter, or the whole is not of its form",
    401: "no session, or one that is over: sign in",
    403: "not accepted from this origin, or a sign-in that does not hold: see field and rule",
    404: "not here",
    408: "the body did not come in time",
    409: "not in its present state: not anchored yet (see Retry-After), used before, or no step from here",
    410: "its keys were destroyed: erased, which is not invalid",
    413: "longer than this endpoint reads",
    415: "another media type, or a compressed body",
    422: "well-formed, but no verifier would accept it",
    429: "beyond this client's rate: see Retry-After",
    503: "try again later: see Retry-After",
}


def ok(text: str, example: Any = None, media: str = "application/json") -> Json:
    """A successful answer."""
    content: Json = {"schema": schema_of(example) if media == "application/json" else {"type": "string"}}
    if example is not None:
        content["example"] = example
    return {"description": text, "content": {media: content}}


def schema_of(example: Any) -> Json:
    """The schema an example is of: types of all members it shows, none of them due, others allowed; null says nothing of the type."""
    if isinstance(example, dict):
        return {"type": "object", "properties": {name: schema_of(value) for name, value in example.items()}}
    if isinstance(example, list):
        return {"type": "array", "items": schema_of(example[0])} if example else {"type": "array"}
    kinds = {bool: "boolean", int: "integer", str: "string"}
    return {"type": kinds[type(example)]} if type(example) in kinds else {}


def file_of(text: str, media: str) -> Json:
    """A successful answer that is a file."""
    return {"description": text, "content": {media: {"schema": {"type": "string", "format": "binary"}}}}


def problems(*statuses: int) -> dict[int | str, Json]:
    """The problems an operation may answer with; 429 is always one of them."""
    reference = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _MEANINGS[status], "content": reference} for status in (*statuses, 429)}


def answers(success: dict[int | str, Json], *statuses: int) -> dict[int | str, Json]:
    """Successes and problems together."""
    return {**success, **problems(*statuses)}


def path_parameter(name: str, schema: Json, text: str) -> Json:
    """A parameter in the path."""
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": text}


def query_parameter(name: str, schema: Json, text: str, *, required: str = "") -> Json:
    """A parameter in the query; any text in `required` makes it due."""
    return {"name": name, "in": "query", "required": bool(required), "schema": schema, "description": text}


def with_session(*parameters: Json) -> Json:
    """`openapi_extra` of an operation that needs a session."""
    return {**described(*parameters), "security": [{"bearer": []}, {"cookie": []}]}


def described(*parameters: Json, body: Json | None = None) -> Json:
    """`openapi_extra` of an operation."""
    extra: Json = {}
    if parameters:
        extra["parameters"] = list(parameters)
    if body is not None:
        extra["requestBody"] = body
    return extra


def body_of(example: Any, media: str = "application/json", text: str = "") -> Json:
    """A required request body."""
    schema: Json = {"type": "object"} if media == "application/json" else {"type": "string"}
    return {"required": True, "description": text, "content": {media: {"schema": schema, "example": example}}}


STATEMENT_PATH: Final = path_parameter("statement", HASH, "statement id")
PARTY_SCHEMA: Final[Json] = {"type": "string", "example": PARTY}
LIMIT_SCHEMA: Final[Json] = {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
CURSOR_SCHEMA: Final[Json] = {"type": "string", "pattern": "^[0-9]{1,16}$"}
