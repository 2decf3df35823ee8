"""The regulator's desk over HTTP: above all who may read what the public sent, and that every reading is noted first."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from api.desks.checking import Checks
from api.desks.copies import scan_map
from api.desks.entry import READINGS
from api.desks.mount import desk_parts, desk_routers
from api.desks.reported import HANDLING, ReportQueue, ReportUnknownError, Wanted
from api.desks.routes.regulator_copies import item_in
from api.desks.unpacking import MOST_LINES, MOST_PICTURES, UploadRefusedError, receive
from api.http.app import create_app
from api.http.sessions import LOOPBACK_COOKIE, SECURE_COOKIE
from api.pages.errors import error_pages
from api.pages.mount import page_parts
from api.pages.reports import LabelReport, ReportBook
from ledger.services.sessions import SessionPolicy
from tests.support import bodies
from tests.support.confidential import CERTIFIER, HOLDER, ORIGIN, REGULATOR, Parts, Someone, opened, signed_in
from tests.support.labels import genuine_label
from tests.support.ledger import NOW, REGULATOR_KEY, key_word
from tests.support.pages import read
from tests.support.service import Served, served
from verifier.contracts import Purpose
from verifier.evidence import parse_evidence

GENUINE = str(parse_evidence(genuine_label().data()).label.text)  # type: ignore[union-attr]
SECRET = '我家住址 <script>alert("x")</script> & "\'>'
BASE = "/desk/regulator"
PRIVATE = ("/reports", "/readings", "/copies", "/verify", "/reports/{id}", "/reports/{id}/photo", "/verify/{id}", "/verify/{id}/verdicts.csv")  # fmt: skip
HTML = {"Accept": "text/html"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}


@dataclass
class Desk:
    """A service with the desk, sessions, and one report with a photo."""

    client: TestClient
    parts: Parts
    served: Served
    book: ReportBook
    root: Path
    id: str

    def enter(self, who: Someone = REGULATOR) -> None:
        answer = signed_in(self.client, who, use="cookie")
        assert answer.status_code == 201, answer.text

    def get(self, path: str) -> Any:
        return self.client.get(BASE + path.replace("{id}", self.id), headers=HTML, follow_redirects=False)

    def csrf(self, path: str = "/reports") -> str:
        found = read(self.get(path).text)
        return next(str(one["value"]) for one in found.all("input") if one.get("name") == "csrf")

    def post(self, path: str, data: dict[str, str], **headers: str) -> Any:
        path = BASE + path.replace("{id}", self.id)
        return self.client.post(path, data=data, headers={**HTML, **headers}, follow_redirects=False)

    def readings(self) -> list[dict[str, Any]]:
        path = self.root / READINGS
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def handled(self) -> list[dict[str, Any]]:
        path = self.root / HANDLING
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 40, 40)).save(out, "JPEG")
    return out.getvalue()


def report(note: str = SECRET, **changes: Any) -> LabelReport:
    plain = LabelReport(at=NOW, label=GENUINE, reason="other", outcome="authentic", note=note, region=4400)
    return replace(plain, **changes)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    url, policy = f"sqlite:///{tmp_path}/confidential.db", SessionPolicy(lifetime=3_600)
    with opened(url, signing=policy) as parts, served(tmp_path, confidential=parts.desk) as running:
        book = ReportBook(path=tmp_path / "reports.ndjson")
        photo = book.photos.keep(io.BytesIO(picture()), 1_000)
        book.add(report(photo=photo))
        pages = page_parts(running.service, reports=book)
        app = create_app(running.service, extra=desk_routers(desk_parts(pages)), page_for=error_pages(pages.pages))
        with TestClient(app, base_url=ORIGIN, raise_server_exceptions=False) as client:
            found, _ = ReportQueue(book).page(Wanted(), before=None, limit=1)
            yield Desk(client=client, parts=parts, served=running, book=book, root=tmp_path, id=found[0].filed.id)


# ---------------------------------------------------------------- who may read


@pytest.mark.parametrize("path", PRIVATE)
def test_without_a_session_nothing_is_shown_and_nothing_noted(desk: Desk, path: str) -> None:
    answer = desk.get(path)
    assert answer.status_code == 401
    assert "我家住址" not in answer.text
    assert GENUINE not in answer.text
    assert "data-sign-in" in answer.text
    assert desk.readings() == []


@pytest.mark.parametrize("who", [CERTIFIER, HOLDER], ids=["certifier", "holder"])
@pytest.mark.parametrize("path", PRIVATE)
def test_another_partys_session_opens_nothing(desk: Desk, path: str, who: Someone) -> None:
    desk.enter(who)
    answer = desk.get(path)
    assert answer.status_code == 403
    assert "我家住址" not in answer.text
    assert desk.readings() == []


@pytest.mark.parametrize("path", PRIVATE)
def test_a_session_that_is_over_opens_nothing(desk: Desk, path: str) -> None:
    desk.enter()
    desk.parts.clock.pass_time(3_601)
    assert desk.get(path).status_code == 401
    assert desk.readings() == []


@pytest.mark.parametrize("path", PRIVATE)
def test_a_key_that_was_ended_or_stolen_opens_nothing(desk: Desk, path: str) -> None:
    desk.enter()
    desk.parts.keys.keys[REGULATOR_KEY.address] = key_word(bodies.REGULATOR, Purpose.REGULATOR, ends_at=NOW - 1)
    answer = desk.get(path)
    assert answer.status_code == 401
    assert "失效" in answer.text


def test_a_key_of_the_regulators_party_that_does_not_regulate_opens_nothing(desk: Desk) -> None:
    desk.enter()
    desk.parts.keys.keys[REGULATOR_KEY.address] = key_word(bodies.REGULATOR, Purpose.RULE)
    assert desk.get("/reports").status_code == 403


def test_an_invented_token_opens_nothing(desk: Desk) -> None:
    desk.client.cookies.set(SECURE_COOKIE, "A" * 43)
    assert desk.get("/reports").status_code == 401
    desk.client.cookies.set(SECURE_COOKIE, "../../etc/passwd")
    assert desk.get("/reports").status_code == 401


def test_a_bearer_token_opens_no_page(desk: Desk) -> None:
    token = signed_in(desk.client, REGULATOR).json()["token"]
    answer = desk.client.get(BASE + "/reports", headers={**HTML, "Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_the_loopback_cookie_is_not_taken_on_a_named_origin(desk: Desk) -> None:
    desk.enter()
    token = desk.client.cookies[SECURE_COOKIE]
    desk.client.cookies.clear()
    desk.client.cookies.set(LOOPBACK_COOKIE, token)
    assert desk.get("/reports").status_code == 401


def test_the_cookie_is_for_this_site_alone_and_for_no_script(desk: Desk) -> None:
    answer = signed_in(desk.client, REGULATOR, use="cookie")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(SECURE_COOKIE)
    for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert word.lower() in cookie.lower()


@pytest.mark.parametrize("path", PRIVATE[:5])
def test_what_is_shown_is_noted_first_and_kept_by_nobody(desk: Desk, path: str) -> None:
    desk.enter()
    answer = desk.get(path)
    assert answer.status_code == (503 if path == "/copies" else 200)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in answer.headers


def test_readings_say_who_and_what(desk: Desk) -> None:
    desk.enter()
    desk.get("/reports")
    desk.get("/reports/{id}")
    desk.get("/reports/{id}/photo")
    noted = desk.readings()
    assert [one["what"] for one in noted] == ["list", "report", "photo"]
    assert all(one["party"] == bodies.REGULATOR and desk.id in one["about"] for one in noted)
    assert "我家住址" not in (desk.root / READINGS).read_text()
    assert "一份报告" in desk.get("/readings").text


def test_what_cannot_be_noted_is_not_shown(desk: Desk) -> None:
    desk.enter()
    (desk.root / READINGS).mkdir()
    for path in ("/reports", "/reports/{id}", "/reports/{id}/photo"):
        answer = desk.get(path)
        assert answer.status_code == 500
        assert b"\xff\xd8" not in answer.content
        assert "我家住址" not in answer.text


def test_public_pages_show_nothing_of_reports(desk: Desk) -> None:
    for path in ("", "/parties", "/statistics", "/rules", "/act/admit"):
        answer = desk.get(path)
        assert answer.status_code == 200, path
        assert "我家住址" not in answer.text
        assert "被报告/万枚" not in answer.text
    assert "未看 1 份" not in desk.get("").text
    desk.enter()
    assert "未看 1 份" in desk.get("").text


def test_a_service_without_sessions_says_so(tmp_path: Path) -> None:
    with served(tmp_path) as running:
        pages = page_parts(running.service, reports=ReportBook(path=tmp_path / "reports.ndjson"))
        app = create_app(running.service, extra=desk_routers(desk_parts(pages)), page_for=error_pages(pages.pages))
        with TestClient(app, base_url=ORIGIN) as client:
            answer = client.get(BASE + "/reports", headers=HTML)
            assert answer.status_code == 503
            assert "data-sign-in" not in answer.text


# ---------------------------------------------------------------- forms of other sites


FORMS = [("/reports/{id}", {"state": "settled", "note": "x"}), ("/leave", {}), ("/verify/{id}", {})]


@pytest.mark.parametrize(("path", "data"), FORMS, ids=[path for path, _ in FORMS])
@pytest.mark.parametrize("given", ["", "AAAAAAAAAAAAAAAAAAAAAA", "another"])
def test_a_form_without_its_pages_token_does_nothing(desk: Desk, path: str, data: dict[str, str], given: str) -> None:
    desk.enter()
    if given == "another":  # the token of another session of the same key
        token = desk.client.cookies[SECURE_COOKIE]
        given = desk.csrf()
        signed_in(desk.client, REGULATOR, use="cookie")
        assert desk.client.cookies[SECURE_COOKIE] != token
    answer = desk.post(path, {**data, "csrf": given})
    assert answer.status_code == 403
    assert desk.handled() == []
    assert desk.get("/reports").status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
)  # fmt: skip
def test_a_form_from_another_sites_page_does_nothing(desk: Desk, headers: dict[str, str]) -> None:
    desk.enter()
    csrf = desk.csrf()
    answer = desk.post("/reports/{id}", {"state": "seen", "note": "", "csrf": csrf}, **headers)
    assert answer.status_code == 403
    assert desk.handled() == []


def test_a_form_with_a_token_and_no_session_does_nothing(desk: Desk) -> None:
    desk.enter()
    csrf = desk.csrf()
    desk.client.cookies.clear()
    assert desk.post("/reports/{id}", {"state": "seen", "note": "", "csrf": csrf}).status_code == 401
    assert desk.handled() == []


def test_signing_out_ends_the_session_itself(desk: Desk) -> None:
    desk.enter()
    token = desk.client.cookies[SECURE_COOKIE]
    assert desk.post("/leave", {"csrf": desk.csrf()}).status_code == 303
    desk.client.cookies.set(SECURE_COOKIE, token)
    assert desk.get("/reports").status_code == 401


# ---------------------------------------------------------------- the queue


def test_what_people_wrote_stays_text(desk: Desk) -> None:
    desk.enter()
    for path in ("/reports", "/reports/{id}"):
        found = read(desk.get(path).text)
        assert "<script>alert" in found.text
        assert all("alert" not in str(one) for one in found.all("script"))
        assert found.balanced


def test_a_photo_is_a_picture_and_runs_nothing(desk: Desk) -> None:
    desk.enter()
    answer = desk.get("/reports/{id}/photo")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert desk.get("/reports/" + "0" * 32 + "/photo").status_code == 404


def test_settling_takes_a_note_and_stays_in_the_history(desk: Desk) -> None:
    desk.enter()
    csrf = desk.csrf()
    assert desk.post("/reports/{id}", {"csrf": csrf, "state": "settled", "note": " "}).status_code == 422
    assert desk.post("/reports/{id}", {"csrf": csrf, "state": "burnt", "note": "x"}).status_code == 422
    assert desk.post("/reports/" + "0" * 32, {"csrf": csrf, "state": "seen", "note": ""}).status_code == 404
    assert desk.handled() == []
    assert desk.post("/reports/{id}", {"csrf": csrf, "state": "seen", "note": ""}).status_code == 303
    assert desk.post("/reports/{id}", {"csrf": csrf, "state": "settled", "note": "已下架 <b>"}).status_code == 303
    page = read(desk.get("/reports/{id}").text)
    assert "已下架 <b>" in page.text
    assert [one["state"] for one in desk.handled()] == ["seen", "settled"]
    assert all(one["party"] == bodies.REGULATOR for one in desk.handled())
    assert "没有这样的报告" in desk.get("/reports?state=open").text
    assert desk.id in desk.get("/reports?state=settled").text


def test_filters_and_pages(desk: Desk) -> None:
    for number in range(90):
        desk.book.add(
            report(f"第{number}份", region=(1100, 3100, 0)[number % 3], reason=("other", "looks-printed")[number % 2])
        )
    desk.book.add(report("拒绝", outcome="rejected", label="https://elsewhere.example/"))
    desk.enter()
    assert "第89份" in desk.get("/reports").text
    assert "第5份" not in desk.get("/reports").text
    following = next(
        str(one["href"])
        for one in read(desk.get("/reports?region=1100").text).all("a")
        if "before=" in str(one["href"])
    )
    assert "region=1100" in following
    assert desk.get("/reports" + following).text.count("report-list") == 1
    assert "拒绝" in desk.get("/reports?outcome=rejected").text
    assert "第1份" not in desk.get("/reports?outcome=rejected").text
    assert "没有这样的报告" in desk.get("/reports?product=0123").text
    assert "没有这样的报告" not in desk.get(f"/reports?product={GENUINE.split('/')[4][:6]}").text
    assert desk.get("/reports?region=9999&state=x&reason=y&before=-1&outcome=<b>").status_code == 200


def test_the_file_of_reports_may_be_damaged_taken_away_and_grow(desk: Desk) -> None:
    queue = ReportQueue(desk.book)
    assert queue.counts() == {"open": 1, "seen": 0, "settled": 0}
    with desk.book.path.open("ab") as file:
        file.write(
            b'{"at": 1, "label\nnull\n[]\n{"at":2,"label":"x","reason":"other","outcome":"","note":"","region":null}\n{"at":'
        )
    assert queue.counts()["open"] == 2, "half a line waits for its other half"
    desk.book.add(report())
    first = queue.page(Wanted(), before=None, limit=10)[0]
    desk.book.add(report("same"))
    desk.book.add(report("same"))
    ids = [one.filed.id for one in queue.page(Wanted(), before=None, limit=10)[0]]
    assert len(set(ids)) == len(ids), "two equal reports are two"
    assert [one.filed.id for one in first] == ids[2:]
    desk.book.path.rename(desk.root / "archive.ndjson")
    assert queue.counts()["open"] == 0
    desk.book.add(report("new"))
    assert [one.note for one in queue.page(Wanted(), before=None, limit=10)[0]] == ["new"]
    with pytest.raises(ReportUnknownError):
        queue.report(ids[0])


# ---------------------------------------------------------------- bulk checks


def upload(desk: Desk, name: str, data: bytes, csrf: str | None = None) -> Any:
    return desk.client.post(
        BASE + "/verify",
        files={"file": (name, data)},
        data={"csrf": desk.csrf("/verify") if csrf is None else csrf},
        headers=HTML,
        follow_redirects=False,
    )


def finished(desk: Desk, place: str) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        text = str(desk.client.get(place, headers=HTML).text)
        if 'http-equiv="refresh"' not in text:
            return text
        time.sleep(0.1)
    raise AssertionError("the check did not finish")


def test_an_upload_without_a_block_is_not_judged_and_goes_away(desk: Desk) -> None:
    """The way to a report needs endpoints: tests/e2e/test_desk_regulator.py."""
    desk.enter()
    answer = upload(desk, "清单 <b>.csv", f"label\n{GENUINE}\n=1+1\n".encode())
    assert answer.status_code == 303
    place = answer.headers["location"]
    page = finished(desk, place)
    assert "清单 &lt;b&gt;.csv" in page
    assert "没有节点一致认可的区块" in page
    for name in ("..%2fevidence.tanji", "evidence.tanji", ".run", "input.csv", "index.html"):
        assert desk.client.get(f"{place}/{name}", headers=HTML).status_code == 404
    assert place in desk.get("/verify").text
    assert desk.post(place.removeprefix(BASE), {"csrf": desk.csrf()}).status_code == 303
    assert desk.client.get(place, headers=HTML).status_code == 404
    assert place not in desk.get("/verify").text


def test_another_regulators_check_is_not_shown(desk: Desk) -> None:
    desk.enter()
    place = upload(desk, "a.txt", GENUINE.encode()).headers["location"]
    finished(desk, place)
    other = replace(CERTIFIER)
    desk.parts.keys.keys[other.key.address] = key_word(other.party, Purpose.REGULATOR)
    desk.enter(other)
    for path in (place, place + "/verdicts.csv"):
        assert desk.client.get(path, headers=HTML).status_code == 404


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.exe", b"MZ"),
        ("a.csv", b""),
        ("a", b"x"),
        ("a.zip", b"PK no"),
        ("a.xlsx", b"PK no"),
        ("../../a.html", b"<b>"),
    ],
)
def test_what_is_not_read_is_refused_with_a_reason(desk: Desk, name: str, data: bytes) -> None:
    desk.enter()
    answer = upload(desk, name, data)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_an_upload_without_token_or_file_does_nothing(desk: Desk) -> None:
    desk.enter()
    assert upload(desk, "a.txt", GENUINE.encode(), csrf="").status_code == 403
    assert desk.post("/verify", {"csrf": desk.csrf("/verify")}).status_code == 422


def test_too_many_lines_are_told(desk: Desk) -> None:
    desk.enter()
    place = upload(desk, "a.txt", (GENUINE + "\n").encode() * (MOST_LINES + 1)).headers["location"]
    assert "2,000" in finished(desk, place)


def zipped(members: dict[str, bytes]) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    out.seek(0)
    return out


def test_a_zip_writes_only_where_it_may_and_is_counted_first(tmp_path: Path) -> None:
    receive("a.zip", zipped({"../../../evil.jpg": picture(), "ok/b.PNG": picture(), "c.txt": b"x"}), tmp_path)
    assert sorted(one.name for one in (tmp_path / "input").iterdir()) == ["001-evil.jpg", "002-b.png"]
    refused = {
        "bomb": {"a.jpg": bytes(30 << 20)},
        "many": {f"{n}.jpg": b"x" for n in range(MOST_PICTURES + 1)},
        "none": {"a.txt": b"x"},
    }
    for name, members in refused.items():
        folder = tmp_path / name
        folder.mkdir()
        with pytest.raises(UploadRefusedError):
            receive("a.zip", zipped(members), folder)


def test_results_go_away_by_themselves(desk: Desk) -> None:
    checks = Checks(desk.served.service, kept=0.3)
    made = checks.begin(bodies.REGULATOR, "a.txt", io.BytesIO(GENUINE.encode()), 10)
    deadline = time.monotonic() + 10
    while made.folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not made.folder.exists()
    assert checks.of(bodies.REGULATOR, made.id) is None
    checks.close()


# ---------------------------------------------------------------- the rest


def test_names_are_kept_only_where_the_chain_vouches(desk: Desk) -> None:
    profile = {"party": bodies.HOLDER, "name": "自己起的名字"}
    answer = desk.client.post(BASE + "/profiles", json=profile)
    assert answer.status_code == 503, "no chain, nobody vouches"
    assert desk.served.service.profiles.of(bodies.HOLDER) is None
    assert desk.client.post(BASE + "/profiles", json={"party": "x"}).status_code == 400


def test_acts_say_that_the_chain_cannot_be_asked(desk: Desk) -> None:
    answer = desk.post("/act/admit", {"party": bodies.HOLDER, "name": "甲"})
    assert answer.status_code == 422
    assert "什么都没有发出" in answer.text
    assert desk.get("/act/nonsense").status_code == 404


def test_every_page_is_there_in_english(desk: Desk) -> None:
    desk.enter()
    private = ("/reports", "/reports/{id}", "/readings", "/verify")
    for path in ("", "/parties", "/act/open-grant", "/act/compromise", "/statistics", "/rules", *private):
        answer = desk.get(path + "?lang=en")
        assert answer.status_code == 200, path
        found = read(answer.text)
        assert 'lang="en"' in answer.text
        assert found.balanced, path
        assert "Regulator's desk" in found.text


def test_a_label_and_words_name_an_item() -> None:
    found = item_in(GENUINE)
    assert found is not None
    assert item_in(f"{found.gtin} {found.serial.lower()}") == found
    assert item_in(f"{found.gtin.lstrip('0')} {found.serial}") == found
    for text in ("", "x", "1 2 3", f"{found.gtin} <b>", "09520009000167 ABC", "https://evil.example/"):
        assert item_in(text) is None


def test_the_map_counts_cities_as_their_provinces_and_the_unknown_beside() -> None:
    made = scan_map([4403, 4400, 4419, 1100, 0, 9999])
    assert [(one.zh, count) for one, count in made.rows] == [("广东", 3), ("北京", 1)]
    assert (made.unknown, made.total) == (2, 6)
    steps = {one.province.zh: one.step for one in made.squares}
    assert steps["广东"] > steps["北京"] > steps["上海"] == 0
    assert len(made.squares) == 34
