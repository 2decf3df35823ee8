"""Choosing the data mask of a QR code (ISO/IEC 18004:2015, 7.8.3) with whole symbols as integers.

The encoder tries its eight masks module by module, which is four fifths of its time. Here it makes one, the others differ from that by a pattern fixed
for version and level, and the penalties of the standard are counted on integers of one bit a module.

    matrix   rows from the top, the left module highest, and after each row one bit that is always 0: no run crosses a row's end
"""

from __future__ import annotations

from functools import cache
from typing import Final

MASKS: Final = 8
_BITS: Final = bytes(ord("1") if byte < 128 else ord("0") for byte in range(256))
# Dark, light, three dark, light, dark, and four light modules on one side: what looks like a finder pattern.
_FINDERS: Final = ("10111010000", "00001011101")


def encode(text: str, mask: int) -> tuple[int, int]:
    """Modules a side, and the matrix of the smallest code at level M with a data mask. Raises ValueError, RuntimeError."""
    import zxingcpp

    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M", data_mask=mask)
    image = made.to_image(scale=1, add_quiet_zones=False)
    modules = int(image.shape[0])
    bits = bytes(memoryview(image)).translate(_BITS)  # type: ignore[arg-type]  # its stubs do not say that it is a buffer
    return modules, int(b"0".join(bits[at : at + modules] for at in range(0, modules * modules, modules)) + b"0", 2)


class MaskChooser:
    """Keeps, for each size seen, what the masks differ by: it is the same for every text of a version and level."""

    def __init__(self) -> None:
        self._differences: dict[int, tuple[int, ...]] = {}

    def best(self, text: str) -> tuple[int, int]:
        """Modules a side, and the matrix with the mask of the lowest penalty. Raises as `encode`."""
        modules, plain = encode(text, 0)
        differences = self._differences.get(modules)
        if differences is None:
            # Format information included, which names the mask.
            differences = tuple(plain ^ encode(text, mask)[1] for mask in range(MASKS))
            self._differences[modules] = differences
        candidates = [plain ^ difference for difference in differences]
        return modules, min(candidates, key=lambda matrix: penalty(matrix, modules))


def penalty(matrix: int, modules: int) -> int:
    """The penalty of table 11: runs of five and more, blocks of 2 × 2, look-alikes of finder patterns, unequal share of dark."""
    stride = modules + 1
    dark, light = matrix, _full(modules) ^ matrix
    score = 0
    for step in (1, stride):
        for colour in (dark, light):
            five = colour & colour >> step
            five = five & five >> 2 * step & colour >> 4 * step
            # A run of n >= 5 has n - 4 such places and counts n - 2.
            score += five.bit_count() + 2 * (five & ~(five >> step)).bit_count()
        for pattern in _FINDERS:
            found = -1
            for place, module in enumerate(pattern):
                found &= (dark if module == "1" else light) >> place * step
            score += 40 * found.bit_count()
    for colour in (dark, light):
        pairs = colour & colour >> 1
        score += 3 * (pairs & pairs >> stride).bit_count()
    share = 100 * dark.bit_count() / (modules * modules)
    return score + 10 * int(abs(share - 50) / 5)


@cache
def _full(modules: int) -> int:
    """All modules dark."""
    return int(("1" * modules + "0") * modules, 2)


def rows_of(matrix: int, modules: int) -> tuple[bytes, ...]:
    """The rows as bytes, left to right, padded to whole bytes with light."""
    length = (modules + 7) >> 3
    pad, row = 8 * length - modules, (1 << modules) - 1
    stride = modules + 1
    return tuple(
        ((matrix >> at & row) << pad).to_bytes(length, "big") for at in range(1 + (modules - 1) * stride, 0, -stride)
    )
