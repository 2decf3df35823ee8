"""A folder of photos: one code, many codes, none, and a file that only calls itself a picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from api.bulk.run import run_bulk
from tests.support import bulk
from tests.unit.api.bulk.test_run import job, rows_of

zxingcpp = pytest.importorskip("zxingcpp")


def code(text: str) -> Image.Image:
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return Image.fromarray(made.to_image(scale=3))


def test_photos_are_judged_code_by_code(tmp_path: Path) -> None:
    pack = tmp_path / "p.tanji"
    pack.write_bytes(bulk.market().pack)
    folder = tmp_path / "photos"
    (folder / "货架").mkdir(parents=True)
    good, bad = bulk.genuine(bulk.FIRST), bulk.forged("stranger", bulk.FIRST + 1)
    code(good).save(folder / "one.png")
    two = [code(bulk.genuine(bulk.FIRST + 2)), code(bad)]
    sheet = Image.new("L", (sum(image.width for image in two) + 120, two[0].height + 80), 255)
    sheet.paste(two[0], (40, 40))
    sheet.paste(two[1], (two[0].width + 80, 40))
    sheet.save(folder / "货架" / "two.jpg", quality=92)
    sheet.save(folder / "两张.pdf", resolution=200)
    Image.new("L", (200, 200), 255).save(folder / "empty.png")
    (folder / "liar.png").write_bytes(b"not a picture")
    (folder / "notes.md").write_text("ignored")
    summary = run_bulk(job(pack, folder, tmp_path / "report"), None, lambda _: None)
    found = {row["line"]: (row["outcome"], row["seen"]) for row in rows_of(tmp_path / "report")}
    assert found["one.png #1"] == ("authentic", "1")
    shelf = sorted(found[f"货架/two.jpg #{n}"] for n in (1, 2))
    assert shelf == sorted(found[f"两张.pdf #{n}"] for n in (1, 2)) == [("authentic", "2"), ("rejected", "2")]
    assert found["empty.png"][0] == found["liar.png"][0] == "unreadable"
    assert summary.outcomes == {"authentic": 3, "rejected": 2, "unreadable": 2}
