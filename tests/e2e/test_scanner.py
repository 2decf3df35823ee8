"""The inspectors' scanner in Debian's Chromium over the served demo: a simulated camera, photographs, packs, bulletins, no network, endpoints.

Every verdict is compared with Python's by the same pack. Screenshots go to docs/images when TANJI_SCREENSHOTS is set.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from api.demo import cast
from api.demo.products import load_demo_set
from ledger.chain.localnode import ROOT
from tests.support.browser import axe_findings, chromium, open_all, screenshot
from tests.support.label_pictures import batch_of, code, laid_out, printed, save_jpeg, urls_of, video
from tests.support.packs import packed
from tests.support.scanner_page import DESK, PHONE, WAIT_MS, Answers, Scanner, scanner, told
from tests.support.secure_rpc import Endpoints, secure_endpoints
from tests.support.served_demo import Site, served_demo, serving
from verifier.bulletin import bulletin_digest, parse_bulletin, serialize_bulletin
from verifier.crockford import serial_index
from verifier.deployment import parse_deployment
from verifier.encoding import to_base64url
from verifier.evidence import parse_evidence
from verifier.label import label_digest, parse_label
from verifier.pack.content import ContentBuilder
from verifier.pack.errors import UnpackableError
from verifier.pack.writer import serialize_pack
from verifier.snapshot import parse_snapshot

if TYPE_CHECKING:
    from PIL.Image import Image
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.xdist_group("scanner")]

ELSEWHERE = "https://labels.somebody-else.example:8443/shop"
NAMES = {
    "rpc.one.example": "open", "rpc.two.example": "open", "rpc.liar.example": "liar", "rpc.closed.example": "closed",
    "rpc.busy.example": "busy", "rpc.text.example": "text",
}  # fmt: skip
IMAGES = ROOT / "docs/images"
DAY = 86_400


@dataclass(frozen=True)
class Story:
    """The served demo and what an inspector meets of it."""

    site: Site
    folder: Path
    prints: dict[str, Image] = field(default_factory=dict)

    def get(self, path: str) -> bytes:
        found = httpx2.get(self.site.url(path))
        assert found.status_code == 200, path
        return found.content

    @cached_property
    def pack(self) -> bytes:
        return self.get("/v1/packs/latest")

    @cached_property
    def bulletin(self) -> bytes:
        return self.get("/v1/bulletin")

    @cached_property
    def deployment(self) -> bytes:
        return (self.site.out / "deployment.json").read_bytes()

    @cached_property
    def answers(self) -> Answers:
        return Answers.by(self.pack, self.bulletin, self.deployment)

    @cached_property
    def texts(self) -> dict[str, str]:
        """Labels as their batches have them; one altered, and one that names another resolver."""
        found = {}
        for name in ("genuine", "withdrawn", "suspended", "corrected"):
            path = self.site.label(name).path
            found[name] = next(url for url in urls_of(self.batch(name)) if url.endswith(path))
        host = found["genuine"].split("/01/")[0]
        found["altered"] = host + self.site.label("altered").path
        found["elsewhere"] = ELSEWHERE + found["corrected"].removeprefix(host)
        return found

    def batch(self, name: str) -> Path:
        name = {"altered": "genuine", "elsewhere": "corrected"}.get(name, name)
        return batch_of(self.site.out / "labels", self.site.label(name).path)

    def print(self, name: str) -> Image:
        if name not in self.prints:
            self.prints[name] = printed(self.batch(name), self.texts[name])
        return self.prints[name]

    def signed_label(self, serial: str) -> str:
        """The genuine label with another serial, signed by the enterprise that over-issues."""
        label = parse_label(self.texts["genuine"])
        assert label.gtin is not None
        prefix = next(
            one.gs1_prefix for one in load_demo_set().enterprises if label.gtin[1:].startswith(one.gs1_prefix)
        )
        digest = label_digest(
            parse_deployment(self.deployment).domain_separator, product=label.gtin, serial=serial,
            certificate_prefix=label.certificate_prefix,
        )  # fmt: skip
        raw = cast.key(f"labels {prefix}").sign_digest(digest)
        compact = raw[:32] + ((raw[64] - 27 << 255) | int.from_bytes(raw[32:64], "big")).to_bytes(32, "big")
        before, _, query = self.texts["genuine"].partition("/21/")
        return f"{before}/21/{serial}?{query.partition('?')[2].partition('&s=')[0]}&s={to_base64url(compact)}"

    def file(self, name: str, data: bytes | str) -> Path:
        path = self.folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def picture(
        self, name: str, *pictures: Image, size: tuple[int, int] = (1920, 1440), columns: int = 3, turn: float = 5
    ) -> Path:
        return save_jpeg(laid_out(pictures, size=size, columns=columns, turn=turn), self.folder / name)

    @cached_property
    def older(self) -> bytes:
        """A pack of the block that the story ended with."""
        builder = ContentBuilder(parse_deployment(self.deployment).origin)
        for file in sorted((self.site.out / "evidence").glob("*.json")):
            try:
                builder.add(parse_evidence(file.read_bytes()))
            except UnpackableError:
                continue
        return serialize_pack(builder.build(parse_snapshot((self.site.out / "snapshot.json").read_bytes())))

    @cached_property
    def older_bulletin(self) -> bytes:
        return (self.site.out / "bulletin.json").read_bytes()

    def signed_by(self, key: str) -> bytes:
        """The bulletin, signed by somebody else."""
        said = parse_bulletin(self.bulletin)
        digest = bulletin_digest(
            chain_id=said.chain_id, number=said.number, block_hash=said.hash, time=said.time,
            deployment=parse_deployment(self.deployment),
        )  # fmt: skip
        return serialize_bulletin(replace(said, signature=cast.key(key).sign_digest(digest)))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("scanner")
    with served_demo(folder) as site:
        (folder / "pictures").mkdir()
        yield Story(site=site, folder=folder / "pictures")


@pytest.fixture(scope="module")
def endpoints(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    with secure_endpoints(tmp_path_factory.mktemp("endpoints"), [story.site.node], NAMES) as found:
        yield found


@pytest.fixture(scope="module")
def browser(endpoints: Endpoints) -> Iterator[Browser]:
    with chromium(*endpoints.browser_arguments()) as found:
        yield found


@pytest.fixture
def device(story: Story, browser: Browser) -> Iterator[Scanner]:
    """A scanner that reads Chinese, opened, without a pack."""
    with scanner(browser, story.site.base) as found:
        yield found.open()


@pytest.fixture
def ready(device: Scanner) -> Scanner:
    """A scanner with the site's pack and bulletin."""
    device.take_site_pack()
    return device


