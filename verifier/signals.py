"""Why a label may be a copy: the reasons who records scans may give (docs/spec/08, `label.copied`), each with its sentences.

A reason makes a verdict suspect and nothing else. They come from the operator's records, which no proof covers (outside P1).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class CopyReason(StrEnum):
    """Stable codes of the reasons; part of the public API."""

    RECALLED = "recalled"
    AFTER_CONSUMED = "after-consumed"
    PIN_REUSED = "pin-reused"
    IMPOSSIBLE_TRAVEL = "impossible-travel"
    TO_AND_FRO = "to-and-fro"
    SCAN_BURST = "scan-burst"
    MANY_DEVICES = "many-devices"
    MANY_OCCASIONS = "many-occasions"
    BEFORE_SALE = "before-sale"


COPY_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "label.copied recalled": (
        "该商品已被召回，请勿使用，并联系销售方。",
        "This item was recalled. Do not use it, and contact the seller.",
    ),
    "label.copied after-consumed": (
        "该商品已登记为用完，其标签之后又被扫描：可能被翻印。",
        "This item was recorded as used up, and its label was scanned after that: it may have been copied.",
    ),
    "label.copied pin-reused": (
        "该标签的一次性验证码被他人再次使用（{times} 次）：可能被翻印。",
        "This label's one-time PIN was used again by others ({times} times): it may have been copied.",
    ),
    "label.copied impossible-travel": (
        "同一标签在相距 {km} 公里的两地相隔 {minutes} 分钟被不同设备扫描，一件商品来不及：可能被翻印。",
        "Different devices scanned this label {km} km apart within {minutes} minutes: it may have been copied.",
    ),
    "label.copied to-and-fro": (
        "三天之内，同一标签在相距甚远的地区之间往返 {trips} 次（{places} 处）：可能被翻印。",
        "Within three days this label went {trips} times between {places} places far apart: it may have been copied.",
    ),
    "label.copied scan-burst": (
        "同一标签一小时内被扫描 {scans} 次：可能被翻印。",
        "This label was scanned {scans} times within an hour: it may have been copied.",
    ),
    "label.copied many-devices": (
        "同一标签一天内被 {devices} 台设备扫描：可能被翻印。",
        "{devices} devices scanned this label on one day: it may have been copied.",
    ),
    "label.copied many-occasions": (
        "三天之内，同一标签在 {occasions} 个不同时段被 {devices} 台设备扫描：可能被翻印。",
        "{devices} devices scanned this label on {occasions} separate occasions within three days: it may have been copied.",
    ),
    "label.copied before-sale": (
        "该商品上市之前 {days} 天，其标签已被 {devices} 台设备扫描：可能被翻印。",
        "{devices} devices scanned this label {days} days before the product went on sale: it may have been copied.",
    ),
}
