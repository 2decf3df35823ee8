"""Writes the hashes of the shipped scripts into docs/browser-verifier.md: python -m tests.support.script_hashes."""

import re
from pathlib import Path

from api.pages.assets import Assets

SHIPPED = (
    "verify.js",
    "verify-boot.js",
    "scan.js",
    "scan-judge.js",
    "scan-decoder.js",
    "scan-sw.js",
    "zxing_reader.wasm",
)
PAGE = Path(__file__).parents[2] / "docs" / "browser-verifier.md"


def main() -> None:
    assets, text = Assets.load(), PAGE.read_text(encoding="utf-8")
    for name in SHIPPED:
        text = re.sub(
            rf"^sha256 \S+  {re.escape(name)}$", f"sha256 {assets[name].digest}  {name}", text, flags=re.MULTILINE
        )
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