def judged_as_python(story: Story, device: Scanner) -> dict[str, str]:
    """The list's outcomes by text, each with Python's checks and reasons."""
    labels = device.labels()
    for text, label in labels.items():
        assert told(label) == story.answers.of(text), text
    return {text: label["outcome"] for text, label in labels.items()}


# ---------------------------------------------------------------- camera


def test_a_camera_over_printed_labels_and_a_bulletins_code(story: Story) -> None:
    names = ("genuine", "withdrawn", "suspended", "altered", "elsewhere")
    scenes = [
        laid_out([story.print("genuine"), story.print("withdrawn")], size=(1920, 1080), columns=2, turn=4),
        laid_out(
            [story.print("suspended"), story.print("altered"), story.print("elsewhere")], size=(1920, 1080), columns=3
        ),
        laid_out([code(story.bulletin.decode())], size=(1920, 1080), columns=1),
    ]
    film = video(scenes, story.folder / "camera.mjpeg")
    simulated = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    with chromium(*simulated) as browser, scanner(browser, story.site.base) as device:
        device.open().load(story.file("pack.tanji", story.pack))
        device.stands("unvouched")
        device.page.locator("#camera").click()
        device.page.wait_for_selector("#viewer[data-state=live]")
        device.stands("good")
        device.holds(len(names))
        assert device.page.locator("#camera").inner_text() == "停止"
        device.page.locator("#camera").click()
        device.page.wait_for_selector("#viewer[data-state=idle]")
        device.decided()
        outcomes = judged_as_python(story, device)
        assert {name: outcomes[story.texts[name]] for name in names} == {
            "genuine": "authentic", "withdrawn": "rejected", "suspended": "rejected", "altered": "rejected", "elsewhere": "authentic",
        }  # fmt: skip
        assert device.elsewhere() == []


