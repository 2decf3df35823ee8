"""The certifier's desk as people use it: the finished demo served, Debian's Chromium, a test wallet, and `tanji sign` where there is none.

One run of the story serves all tests here; each uses products of its own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from api.demo import cast
from tests.support.certifier_desk import (
    AIR_CONDITIONER,
    CHECKING,
    NOT_ADDING_UP,
    NOTEBOOK,
    OWN,
    begin_draft,
    change_page,
    fill_draft,
    footprint,
    log_size,
    seated,
    to_change,
    to_sign,
)
from tests.support.desk_seat import SIGNING, Seat
from tests.support.lying_rpc import wait_until
from tests.support.served_demo import Site
from tests.support.wallet import (
    SEND,
    SIGN,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.node, pytest.mark.slow]


# ---------------------------------------------------------------- the door and what awaits


def test_the_wallets_key_opens_its_partys_desk(seat: Seat) -> None:
    page = seat.go("/desk")
    page.get_by_role("button", name="连接钱包").click()
    page.get_by_role("link", name="打开工作台：认证机构").click()
    assert page.locator("h1").inner_text() == "演示认证甲有限公司"
    assert seat.wallet.count(SIGN) == 0, "to look is not to sign"


def test_the_party_code_opens_the_desk_and_a_bad_one_is_told(seat: Seat) -> None:
    page = seat.go("/desk?party=uscc%3A9121")
    assert "主体代码不合格式" in page.get_by_role("alert").inner_text()
    page.get_by_label("主体代码").fill(f" {cast.CERTIFIER_A} ")
    page.get_by_role("button", name="打开工作台").click()
    assert page.url.endswith(OWN)


def test_what_awaits_is_there_at_once(seat: Seat) -> None:
    page = seat.go(OWN)
    waiting = page.locator("section", has_text="未认证的碳足迹")
    assert int(waiting.locator(".badge").inner_text()) >= 3
    assert "Mobile phone" in page.locator("section", has_text="暂停中的证书").inner_text()
    assert page.get_by_role("heading", name="已签发").count() == 1


# ---------------------------------------------------------------- from a footprint to a receipt


def test_every_bad_field_is_told_beside_it_and_nothing_typed_is_lost(seat: Seat) -> None:
    page = begin_draft(seat, footprint(seat.site, AIR_CONDITIONER))
    page.locator("form[data-keep]").evaluate("form => { form.noValidate = true; }")
    fill_draft(
        page,
        "no good!",
        schemeId="has space",
        schemeName="「x」",
        quota="-1",
        validUntil="2099-01-01",
        name0="a\u202eb",
    )
    page.get_by_role("button", name=CHECKING).click()
    told = page.get_by_role("alert")
    told.wait_for()
    assert set(page.locator(".field.bad").evaluate_all("all => all.map(one => one.id)")) == {
        "f-number", "f-schemeId", "f-schemeName", "f-quota", "f-validUntil", "f-name0",
    }  # fmt: skip
    assert page.locator("#i-number").input_value() == "no good!"
    told.get_by_role("link", name="标签配额").click()
    assert page.url.endswith("#f-quota")
    assert seat.wallet.asked == []


def test_a_certificate_from_file_to_receipt_with_the_wallet(seat: Seat) -> None:
    page = to_sign(seat, "TJ-E2E-0001")
    text = page.locator("[data-exact=summary]").inner_text()
    assert text.startswith("Certificate TJ-E2E-0001 v1 · C · 4218 kgCO2e per 1 piece · ")
    seat.press()
    assert "已收入日志" in seat.result()
    (signed,) = seat.wallet.typed
    assert signed["message"]["summary"] == text, "the wallet shows what the page showed"
    with page.expect_download() as saved:
        page.get_by_role("link", name="保存回执").click()
    receipt = json.loads(Path(saved.value.path()).read_bytes())
    stored = httpx2.get(seat.site.url(f"/v1/statements/{receipt['id']}")).json()
    assert receipt["id"] in json.dumps(stored)
    page.get_by_role("link", name="在日志里看").click()
    assert str(receipt["index"]) in page.locator("h1").inner_text()


def test_once_anchored_it_is_among_the_certificates_and_the_footprint_awaits_nobody(seat: Seat) -> None:
    to_sign(seat, "TJ-E2E-0002", NOTEBOOK)
    seat.press()
    seat.result()
    listed = seat.page.locator("li", has_text="TJ-E2E-0002")
    for _ in range(40):  # the list follows the log within seconds, and the anchor's finality a few more
        page = seat.go(f"{OWN}/certificates")
        if listed.count() and "有效" in listed.inner_text():
            break
        page.wait_for_timeout(500)
    assert "有效" in listed.inner_text()
    seat.go(f"{OWN}?x=1")
    assert json.loads(footprint(seat.site, NOTEBOOK).read_text(encoding="utf-8"))["issuer"]
    assert "演示企业01" not in seat.page.locator("section", has_text="未认证的碳足迹").locator("li").first.inner_text()


def test_what_cannot_be_certified_is_said_before_anybody_signs(seat: Seat) -> None:
    page = begin_draft(seat, footprint(seat.site, NOT_ADDING_UP))
    assert "stages: 233.5 / 230.0" in page.locator("li.o-failed").inner_text()
    fill_draft(page, "TJ-E2E-0003")
    page.get_by_role("button", name=CHECKING).click()
    assert "分项之和与总量不符" in page.get_by_role("alert").inner_text()
    assert page.locator("[data-signing]").count() == 0


def test_only_rules_of_who_may_set_them_are_offered(seat: Seat) -> None:
    """The story's dishonest log holds a certifier's own table; admission would have refused it."""
    page = begin_draft(seat, footprint(seat.site, NOTEBOOK))
    offered = page.locator("#i-rule option").all_inner_texts()
    assert any("DEMO-GRADE-2026" in one for one in offered)
    assert not any("HOME-MADE" in one for one in offered)
    assert "DEMO-GRADE-2026" in page.locator("#i-rule option:checked").inner_text()


def test_a_footprint_nobody_logged_and_markup_in_its_name(seat: Seat, tmp_path: Path) -> None:
    statement = json.loads(footprint(seat.site, AIR_CONDITIONER).read_text(encoding="utf-8"))
    statement["body"]["productNameCompany"] = "<img src=x onerror=alert(1)>"
    file = tmp_path / "footprint.json"
    file.write_text(json.dumps(statement), encoding="utf-8")
    page = begin_draft(seat, file)
    assert page.locator("img[src=x]").count() == 0
    assert "<img src=x onerror=alert(1)>" in page.locator(".product").inner_text()
    assert "日志里没有这份足迹" in page.locator("li.o-failed").inner_text()
    fill_draft(page, "TJ-E2E-0004")
    page.get_by_role("button", name=CHECKING).click()
    assert "日志里没有这份足迹" in page.get_by_role("alert").inner_text()


def test_a_correction_and_the_mark_that_the_old_one_is_replaced(seat: Seat) -> None:
    page = seat.go(f"{OWN}/certificates?state=active")
    page.locator("li", has_text="Monitor").get_by_role("link", name="更正").click()
    assert (page.locator("#i-version").input_value(), page.locator("#i-number").input_value()[:3]) == ("2", "TJ-")
    old = page.locator("#i-replaces").input_value()
    page.locator("#i-quota").fill("9")
    page.get_by_role("button", name=CHECKING).click()
    page.locator("[data-own][data-state=good]").wait_for()
    seat.press()
    seat.result()
    replaced = page.locator("section", has_text="已有新版、尚未标记换证")
    for _ in range(20):
        seat.go(OWN)
        if replaced.count():
            break
        page.wait_for_timeout(500)
    replaced.locator("li", has_text="Monitor").get_by_role("link", name="标记换证").click()
    assert old in page.url
    assert page.locator("#i-successor").input_value().startswith("0x"), "the newer certificate is filled in"
    page.locator("#i-code").select_option("replaced")
    page.locator("[name=understood]").check()
    page.get_by_role("button", name="查看将签的全文").click()
    seat.press()
    assert "已写入链上" in seat.result()


def test_a_renewal_takes_over_the_terms_and_asks_for_a_number_of_its_own(seat: Seat) -> None:
    page = seat.go(f"{OWN}/certificates?state=active")
    link = page.locator("li", has_text="Vaccum Cleaners").get_by_role("link", name="更正").get_attribute("href") or ""
    page = seat.go(link.replace("&mode=correct", ""))
    assert (page.locator("#i-number").input_value(), page.locator("#i-version").input_value()) == ("", "1")
    assert page.locator("#i-replaces").count() == 0
    assert page.locator("#i-schemeId").input_value() == "tanji-demo"


# ---------------------------------------------------------------- without JavaScript, without a wallet


def tanji(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"TANJI_PASSPHRASE": cast.PASSPHRASE.decode()}
    return subprocess.run(
        [str(Path(sys.executable).with_name("tanji")), *arguments],
        env=environment, capture_output=True, text=True, encoding="utf-8", check=True, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def sign_elsewhere(site: Site, document: Path, key: str) -> Path:
    signed = document.with_name("signed.json")
    keys = ("--key", str(site.out / f"keys/{key}.json"), "--deployment", str(site.out / "deployment.json"))
    tanji("sign", str(document), *keys, "-o", str(signed))
    return signed


def download(page: Page, folder: Path) -> Path:
    page.get_by_text("不用浏览器钱包").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="下载待签文件").click()
    path = folder / saved.value.suggested_filename
    saved.value.save_as(path)
    return path


def test_without_javascript_by_download_command_line_and_upload(site: Site, browser: Browser, tmp_path: Path) -> None:
    with seated(site, browser, java_script_enabled=False) as seat:
        page = begin_draft(seat, footprint(site, AIR_CONDITIONER))
        fill_draft(page, "TJ-E2E-0005")
        page.get_by_role("button", name=CHECKING).click()
        assert page.locator("noscript .note").is_visible()
        assert not page.get_by_role("button", name=SIGNING).is_visible()
        signed = sign_elsewhere(site, download(page, tmp_path), "desk-certifier-a")
        page.get_by_label("上传 signed.json").set_input_files(str(signed))
        page.get_by_role("button", name="提交", exact=True).click()
        assert "1 份已收，0 份被退回" in page.locator("main").inner_text()
        with page.expect_download() as saved:
            page.get_by_role("button", name="下载回执").click()
        index = json.loads(Path(saved.value.path()).read_bytes())["index"]
        wait_until(lambda: index < log_size(site), seconds=30)  # the next checkpoint covers it


def test_a_status_change_signed_elsewhere_is_relayed_from_its_file(
    site: Site, browser: Browser, tmp_path: Path
) -> None:
    with seated(site, browser, java_script_enabled=False) as seat:
        page = change_page(seat, "Desk top personal computer", "suspend")
        page.locator("#i-code").select_option("investigation")
        page.get_by_role("button", name="查看将签的全文").click()
        signed = sign_elsewhere(site, download(page, tmp_path), "desk-certifier-a")
        for told in ("已写入链上", "已写入链上"):  # handed in again, it is there already
            page = seat.go("/desk/submit")
            page.get_by_label("已签的声明").set_input_files(str(signed))
            page.get_by_role("button", name="提交", exact=True).click()
            assert told in page.locator("main").inner_text()


def test_an_unsigned_file_is_told_so(seat: Seat, tmp_path: Path) -> None:
    page = to_sign(seat, "TJ-E2E-0006")
    file = download(page, tmp_path)
    page = seat.go("/desk/submit")
    page.get_by_label("已签的声明").set_input_files(str(file))
    page.get_by_role("button", name="提交", exact=True).click()
    assert "还没有签名" in page.locator("main").inner_text()


def test_a_draft_made_elsewhere_is_looked_at_and_signed_here(seat: Seat, tmp_path: Path) -> None:
    file = download(to_sign(seat, "TJ-E2E-0007"), tmp_path)
    page = seat.go("/desk/sign")
    page.get_by_label("草稿文件").set_input_files(str(file))
    page.get_by_role("button", name="查看").click()
    page.locator("[data-own][data-state=good]").wait_for()
    seat.press()
    assert "已收入日志" in seat.result()


# ---------------------------------------------------------------- status changes


def test_suspended_restored_and_withdrawn_each_with_its_reason(seat: Seat) -> None:
    page = to_change(seat, "Air Purifier", "suspend", "other", "现场核查 <b>数据</b> 缺失")
    seat.press()
    assert "已写入链上，区块" in seat.result()
    page = seat.go(re.sub("verb=[a-z]+", "verb=restore", _status_path(page, seat)))
    lane = page.locator("section", has_text="您的状态线")
    assert "现场核查 <b>数据</b> 缺失" in lane.inner_text()
    assert lane.locator("b", has_text="数据").count() == 0
    page.get_by_label("恢复").check()
    page.locator("#i-code").select_option("corrected")
    page.get_by_role("button", name="查看将签的全文").click()
    page.locator("[data-own][data-state=good]").wait_for()
    seat.press("由我的账户直接写入链上")
    assert "已由您的账户写入链上" in seat.result()
    assert seat.wallet.count(SEND) == 1
    page = to_change(seat, "Air Purifier", "withdraw", "figures-wrong")
    seat.press()
    seat.result()
    page = seat.go(_status_path(page, seat))
    assert "已经终止" in page.locator("main").inner_text()
    assert page.locator("section", has_text="您的状态线").locator("li").count() == 3


def _status_path(page: Page, seat: Seat) -> str:
    """The status page of what was just signed."""
    subject = re.search(r"subject (0x[0-9a-f]{64})", page.locator("[data-exact=summary]").inner_text())
    assert subject is not None
    return f"{OWN}/status?subject={subject[1]}&verb=suspend"


def test_what_is_final_is_not_done_without_a_tick(seat: Seat) -> None:
    page = change_page(seat, "BlackBerry", "withdraw")
    page.locator("#i-code").select_option("misused")
    page.get_by_role("button", name="查看将签的全文").click()
    assert "此变更不可逆" in page.get_by_role("alert").inner_text()
    assert page.locator("#i-code").input_value() == "misused"
    assert page.locator("[data-signing]").count() == 0


def test_a_statement_id_that_is_none_is_told(seat: Seat) -> None:
    page = seat.go(f"{OWN}/status?subject=0x12")
    assert "不是声明编号" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("声明编号").input_value() == "0x12"


def test_another_partys_key_writes_no_lane_of_ours(site: Site, browser: Browser) -> None:
    with seated(site, browser, signers=("desk-certifier-b",)) as seat:
        to_change(seat, "Vaccum Cleaners", "suspend", "investigation")
        for button in (SIGNING, "由我的账户直接写入链上"):
            seat.press(button)
            assert f"登记在 {cast.CERTIFIER_B} 名下" in seat.told()
        assert (seat.wallet.count(SIGN), seat.wallet.count(SEND)) == (0, 0)


# ---------------------------------------------------------------- drafts


def test_a_draft_is_kept_comes_back_and_goes_once_signed(seat: Seat) -> None:
    page = begin_draft(seat, footprint(seat.site, AIR_CONDITIONER))
    fill_draft(page, "TJ-E2E-0016", model0="  RAC-9  ")
    page.get_by_text("草稿已存在本浏览器").wait_for()
    page = seat.go(OWN)
    page.locator("[data-drafts] a", has_text="TJ-E2E-0016").click()
    page.locator("#i-number").wait_for()
    assert (page.locator("#i-number").input_value(), page.locator("#i-model0").input_value()) == (
        "TJ-E2E-0016",
        "  RAC-9  ",
    )
    page.reload()
    page.locator("#i-number").wait_for()
    page.get_by_role("button", name=CHECKING).click()
    seat.press()
    seat.result()
    page = seat.go(OWN)
    page.get_by_text("没有草稿").wait_for()


def test_a_draft_can_be_thrown_away(seat: Seat) -> None:
    page = begin_draft(seat, footprint(seat.site, AIR_CONDITIONER))
    page.locator("#i-number").fill("TJ-E2E-0017")
    page.get_by_text("草稿已存在本浏览器").wait_for()
    page = seat.go(OWN)
    page.get_by_role("button", name="删除").click()
    page.get_by_text("没有草稿").wait_for()
