"""tanji-verify on labels: by pack in a network namespace of its own, from photographs and PDF pages, saved and replayed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.labels import FIRST, label_story
from tests.support.packs import Packed, packed
from tests.support.world import DAY, sign_digest
from verifier.bulletin import Bulletin, serialize_bulletin
from verifier.eip712 import block_digest
from verifier.header import parse_header

RUN = [sys.executable, "-m", "verifier"]
ROOT = Path(__file__).resolve().parents[2]


@cache
def no_network() -> list[str] | None:
    """The words that run a command in an empty network namespace; None where this is not permitted."""
    for words in (["unshare", "-n"], ["unshare", "-rn"]):
        if (
            shutil.which("unshare")
            and subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
        ):
            return words
    return None


@dataclass
class Device:
    """An inspector's device: a folder with a pack, the pinned deployment, and a memory of its own."""

    folder: Path
    pack: Packed
    files: dict[str, str]

    def verify(self, *words: str, expect: int, offline: bool = False, memory: str = "none") -> list[dict[str, Any]]:
        before = no_network() or [] if offline else []
        command = [*before, *RUN, *words, "--deployment", self.files["deployment"], "--memory", memory, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=ROOT)
        assert done.returncode == expect, done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def by_pack(self, *words: str, expect: int, **more: Any) -> list[dict[str, Any]]:
        return self.verify(
            *words, "--pack", self.files["pack"], "--block-hash", self.files["hash"], expect=expect, **more
        )

    def path(self, name: str) -> Path:
        return self.folder / name

    def bulletin(self) -> bytes:
        header = parse_header(self.pack.case.snapshot.header)
        deployment = self.pack.case.deployment
        digest = block_digest(
            deployment.domain_separator,
            chain_id=deployment.chain_id, number=header.number, block_hash=header.hash, time=header.time,
        )  # fmt: skip
        return serialize_bulletin(
            Bulletin(
                chain_id=deployment.chain_id, number=header.number, hash=header.hash, time=header.time,
                signature=sign_digest("bulletin", digest),
            )
        )  # fmt: skip


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Device:
    folder = tmp_path_factory.mktemp("device")
    story = label_story()
    story.seen_at = int(time.time()) - 3600
    pack = packed(story)
    return Device(folder=folder, pack=pack, files=pack.write(folder))


def check_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(check for check in document["checks"] if check["id"] == name)


def test_labels_by_a_pack_without_a_network(device: Device) -> None:
    if no_network() is None:
        pytest.skip("network namespaces are not permitted here")
    words = no_network() or []
    dark = subprocess.run([*words, "cat", "/proc/net/dev"], capture_output=True, text=True, check=True).stdout
    assert [line for line in dark.splitlines()[2:] if not line.strip().startswith("lo:")] == []
    good, forged = device.pack.text(FIRST + 3), device.pack.text(FIRST + 3, key="supplier")
    told = device.by_pack(good, forged, expect=1, offline=True)
    assert [one["outcome"] for one in told] == ["authentic", "rejected"]
    for one in told:
        assert 3500 < one["block"]["age"] < 3900
        assert one["policy"] == "inspection"
        assert one["trust"]["source"] == "by-hand"
    assert check_of(told[0], "label.issued")["reason"] == "no-leaf"
    assert check_of(told[0], "label.copied")["reason"] == "offline"


def test_a_pack_vouches_for_nothing(device: Device) -> None:
    (told,) = device.verify(device.pack.text(), "--pack", device.files["pack"], expect=3)
    assert told["trust"]["reason"] == "no-block-hash"


def test_text_for_people_states_the_age(device: Device) -> None:
    command = [*RUN, device.pack.text(), "--deployment", device.files["deployment"], "--memory", "none",
               "--pack", device.files["pack"], "--block-hash", device.files["hash"]]  # fmt: skip
    told = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT).stdout
    assert "AUTHENTIC" in told
    assert "min old" in told


