"""The certifier's desk as people use it: the finished demo served, Debian's Chromium, a test wallet, and `tanji sign` where there is none.

One run of the story serves all tests here; each uses products of its own. Screenshots go to docs/images when TANJI_SCREENSHOTS is set.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from api.demo import cast
from ledger.chain.localnode import ROOT
from tests.support.browser import axe_findings, chromium, open_all, screenshot
from tests.support.lying_rpc import wait_until
from tests.support.served_demo import Site, served_demo
from tests.support.wallet import (
    ACCOUNTS,
    SEND,
    SIGN,
    SWITCH,
    PageWallet,
    Signing,
    altering,
    counts_from_zero,
    garbled,
    stranger,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.xdist_group("desk-certifier")]

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
IMAGES = ROOT / "docs/images"
OWN = f"/desk/certifier/{cast.CERTIFIER_A}"
AIR_CONDITIONER, NOTEBOOK, NOT_ADDING_UP = "09520009000166", "09520001000027", "09520002000057"
EXPECTED_FAILURES = (
    "422",
    "404",
    "503",
    "ERR_FAILED",
)  # of requests that a test makes fail; the browser says so on its console
SIGNING, CHECKING = "用钱包签名并提交", "检查并查看将签的全文"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served_demo(tmp_path_factory.mktemp("desk")) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@dataclass(frozen=True)
class Seat:
    """A person at the desk: a page, and the wallet in their browser."""

    page: Page
    wallet: PageWallet
    site: Site

    def go(self, path: str) -> Page:
        self.page.goto(self.site.url(path))
        return self.page

    def told(self) -> str:
        """What the panel says while it works or when it fails."""
        place = self.page.locator("[data-progress][data-state=bad]")
        place.wait_for()
        return place.inner_text()

    def press(self, name: str = SIGNING) -> None:
        self.page.get_by_role("button", name=name).click()

    def result(self) -> str:
        place = self.page.locator("[data-result]:not([hidden])")
        place.wait_for()
        return place.inner_text()


@contextmanager
def seated(site: Site, browser: Browser, *, signers: tuple[str, ...] = ("desk-certifier-a",), **options: Any) -> Iterator[Seat]:  # fmt: skip
    given: dict[str, Any] = {"viewport": PHONE, "locale": "zh-CN", **options}
    context: BrowserContext = browser.new_context(**given)
    wallet = PageWallet(site.node, [cast.key(name) for name in signers]).install(context)
    page = context.new_page()
    page.set_default_timeout(15_000)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
    try:
        yield Seat(page=page, wallet=wallet, site=site)
        assert context.cookies() == [], "a desk keeps no cookie"
    finally:
        context.close()
    assert not [one for one in complaints if not any(known in one for known in EXPECTED_FAILURES)]


@pytest.fixture
def seat(site: Site, browser: Browser) -> Iterator[Seat]:
    with seated(site, browser) as found:
        yield found


def footprint(site: Site, gtin: str) -> Path:
    return site.out / "desks" / f"footprint-{gtin}.json"


def begin_draft(seat: Seat, file: Path) -> Page:
    """From the footprint's file to the form."""
    page = seat.go(f"{OWN}/draft")
    page.get_by_label("足迹声明").set_input_files(str(file))
    page.get_by_role("button", name="检查").click()
    page.locator("#i-number").wait_for()
    return page


def fill_draft(page: Page, number: str, **more: str) -> None:
    for name, value in {"number": number, "schemeId": "demo", "schemeName": "示范方案", "quota": "500", **more}.items():
        page.locator(f"#i-{name}").fill(value)


def to_sign(seat: Seat, number: str, gtin: str = AIR_CONDITIONER) -> Page:
    """A certificate's exact text, on the page."""
    page = begin_draft(seat, footprint(seat.site, gtin))
    fill_draft(page, number)
    page.get_by_role("button", name=CHECKING).click()
    page.locator("[data-own][data-state=good]").wait_for()
    return page


def change_page(seat: Seat, product: str, verb: str) -> Page:
    """The page where the status of a product's certificate is changed."""
    page = seat.go(f"{OWN}/certificates?state=active")
    page.locator("li", has_text=product).get_by_role("link", name="撤销").first.click()
    return seat.go(re.sub("verb=[a-z]+", f"verb={verb}", page.url.removeprefix(seat.site.base)))


def to_change(seat: Seat, product: str, verb: str, code: str, note: str = "") -> Page:
    page = change_page(seat, product, verb)
    page.locator("#i-code").select_option(code)
    page.locator("#i-note").fill(note)
    if page.locator("[name=understood]").count():
        page.locator("[name=understood]").check()
    page.get_by_role("button", name="查看将签的全文").click()
    page.locator("[data-own][data-state=good]").wait_for()
    return page


