"""What a label cannot be printed for."""

from __future__ import annotations

from typing import ClassVar


class PrintError(Exception):
    """Base of this package's errors."""

    code: ClassVar[str] = "print.error"


class GlyphMissingError(PrintError):
    """The label's font has no glyph for some characters; they are never left out or replaced in silence."""

    code: ClassVar[str] = "print.glyph"

    def __init__(self, characters: str, text: str) -> None:
        named = " ".join(f"{one} U+{ord(one):04X}" for one in characters)
        super().__init__(f"字体缺字 the font has no glyph for {named} in {text[:60]!r}")
        self.characters = characters
        self.text = text


class FontShapeError(PrintError):
    """The font's outlines are not lines and quadratic splines: another file stands where the product's font should."""

    code: ClassVar[str] = "print.font"

    def __init__(self, operator: str) -> None:
        super().__init__(f"the label font has an outline with {operator}")
        self.operator = operator


class ModuleTooSmallError(PrintError):
    """The symbol would have modules smaller than a phone reads from a shelf (0.33 mm)."""

    code: ClassVar[str] = "print.module"

    def __init__(self, *, module: float, least: float, modules: int) -> None:
        super().__init__(
            f"module of {module:.3f} mm, at least {least} mm: the symbol has {modules} modules a side; "
            "make the label larger or the resolver's name shorter"
        )
        self.module = module
        self.least = least
        self.modules = modules


class SymbolError(PrintError):
    """No QR code of level M holds this text."""

    code: ClassVar[str] = "print.symbol"

    def __init__(self, text: str) -> None:
        super().__init__(f"no QR code at level M holds these {len(text)} characters")
        self.text = text


class SheetError(PrintError):
    """The labels do not fit the page as asked."""

    code: ClassVar[str] = "print.sheet"

    def __init__(self, *, axis: str, wanted: float, available: float) -> None:
        super().__init__(
            f"the {axis} needs {wanted:.1f} mm, the page gives {available:.1f} mm: fewer labels a row or column, or a larger page"
        )
        self.axis = axis
        self.wanted = wanted
        self.available = available


class BatchRowsError(PrintError):
    """The batch's files do not belong together, or are not complete."""

    code: ClassVar[str] = "print.rows"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class SchemeFileError(PrintError):
    """The file of schemes' words is not what it should be."""

    code: ClassVar[str] = "print.schemes"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
