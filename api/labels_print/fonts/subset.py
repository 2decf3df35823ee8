"""How NotoSansSC-Regular.ttf beside this file was made: the characters of GBK and Latin ones, no hinting, no layout tables.

npm pack @expo-google-fonts/noto-sans-sc@0.4.3        (the font: Noto Sans SC 2.004, SIL Open Font License 1.1)
python -m api.labels_print.fonts.subset NotoSansSC_400Regular.ttf NotoSansSC-Regular.ttf
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

_BEYOND_GBK: Final = "²³–—‘’“”…•−℃"
_DROPPED: Final = ("vhea", "vmtx", "BASE", "GPOS", "GSUB", "GDEF", "STAT", "VORG", "gasp", "DSIG")


def covered() -> set[int]:
    """Code points the product's font has."""
    found = {*range(0x20, 0x7F), *range(0xA0, 0x180), *map(ord, _BEYOND_GBK)}
    for code in range(0x80, 0x10000):
        try:
            chr(code).encode("gbk")
        except UnicodeEncodeError:
            continue
        found.add(code)
    return found


def main(source: Path, target: Path) -> None:
    """Write the subset of `source`."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.notdef_outline = True
    options.glyph_names = False
    options.drop_tables += list(_DROPPED)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    font = TTFont(source)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=covered())
    subsetter.subset(font)
    font.save(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