def log_size(site: Site) -> int:
    return int(httpx2.get(site.url("/log/checkpoint")).text.splitlines()[1])


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


# ---------------------------------------------------------------- wallets that do not

WalletTrouble = Callable[[PageWallet], None]


def _rejects(wallet: PageWallet) -> None:
    wallet.rejects.add(SIGN)


def _shy(wallet: PageWallet) -> None:
    wallet.rejects.add(ACCOUNTS)


def _elsewhere(wallet: PageWallet) -> None:
    wallet.chain_id, wallet.knows = 1, set()


def _stays(wallet: PageWallet) -> None:
    wallet.chain_id = 1
    wallet.rejects.add(SWITCH)


def _simple(wallet: PageWallet) -> None:
    wallet.lacks.add(SIGN)


def _empty(wallet: PageWallet) -> None:
    wallet.signers = []


def _unknown(wallet: PageWallet) -> None:
    wallet.signers = [cast.key("somebody")]


def _retired(wallet: PageWallet) -> None:
    wallet.signers = [cast.key("certifier-a-retired")]


def _other_purpose(wallet: PageWallet) -> None:
    wallet.signers = [cast.key("certifier-a-labels")]


def _lying(signs: Signing) -> WalletTrouble:
    def lies(wallet: PageWallet) -> None:
        wallet.signs = signs

    return lies