def test_without_a_camera_the_page_says_what_else_there_is(device: Scanner) -> None:
    device.page.locator("#camera").click()
    note = device.page.locator("#viewer-note", has_text="照片")
    note.wait_for()
    assert device.page.locator("#viewer").get_attribute("data-state") in ("none", "denied")


# ---------------------------------------------------------------- photographs


def test_a_photo_of_many_labels_and_not_one_of_their_addresses_is_visited(story: Story, ready: Scanner) -> None:
    pictures = [story.print(name) for name in ("genuine", "withdrawn", "suspended", "altered", "elsewhere")]
    strange = code("https://example.com/menu")
    ready.photos(story.picture("shelf.jpg", *pictures, strange))
    ready.holds(5)
    ready.says("不可信", "照片里有 5 枚标签", "另有 1 个与碳迹无关的二维码")
    outcomes = judged_as_python(story, ready)
    assert sorted(outcomes.values()) == ["authentic", "authentic", "rejected", "rejected", "rejected"]
    assert outcomes[story.texts["elsewhere"]] == "authentic"
    assert ready.elsewhere() == []


def test_a_pallet_of_two_dozen_labels_in_one_photo(story: Story, ready: Scanner) -> None:
    urls = urls_of(story.batch("genuine"))
    assert len(urls) == 24
    pictures = [code(url, module=5) for url in urls]
    ready.photos(story.picture("pallet.jpg", *pictures, size=(4032, 3024), columns=6, turn=7))
    ready.holds(24)
    assert set(judged_as_python(story, ready).values()) == {"authentic"}


def test_one_label_printed_twice_is_told(story: Story, ready: Scanner) -> None:
    picture = story.print("genuine")
    ready.photos(story.picture("twice.jpg", picture, picture, columns=2))
    ready.holds(1)
    ready.page.locator("#list > li > .warn", has_text="同一画面里出现 2 枚").wait_for()
    (label,) = ready.labels().values()
    assert (label["count"], label["inOnePicture"]) == (2, 2)


def test_a_forgery_that_borrows_a_genuine_serial_is_not_taken_for_it(story: Story, ready: Scanner) -> None:
    for name in ("genuine", "altered", "genuine"):
        ready.type(story.texts[name])
        ready.says("不可信" if name == "altered" else "真实")
    ready.holds(2)
    assert sorted(judged_as_python(story, ready).values()) == ["authentic", "rejected"]


def test_two_signed_serials_with_one_index_speak_against_one_another(story: Story, ready: Scanner) -> None:
    genuine = story.texts["genuine"]
    serial = genuine.split("/21/")[1].partition("?")[0]
    index, other = serial_index(serial), serial[:-1] + ("0" if serial[-1] != "0" else "1")
    over_issued = story.signed_label(other)
    ready.type(genuine)
    ready.says("真实")
    ready.type(over_issued)
    ready.says("不可信")
    ready.holds(2)
    for text, label in ready.labels().items():
        serials = [other, serial]
        assert told(label) == story.answers.of(text, index=index, serials=serials)
        (quota,) = [one for one in label["checks"] if one["id"] == "label.quota"]
        assert (quota["reason"], sorted(quota["fields"]["serials"])) == ("index-twice", sorted(serials))