def test_bulletin_and_its_qr_code(device: Device) -> None:
    zxingcpp = pytest.importorskip("zxingcpp")
    image = pytest.importorskip("PIL.Image")
    device.path("bulletin.json").write_bytes(device.bulletin())
    words = (device.pack.text(), "--pack", device.files["pack"])
    (told,) = device.verify(*words, "--bulletin", str(device.path("bulletin.json")), expect=0)
    assert told["trust"]["source"] == "bulletin"
    code = zxingcpp.create_barcode(device.bulletin().decode(), zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image.fromarray(code.to_image(scale=4)).save(device.path("bulletin.png"))
    (told,) = device.verify(*words, "--qr", str(device.path("bulletin.png")), expect=0)
    assert told["trust"]["source"] == "bulletin"


def test_a_device_never_takes_an_older_pack(device: Device) -> None:
    newer = packed(_later())
    files = newer.write(device.path("."))
    device.files = device.pack.write(device.path("."))
    del files
    memory = str(device.path("memory.json"))
    device.path("newer.tanji").write_bytes(newer.data)
    device.verify(
        newer.text(), "--pack", str(device.path("newer.tanji")), "--block-hash", _hash(newer), expect=0, memory=memory
    )
    (told,) = device.by_pack(device.pack.text(), expect=3, memory=memory)
    view = check_of(told, "chain.view")
    assert view["reason"] in ("older-than-accepted", "no-trusted-block")


def _hash(pack: Packed) -> str:
    return "0x" + pack.trusted.hash.hex()


def _later() -> Any:
    story = label_story()
    story.seen_at = int(time.time()) - 60
    world = story.world
    original = world.snapshot
    world.snapshot = lambda at, number=20_000_001: original(at, number)  # type: ignore[method-assign]
    return story


def test_past_the_limit_it_is_inconclusive(tmp_path: Path) -> None:
    story = label_story()
    story.seen_at = int(time.time()) - 2 * DAY
    old = Device(folder=tmp_path, pack=packed(story), files={})
    old.files = old.pack.write(tmp_path)
    (told,) = old.by_pack(old.pack.text(), expect=3)
    assert check_of(told, "chain.view")["reason"] == "too-old"


def test_a_certificate_that_is_not_in_the_pack(device: Device) -> None:
    from tests.support.labels import label_text, serial_of

    (told,) = device.by_pack(label_text(b"\x22" * 32, serial_of(FIRST)), expect=3)
    assert told["outcome"] == "inconclusive"


def test_a_link_cannot_carry_a_verdict(device: Device) -> None:
    forged = device.pack.text(key="supplier") + "&verdict=authentic"
    device.by_pack(forged, expect=1)


def test_what_is_no_label_is_unreadable(device: Device) -> None:
    (told,) = device.by_pack("https://id.tanji.example/hello", expect=4)
    assert told["error"]["code"]


def test_evidence_files_and_folders(device: Device) -> None:
    case = device.pack.case
    device.path("snapshot.json").write_bytes(_snapshot(device))
    online = ("--snapshot", str(device.path("snapshot.json")), "--block-hash", device.files["hash"])
    folder = device.path("evidence")
    folder.mkdir(exist_ok=True)
    (folder / "label.json").write_text(json.dumps(case.document, ensure_ascii=False))
    text = case.document["label"]["text"]
    for source in (folder / "label.json", folder):
        (told,) = device.verify(text, "--evidence", str(source), *online, expect=0)
        assert check_of(told, "label.issued")["outcome"] == "passed"
    (told,) = device.verify(text, *online, expect=3)
    (told,) = device.verify(str(folder / "label.json"), *online, expect=0)
    assert check_of(told, "label.signature")["outcome"] == "passed"


def _snapshot(device: Device) -> bytes:
    from verifier.snapshot import serialize_snapshot

    return serialize_snapshot(device.pack.case.snapshot)


def test_photographs_and_pdf_pages(device: Device) -> None:
    zxingcpp = pytest.importorskip("zxingcpp")
    image = pytest.importorskip("PIL.Image")
    pytest.importorskip("pypdfium2")
    sheets = []
    for group in ((FIRST, FIRST + 1, FIRST + 2), (FIRST + 3,)):
        sheet = image.new("L", (900 * len(group), 900), 255)
        for place, index in enumerate(group):
            key = "supplier" if index == FIRST + 2 else "label-key"
            code = zxingcpp.create_barcode(
                device.pack.text(index, key=key), zxingcpp.BarcodeFormat.QRCode, ec_level="M"
            )
            sheet.paste(image.fromarray(code.to_image(scale=8)), (900 * place + 40, 40))
        sheets.append(sheet)
    sheets[0].save(device.path("photo.jpg"))
    sheets[0].save(device.path("pages.pdf"), save_all=True, append_images=sheets[1:], resolution=200)
    told = device.by_pack(str(device.path("photo.jpg")), expect=1)
    assert sorted(one["outcome"] for one in told) == ["authentic", "authentic", "rejected"]
    told = device.by_pack(str(device.path("pages.pdf")), expect=1)
    assert sorted(one["outcome"] for one in told) == ["authentic"] * 3 + ["rejected"]
    image.new("L", (64, 64), 255).save(device.path("empty.png"))
    device.by_pack(str(device.path("empty.png")), expect=4)
    device.path("broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"junk")
    device.by_pack(str(device.path("broken.png")), expect=4)
    image.new("1", (9000, 9000), 1).save(device.path("bomb.png"))
    (told_bomb,) = device.by_pack(str(device.path("bomb.png")), expect=4)
    assert told_bomb["error"]["code"] == "image"


def test_a_damaged_pack_is_unreadable(device: Device) -> None:
    data = bytearray(device.pack.data)
    data[-20] ^= 1  # in the last block
    device.path("damaged.tanji").write_bytes(data)
    device.verify(
        device.pack.text(), "--pack", str(device.path("damaged.tanji")), "--block-hash", device.files["hash"], expect=4
    )


def test_saved_verdicts_are_reached_again(device: Device) -> None:
    saved = device.path("verdict.json")
    for index, key, code in ((FIRST, "label-key", 0), (FIRST, "supplier", 1)):
        text = device.pack.text(index, key=key)
        (first,) = device.by_pack(text, "--save-verdict", str(saved), expect=code)
        (again,) = device.verify("--replay", str(saved), expect=code)
        assert again["replayed"] is True
        assert again["checks"] == first["checks"]
        assert len(saved.read_bytes()) < 100_000


def test_a_saved_verdict_that_was_tampered_with(device: Device) -> None:
    saved = device.path("verdict.json")
    device.by_pack(device.pack.text(FIRST, key="supplier"), "--save-verdict", str(saved), expect=1)
    document = json.loads(saved.read_text())
    document["verdict"]["outcome"] = "authentic"
    saved.write_text(json.dumps(document, ensure_ascii=False))
    (told,) = device.verify("--replay", str(saved), expect=4)
    assert (told["replayed"], told["outcome"]) == (False, "rejected")


def test_usage(device: Device) -> None:
    for words in (
        ("--pack", device.files["pack"], "--snapshot", "x"),
        ("--pack", device.files["pack"], "--block-hash", device.files["hash"], "--qr", "x"),
        ("--pack", str(device.path("none.tanji")), "--block-hash", device.files["hash"]),
    ):
        command = [*RUN, device.pack.text(), *words, "--deployment", device.files["deployment"], "--memory", "none"]
        assert subprocess.run(command, capture_output=True, check=False, cwd=ROOT).returncode == 4
    assert subprocess.run([*RUN], capture_output=True, check=False, cwd=ROOT).returncode == 4
