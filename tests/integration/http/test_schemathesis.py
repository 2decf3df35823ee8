"""The whole OpenAPI of a running service with real data: nothing described makes a 5xx, and every answer is one that is described.

The finished demo is served with everything switched on (scans, payloads, sessions, webhooks). Requests are made from the description, the
same in every run; the endless event stream is left to tests of its own.
"""

from __future__ import annotations

import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure, FailureGroup

from api.demo import cast
from api.demo.output import Output
from api.demo.serving import open_story
from api.http.payloads import Confidential
from api.http.sessions import Door
from api.http.webhooks import WebhookSettings, open_webhooks
from ledger.chain.client import connect
from ledger.chain.directory import CachedKeyDirectory
from ledger.keys.memory import MemorySigner
from ledger.services.payloads import Payloads
from ledger.services.sessions import Sessions
from ledger.sessions.siwe import personal_digest
from ledger.store.payloads import SqlPayloadStore
from ledger.store.sessions import SqlSessionStore
from ledger.webhooks.sending import Courier
from ledger.webhooks.targets import Reach
from tests.support.described import Real, cases, operations
from tests.support.served_demo import finished_demo, serving
from tests.support.service import UNLIMITED
from verifier.canonical import canonicalize
from verifier.signature import to_checksum

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.xdist_group("schemathesis")]

EXAMPLES = 20
load_all_checks()
WANTED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)
# Right only with a signature over what is asked just then; tests of their own send them right.
NEVER = frozenset(
    f"{method} /v1/{path}"
    for method, path in (
        ("POST", "status-changes"),
        ("POST", "payloads"),
        ("GET", "payloads/{payload}"),
        ("DELETE", "payloads/{payload}"),
        ("GET", "payloads/{payload}/accesses"),
        ("POST", "payloads/{payload}/shares"),
        ("PUT", "parties/{party}/encryption-keys"),
        ("POST", "sessions"),
        ("DELETE", "sessions/{session}"),
        ("POST", "webhooks"),
        ("GET", "packs/{name}"),
        ("POST", "items/{gtin}/{serial}/states"),
        ("POST", "pins:redeem"),
    )
)


