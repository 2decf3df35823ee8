"""Published provincial grid factors of China, 2023: kg CO2 per kWh, carbon dioxide alone (Ministry of Ecology and Environment and National
Bureau of Statistics, Announcement 2025 No. 47; transcribed from codecarbon 3.3.2, MIT). CO2 and not CO2e, no upstream emissions.
"""

from __future__ import annotations

# ISO 3166-2 code: kg CO2 per kWh.
PROVINCES_2023 = {
    "CN-AH": "0.6553",
    "CN-BJ": "0.5554",
    "CN-CQ": "0.5581",
    "CN-FJ": "0.4211",
    "CN-GD": "0.4419",
    "CN-GS": "0.4471",
    "CN-GX": "0.4476",
    "CN-GZ": "0.5683",
    "CN-HA": "0.5897",
    "CN-HB": "0.4044",
    "CN-HE": "0.6516",
    "CN-HI": "0.3648",
    "CN-HL": "0.5229",
    "CN-HN": "0.4976",
    "CN-JL": "0.4671",
    "CN-JS": "0.5827",
    "CN-JX": "0.5836",
    "CN-LN": "0.4878",
    "CN-NM": "0.6479",
    "CN-NX": "0.6187",
    "CN-QH": "0.1796",
    "CN-SC": "0.1564",
    "CN-SD": "0.6191",
    "CN-SH": "0.5737",
    "CN-SN": "0.6335",
    "CN-SX": "0.6634",
    "CN-TJ": "0.6796",
    "CN-XJ": "0.6021",
    "CN-YN": "0.1333",
    "CN-ZJ": "0.4974",
}
