"""The provinces as people choose them and as the map of squares draws them: code (GB/T 2260, four digits), names, place in the grid.

The grid is our own: every province one square, neighbours kept beside each other where that is possible. It is no map of borders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

# code, Chinese, English, column, row: columns from west, rows from north
_TABLE: Final = """
2300 黑龙江 Heilongjiang 8 0|1500 内蒙古 Inner_Mongolia 6 1|2200 吉林 Jilin 8 1|6500 新疆 Xinjiang 0 2|6200 甘肃 Gansu 2 2
6400 宁夏 Ningxia 3 2|1400 山西 Shanxi 5 2|1100 北京 Beijing 6 2|1200 天津 Tianjin 7 2|2100 辽宁 Liaoning 8 2
6300 青海 Qinghai 2 3|6100 陕西 Shaanxi 4 3|4100 河南 Henan 5 3|1300 河北 Hebei 6 3|3700 山东 Shandong 7 3
5400 西藏 Tibet 1 4|5100 四川 Sichuan 3 4|5000 重庆 Chongqing 4 4|4200 湖北 Hubei 5 4|3400 安徽 Anhui 6 4
3200 江苏 Jiangsu 7 4|3100 上海 Shanghai 8 4|5300 云南 Yunnan 3 5|5200 贵州 Guizhou 4 5|4300 湖南 Hunan 5 5|3600 江西 Jiangxi 6 5
3300 浙江 Zhejiang 7 5|4500 广西 Guangxi 4 6|4400 广东 Guangdong 5 6|3500 福建 Fujian 6 6|7100 台湾 Taiwan 8 6
4600 海南 Hainan 4 7|8200 澳门 Macao 5 7|8100 香港 Hong_Kong 6 7
"""
COLUMNS: Final = 9
ROWS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Province:
    """A province. column, row: of its square, from the north-west corner."""

    code: int
    zh: str
    en: str
    column: int
    row: int


@lru_cache(maxsize=1)
def provinces() -> Mapping[int, Province]:
    """All of them by code, rising."""
    rows = [text.split(" ") for text in _TABLE.strip().replace("\n", "|").split("|")]
    found = [
        Province(code=int(code), zh=zh, en=en.replace("_", " "), column=int(column), row=int(row))
        for code, zh, en, column, row in rows
    ]
    return {one.code: one for one in sorted(found, key=lambda one: one.code)}


def province_of(region: int) -> Province | None:
    """The province of a region's code; None for an unknown one."""
    return provinces().get(region // 100 * 100)


def chosen_province(text: str) -> int:
    """The code a form sent; 0 for none, or one that is no province's."""
    code = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    return code if code in provinces() else 0
