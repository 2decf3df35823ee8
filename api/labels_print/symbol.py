"""The QR code of a label: level M, its modules as rows of bytes, and runs of dark modules for vector output (ISO/IEC 18004)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from api.labels_print.errors import ModuleTooSmallError, SymbolError
from api.labels_print.masks import MaskChooser, rows_of

QUIET_ZONE: Final = 4  # modules on every side (ISO/IEC 18004, 9.1)
LEAST_MODULE: Final = 0.33  # mm


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


@cache
def _chooser() -> MaskChooser:
    return MaskChooser()


def make_symbol(text: str) -> Symbol:
    """The smallest QR code at level M, with the mask that the standard chooses. Raises SymbolError."""
    try:
        modules, matrix = _chooser().best(text)
    except (ValueError, RuntimeError) as error:
        raise SymbolError(text) from error
    return Symbol(modules=modules, rows=rows_of(matrix, modules))


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
