"""The certifier's desk over HTTP, as browsers without scripts and as hostile senders meet it: a real ledger, a real local node."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.reference import eip712
from tests.support import bodies
from tests.support.chain import OTHER_CERTIFIER, test_key
from tests.support.desks import CHAIN_ID, DeskWorld, desk_world, prepared_of, signed_with
from tests.support.ledger import NOW, MemoryBook, certificate_body, footprint_body
from tests.support.pages import read
from verifier.canonical import canonicalize, parse
from verifier.hashing import sha256
from verifier.signature import to_checksum
from verifier.statement import parse_statement, statement_id

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("certifier-desk")]

OWN = f"/desk/certifier/{bodies.CERTIFIER}"
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
FORM = {
    "number": "TJ-2026-0001", "version": "1", "category": bodies.CATEGORY, "schemeId": "TANJI-EX-1", "schemeName": "示例认证方案",
    "assurance": "limited", "granularity": "item", "validFrom": "2026-09-22", "validUntil": "2027-09-22", "quota": "500", "rule": "",
    "product0": f"urn:gtin:{bodies.GTIN}", "name0": "示例冰箱", "model0": "BCD-300",
}  # fmt: skip
JSON = {"content-type": "application/json"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskWorld]:
    with desk_world(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskWorld]:
    """For tests that change nothing: one footprint is logged."""
    with desk_world(tmp_path_factory.mktemp("shared")) as running:
        running.submit(running.footprint())
        yield running


def words(page: str) -> str:
    return read(page).text


def handed(statement: bytes) -> str:
    """What the form keeps of a footprint that was handed over."""
    document = json.loads(statement)
    return canonicalize({name: document[name] for name in ("v", "kind", "issuer", "body")}).decode("utf-8")


def send_form(desk: DeskWorld, *, path: str = OWN, footprint: bytes | None = None, **changes: str) -> Any:
    fields = {**FORM, "footprint": handed(footprint or desk.footprint()), **changes}
    return desk.client.post(f"{path}/draft", data=fields)


def bad_fields(page: str) -> set[str]:
    return set(re.findall(r'class="field bad" id="f-([a-zA-Z0-9]+)"', page))


# ---------------------------------------------------------------- the door, the overview, the lists


def test_the_door_leads_to_the_partys_desk_and_tells_a_bad_code(shared: DeskWorld) -> None:
    led = shared.client.get("/desk", params={"party": bodies.CERTIFIER, "role": "certifier"}, follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (303, OWN)
    kept = shared.client.get("/desk", params={"party": bodies.HOLDER, "role": "enterprise", "lang": "en"}, follow_redirects=False)  # fmt: skip
    assert kept.headers["location"] == f"/desk/enterprise/{bodies.HOLDER}?lang=en"
    for bad in (HOSTILE, "uscc:", "//evil.example", "uscc:91110000MA0C0EXAM2/../x"):
        answer = shared.client.get("/desk", params={"party": bad}, follow_redirects=False)
        assert answer.status_code == 422
        assert "<script>alert" not in answer.text
        assert read(answer.text).balanced
    assert shared.client.get("/desk/certifier/none").status_code == 404


def test_an_empty_desk_says_so(desk: DeskWorld) -> None:
    said = words(desk.shown(OWN))
    assert "没有等着的足迹" in said
    assert "还没有签发过证书" in said
    assert "现在没有要处理的事" in said
    assert "还没有签发过证书" in words(desk.shown(f"{OWN}/certificates"))
    assert "没有这种状态的证书" in words(desk.shown(f"{OWN}/certificates", state="suspended"))


def test_a_party_the_registry_does_not_have_is_told_what_that_means(shared: DeskWorld) -> None:
    path = "/desk/certifier/uscc:91110000MA0C0EXAM9"
    assert "名册里还没有这个主体" in words(shared.shown(path))
    assert "名册里没有这个主体" in words(shared.shown(f"{path}/accreditation"))


def test_footprints_wait_newest_first_and_the_certified_do_not(desk: DeskWorld) -> None:
    desk.submit(*(desk.footprint(number) for number in range(30)))
    page = desk.shown(OWN)
    waiting = re.findall(r"draft\?footprint=(0x[0-9a-f]{64})", page)
    assert len(waiting) == 25
    assert "只列最新的 25 份" in words(page)
    assert f"0x{statement_id(parse_statement(parse(desk.footprint(29)))).hex()}" == waiting[0]
    newest = statement_id(parse_statement(parse(desk.footprint(29))))
    body = certificate_body(1, validFrom=NOW - 10, validUntil=NOW + 30 * 86_400, footprint=f"0x{newest.hex()}")
    del body["grade"]
    desk.submit(desk.signed("certificate", bodies.CERTIFIER, body, "certifier"))
    assert waiting[0] not in desk.shown(OWN)


def test_a_long_list_of_certificates_is_read_page_by_page(desk: DeskWorld) -> None:
    desk.submit(desk.footprint())
    made = [certificate_body(number, validFrom=NOW - 10, validUntil=NOW + 10**7) for number in range(30)]
    for body in made:
        del body["grade"]
    desk.submit(*(desk.signed("certificate", bodies.CERTIFIER, body, "certifier") for body in made))
    first = desk.shown(f"{OWN}/certificates", lang="en")
    following = html.unescape(re.findall(r'href="(\?[^"]*before=\d+[^"]*)"', first)[0])
    second = desk.client.get(f"{OWN}/certificates{following}").text
    numbers = [re.findall(r"TJ-2026-\d{6}", page) for page in (first, second)]
    assert [len(set(one)) for one in numbers] == [25, 5]
    assert not set(numbers[0]) & set(numbers[1])
    assert "lang=en" in following
    for bad in ("-1", "x", "99999999999999999999"):
        assert desk.client.get(f"{OWN}/certificates", params={"before": bad}).status_code < 500


def test_under_an_anchor_that_is_not_final_a_certificate_is_not_in_force_yet(tmp_path: Path) -> None:
    book = MemoryBook()
    with desk_world(tmp_path, anchors=book) as desk:
        footprint = desk.footprint()
        named = f"0x{statement_id(parse_statement(parse(footprint))).hex()}"
        body = certificate_body(1, validFrom=NOW - 10, validUntil=NOW + 10**7, footprint=named)
        del body["grade"]
        desk.submit(footprint, desk.signed("certificate", bodies.CERTIFIER, body, "certifier"))
        book.anchor(
            desk.host, desk.clock.now()
        )  # mined, says the service's book; the chain has no final block that shows it
        desk.clock.pass_time(15)
        page = words(desk.shown(f"{OWN}/certificates"))
        assert "未生效" in page
        assert "状态未知" not in page


def test_accreditation_shows_grants_and_keys(desk: DeskWorld) -> None:
    desk.submit(desk.footprint())
    said = words(desk.shown(f"{OWN}/accreditation"))
    assert "签证书" in said
    assert desk.world.keys["certifier"].address.hex() in said.lower()
    assert "refrigerator" not in said, "a scope is a hash until something names it"


# ---------------------------------------------------------------- from a footprint's file to the text


def upload(desk: DeskWorld, data: bytes, name: str = "footprint.json") -> Any:
    return desk.client.post(f"{OWN}/draft", files={"file": (name, data, "application/json")})


def test_the_form_is_filled_from_the_footprint_and_its_checks_are_shown(shared: DeskWorld) -> None:
    page = upload(shared, shared.footprint()).text
    assert read(page).balanced
    assert f'value="urn:gtin:{bodies.GTIN}" checked' in page
    assert page.count('<li class="o-passed">') == 5
    assert "310.5" in words(page)
    unlogged = upload(shared, shared.footprint(7)).text
    assert "日志里没有这份足迹" in words(unlogged)


NOT_FOOTPRINTS: dict[str, bytes] = {
    "nothing": b"",
    "not JSON": b"PK\x03\x04 a spreadsheet",
    "a list": b"[]",
    "markup": HOSTILE.encode(),
    "deep": b"[" * 5_000 + b"]" * 5_000,
    "twice the same member": b'{"v":1,"v":1}',
    "a number beyond 2^53": b'{"v":9007199254740993}',
    "another kind": canonicalize({"v": 1, "kind": "rule", "issuer": bodies.REGULATOR, "body": bodies.body("rule")}),
    "more members": canonicalize({"v": 1, "kind": "footprint", "issuer": bodies.HOLDER, "body": {}, "x": 1}),
    "no body": canonicalize({"v": 1, "kind": "footprint", "issuer": bodies.HOLDER, "body": {}}),
    "a bad issuer": canonicalize({"v": 1, "kind": "footprint", "issuer": HOSTILE, "body": footprint_body()}),
    "too long": b'{"v":1,"x":"' + b"a" * 1_100_000 + b'"}',
    "not UTF-8": b'{"v":"\xff"}',
}


@pytest.mark.parametrize("name", NOT_FOOTPRINTS)
def test_what_is_no_footprint_is_told_and_nothing_else_happens(shared: DeskWorld, name: str) -> None:
    answer = upload(shared, NOT_FOOTPRINTS[name], HOSTILE)
    assert answer.status_code == 422
    assert "读不了" in words(answer.text)
    assert "<script>alert" not in answer.text
    assert read(answer.text).balanced


def test_a_form_that_is_too_large_or_of_another_type_is_refused(shared: DeskWorld) -> None:
    path = f"{OWN}/draft"
    assert upload(shared, b"x" * (5 << 20)).status_code == 413
    assert shared.client.post(path, content=b"{}", headers=JSON).status_code == 415
    many = {f"f{number}": "x" for number in range(200)}
    assert shared.client.post(path, data=many).status_code == 400
    assert shared.client.post(path, files=[("file", ("a", b"1")), ("file", ("b", b"2"))]).status_code == 400
    broken = shared.client.post(
        path, content=b"--x\r\nbroken", headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert broken.status_code == 422
    assert shared.client.put(path).status_code == 405


def test_a_field_given_twice_counts_as_not_given(shared: DeskWorld) -> None:
    fields = [*({**FORM, "footprint": handed(shared.footprint())}).items(), ("quota", "9")]
    body = "&".join(f"{name}={_quoted(value)}" for name, value in fields)
    answer = shared.client.post(
        f"{OWN}/draft", content=body, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert bad_fields(answer.text) == {"quota"}


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


def test_every_bad_field_is_told_beside_it(shared: DeskWorld) -> None:
    wrong = {
        "number": "no good", "version": "0", "category": "urn:x:y", "schemeId": "", "schemeName": "「」", "assurance": "full", "granularity": "x",
        "validFrom": "yesterday", "quota": "1e3", "rule": "0x" + "ab" * 32, "name0": "", "replaces": "0x12",
    }  # fmt: skip
    answer = send_form(shared, **wrong)
    assert answer.status_code == 422
    assert bad_fields(answer.text) == set(wrong)
    assert "data-signing" not in answer.text
    without_products = send_form(shared, product0="")
    assert bad_fields(without_products.text) == {"product0"}


PERIODS = {
    "ends before it starts": ({"validFrom": "2026-09-22", "validUntil": "2026-09-21"}, {"validUntil"}),
    "starts long ago": ({"validFrom": "2026-01-01"}, {"validFrom"}),
    "starts far ahead": ({"validFrom": "2027-03-01", "validUntil": "2027-06-01"}, {"validFrom"}),
    "too long": ({"validUntil": "2028-12-01"}, {"validUntil"}),
    "beyond the footprint": ({"validFrom": "2026-12-01", "validUntil": "2029-02-01"}, {"validUntil"}),
}


@pytest.mark.parametrize("name", PERIODS)
def test_periods(shared: DeskWorld, name: str) -> None:
    changes, fields = PERIODS[name]
    assert bad_fields(send_form(shared, **changes).text) == fields


@pytest.mark.parametrize(
    "field", ["number", "schemeId", "schemeName", "name0", "model0", "validFrom", "quota", "replaces"]
)
def test_markup_in_any_field_stays_text(shared: DeskWorld, field: str) -> None:
    answer = send_form(shared, **{field: HOSTILE})
    assert answer.status_code in (200, 422)
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    assert read(answer.text).balanced


def test_names_with_markup_are_signed_as_they_are_and_shown_as_text(shared: DeskWorld) -> None:
    answer = send_form(shared, name0="<b onclick=x>冰箱</b>")
    assert answer.status_code == 200
    prepared = prepared_of(answer.text)
    assert "<b onclick=x>冰箱</b>" in prepared["summary"]
    assert "<b onclick" not in answer.text
    assert read(answer.text).balanced


def test_what_is_signed_is_what_the_text_says_and_the_log_takes_it(desk: DeskWorld) -> None:
    desk.submit(desk.footprint())
    answer = send_form(desk)
    prepared = prepared_of(answer.text)
    assert prepared["summary"] in html.unescape(answer.text)
    message = prepared["typedData"]["message"]
    domain = {
        "name": "Tanji",
        "version": "1",
        "chainId": CHAIN_ID,
        "verifyingContract": desk.world.deployment.anchor_log,
    }
    assert message["bodyHash"] == "0x" + sha256(canonicalize(prepared["document"]["body"])).hex()
    values = {**message, "bodyHash": bytes.fromhex(message["bodyHash"][2:])}
    assert prepared["digest"] == "0x" + eip712.digest(domain, "Statement", eip712.STATEMENT, values).hex()
    signed = signed_with(prepared, test_key("certifier"))
    taken = desk.client.post("/v1/statements", content=signed, headers=JSON)
    assert taken.status_code == 201
    assert taken.json()["id"] == prepared["id"]


def test_a_rule_is_offered_where_its_issuer_may_set_rules(desk: DeskWorld) -> None:
    body = bodies.body("rule")
    mine = desk.signed("rule", bodies.REGULATOR, body, "rule")
    home_made = desk.signed("rule", bodies.CERTIFIER, {**body, "code": "HOME-MADE"}, "certifier")
    desk.submit(desk.footprint(), mine)
    answer = desk.client.post("/v1/statements", content=home_made, headers=JSON)
    assert answer.status_code == 422, "admission refuses it too; a dishonest log would not"
    page = upload(desk, desk.footprint()).text
    identity = f"0x{statement_id(parse_statement(parse(mine))).hex()}"
    assert f'value="{identity}" selected' in page
    graded = prepared_of(send_form(desk, rule=identity).text)
    assert graded["document"]["body"]["grade"] == {"rule": identity, "value": "B"}


def test_who_may_not_certify_is_told_before_anybody_signs(shared: DeskWorld) -> None:
    other = send_form(shared, path=f"/desk/certifier/{OTHER_CERTIFIER}")
    assert bad_fields(other.text) == {"category"}
    assert "没有这一类别的资质" in words(other.text)
    holder = send_form(shared, path=f"/desk/certifier/{bodies.HOLDER}")
    assert "不得认证自己的产品" in words(holder.text)
    assert "没有可以签证书的有效密钥" in words(holder.text)
    unlogged = send_form(shared, footprint=shared.footprint(9))
    assert "日志里没有这份足迹" in words(unlogged.text)


def test_a_draft_that_comes_back_is_typed_on_and_not_signed(shared: DeskWorld) -> None:
    answer = send_form(shared, resume="yes", number="half a numb")
    assert answer.status_code == 200
    assert 'value="half a numb"' in answer.text
    assert "data-signing" not in answer.text


def test_a_certificate_whose_footprint_cannot_be_had_asks_for_the_file(shared: DeskWorld) -> None:
    for asked in ("0x" + "ab" * 32, "nonsense", HOSTILE):
        answer = shared.client.get(f"{OWN}/draft", params={"certificate": asked, "mode": "correct"})
        assert answer.status_code == 422
        assert "现在取不到" in words(answer.text)
    assert "0xabcd" in shared.shown(f"{OWN}/draft", footprint="0xabcd")


# ---------------------------------------------------------------- prepare, keys, download


def test_prepare_tells_every_broken_rule_of_a_footprint_at_once(shared: DeskWorld) -> None:
    body = footprint_body()
    body["pcf"]["exemptedEmissionsPercent"] = "200"
    body["pcf"]["ipccCharacterizationFactors"] = []
    draft = canonicalize({"v": 1, "kind": "footprint", "issuer": bodies.HOLDER, "body": body})
    answer = shared.client.post("/desk/prepare", content=draft, headers=JSON)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert {one["field"] for one in answer.json()["findings"]} >= {
        "/pcf/exemptedEmissionsPercent",
        "/pcf/ipccCharacterizationFactors",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'{"v":1,"statusChange":{}}',
        b'{"v":1,"statusChange":1}',
        b'{"v":1,"kind":"x","issuer":"y","body":1}',
    ],
)
def test_prepare_refuses_what_is_no_document(shared: DeskWorld, body: bytes) -> None:
    answer = shared.client.post("/desk/prepare", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["rule"]


def test_prepare_takes_json_alone_and_not_too_much(shared: DeskWorld) -> None:
    assert shared.client.post("/desk/prepare", data={"x": "1"}).status_code in (400, 415)
    assert shared.client.post("/desk/prepare", content=b" " * (2 << 20), headers=JSON).status_code == 413


def test_keys_are_told_as_the_registry_has_them(shared: DeskWorld) -> None:
    address = to_checksum(test_key("certifier").address)
    mine = shared.client.get(f"/desk/keys/{address}", params={"party": bodies.CERTIFIER}).json()
    assert (mine["registered"], mine["ofParty"], mine["inForce"], mine["purposes"]) == (
        True,
        True,
        True,
        ["certificate"],
    )
    assert mine["desks"] == [OWN]
    other = shared.client.get(f"/desk/keys/{address}", params={"party": bodies.HOLDER}).json()
    assert (other["ofParty"], other["party"]) == (False, bodies.CERTIFIER)
    nobody = shared.client.get("/desk/keys/" + to_checksum(bytes([0x12]) * 20)).json()
    assert (nobody["registered"], nobody["party"], nobody["desks"]) == (False, None, [])
    assert shared.client.get("/desk/keys/0x12").status_code == 400


def test_download_gives_back_documents_and_nothing_a_browser_would_run(shared: DeskWorld) -> None:
    draft = handed(shared.footprint())
    answer = shared.client.post("/desk/download", data={"document": draft})
    assert parse(answer.content) == parse(draft.encode())
    assert answer.headers["content-disposition"] == 'attachment; filename="document.json"'
    assert answer.headers["content-type"] == "application/json"
    bundle = shared.client.post("/desk/download", data={"document": draft + "\n" + draft})
    assert (len(bundle.text.splitlines()), bundle.headers["content-type"]) == (2, "application/x-ndjson")
    for bad in (HOSTILE, "", "\n\n", "<html>"):
        assert shared.client.post("/desk/download", data={"document": bad}).status_code == 400


# ---------------------------------------------------------------- handed in from a file


def submit_file(desk: DeskWorld, data: bytes) -> Any:
    return desk.client.post("/desk/submit", files={"file": ("signed.json", data, "application/json")})


def test_a_bundle_is_taken_line_by_line_and_a_second_time_is_no_harm(desk: DeskWorld) -> None:
    lines = [desk.footprint(1), desk.footprint(2), b'{"kind":"<b>x</b>"}']
    for told in ("2 份已收，1 份被退回", "2 份已收，1 份被退回"):
        answer = submit_file(desk, b"\n".join(lines) + b"\n\n")
        assert answer.status_code == 200
        assert told in words(answer.text)
        assert "<b>x</b>" not in answer.text
    assert "以前已收" in words(answer.text)
    assert desk.host.reader.size() == 2
    receipts = html.unescape(re.findall(r'name="document"[^>]*>([^<]*)<', answer.text)[0]).splitlines()
    assert [json.loads(one)["index"] for one in receipts] == [0, 1]


def test_what_is_handed_in_wrong_is_told(desk: DeskWorld) -> None:
    for data in (b"", b"nonsense", HOSTILE.encode(), b"\xff\xfe"):
        answer = submit_file(desk, data)
        assert answer.status_code == 422
        assert "<script>alert" not in answer.text
    assert "at most 1000 statements at once" in words(submit_file(desk, b"{}\n" * 1_001).text)
    unsigned = submit_file(desk, handed(desk.footprint()).encode())
    assert "还没有签名" in words(unsigned.text)
    assert desk.host.reader.size() == 0


# ---------------------------------------------------------------- status changes

SUBJECT = "0x" + "5a" * 32


def change(desk: DeskWorld, **changes: str) -> Any:
    fields = {"subject": SUBJECT, "verb": "suspend", "code": "investigation", "note": "", **changes}
    return desk.client.post(f"{OWN}/status", data=fields)


def relay(desk: DeskWorld, page: str, key: str = "certifier-status") -> Any:
    prepared = prepared_of(page)
    document = parse(signed_with(prepared, test_key(key)))
    assert isinstance(document, dict)
    document["reason"] = prepared["reason"]
    return desk.client.post("/v1/status-changes", content=canonicalize(document), headers=JSON)


def test_a_lane_from_suspension_to_its_end_with_reasons(desk: DeskWorld) -> None:
    steps = (("suspend", "other", HOSTILE), ("restore", "corrected", ""), ("withdraw", "figures-wrong", "复算不符"))
    for verb, code, note in steps:
        page = change(desk, verb=verb, code=code, note=note, understood="yes")
        assert page.status_code == 200, words(page.text)
        done = relay(desk, page.text)
        assert (done.status_code, done.json()["isNew"]) == (200, True)
        again = relay(desk, page.text)
        assert (again.status_code, again.json()["isNew"]) == (200, False), "asked again it is there already"
        desk.clock.pass_time(60)
    page = desk.shown(f"{OWN}/status", subject=SUBJECT)
    said = words(page)
    assert "已经终止" in said
    assert HOSTILE in said
    assert "<script>alert" not in page
    assert "复算不符" in said
    assert change(desk, verb="restore").status_code == 422


def test_six_changes_and_the_last_is_a_final_one(desk: DeskWorld) -> None:
    for number in range(5):
        verb, code = ("restore", "corrected") if number % 2 else ("suspend", "investigation")
        assert relay(desk, change(desk, verb=verb, code=code).text).status_code == 200
    page = desk.shown(f"{OWN}/status", subject=SUBJECT)
    assert set(re.findall(r'name="verb" value="([a-z]+)"', page)) == {"withdraw", "cancel", "supersede"}
    assert bad_fields(change(desk, verb="restore", code="corrected").text) == {"verb"}


BAD_CHANGES: dict[str, tuple[dict[str, str], str]] = {
    "no verb": ({"verb": ""}, "verb"),
    "not possible now": ({"verb": "restore", "code": "corrected"}, "verb"),
    "an invented verb": ({"verb": HOSTILE}, "verb"),
    "no reason": ({"code": ""}, "code"),
    "a reason of another verb": ({"code": "corrected"}, "code"),
    "other, and not which": ({"code": "other", "note": "  "}, "note"),
    "a note too long": ({"note": "字" * 501}, "note"),
    "final and not ticked": ({"verb": "withdraw", "code": "misused"}, "understood"),
    "replaced by nothing": ({"verb": "supersede", "code": "replaced", "understood": "yes"}, "successor"),
    "replaced by itself": ({"verb": "supersede", "code": "replaced", "understood": "yes", "successor": SUBJECT}, "successor"),
    "replaced by none": ({"verb": "supersede", "code": "replaced", "understood": "yes", "successor": "0x" + "00" * 32}, "successor"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_CHANGES)
def test_a_change_that_cannot_be_is_told_at_its_field(shared: DeskWorld, name: str) -> None:
    changes, field = BAD_CHANGES[name]
    answer = change(shared, **changes)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert "data-signing" not in answer.text
    assert "<script>alert" not in answer.text
    assert read(answer.text).balanced


@pytest.mark.parametrize("subject", ["0x12", "nonsense", HOSTILE, "0x" + "G" * 64])
def test_a_subject_that_is_no_id_is_told(shared: DeskWorld, subject: str) -> None:
    for answer in (shared.client.get(f"{OWN}/status", params={"subject": subject}), change(shared, subject=subject)):
        assert answer.status_code == 422
        assert "不是声明编号" in words(answer.text)
        assert "<script>alert" not in answer.text


def test_labels_void_or_good_is_what_is_signed(shared: DeskWorld) -> None:
    more = {"verb": "supersede", "code": "replaced", "understood": "yes", "successor": "0x" + "77" * 32}
    statuses = [
        prepared_of(change(shared, **more, labels=one).text)["document"]["statusChange"] for one in ("good", "void")
    ]
    assert [one["status"] for one in statuses] == ["superseded-labels-good", "superseded-labels-void"]
    assert {one["successor"] for one in statuses} == {"0x" + "77" * 32}


def test_another_partys_key_is_refused_and_nothing_is_paid(desk: DeskWorld) -> None:
    page = change(desk)
    answer = relay(desk, page.text, "other-certifier")
    assert (answer.status_code, answer.json()["rule"]) == (422, "not-entitled")
    assert "没有变更过" in words(desk.shown(f"{OWN}/status", subject=SUBJECT))
    assert not (desk.folder / "reasons.ndjson").exists()


# ---------------------------------------------------------------- headers, languages, what is missing


def test_every_page_has_the_strict_policy_no_cookie_and_is_kept_by_nobody(shared: DeskWorld) -> None:
    for path in (
        "/desk",
        OWN,
        f"{OWN}/certificates",
        f"{OWN}/draft",
        f"{OWN}/accreditation",
        f"{OWN}/status",
        "/desk/sign",
        "/desk/submit",
    ):
        answer = shared.client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
        seen = read(answer.text)
        assert seen.balanced
        assert not [
            tag for tag, attributes in seen.tags if any(name.startswith("on") or name == "style" for name in attributes)
        ]


def test_the_language_asked_for_stays_through_forms_and_links(shared: DeskWorld) -> None:
    page = shared.shown(OWN, lang="en")
    assert "Footprints without a certificate" in words(page)
    own = [attributes["href"] or "" for attributes in read(page).all("a")]
    assert [one for one in own if one.startswith("/desk/certifier") and "lang=en" not in one] == []
    form = shared.client.post(
        f"{OWN}/draft?lang=en", files={"file": ("f.json", shared.footprint(), "application/json")}
    ).text
    assert 'action="/desk/certifier/' in form
    assert "?lang=en" in next(str(one["action"]) for one in read(form).all("form"))


def test_without_a_node_what_needs_none_is_shown(tmp_path: Path) -> None:
    with desk_world(tmp_path, chain=None, clients=None, changes=None) as desk:
        desk.submit(desk.footprint())
        assert "现在问不到链上节点" in words(desk.shown(OWN))
        assert "现在问不到链上节点" in words(desk.shown(f"{OWN}/accreditation"))
        assert prepared_of(send_form(desk).text)["what"] == "statement"
        assert desk.client.get(f"{OWN}/status", params={"subject": SUBJECT}).status_code == 503
        assert desk.client.get("/desk/keys/" + to_checksum(bytes([0x12]) * 20)).status_code == 503


def test_where_nobody_writes_handing_in_says_so(tmp_path: Path) -> None:
    with desk_world(tmp_path, submissions=None, changes=None) as desk:
        answer = submit_file(desk, desk.footprint())
        assert answer.status_code in (422, 503)
        assert "没有被接受" in words(answer.text)
