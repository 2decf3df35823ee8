"""All forgeries of the demo, in the order they are told."""

from __future__ import annotations

from typing import Final

from api.demo.forgeries.claims import CLAIMS, STATUSES
from api.demo.forgeries.dishonest import LOG, SIGNATURES
from api.demo.forgeries.edits import EDITS
from api.demo.forgeries.model import Forgery

FORGERIES: Final[tuple[Forgery, ...]] = (*STATUSES, *EDITS, *SIGNATURES, *LOG, *CLAIMS)