@dataclass
class Tried:
    """What was asked, and how it was answered."""

    url: str
    real: Real
    seen: dict[str, Counter[int]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    folder = tmp_path_factory.mktemp("described")
    out = finished_demo(folder)
    with ExitStack() as stack:
        story = stack.enter_context(open_story(Output(root=out)))
        app: Any = story.app
        service = app.state.service
        directory = CachedKeyDirectory(connect(story.node), service.deployment, service.clock)
        common: dict[str, Any] = {"directory": directory, "deployment": service.deployment, "clock": service.clock}
        url = f"sqlite:///{folder / 'confidential.db'}"
        payloads, sessions = SqlPayloadStore.open(url), SqlSessionStore.open(url)
        stack.callback(payloads.close)
        stack.callback(sessions.close)
        confidential = Confidential(
            door=Door(sessions=Sessions(store=sessions, **common)), payloads=Payloads(store=payloads, **common)
        )
        hooks = WebhookSettings(
            url=f"sqlite:///{folder / 'webhooks.db'}",
            signers=(cast.log_key(),),
            courier=Courier(reach=Reach.LOOPBACK, tls=ssl.create_default_context()),
        )
        webhooks = stack.enter_context(open_webhooks(hooks, service, directory))
        app.state.service = replace(service, confidential=confidential, webhooks=webhooks)
        for layer in app.user_middleware:
            layer.kwargs["settings"] = UNLIMITED
        base = stack.enter_context(serving(app))
        yield Tried(url=base, real=_real(base, story.addresses))


def _real(base: str, labels: Any) -> Real:
    """Names of things that are there, and bodies that are right."""
    with httpx2.Client(base_url=base, timeout=30) as client:
        items = [one for kind in ("certificate", "footprint", "labels") for one in _items(client, kind)]
        ids = tuple(one["id"] for one in items)
        parties = tuple(one["party"] for one in client.get("/v1/parties").json()["parties"][:4])
        texts = tuple("https://id.example" + one.path for one in labels if "/21/" in one.path)[:4]
        gtin, serial = texts[0].split("/01/")[1].partition("?")[0].split("/21/")
        query = dict(pair.split("=") for pair in texts[0].partition("?")[2].split("&"))
        bulletin = client.get("/v1/bulletin").json()
        receipt = client.get(f"/v1/receipts/{ids[0]}").json()["receipts"][0]
        evidence = client.get(f"/v1/evidence/{ids[0]}").json()
        certificate = evidence["certificate"]["statement"]
    values = {
        "statement": ids, "certificate": ids, "subject": ids, "id": ids, "party": parties, "issuer": parties,
        "gtin": (gtin,), "serial": (serial,), "c": (query["c"],), "s": (query["s"],), "label": texts,
        "cursor": ("0", "7"), "policy": ("consumer", "auditor"), "state": ("sold",), "region": (4403,), "kind": ("anonymous", "certificate"),
    }  # fmt: skip
    line = f'{{"id":"{ids[0]}"}}\n{{"label":"{texts[0]}"}}\nno\n'
    together = {
        "listParties": {"cursor": parties[0]},
        "explainParty": {"party": certificate["issuer"], "certificate": ids[0]},
    }
    bodies = {
        "submitStatement": (certificate,),
        "verify": ({"id": ids[0]}, {"label": texts[0]}, {"evidence": evidence, "policy": "auditor"}),
        "verifyMany": (line.encode(),),
        "submitStatements": (b"{}\n\n[1]\n" + canonicalize(certificate) + b"\n",),
        "checkBrokenPromise": ({"v": 1, "receipt": receipt},),
        "publishBulletin": (bulletin, {**bulletin, "number": bulletin["number"] + 1}),
        "reportScan": ({"label": texts[0], "region": 4403, "device": "a"},),
        "redeemPin": ({"label": texts[0], "pin": "000000000000"},),
        "recordItemState": ({"state": "sold"},),
        "signInMessage": ({"address": to_checksum(cast.key("certifier-a").address), "party": cast.CERTIFIER_A},),
    }
    return Real(values=values, bodies=bodies, together=together)


def _items(client: httpx2.Client, kind: str) -> list[dict[str, Any]]:
    cursor: str | None = "0"
    while cursor is not None:
        page = client.get("/v1/statements", params={"kind": kind, "limit": "3", "cursor": cursor}).json()
        if page["items"]:
            return list(page["items"])
        cursor = page.get("next")
    return []


def _signed_in(base: str, key: MemorySigner, party: str) -> dict[str, str]:
    """The headers of a new session."""
    with httpx2.Client(base_url=base, timeout=30) as client:
        asked = {"address": to_checksum(key.address), "party": party}
        message = client.post("/v1/sessions/nonce", json=asked).json()["message"]
        signature = "0x" + key.sign_digest(personal_digest(message)).hex()
        answer = client.post("/v1/sessions", json={"message": message, "signature": signature, "use": "bearer"})
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def test_nothing_described_makes_a_5xx_and_every_answer_is_described(tried: Tried) -> None:
    session = requests.Session()
    session.headers["Accept"] = "application/json"
    failures = []
    for operation in operations(tried.url + "/v1/openapi.json"):
        try:
            _ask(tried, operation, session)
        except (Failure, FailureGroup) as failure:
            failures.append(f"{operation.label}: {failure}")
    assert not failures, "\n\n".join(failures)
    # what is there was asked for: a test that only ever saw refusals would tell nothing
    never = {label for label, counts in tried.seen.items() if not any(status < 400 for status in counts)}
    assert never <= NEVER


def _ask(tried: Tried, operation: Any, session: requests.Session) -> None:
    """Ask for one operation in many ways. Raises what the first broken check raises."""
    counts = tried.seen.setdefault(operation.label, Counter())
    signed_in = _signed_in(tried.url, cast.key("certifier-a"), cast.CERTIFIER_A)
    real = replace(tried.real, headers=({}, signed_in))
    checks = [CHECKS.get_one(name) for name in WANTED]

    @settings(
        max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=cases(operation, real))
    def ask(case: Any) -> None:
        response = case.call(session=session, timeout=30)
        counts[response.status_code] += 1
        case.validate_response(response, checks=checks)

    ask()


def test_every_operation_has_an_example_of_what_is_sent_and_what_comes(tried: Tried) -> None:
    described = httpx2.get(tried.url + "/v1/openapi.json").json()["paths"]
    missing = []
    for path, operations_of in described.items():
        for method, operation in operations_of.items():
            sent = operation.get("requestBody", {}).get("content", {})
            given = [
                content
                for status, answer in operation["responses"].items()
                for content in answer.get("content", {}).values()
                if int(status) < 300
            ]
            for content in (*sent.values(), *given):
                is_file = content["schema"].get("format") == "binary"
                if not is_file and "example" not in content and "examples" not in content:
                    missing.append(f"{method} {path}")
            missing += [
                f"{method} {path} {parameter['name']}"
                for parameter in operation.get("parameters", ())
                if parameter["required"] and "example" not in parameter["schema"]
            ]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize(
    "path", ["/v1/deployment", "/v1/bulletin", "/v1/statements?limit=3", "/v1/receipts/{id}", "/v1/statements/{id}"]
)
def test_what_has_not_changed_is_not_sent_again(tried: Tried, path: str) -> None:
    url = tried.url + path.replace("{id}", tried.real.values["id"][0])
    first = httpx2.get(url)
    again = httpx2.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_parties_a_page_at_a_time(tried: Tried) -> None:
    found: list[str] = []
    cursor = ""
    while True:
        page = httpx2.get(f"{tried.url}/v1/parties?limit=3{cursor}").json()
        found += [one["party"] for one in page["parties"]]
        if "next" not in page:
            break
        cursor = "&cursor=" + page["next"]
    assert found == sorted(found)
    assert len(found) == len(set(found)) > 6
