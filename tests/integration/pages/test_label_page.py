"""The shopper's page: what it says, that nothing in it escapes from being text, what a browser may load, and its size."""

from __future__ import annotations

import gzip
from base64 import b64encode
from hashlib import sha256
from re import findall

import pytest

from api.pages import words
from tests.support.attacks.models import gmn_label
from tests.support.labels import changed_labels, genuine_label
from tests.support.pages import PAGES, label_page, read, shown_of
from tests.support.world import DAY, Case, Story
from verifier.contracts import Status

FIRST_LOAD = 60_000
ONE_ROUND_TRIP = 14_000  # ten packets: what a server may send before the first acknowledgement (RFC 6928)
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</style><script>1</script>",
    "{{ 7*7 }}{% raw %}",
    "&lt;b&gt; &amp; javascript:alert(1)",
)


def named(product: str) -> Case:
    """The genuine label of a product of this name."""

    def rename(story: Story) -> None:
        story.bodies["certificate"]["products"][0]["name"] = product
        story.bodies["certificate"]["products"][0]["model"] = product

    return changed_labels(rename)


def test_a_genuine_label_is_authentic_in_one_word_with_shape_figure_and_who_certified_it() -> None:
    page = read(label_page(shown_of(genuine_label())).body)
    assert "真实" in page.text
    assert "310.5" in page.text
    assert "示例认证有限公司" in page.text
    assert any(one.get("class") == "verdict is-authentic" for one in page.all("section"))
    assert any("等级" in (one.get("aria-label") or "") for one in page.all("svg"))


def test_the_label_of_a_model_that_has_no_gtin() -> None:
    page = read(label_page(shown_of(gmn_label())).body)
    assert "真实" in page.text
    assert "示例冰箱" in page.text


def test_every_check_of_the_verdict_is_on_the_page_in_words() -> None:
    shown = shown_of(genuine_label())
    page = read(label_page(shown).body)
    for check in shown.verdict.checks:
        assert str(check.id) in page.text
        assert check.sentences()[0] in page.text


def test_english_when_asked_for_and_the_switch_keeps_the_label() -> None:
    page = read(label_page(shown_of(genuine_label()), "c=AA&s=BB&lang=en").body)
    assert page.all("html")[0]["lang"] == "en"
    assert "Authentic" in page.text
    switch = next(one for one in page.all("a") if one.get("class") == "lang")
    assert switch["href"] == "?c=AA&s=BB&lang=zh"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,en;q=0.5", "zh"),
        ("fr", "zh"),
        ("en;q=0,zh;q=0.1", "zh"),
        ("en;q=nonsense", "zh"),
    ],
)
def test_language_follows_the_browser(header: str, language: str) -> None:
    page = read(label_page(shown_of(genuine_label()), headers={"Accept-Language": header}).body)
    assert page.all("html")[0]["lang"] == language


def test_a_verdict_in_the_link_is_not_believed() -> None:
    case = changed_labels(
        after=lambda story: story.world.change_status(
            "certifier-status", story.id("certificate"), Status.WITHDRAWN, story.seen_at - DAY
        )
    )
    page = read(label_page(shown_of(case), "verdict=authentic&outcome=authentic").body)
    assert "不可信" in page.text
    assert "真实" not in page.text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_stay_text(text: str) -> None:
    """Corpus A12: whatever a name holds, the page has the same elements as with a harmless one."""
    plain, hostile = label_page(shown_of(named("harmless"))).body, label_page(shown_of(named(text))).body
    before, after = read(plain), read(hostile)
    assert [tag for tag, _ in after.tags] == [tag for tag, _ in before.tags]
    assert after.balanced
    assert text in after.text
    assert after.all("script") == before.all("script")
    assert not any(name.startswith("on") for _, attributes in after.tags for name in attributes)


def test_nothing_inline_but_the_style_that_the_policy_names() -> None:
    response = label_page(shown_of(genuine_label()))
    page, html = read(response.body), bytes(response.body).decode()
    policy = response.headers["content-security-policy"]
    (style,) = findall(r"<style>(.*?)</style>", html) or [html.split("<style>")[1].split("</style>")[0]]
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    assert not any("style" in attributes for _, attributes in page.tags)
    assert all((one.get("src") or "").startswith("/static/") for one in page.all("script"))
    assert "set-cookie" not in response.headers


def test_no_third_party_and_no_address_but_our_own() -> None:
    page = read(label_page(shown_of(genuine_label())).body)
    addresses = [
        attributes[name] or ""
        for _, attributes in page.tags
        for name in ("href", "src", "action")
        if name in attributes
    ]
    assert addresses
    assert all(one.startswith(("/", "#", "?")) and not one.startswith("//") for one in addresses)


def test_the_whole_first_load_fits_one_round_trip() -> None:
    response = label_page(shown_of(genuine_label()), headers={"Accept-Encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    icon = PAGES.assets["mark.svg"].packed
    assert len(response.body) + len(icon) < ONE_ROUND_TRIP < FIRST_LOAD
    assert gzip.decompress(response.body).startswith(b"<!doctype html>")


def test_the_stylesheet_is_small_and_kept_for_ever_under_its_hash() -> None:
    style = PAGES.assets["style.css"]
    assert len(style.packed) <= 12_000
    assert sha256(style.data).hexdigest()[:16] in style.path


def test_the_pin_is_sent_by_post_and_stands_in_no_address() -> None:
    page = read(label_page(shown_of(genuine_label())).body)
    forms = page.all("form")
    assert [one["method"] for one in forms] == ["post", "post"]
    assert all("pin=" not in (one["action"] or "") for one in forms)


def test_a_suspended_label_says_what_to_do_and_shows_its_figures_as_claims() -> None:
    case = changed_labels(
        after=lambda story: story.world.change_status(
            "certifier-status", story.id("certificate"), Status.SUSPENDED, story.seen_at - DAY
        )
    )
    page = read(label_page(shown_of(case)).body)
    assert words.ADVICE["rejected"][0][0] in page.text
    assert any("claim" in (one.get("class") or "") for one in page.all("section"))
    assert "暂停" in page.text


def test_headings_begin_with_one_first_level_and_every_field_has_a_label() -> None:
    page = read(label_page(shown_of(genuine_label())).body)
    assert len(page.all("h1")) == 1
    labelled = {one.get("for") for one in page.all("label")}
    for one in (*page.all("input"), *page.all("textarea")):
        if one.get("type") not in ("hidden", "radio"):
            assert one["id"] in labelled
