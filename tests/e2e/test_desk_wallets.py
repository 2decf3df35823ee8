"""Signing at the certifier's desk when the wallet will not, the server lies, the network goes, or the hand trembles."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from api.demo import cast
from tests.support.certifier_desk import (
    AIR_CONDITIONER,
    CHECKING,
    begin_draft,
    fill_draft,
    footprint,
    log_size,
    seated,
    to_change,
    to_sign,
)
from tests.support.desk_seat import PHONE, SIGNING, Seat
from tests.support.served_demo import Site
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
    from playwright.sync_api import Browser, Route

pytestmark = [pytest.mark.node, pytest.mark.slow]


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