@pytest.mark.parametrize("case", ["empty", "broken", "text"])
def test_pictures_that_hold_no_label(story: Story, ready: Scanner, case: str) -> None:
    if case == "empty":
        ready.photos(story.picture("table.jpg", size=(800, 600), columns=1))
        ready.says("照片里没有找到标签", "靠近一些")
    else:
        ready.photos(story.file("broken.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 500 if case == "broken" else b"hello"))
        ready.says("broken.jpg 不是能读的图片")
    assert ready.page.locator("#empty").is_visible()
    assert ready.page.locator("#viewer").get_attribute("data-state") != "reading"


# ---------------------------------------------------------------- packs and bulletins


def test_a_pack_from_the_packs_page_and_its_bulletin_photographed_there(story: Story, device: Scanner) -> None:
    page = device.page
    device.open_folded("pack-file")
    page.get_by_role("link", name="全部巡检包").click()
    page.wait_for_url("**/packs*")
    symbol = story.folder / "symbol.png"
    page.locator("svg.symbol").screenshot(path=str(symbol))
    with page.expect_download() as download:
        page.get_by_role("link", name="下载").last.click()
    file = story.folder / download.value.suggested_filename
    download.value.save_as(file)
    assert file.suffix == ".tanji"
    device.open()
    device.load(file)
    device.says("已收下巡检包", "还需要为它的区块作证")
    device.stands("unvouched")
    device.type(story.texts["genuine"])
    device.says("暂无法判定")
    device.photos(symbol)
    device.stands("good")
    device.says("已收下公告")
    device.decided()
    assert judged_as_python(story, device) == {story.texts["genuine"]: "authentic"}, "judged anew by itself"


def test_pack_and_bulletin_from_files_in_either_order(story: Story, browser: Browser) -> None:
    pack, bulletin = story.file("pack.tanji", story.pack), story.file("bulletin.json", story.bulletin)
    for files in ((pack, bulletin), (bulletin, pack)):
        with scanner(browser, story.site.base) as device:
            device.open().load(*files)
            device.stands("good")
            device.type(story.texts["genuine"])
            device.says("真实", "依据区块")


def test_a_bulletin_that_is_not_the_regulators_is_refused(story: Story, device: Scanner) -> None:
    device.load(story.file("pack.tanji", story.pack))
    device.stands("unvouched")
    device.load(story.file("forged.json", story.signed_by("sequencer")))
    device.says("没有收下", "公告的签名不属于固定的公告密钥")
    device.photos(save_jpeg(code(story.signed_by("sequencer").decode()), story.folder / "forged.jpg"))
    device.page.wait_for_selector("#viewer[data-state=photo]")
    device.says("公告的签名不属于固定的公告密钥")
    device.load(story.file("broken.json", story.bulletin[:-9]))
    device.says("文件不是规范的巡检包或公告")
    assert device.page.locator("#strip").get_attribute("data-standing") == "unvouched"
    device.type(story.texts["genuine"])
    device.says("暂无法判定")


def test_an_older_pack_is_never_taken_and_a_newer_one_waits_for_its_bulletin(story: Story, device: Scanner) -> None:
    older, older_bulletin = story.file("older.tanji", story.older), story.file("older.json", story.older_bulletin)
    device.load(older, older_bulletin)
    device.stands("good")
    first = device.exported_pack()
    device.load(story.file("pack.tanji", story.pack))
    device.says("此前仍用旧包")
    assert device.exported_pack() == first
    device.load(story.file("bulletin.json", story.bulletin))
    device.says("可以开始扫码了")
    newer = device.exported_pack()
    assert newer > first
    for file in (older, older_bulletin):
        device.load(file)
        device.says("没有收下", f"区块 {first} < {newer}")
    assert device.exported_pack() == newer
    device.reload().load(older)
    device.says("没有收下")


@pytest.mark.parametrize("case", ["another-ledger", "cut", "no-pack"])
def test_files_that_are_no_pack_of_this_ledger_leave_everything_as_it_was(
    story: Story, ready: Scanner, case: str
) -> None:
    data = {
        "another-ledger": packed().data,
        "cut": story.pack[: len(story.pack) // 2],
        "no-pack": b"PK\x03\x04 not a pack",
    }
    before = ready.exported_pack()
    ready.load(story.file(f"{case}.tanji", data[case]))
    ready.says("没有收下", "它属于另一套账本" if case == "another-ledger" else "文件不是规范的巡检包或公告")
    assert ready.exported_pack() == before
    ready.type(story.texts["genuine"])
    ready.says("真实")


# ---------------------------------------------------------------- without a network


def test_once_loaded_it_works_without_network_and_server(story: Story, browser: Browser) -> None:
    server = ExitStack()
    base = server.enter_context(serving(story.site.app))
    with server, scanner(browser, base, quiet=("ERR_INTERNET", "ERR_FAILED", "ERR_CONNECTION")) as device:
        device.open().take_site_pack()
        device.type(story.texts["withdrawn"])
        device.says("不可信")
        device.page.locator("#kept").wait_for()
        device.page.wait_for_timeout(700)  # the list is written half a second after it changed
        device.page.context.set_offline(True)
        server.close()
        for query in ("", "?lang=en"):
            device.open(query)
        assert "Pack in order" in device.strip
        assert "Offline" in device.strip
        device.holds(1)
        device.photos(story.picture("offline.jpg", story.print("genuine"), story.print("altered"), columns=2))
        device.holds(3)
        device.says("Rejected")
        outcomes = judged_as_python(story, device)
        assert outcomes == {
            story.texts["withdrawn"]: "rejected",
            story.texts["genuine"]: "authentic",
            story.texts["altered"]: "rejected",
        }
        device.page.wait_for_timeout(700)
        device.reload().holds(3)
        device.open_folded("fetch-pack")
        device.page.locator("#fetch-pack").click()
        device.says("Not fetched")
        assert device.elsewhere() == []


# ---------------------------------------------------------------- endpoints of one's own


def ask(device: Scanner, *lines: str, quorum: str = "") -> str:
    """What the page says of each endpoint."""
    device.open_folded("endpoints")
    device.page.locator("#endpoints").fill("\n".join(lines))
    device.page.locator("#quorum").fill(quorum)
    device.page.locator("#ask button").click()
    return device.page.locator("#sayings").inner_text()


REFUSED_REQUESTS = ("CORS", "ERR_FAILED", "ERR_NAME_NOT_RESOLVED", "429", "ERR_CONNECTION")


def test_endpoints_of_ones_own_vouch_for_the_packs_block(story: Story, browser: Browser, endpoints: Endpoints) -> None:
    with scanner(browser, story.site.base) as device:
        device.open().load(story.file("pack.tanji", story.pack))
        device.stands("unvouched")
        ask(device, "https://rpc.one.example/v3/key", f"mine={story.site.node}", "two=https://rpc.two.example")
        device.stands("good")
        device.says("您的节点一致")
        assert "one.example" not in device.strip
        assert "您的节点一致：one.example, mine, two" in device.page.locator("#pack-by").inner_text()
        device.type(story.texts["genuine"])
        device.says("真实")
        assert judged_as_python(story, device) == {story.texts["genuine"]: "authentic"}
        assert set(endpoints.asked) >= {("rpc.one.example", "POST"), ("rpc.two.example", "POST")}
        device.reload()
        assert device.page.locator("#endpoints").input_value().startswith("https://rpc.one.example"), "they are kept"


def test_endpoints_that_lie_refuse_or_are_not_there(story: Story, browser: Browser) -> None:
    one, liar = "https://rpc.one.example", "https://rpc.liar.example"
    with scanner(browser, story.site.base, quiet=REFUSED_REQUESTS) as device:
        device.open().load(story.file("pack.tanji", story.pack))
        device.stands("unvouched")
        cases = (
            ((liar, "https://rpc.closed.example", "https://rpc.busy.example"), "", "一致的节点不够"),
            ((one, liar), "1", "节点分成两派"),
            ((liar,), "", "这个包不可信"),
            (("https://rpc.gone.example",), "", "一致的节点不够"),
        )
        for lines, quorum, expected in cases:
            ask(device, *lines, quorum=quorum)
            device.says(expected)
            assert device.page.locator("#strip").get_attribute("data-standing") == "unvouched"
        said = {}
        for name in ("closed", "busy", "gone", "text"):
            ask(device, f"https://rpc.{name}.example")
            device.page.locator("#sayings li", has_text=name).wait_for(timeout=WAIT_MS)
            said[name] = device.page.locator("#sayings").inner_text()
        assert "CORS" in said["closed"]
        assert "限流或需要密钥" in said["busy"]
        assert "没有应答" in said["gone"]
        assert "不是 JSON-RPC" in said["text"]


@pytest.mark.parametrize(
    ("lines", "quorum", "expected"),
    [
        ((), "", "请填 1 到 32 个节点"),
        (("http://rpc.one.example",), "", "每行一个 https:// 地址"),
        (("https://user:secret@rpc.one.example",), "", "每行一个 https:// 地址"),
        (("https://a.one.example", "https://b.one.example"), "", "同一运营者"),
        (("a=https://rpc.one.example/1", "b=https://rpc.one.example/2"), "", "同一地址写了两次"),
        (("https://rpc.one.example",), "2", "一致数要在 1 与节点数之间"),
    ],
)
def test_endpoints_are_refused_before_they_are_asked(
    ready: Scanner, endpoints: Endpoints, lines: tuple[str, ...], quorum: str, expected: str
) -> None:
    before = len(endpoints.asked)
    ask(ready, *lines, quorum=quorum)
    ready.says(expected)
    assert len(endpoints.asked) == before


def test_no_other_page_may_connect_to_them(story: Story, browser: Browser, endpoints: Endpoints) -> None:
    reach = "url => fetch(url, {mode: 'no-cors'}).then(() => 'reached', () => 'kept back')"
    quiet = ("Content Security Policy", "content security policy")
    with scanner(browser, story.site.base, quiet=quiet) as device:
        device.open()
        before = len(endpoints.asked)
        for path in ("/packs", "/", "/explorer", "/verify", story.site.label("genuine").path):
            device.page.goto(story.site.url(path))
            assert device.page.evaluate(reach, "https://rpc.one.example/") == "kept back", path
        assert len(endpoints.asked) == before


# ---------------------------------------------------------------- the list


def test_the_list_goes_out_as_table_and_document(story: Story, ready: Scanner) -> None:
    ready.type(story.texts["genuine"])
    ready.type(story.texts["withdrawn"])
    ready.type("=HYPERLINK(1)")
    ready.holds(3)
    rows = {row["text 二维码内容"]: row for row in ready.table()}
    genuine, withdrawn, other = rows[story.texts["genuine"]], rows[story.texts["withdrawn"]], rows["'=HYPERLINK(1)"]
    assert [row["outcome 结论"] for row in (genuine, withdrawn, other)] == ["authentic", "rejected", "not-a-label"]
    assert withdrawn["reasons 原因代码"] == "certificate.status:withdrawn"
    assert "撤销" in withdrawn["explanation 说明"]
    assert genuine["block 区块"] == str(parse_bulletin(story.bulletin).number)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", genuine["time 时间"])
    assert genuine["serial 序列号"] == story.texts["genuine"].split("/21/")[1].partition("?")[0]
    document = ready.exported()
    assert (document["v"], document["policy"]) == (1, "inspection")
    assert document["pack"]["by"] == {"source": "bulletin"}
    assert document["deployment"]["origin"] == parse_deployment(story.deployment).origin
    assert len(document["labels"]) == 3


def test_clearing_asks_first_and_is_for_good(story: Story, ready: Scanner) -> None:
    ready.type(story.texts["genuine"])
    ready.holds(1)
    ready.page.locator("#clear").click()
    ready.page.locator("#sure").get_by_role("button", name="留着").click()
    ready.holds(1)
    ready.page.locator("#clear").click()
    ready.page.locator("#sure").get_by_role("button", name="清空").click()
    ready.holds(0)
    assert ready.page.locator("#empty").is_visible()
    assert not ready.page.locator("#outward").is_visible()
    ready.page.wait_for_timeout(700)
    ready.reload().holds(0)


def test_the_list_is_judged_again_by_a_newer_pack(story: Story, device: Scanner) -> None:
    device.load(story.file("older.tanji", story.older), story.file("older.json", story.older_bulletin))
    device.stands("good")
    device.type(story.texts["genuine"])
    device.says("暂无法判定")
    device.type("https://id.example.com/01/09520009000166/21/X?c=1&s=2")
    device.says("不是碳迹标签")
    assert not device.page.locator("#again").is_visible()
    device.load(story.file("pack.tanji", story.pack), story.file("bulletin.json", story.bulletin))
    device.says("可以开始扫码了")
    device.page.locator("#again").click()
    device.says("清单已用现在的巡检包重新核验")
    labels = device.labels()
    assert labels[story.texts["genuine"]]["outcome"] == "authentic"
    assert {one["pack"] for one in labels.values()} == {device.exported()["pack"]["name"]}
    assert not device.page.locator("#again").is_visible()


def test_a_hand_scanner_and_a_keyboard_are_enough(story: Story, device: Scanner) -> None:
    page = device.page

    def focus(element: str) -> None:
        for _ in range(60):
            if page.evaluate("document.activeElement.id") == element:
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not come to #{element}")

    focus("strip-get")
    page.keyboard.press("Enter")
    device.stands("good")
    focus("code")
    for name in ("genuine", "withdrawn"):
        page.keyboard.type(story.texts[name] + "\n")
    device.holds(2)
    assert page.evaluate("document.activeElement.id") == "code", "ready for the next"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    assert page.locator("#list details[open]").count() == 1
    focus("clear")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    device.holds(2)


def test_a_long_list_is_shown_a_hundred_at_a_time(story: Story, ready: Scanner) -> None:
    ready.type(story.texts["genuine"])
    ready.holds(1)
    ready.page.wait_for_timeout(700)
    ready.page.evaluate(COPY_ENTRY, 4_999)
    started = time.monotonic()
    ready.reload().holds(100)
    assert time.monotonic() - started < 30, "not of quadratic cost"
    assert "5000" in ready.page.locator("#tally").inner_text()
    ready.page.locator("#more", has_text="4900").click()
    ready.holds(200)
    ready.type(story.texts["withdrawn"])
    ready.says("清单已满 5,000 条")
    assert len(ready.table()) == 5_000


COPY_ENTRY = """count => new Promise((resolve, reject) => {
  const opening = indexedDB.open("tanji-scan", 1);
  opening.onsuccess = () => {
    const transaction = opening.result.transaction("kept", "readwrite"), table = transaction.objectStore("kept");
    table.getAll(IDBKeyRange.bound("entry ", "entry \uffff")).onsuccess = ({ target }) => {
      const [entry] = target.result;
      for (let n = 0; n < count; n++) {
        const key = `${entry.key}#${n}`, alone = { ...entry.alone, text: `${entry.alone.text}#${n}` };
        table.put({ ...entry, key, alone, judged: alone, first: entry.first - n - 1 }, `entry ${key}`);
      }
    };
    transaction.oncomplete = resolve;
    transaction.onerror = reject;
  };
})"""


# ---------------------------------------------------------------- age


def at_another_time(story: Story, device: Scanner, seconds: int) -> None:
    """Page and judge read a clock that is off by so much."""
    shift = f"{{ const now = Date.now; Date.now = () => now() + {seconds * 1000}; }}"
    device.page.add_init_script(shift)

    def shifted(route: Any) -> None:
        found = route.fetch()
        route.fulfill(response=found, body=f"{shift}\n{found.text()}")

    device.page.context.route("**/static/scan-judge.*.js", shifted)


@pytest.mark.parametrize(
    ("seconds", "standing", "outcome", "reason", "says"),
    [
        (0, "good", "authentic", "", "不到 1 分钟"),
        (5 * 3600, "good", "authentic", "", "5 小时前"),
        (3 * DAY, "old", "inconclusive", "too-old", "3 天前"),
        (-3600, "ahead", "inconclusive", "clock-behind", "本机时钟"),
    ],
)
def test_the_packs_age_stands_in_every_verdict(
    story: Story, browser: Browser, seconds: int, standing: str, outcome: str, reason: str, says: str
) -> None:
    with scanner(browser, story.site.base, service_workers="block") as device:
        at_another_time(story, device, seconds)
        device.open().load(story.file("pack.tanji", story.pack), story.file("bulletin.json", story.bulletin))
        device.stands(standing)
        assert says in device.strip or seconds == 0
        device.type(story.texts["genuine"])
        device.says("真实" if outcome == "authentic" else "暂无法判定", "依据区块")
        (label,) = device.labels().values()
        assert label["outcome"] == outcome
        (view,) = [one for one in label["checks"] if one["id"] == "chain.view"]
        assert view["reason"] == reason
        if seconds > 0:
            assert seconds <= label["block"]["age"] < seconds + 3600
            assert says in device.latest
            assert says in device.page.locator("#list > li .meta").inner_text()


# ---------------------------------------------------------------- looks


@pytest.mark.parametrize(
    ("screen", "language"), [("phone", "zh"), ("phone", "en"), ("desk", "zh"), ("desk", "en"), ("phone-dark", "zh")]
)
def test_no_serious_finding_and_nothing_wider_than_the_screen(
    story: Story, browser: Browser, screen: str, language: str
) -> None:
    viewport = DESK if screen == "desk" else PHONE
    scheme, factor = ("dark" if screen.endswith("dark") else "light"), (2 if viewport is PHONE else 1)
    with scanner(
        browser, story.site.base, viewport=viewport, color_scheme=scheme, device_scale_factor=factor
    ) as device:
        device.open(f"?lang={language}")
        assert axe_findings(device.page) == []
        device.take_site_pack()
        names = ("genuine", "withdrawn", "suspended", "altered", "elsewhere")
        device.photos(
            story.picture("shelf.jpg", *[story.print(name) for name in names], code("https://example.com/menu"))
        )
        device.holds(5)
        device.type("https://id.example.com/01/09520009000166/21/X?c=1&s=2")
        device.holds(6)
        device.type(story.texts["genuine"])
        device.page.wait_for_timeout(300)
        if os.environ.get("TANJI_SCREENSHOTS") and scheme == "light" and language == "zh":
            screenshot(device.page, IMAGES / f"scan-{viewport['width']}.png")
        for path in ("", f"/packs?lang={language}"):
            if path:
                device.page.goto(story.site.url(path))
            open_all(device.page)
            assert device.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
            assert axe_findings(device.page) == []


def test_the_page_works_without_javascript_as_far_as_it_can(story: Story, browser: Browser) -> None:
    with scanner(browser, story.site.base, java_script_enabled=False) as device:
        device.page.goto(story.site.url("/scan"))
        assert "需要启用 JavaScript" in device.page.locator("noscript").inner_text()
        device.page.goto(story.site.url("/packs"))
        assert device.page.locator("svg.symbol").is_visible()
        with device.page.expect_download() as download:
            device.page.get_by_role("link", name="下载").last.click()
        assert Path(download.value.path()).read_bytes() == story.pack


def test_what_an_unvouched_pack_rejected_is_judged_anew_once_it_is_vouched_for(story: Story, device: Scanner) -> None:
    device.load(story.file("pack.tanji", story.pack))
    device.stands("unvouched")
    device.type(story.texts["altered"])
    device.says("不可信")
    device.load(story.file("bulletin.json", story.bulletin))
    device.stands("good")
    device.decided()
    assert judged_as_python(story, device) == {story.texts["altered"]: "rejected"}
