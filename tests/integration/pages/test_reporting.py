"""A report with a photo over HTTP, as a browser without scripts sends it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.http.app import create_app
from api.pages.mount import page_parts, page_routers
from api.pages.photos import MOST_BYTES
from api.pages.reports import ReportBook
from tests.support.labels import genuine_label
from tests.support.service import served
from tests.unit.api.test_photos import with_position
from verifier.evidence import parse_evidence


@dataclass
class Desk:
    client: TestClient
    book: ReportBook
    label: str

    def send(self, photo: bytes | None = None, **changes: str):  # type: ignore[no-untyped-def]
        fields = {"label": self.label, "reason": "looks-printed", "note": "二维码模糊", "region": "4400"} | changes
        files = {"photo": ("../../x.jpg", photo or b"", "image/jpeg")}
        return self.client.post("/report?lang=zh", data=fields, files=files)

    def lines(self) -> list[dict[str, object]]:
        return (
            [json.loads(line) for line in self.book.path.read_text("utf-8").splitlines()]
            if self.book.path.exists()
            else []
        )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    book = ReportBook(path=tmp_path / "reports.ndjson")
    label = parse_evidence(genuine_label().data()).label
    assert label is not None
    with served(tmp_path) as running:
        app = create_app(running.service, extra=page_routers(page_parts(running.service, reports=book)))
        with TestClient(app, raise_server_exceptions=False) as client:
            yield Desk(client=client, book=book, label=label.text)


def test_a_report_with_a_photo_is_kept_with_its_place_and_without_the_phones(desk: Desk) -> None:
    answer = desk.send(with_position())
    assert answer.status_code == 200, answer.text
    assert "已收到" in answer.text
    (line,) = desk.lines()
    assert (line["reason"], line["note"], line["region"]) == ("looks-printed", "二维码模糊", 4400)
    kept = desk.book.photos.read(str(line["photo"]))
    assert kept is not None
    assert b"Wang" not in kept
    assert desk.client.get(f"/report-photos/{line['photo']}").status_code == 404


def test_a_report_without_a_photo_and_one_of_the_old_form_are_kept(desk: Desk) -> None:
    assert desk.send().status_code == 200
    assert desk.client.post("/report", data={"label": desk.label, "reason": "other"}).status_code == 200
    assert [line["photo"] for line in desk.lines()] == [None, None]


def test_what_is_no_photo_is_told_and_nothing_is_kept(desk: Desk) -> None:
    answer = desk.send(b"%PDF-1.7 not a photo")
    assert answer.status_code == 422
    assert "JPEG" in answer.text
    assert not desk.lines()


def test_too_large_a_form_too_many_files_and_a_broken_one_are_refused(desk: Desk) -> None:
    assert desk.send(b"x" * (MOST_BYTES + 100_000)).status_code == 413
    many = [("photo", ("a.jpg", b"1")), ("photo", ("b.jpg", b"2"))]
    assert desk.client.post("/report", data={"label": desk.label}, files=many).status_code == 400
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert desk.client.post("/report", content=b"--y\r\n\r\n", headers=broken).status_code in (400, 422)
    assert desk.client.post("/report", content=b"", headers={"Content-Type": "multipart/form-data"}).status_code == 415
    assert not desk.lines()


def test_a_reason_or_label_that_is_none_is_refused(desk: Desk) -> None:
    assert desk.send(reason="<script>").status_code == 422
    assert desk.send(label="https://example.com/").status_code == 400
    assert desk.send(region="99999; drop").status_code == 200
    assert [line["region"] for line in desk.lines()] == [0]
