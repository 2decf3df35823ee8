"""Our choice of masks against the encoder's own matrices and against the standard's penalties counted module by module."""

from __future__ import annotations

import random

import pytest
import zxingcpp

from api.labels_print.masks import MASKS, MaskChooser, encode, penalty, rows_of
from api.labels_print.symbol import make_symbol

SOURCE = random.Random(11)
TEXTS = [
    "A",
    "https://t.example.cn/01/06901234567892",
    "".join(SOURCE.choice("abcXYZ019/?=&-_") for _ in range(180)),
    "".join(SOURCE.choice("0123456789") for _ in range(400)),
]


def grid(matrix: int, modules: int) -> list[list[int]]:
    rows = rows_of(matrix, modules)
    return [[rows[y][x >> 3] >> (7 - (x & 7)) & 1 for x in range(modules)] for y in range(modules)]


def naive_penalty(modules: list[list[int]]) -> int:
    """Table 11 of ISO/IEC 18004, read aloud."""
    size, score = len(modules), 0
    for lines in (modules, [list(column) for column in zip(*modules, strict=True)]):
        for line in lines:
            run = 1
            for place in range(1, size + 1):
                if place < size and line[place] == line[place - 1]:
                    run += 1
                else:
                    score += run - 2 if run >= 5 else 0
                    run = 1
            text = "".join(map(str, line))
            score += 40 * sum(text.startswith(("10111010000", "00001011101"), place) for place in range(size))
    for y in range(size - 1):
        for x in range(size - 1):
            score += 3 * (modules[y][x] == modules[y][x + 1] == modules[y + 1][x] == modules[y + 1][x + 1])
    dark = sum(map(sum, modules))
    return score + 10 * int(abs(100 * dark / size**2 - 50) / 5)


@pytest.mark.parametrize("text", TEXTS, ids=len)
def test_the_chosen_matrix_is_the_encoders_own_with_the_lowest_penalty(text: str) -> None:
    chooser = MaskChooser()
    chooser.best("https://warmed.up/with/another/text")
    size, chosen = chooser.best(text)
    made = [encode(text, mask) for mask in range(MASKS)]
    assert len({matrix for _, matrix in made}) == MASKS
    penalties = [naive_penalty(grid(matrix, size)) for _, matrix in made]
    assert penalties == [penalty(matrix, size) for _, matrix in made]
    assert chosen == made[penalties.index(min(penalties))][1]


def test_what_is_learnt_from_one_text_holds_for_others() -> None:
    chooser = MaskChooser()
    for number in range(20):
        text = f"https://t.example.cn/01/06901234567892/21/{number:018d}"
        size, chosen = chooser.best(text)
        assert chosen in {encode(text, mask)[1] for mask in range(MASKS)}
        assert size == encode(text, 0)[0]


def test_never_worse_than_the_encoders_choice() -> None:
    for text in TEXTS:
        size, _ = encode(text, 0)
        image = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_image(
            add_quiet_zones=False
        )
        data = bytes(memoryview(image))
        theirs = [[int(data[y * size + x] < 128) for x in range(size)] for y in range(size)]
        ours = make_symbol(text)
        assert naive_penalty([[int(ours.dark(y, x)) for x in range(size)] for y in range(size)]) <= naive_penalty(
            theirs
        )
