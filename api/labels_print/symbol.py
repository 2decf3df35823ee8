"""The QR code of a label: level M, its modules as rows of bytes, and runs of dark modules for vector output (ISO/IEC 18004)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.labels_print.errors import ModuleTooSmallError, SymbolError

QUIET_ZONE: Final = 4  # modules on every side (ISO/IEC 18004, 9.1)
LEAST_MODULE: Final = 0.33  # mm
_BITS: Final = bytes(ord("1") if byte < 128 else ord("0") for byte in range(256))


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A QR code without its quiet zone: `modules` a side; rows of bits, left to right, dark is 1, padded to whole bytes."""

    modules: int
    rows: tuple[bytes, ...]

    @property
    def version(self) -> int:
        """1..40."""
        return (self.modules - 17) // 4

    def dark(self, row: int, column: int) -> bool:
        """Whether a module is dark."""
        return bool(self.rows[row][column >> 3] >> (7 - (column & 7)) & 1)


def make_symbol(text: str) -> Symbol:
    """The smallest QR code at level M. Raises SymbolError."""
    import zxingcpp

    try:
        made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    except (ValueError, RuntimeError) as error:
        raise SymbolError(text) from error
    image = made.to_image(scale=1, add_quiet_zones=False)
    modules = int(image.shape[0])
    bits = bytes(memoryview(image)).translate(_BITS)  # type: ignore[arg-type]  # its stubs do not say that it is a buffer
    length = (modules + 7) >> 3
    pad = 8 * length - modules
    rows = tuple(
        (int(bits[at : at + modules], 2) << pad).to_bytes(length, "big") for at in range(0, modules * modules, modules)
    )
    return Symbol(modules=modules, rows=rows)


def module_size(symbol: Symbol, side: float) -> float:
    """Millimetres of a module when symbol and quiet zone fill a square of `side` mm. Raises ModuleTooSmallError."""
    modules = symbol.modules + 2 * QUIET_ZONE
    module = side / modules
    if module < LEAST_MODULE - 1e-9:
        raise ModuleTooSmallError(module=module, least=LEAST_MODULE, modules=modules)
    return module


class RunTable:
    """Dark modules as rectangles, spelt once for each byte at each place. `form` takes x, y and width in modules."""

    def __init__(self, form: str) -> None:
        self._form = form
        self._known: dict[tuple[int, int, int], bytes] = {}

    def spell(self, symbol: Symbol) -> bytes:
        """All dark modules of a symbol; one path, so that runs that touch leave no seam."""
        known, parts = self._known, []
        for y, row in enumerate(symbol.rows):
            for column, value in enumerate(row):
                if value:
                    key = (y, column, value)
                    text = known.get(key)
                    parts.append(self._learn(key) if text is None else text)
        return b"".join(parts)

    def _learn(self, key: tuple[int, int, int]) -> bytes:
        y, column, value = key
        runs, x = [], 0
        while x < 8:
            start = x
            while x < 8 and value >> (7 - x) & 1:
                x += 1
            if x > start:
                runs.append(self._form.format(x=8 * column + start, y=y, w=x - start))
            x += 1
        text = self._known[key] = "".join(runs).encode("ascii")
        return text