TROUBLES: dict[str, tuple[WalletTrouble, str]] = {
    "the person says no": (_rejects, "您在钱包里取消了"),
    "the person shows no account": (_shy, "您在钱包里取消了"),
    "no account": (_empty, "钱包没有给出账户"),
    "a chain it does not know": (_elsewhere, "没有本账本所在的链"),
    "the person stays on another chain": (_stays, "您在钱包里取消了"),
    "no typed data": (_simple, "不会签这种数据"),
    "an account nobody registered": (_unknown, "它没有登记"),
    "a key whose time is over": (_retired, "不在有效期内"),
    "a key for something else": (_other_purpose, "登记的用途是「签标签」，这里需要「签证书」"),
    "signs with another key": (_lying(stranger(cast.key("desk-certifier-b"))), "不是所选账户对这段文字的签名"),
    "signs other words": (_lying(altering("summary", "Certificate of something else")), "不是所选账户对这段文字的签名"),
    "signs another time": (_lying(altering("issuedAt", 1)), "不是所选账户对这段文字的签名"),
    "gives rubbish": (_lying(garbled), "不是所选账户对这段文字的签名"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_a_wallet_that_does_not_sign_this_changes_nothing(site: Site, browser: Browser, name: str) -> None:
    trouble, told = TROUBLES[name]
    with seated(site, browser) as seat:
        to_sign(seat, "TJ-E2E-0008")
        trouble(seat.wallet)
        size = log_size(site)
        seat.press()
        assert told in seat.told()
        assert log_size(site) == size
        assert seat.page.get_by_role("button", name=SIGNING).is_enabled(), "it can be tried again"


def test_after_a_no_the_same_page_signs(seat: Seat) -> None:
    to_sign(seat, "TJ-E2E-0009")
    seat.wallet.rejects.add(SIGN)
    seat.press()
    seat.told()
    seat.wallet.rejects.clear()
    seat.wallet.chain_id = 1  # and the wallet wandered off meanwhile: it is asked back
    seat.wallet.signs = counts_from_zero
    seat.press()
    assert "已收入日志" in seat.result()
    assert seat.wallet.count(SWITCH) == 1


def test_without_any_wallet_the_page_says_what_to_do(site: Site, browser: Browser) -> None:
    with seated(site, browser) as seat:
        seat.wallet.injected = False
    context = browser.new_context(viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    bare = Seat(page=context.new_page(), wallet=seat.wallet, site=site)
    to_sign(bare, "TJ-E2E-0010")
    bare.press()
    assert "没有找到浏览器钱包" in bare.told()
    context.close()


def test_of_two_wallets_the_person_chooses(site: Site, browser: Browser) -> None:
    with seated(site, browser) as seat:
        second = PageWallet(site.node, [cast.key("desk-certifier-a")], title="Second", injected=False)
        second.install(seat.page.context)
        page = to_sign(seat, "TJ-E2E-0011")
        page.get_by_label("选择钱包").select_option("Second")
        seat.press()
        seat.result()
        assert (seat.wallet.count(SIGN), second.count(SIGN)) == (0, 1)


# ---------------------------------------------------------------- a server that lies


def _with(change: Callable[[dict[str, Any]], None]) -> Callable[[Route], None]:
    """Answers as the server did, changed."""

    def handle(route: Route) -> None:
        answer = route.fetch()
        document = answer.json()
        change(document)
        route.fulfill(response=answer, json=document)

    return handle


def _other_body(document: dict[str, Any]) -> None:
    document["document"]["body"]["quota"] = 1_000_000


def _other_summary(document: dict[str, Any]) -> None:
    document["summary"] = document["typedData"]["message"]["summary"] = document["summary"].replace("quota 500", "quota 1000000")  # fmt: skip


def _other_digest(document: dict[str, Any]) -> None:
    document["digest"] = "0x" + "11" * 32


def _other_contract(document: dict[str, Any]) -> None:
    document["typedData"]["domain"]["verifyingContract"] = "0x" + "22" * 20


def _other_id(document: dict[str, Any]) -> None:
    document["id"] = "0x" + "33" * 32


def _other_issuer(document: dict[str, Any]) -> None:
    document["document"]["issuer"] = cast.CERTIFIER_B


LIES = (_other_body, _other_summary, _other_digest, _other_contract, _other_id, _other_issuer)


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__.strip("_"))
def test_what_the_server_altered_is_never_signed(seat: Seat, lie: Callable[[dict[str, Any]], None]) -> None:
    page = to_sign(seat, "TJ-E2E-0012")
    page.route("**/desk/prepare", _with(lie))
    seat.press()
    assert "服务器准备的内容与本页所示不符" in seat.told()
    assert seat.wallet.count(SIGN) == 0


def _other_status(document: dict[str, Any]) -> None:
    document["document"]["statusChange"]["status"] = "withdrawn"


def _other_subject(document: dict[str, Any]) -> None:
    document["document"]["statusChange"]["subject"] = "0x" + "44" * 32


def _other_call(document: dict[str, Any]) -> None:
    document["transaction"]["data"] = document["transaction"]["data"][:-1] + "1"


@pytest.mark.parametrize("lie", [_other_status, _other_subject, _other_call], ids=lambda lie: lie.__name__.strip("_"))
def test_an_altered_status_change_is_neither_signed_nor_sent(seat: Seat, lie: Callable[[dict[str, Any]], None]) -> None:
    page = to_change(seat, "Vaccum Cleaners", "suspend", "investigation")
    page.route("**/desk/prepare", _with(lie))
    for button in (SIGNING, "由我的账户直接写入链上"):
        seat.press(button)
        assert "服务器准备的内容与本页所示不符" in seat.told()
    assert (seat.wallet.count(SIGN), seat.wallet.count(SEND)) == (0, 0)


def test_a_page_that_shows_other_words_than_its_document_offers_no_signing(seat: Seat) -> None:
    def altered(route: Route) -> None:
        answer = route.fetch()
        shown = re.sub(r'(data-exact="summary"[^>]*>[^<]*)quota 500', r"\1quota 5", answer.text())
        route.fulfill(response=answer, body=shown)

    page = begin_draft(seat, footprint(seat.site, AIR_CONDITIONER))
    fill_draft(page, "TJ-E2E-0013")
    page.route("**/draft*", altered)
    page.get_by_role("button", name=CHECKING).click()
    page.locator("[data-own][data-state=bad]").wait_for()
    assert not page.get_by_role("button", name=SIGNING).is_visible()


def test_when_the_network_goes_the_same_statement_is_handed_in_later(seat: Seat) -> None:
    page = to_sign(seat, "TJ-E2E-0014")
    page.route("**/v1/statements", lambda route: route.abort())
    seat.press()
    assert "网络不通" in seat.told()
    page.unroute("**/v1/statements")
    seat.press()
    assert "已收入日志" in seat.result()


def test_two_quick_presses_are_one_signature(seat: Seat) -> None:
    page = to_sign(seat, "TJ-E2E-0015")
    page.get_by_role("button", name=SIGNING).evaluate("button => { button.click(); button.click(); }")
    seat.result()
    assert seat.wallet.count(SIGN) == 1


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


# ---------------------------------------------------------------- keyboard, languages, screens


def test_keyboard_alone_signs_and_the_result_has_the_focus(seat: Seat) -> None:
    page = to_sign(seat, "TJ-E2E-0018")
    page.locator("h1").click()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.do") == "sign":
            break
    page.keyboard.press("Enter")
    seat.result()
    assert page.evaluate("document.activeElement.hasAttribute('data-result')")


ENGLISH = (
    f"{OWN}?lang=en", f"{OWN}/certificates?lang=en", f"{OWN}/accreditation?lang=en", f"{OWN}/draft?lang=en", f"{OWN}/status?lang=en",
    "/desk?lang=en", "/desk/sign?lang=en", "/desk/submit?lang=en",
)  # fmt: skip


@pytest.mark.parametrize("path", ENGLISH)
def test_in_english_nothing_but_names_is_chinese(seat: Seat, path: str) -> None:
    page = seat.go(path)
    said = page.locator(
        "main :is(h2, label, legend, button, .button, small, .note, .soft, .tabs a, .chips a)"
    ).all_inner_texts()
    assert said
    assert [one for one in said if re.search("[\u4e00-\u9fff]", one)] == []
    assert page.locator("html").get_attribute("lang") == "en"


def test_in_english_from_file_to_receipt(site: Site, browser: Browser) -> None:
    with seated(site, browser, viewport=DESK) as seat:
        page = seat.go(f"{OWN}/draft?lang=en")
        page.get_by_label("Footprint statement").set_input_files(str(footprint(site, AIR_CONDITIONER)))
        page.get_by_role("button", name="Check it").click()
        fill_draft(page, "TJ-E2E-0019")
        page.get_by_role("button", name="Check, and see the text to sign").click()
        page.get_by_text("This browser derived the text and its digest itself").wait_for()
        seat.wallet.rejects.add(SIGN)
        seat.press("Sign with my wallet and submit")
        assert "You cancelled in the wallet" in seat.told()
        seat.wallet.rejects.clear()
        seat.press("Sign with my wallet and submit")
        assert "Logged at" in seat.result()


def _at_overview(seat: Seat) -> Page:
    return seat.go(OWN)


def _at_certificates(seat: Seat) -> Page:
    return seat.go(f"{OWN}/certificates")


def _at_form(seat: Seat) -> Page:
    return begin_draft(seat, footprint(seat.site, AIR_CONDITIONER))


def _at_troubles(seat: Seat) -> Page:
    page = _at_form(seat)
    page.locator("form[data-keep]").evaluate("form => { form.noValidate = true; }")
    page.get_by_role("button", name=CHECKING).click()
    page.get_by_role("alert").wait_for()
    return page


def _at_text(seat: Seat) -> Page:
    return to_sign(seat, "TJ-2026-0101")


def _at_refusal(seat: Seat) -> Page:
    page = to_sign(seat, "TJ-2026-0102")
    seat.wallet.rejects.add(SIGN)
    seat.press()
    seat.told()
    return page


def _at_receipt(seat: Seat) -> Page:
    page = to_sign(seat, "TJ-2026-0103")
    seat.press()
    seat.result()
    return page


def _at_status(seat: Seat) -> Page:
    return change_page(seat, "Vaccum Cleaners", "suspend")


SIGHTS: dict[str, Callable[[Seat], Page]] = {
    "door": lambda seat: seat.go("/desk"),
    "overview": _at_overview,
    "certificates": _at_certificates,
    "none-in-this-state": lambda seat: seat.go(f"{OWN}/certificates?state=pending"),
    "accreditation": lambda seat: seat.go(f"{OWN}/accreditation"),
    "nobody": lambda seat: seat.go(f"/desk/certifier/{cast.NOBODY}"),
    "begin": lambda seat: seat.go(f"{OWN}/draft"),
    "form": _at_form,
    "troubles": _at_troubles,
    "text": _at_text,
    "refusal": _at_refusal,
    "receipt": _at_receipt,
    "status": _at_status,
    "lane": lambda seat: seat.go(f"{OWN}/status"),
    "submit": lambda seat: seat.go("/desk/submit"),
    "sign": lambda seat: seat.go("/desk/sign"),
}
SCREENS = {
    "phone": (PHONE, "light"),
    "desk": (DESK, "light"),
    "phone-dark": (PHONE, "dark"),
    "desk-dark": (DESK, "dark"),
}
KEPT = {("text", 390), ("overview", 1280)}


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", SIGHTS)
def test_no_serious_finding_and_nothing_wider_than_the_screen(
    site: Site, browser: Browser, name: str, screen: str
) -> None:
    viewport, scheme = SCREENS[screen]
    scale = 2 if viewport is PHONE else 1
    with seated(site, browser, viewport=viewport, color_scheme=scheme, device_scale_factor=scale) as seat:
        page = SIGHTS[name](seat)
        page.wait_for_timeout(250)
        if os.environ.get("TANJI_SCREENSHOTS") and scheme == "light" and (name, viewport["width"]) in KEPT:
            screenshot(page, IMAGES / f"desk-certifier-{viewport['width']}.png")
        open_all(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        assert axe_findings(page) == []
