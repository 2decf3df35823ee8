"""Structured logs: one JSON object a line. No query, no body, no path values: a PIN or a serial is never in them."""

from __future__ import annotations

import logging
import time
from typing import Final

import orjson

ACCESS: Final = logging.getLogger("tanji.http.access")
TROUBLE: Final = logging.getLogger("tanji.http")


class JsonLines(logging.Formatter):
    """{ time, level, logger, message, …fields, exception? }"""

    def format(self, record: logging.LogRecord) -> str:
        """One line; `extra={"fields": {...}}` adds members."""
        document: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        fields = getattr(record, "fields", None)
        if isinstance(fields, dict):
            document |= fields
        if record.exc_info:
            document["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(document, default=str, option=orjson.OPT_NON_STR_KEYS).decode("utf-8", "replace")


def configure(level: int = logging.INFO) -> None:
    """Send everything to standard error as JSON lines. For the process that serves; a library leaves logging alone."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
