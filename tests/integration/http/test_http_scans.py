"""Scans, item states and PINs over HTTP: what is kept and told, who may say what, and that a PIN stands nowhere."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import APIRouter
from starlette.testclient import TestClient

from api.http.app import create_app
from api.http.routes.scans import scans_router
from api.http.scans import ScanDesk, SignedLabel
from ledger.domain.scans import ItemState, ScanKind, ScanReport
from ledger.services.scanning import Scanning
from ledger.store.scans import SqlScanStore
from tests.support import bodies
from tests.support.confidential import CERTIFIER, HOLDER, OUTSIDER, REGULATOR, Someone, visitor
from tests.support.confidential import opened as confidential
from tests.support.labels import label_text
from tests.support.scans import GTIN, ITEM, PIN, SERIAL, SHANGHAI, SHENZHEN, scanning
from tests.support.service import served
from verifier.label import parse_label

UNSIGNED = label_text(b"\x2c" * 32, SERIAL, gtin=GTIN)
LABEL = label_text(b"\x2b" * 32, SERIAL, gtin=GTIN)
ITEM_PATH = f"/v1/items/{GTIN}/{SERIAL}"


@dataclass
class Waiting:
    """Scans written at once."""

    records: Scanning
    taken: list[ScanReport] = field(default_factory=list)
    has_room: bool = True

    def add(self, report: ScanReport) -> bool:
        if self.has_room:
            self.taken.append(report)
            self.records.record_scans([report])
        return self.has_room


class Signatures:
    """One label is signed."""

    def signed(self, text: str) -> SignedLabel | None:
        label = parse_label(text)
        return SignedLabel(label=label, issuer=bodies.HOLDER) if label == parse_label(LABEL) else None


@dataclass
class Desk:
    client: TestClient
    records: Scanning
    waiting: Waiting
    database: str

    def scan(self, **more: Any) -> Any:
        return self.client.post("/v1/scans", json={"label": LABEL} | more)

    def redeem(self, pin: Any = PIN, headers: dict[str, str] | None = None, **more: Any) -> Any:
        return self.client.post("/v1/pins:redeem", json={"label": LABEL, "pin": pin} | more, headers=headers)

    def state(self, who: Someone, state: str) -> Any:
        headers = visitor(self.client, who).headers
        return self.client.post(f"{ITEM_PATH}/states", json={"state": state}, headers=headers)

    def item(self, label: str = LABEL) -> Any:
        return self.client.get(f"{ITEM_PATH}?{label.partition('?')[2]}")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = f"sqlite:///{tmp_path / 'scans.db'}"
    store = SqlScanStore.open(database)
    with confidential(f"sqlite:///{tmp_path / 'c.db'}") as parts, served(tmp_path, confidential=parts.desk) as running:
        records = scanning(store, running.clock)
        waiting = Waiting(records)
        made = ScanDesk(records=records, waiting=waiting, labels=Signatures(), platforms={OUTSIDER.party})
        router: APIRouter = scans_router(made)
        app = create_app(running.service, extra=[("", router)])
        with TestClient(app, base_url="https://testserver", raise_server_exceptions=False) as client:
            yield Desk(client=client, records=records, waiting=waiting, database=database)
    store.close()


def test_a_scan_of_a_signed_label_is_taken_with_its_region(desk: Desk) -> None:
    answer = desk.scan(region=SHENZHEN, device="my phone")
    assert (answer.status_code, answer.json()) == (202, {"accepted": True})
    (report,) = desk.waiting.taken
    assert (report.item, report.kind, report.region) == (ITEM, ScanKind.ANONYMOUS, SHENZHEN)
    assert desk.records.stats().scans[ScanKind.ANONYMOUS] == 1


def test_one_address_is_two_devices_at_most_and_makes_no_label_suspect(desk: Desk) -> None:
    regions = (SHANGHAI, SHENZHEN, 5101)
    for number in range(12):
        assert desk.scan(region=regions[number % 3], device=f"phone {number}").status_code == 202
    assert len({report.device_hint for report in desk.waiting.taken}) == 2
    assert desk.item().json()["signals"] == []


def test_a_label_whose_signature_does_not_hold_is_neither_kept_nor_told_of(desk: Desk) -> None:
    started = time.monotonic()
    answer = desk.scan(label=UNSIGNED)
    assert time.monotonic() - started >= 0.1
    assert (answer.status_code, answer.json()["code"]) == (422, "scan.label-unsigned")
    assert desk.waiting.taken == []
    assert desk.item(UNSIGNED).json()["code"] == "scan.label-unsigned"


@pytest.mark.parametrize(
    ("given", "place", "rule"),
    [
        ({"region": 9_999}, "/region", "region"),
        ({"region": "4403"}, "/region", "integer"),
        ({"region": 4403.5}, "/region", "number"),
        ({"device": ""}, "/device", "hint"),
        ({"device": "x" * 129}, "/device", "hint"),
        ({"device": "手机"}, "/device", "hint"),
        ({"kind": "police"}, "/kind", "choice"),
        ({"label": 1}, "/label", "string"),
        ({"label": "https://x/01/1"}, "/label", "gs1.format"),
        ({"city": 1}, "/city", "unknown-member"),
    ],
)
def test_a_report_of_another_form_is_refused_by_name(desk: Desk, given: dict[str, Any], place: str, rule: str) -> None:
    answer = desk.scan(**given)
    assert answer.status_code == 400, answer.text
    problem = answer.json()
    assert (problem["field"], problem["rule"]) == (place, rule)
    assert desk.waiting.taken == []


def test_too_many_waiting_scans_are_back_pressure(desk: Desk) -> None:
    desk.waiting.has_room = False
    answer = desk.scan()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_inspectors_and_the_enterprise_scan_with_their_sessions(desk: Desk) -> None:
    for who, kind, status in (
        (REGULATOR, "inspector", 202),
        (HOLDER, "enterprise", 202),
        (HOLDER, "inspector", 403),
        (CERTIFIER, "enterprise", 403),
    ):
        headers = visitor(desk.client, who).headers
        answer = desk.client.post("/v1/scans", json={"label": LABEL, "kind": kind}, headers=headers)
        assert answer.status_code == status, answer.text
    assert desk.scan(kind="inspector").status_code == 401
    assert [report.kind for report in desk.waiting.taken] == [ScanKind.INSPECTOR, ScanKind.ENTERPRISE]


def test_whoever_holds_the_label_reads_states_and_signals(desk: Desk) -> None:
    empty = desk.item().json()
    assert (empty["state"], empty["states"], empty["signals"]) == ("issued", [], [])
    assert desk.state(REGULATOR, "recalled").status_code == 200
    told = desk.item()
    assert told.headers["cache-control"] == "no-store"
    assert (told.json()["state"], told.json()["signals"][0]["reason"]) == ("recalled", "recalled")
    assert told.json()["states"][0]["role"] == "regulator"


def test_an_item_is_asked_about_with_its_label_alone(desk: Desk) -> None:
    query = LABEL.partition("?")[2]
    for path in (ITEM_PATH, f"{ITEM_PATH}?{query}&x=1", f"{ITEM_PATH}?{query.partition('&')[0]}"):
        answer = desk.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (400, "request.query")
    assert desk.client.get(f"/v1/items/{GTIN}/x?{query}").status_code == 400


def test_states_go_step_by_step_and_the_same_again_is_answered_alike(desk: Desk) -> None:
    first = desk.state(HOLDER, "sold")
    assert (first.status_code, first.json()["role"]) == (200, "enterprise")
    assert desk.state(HOLDER, "sold").json() == first.json()
    refused = desk.state(HOLDER, "issued")
    assert (refused.status_code, refused.json()["field"]) == (400, "/state")
    assert desk.state(HOLDER, "consumed").status_code == 200
    back = desk.state(HOLDER, "sold")
    assert (back.status_code, back.json()["code"]) == (409, "item.transition")
    assert [one.state for one in desk.records.states_of(ITEM)] == [ItemState.SOLD, ItemState.CONSUMED]


def test_to_a_stranger_every_item_is_unknown(desk: Desk) -> None:
    mine = desk.state(CERTIFIER, "sold")
    headers = visitor(desk.client, CERTIFIER).headers
    other = f"/v1/items/{GTIN}/{SERIAL[:-1]}Z/states"
    never = desk.client.post(other, json={"state": "sold"}, headers=headers)
    assert mine.status_code == never.status_code == 404
    assert mine.json()["code"] == never.json()["code"] == "item.unknown"
    assert desk.client.post(f"{ITEM_PATH}/states", json={"state": "sold"}).status_code == 401


def test_a_platform_records_that_an_item_was_used_up_once_its_pin_was(desk: Desk) -> None:
    early = desk.state(OUTSIDER, "consumed")
    assert (early.status_code, early.json()["code"]) == (403, "item.not-entitled")
    assert desk.redeem().status_code == 200
    assert desk.state(OUTSIDER, "consumed").json()["role"] == "points-platform"


def test_the_first_use_of_a_pin_and_every_later_one(desk: Desk) -> None:
    first = desk.redeem(pin=" 7k3m-9qx2 tvwz ", region=SHANGHAI)
    assert first.status_code == 200
    again = desk.redeem()
    assert (again.status_code, again.json()["code"]) == (409, "pin.used")
    assert again.json()["firstUsedAt"] == first.json()["at"]
    assert "retry-after" not in again.headers


def test_the_same_redemption_asked_for_again_is_answered_alike(desk: Desk) -> None:
    first = desk.redeem(reference="P-77")
    assert first.json()["reference"] == "P-77"
    assert desk.redeem(reference="P-77").json() == first.json()
    assert desk.redeem(reference="P-78").status_code == 409


def test_a_wrong_pin_and_an_unknown_item_are_one_answer(desk: Desk) -> None:
    wrong = desk.redeem(pin="000000000000")
    unknown = desk.redeem(label=label_text(b"\x2b" * 32, SERIAL[:-1] + "Z", gtin=GTIN))
    model = desk.redeem(label=f"https://x.example/01/{GTIN}?{LABEL.partition('?')[2]}")
    assert wrong.status_code == unknown.status_code == model.status_code == 422
    assert wrong.json() == unknown.json() == model.json()


def test_attempts_are_throttled_by_client_and_the_item_is_never_locked(desk: Desk) -> None:
    answers = [desk.redeem(pin="000000000000") for _ in range(6)]
    assert [one.status_code for one in answers] == [422] * 5 + [429]
    assert answers[-1].json()["code"] == "pin.throttled"
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    # its right PIN from elsewhere: a platform's customer
    headers = visitor(desk.client, OUTSIDER).headers
    assert desk.redeem(headers=headers, device="customer 1").status_code == 200


def test_a_pin_stands_in_no_log_no_answer_and_no_table(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    typed = "7K3M9QX2TVWZ"
    answers = [desk.redeem(), desk.redeem(), desk.redeem(pin=f"{typed}{typed}X"), desk.redeem(pin=[typed])]
    answers.append(desk.client.post("/v1/pins:redeem", content=b'{"pin":"%s"' % typed.encode(), headers=JSON))
    answers.append(desk.client.get(f"/v1/pins:redeem?pin={typed}"))
    assert [one.status_code for one in answers] == [200, 409, 400, 400, 400, 405]
    assert typed not in caplog.text.replace(f"GET https://testserver/v1/pins:redeem?pin={typed}", "")
    assert not any(typed in one.text or typed in str(one.headers) for one in answers)
    with sa.create_engine(desk.database).connect() as connection:
        for table in sa.inspect(connection).get_table_names():
            assert typed not in str(connection.execute(sa.text(f'SELECT * FROM "{table}"')).fetchall())


JSON = {"Content-Type": "application/json"}


def test_every_operation_is_described_with_its_examples(desk: Desk) -> None:
    described = desk.client.get("/v1/openapi.json").json()["paths"]
    for path, method in (
        ("/v1/scans", "post"),
        ("/v1/pins:redeem", "post"),
        ("/v1/items/{gtin}/{serial}/states", "post"),
    ):
        content = described[path][method]["requestBody"]["content"]["application/json"]
        assert content["example"]
