"""Times of the protocol: unix seconds, RFC 3339 texts of a footprint, and the calendar day a wallet shows."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from verifier.errors import MalformedError

# Every body time must have a four-digit year in Asia/Shanghai: t < 10000-01-01T00:00:00+08:00.
TIME_LIMIT = 253_402_272_000

# RFC 3339 section 5.6 with upper-case T and Z; ASCII digits only; no leap second (unix time has none).
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHANGHAI = timezone(timedelta(hours=8))


def parse_date_time(value: object, place: str) -> int:
    """Unix seconds of an RFC 3339 date-time; a fraction of a second is dropped. Raises MalformedError.

    The result is in [0, TIME_LIMIT).
    """
    if type(value) is not str or len(value) > 40:
        raise MalformedError("date-time", place, f"{value!r:.60} is not of RFC 3339")
    return _parse_text(value, place)


# Reference periods and days are the same in footprint after footprint.
@lru_cache(maxsize=1024)
def _parse_text(value: str, place: str) -> int:
    if _DATE_TIME.fullmatch(value) is None:
        raise MalformedError("date-time", place, f"{value!r:.60} is not of RFC 3339")
    try:
        # The pattern leaves fromisoformat only the calendar to judge.
        elapsed = datetime.fromisoformat(value) - _EPOCH
    except ValueError as error:
        raise MalformedError("date-time", place, f"{value} is no day of the calendar") from error
    seconds = elapsed.days * 86_400 + elapsed.seconds
    if not 0 <= seconds < TIME_LIMIT:
        raise MalformedError("date-time", place, f"{value} is not from 1970 to 9999")
    return seconds


@lru_cache(maxsize=1024)
def three_years_after(time: int) -> int:
    """The same day and time of the UTC calendar three years on, 29 February becoming 28 February (PACT validity)."""
    moment = datetime.fromtimestamp(time, UTC)
    day = 28 if (moment.month, moment.day) == (2, 29) else moment.day
    # The year may pass 9999 at the very end of the range; count from the year before instead of failing.
    if moment.year > 9996:
        return time + 1096 * 86_400
    return int(moment.replace(year=moment.year + 3, day=day).timestamp())


@lru_cache(maxsize=1024)
def shanghai_date(time: int) -> str:
    """`YYYY-MM-DD` of a unix time below TIME_LIMIT, in Asia/Shanghai (UTC+8)."""
    return datetime.fromtimestamp(time, _SHANGHAI).date().isoformat()
