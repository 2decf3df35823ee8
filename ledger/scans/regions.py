"""Regions as coarse as they are useful: provinces, and the cities most scans come from, by GB/T 2260 code (four digits).

`4400` is Guangdong as a whole (a scan known no better), `4403` Shenzhen. Distances are from edge to edge, at least: what one
code leaves open speaks for the item, never against it.
"""

from __future__ import annotations

from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from typing import Final

from ledger.domain.errors import LedgerError

UNKNOWN: Final = 0
_EARTH_KM: Final = 6371.0
_CITY_RADIUS_KM: Final = 50.0

# code name latitude longitude radius: provinces by their capital, with the radius around it that holds most of their people.
_PROVINCES: Final = """
1100 北京 39.9 116.4 60|1200 天津 39.1 117.2 60|1300 河北 38.0 114.5 350|1400 山西 37.9 112.5 300|1500 内蒙古 40.8 111.7 1000
2100 辽宁 41.8 123.4 300|2200 吉林 43.9 125.3 300|2300 黑龙江 45.8 126.5 450|3100 上海 31.2 121.5 50|3200 江苏 32.1 118.8 300
3300 浙江 30.3 120.2 300|3400 安徽 31.8 117.2 250|3500 福建 26.1 119.3 250|3600 江西 28.7 115.9 300|3700 山东 36.7 117.0 350
4100 河南 34.7 113.6 250|4200 湖北 30.6 114.3 300|4300 湖南 28.2 112.9 300|4400 广东 23.1 113.3 350|4500 广西 22.8 108.4 300
4600 海南 20.0 110.3 250|5000 重庆 29.6 106.5 250|5100 四川 30.6 104.1 400|5200 贵州 26.6 106.7 250|5300 云南 25.0 102.7 400
5400 西藏 29.7 91.1 700|6100 陕西 34.3 108.9 350|6200 甘肃 36.1 103.8 700|6300 青海 36.6 101.8 500|6400 宁夏 38.5 106.2 200
6500 新疆 43.8 87.6 900|7100 台湾 25.0 121.5 300|8100 香港 22.3 114.2 30|8200 澳门 22.2 113.5 20
"""
_CITIES: Final = """
1301 石家庄 38.0 114.5|1302 唐山 39.6 118.2|1306 保定 38.9 115.5|1401 太原 37.9 112.5|1501 呼和浩特 40.8 111.7|1502 包头 40.7 109.8
2101 沈阳 41.8 123.4|2102 大连 38.9 121.6|2103 鞍山 41.1 123.0|2201 长春 43.9 125.3|2301 哈尔滨 45.8 126.5|3201 南京 32.1 118.8
3202 无锡 31.5 120.3|3203 徐州 34.3 117.2|3205 苏州 31.3 120.6|3206 南通 32.0 120.9|3301 杭州 30.3 120.2|3302 宁波 29.9 121.6
3303 温州 28.0 120.7|3307 金华 29.1 119.6|3401 合肥 31.8 117.2|3501 福州 26.1 119.3|3502 厦门 24.5 118.1|3505 泉州 24.9 118.7
3601 南昌 28.7 115.9|3701 济南 36.7 117.0|3702 青岛 36.1 120.4|3706 烟台 37.5 121.4|3707 潍坊 36.7 119.2|3713 临沂 35.1 118.3
4101 郑州 34.7 113.6|4103 洛阳 34.6 112.5|4201 武汉 30.6 114.3|4205 宜昌 30.7 111.3|4301 长沙 28.2 112.9|4401 广州 23.1 113.3
4403 深圳 22.5 114.1|4406 佛山 23.0 113.1|4419 东莞 23.0 113.7|4501 南宁 22.8 108.4|4502 柳州 24.3 109.4|4601 海口 20.0 110.3
4602 三亚 18.3 109.5|5101 成都 30.6 104.1|5107 绵阳 31.5 104.7|5201 贵阳 26.6 106.7|5301 昆明 25.0 102.7|5401 拉萨 29.7 91.1
6101 西安 34.3 108.9|6201 兰州 36.1 103.8|6301 西宁 36.6 101.8|6401 银川 38.5 106.2|6501 乌鲁木齐 43.8 87.6
"""


class RegionError(LedgerError):
    """A region code that is not in the list."""

    code = "scan.region"

    def __init__(self, region: int) -> None:
        super().__init__(f"no region has the code {region:04d}")
        self.region = region


@lru_cache(maxsize=1)
def _table() -> dict[int, tuple[str, float, float, float]]:
    found: dict[int, tuple[str, float, float, float]] = {}
    for text in (_PROVINCES + _CITIES).replace("\n", "|").split("|"):
        if text:
            code, name, latitude, longitude, *radius = text.split(" ")
            size = float(radius[0]) if radius else _CITY_RADIUS_KM
            found[int(code)] = (name, radians(float(latitude)), radians(float(longitude)), size)
    return found


def codes() -> tuple[int, ...]:
    """All codes, rising; 0 (unknown) is not among them."""
    return tuple(sorted(_table()))


def region_name(region: int) -> str:
    """The region's name, `` for an unknown one."""
    entry = _table().get(region)
    return entry[0] if entry else ""


def require_region(region: int) -> int:
    """The code, if it is in the list or 0. Raises RegionError."""
    if region != UNKNOWN and region not in _table():
        raise RegionError(region)
    return region


@lru_cache(maxsize=16_384)
def distance_km(one: int, other: int) -> int:
    """Least distance between two regions in whole kilometres; 0 within a province's own code, and where either is unknown."""
    if one == other or UNKNOWN in (one, other):
        return 0
    # A province's own code holds each of its cities.
    if one // 100 == other // 100 and (one % 100 == 0 or other % 100 == 0):
        return 0
    table = _table()
    if one not in table or other not in table:
        return 0
    _, latitude, longitude, radius = table[one]
    _, latitude_2, longitude_2, radius_2 = table[other]
    # Haversine on a sphere: good to half a percent, the radii are far coarser.
    half = (
        sin((latitude_2 - latitude) / 2) ** 2
        + cos(latitude) * cos(latitude_2) * sin((longitude_2 - longitude) / 2) ** 2
    )
    return max(0, int(2 * _EARTH_KM * asin(sqrt(half)) - radius - radius_2))
