"""What stands in one cell of a sheet → a value, or the code of why it cannot be one. Nothing is guessed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

from contracts.addresses import unquoted
from contracts.errors import ContractsError

FIRST_YEAR, LAST_YEAR = 2000, 2099  # a year outside is a slip of the hand, or a number that Excel shows as a date
LONGEST_CODE = 64
LONGEST_NAME = 300
LONGEST_ADDRESSES = 2000
HIGHEST_NUMBER = 9_999_999
MANY_DIGITS = 10**15  # Excel keeps 15 digits of a number and turns the rest into zeros

ERAS = {"令和": (date(2019, 5, 1), date.max), "平成": (date(1989, 1, 8), date(2019, 4, 30))}
ERA_LETTERS = {"R": "令和", "H": "平成"}
EXCEL_ERRORS = frozenset({"#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"})

_MIDNIGHT = re.compile(r"[ T]+0{1,2}:00(?::00(?:\.0+)?)?$")
_CLOCK = re.compile(r"[ T]\d{1,2}:\d{2}", re.ASCII)
_WESTERN = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日)", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_ERA = re.compile(r"(令和|平成)(元|\d{1,2})年(\d{1,2})月(\d{1,2})日", re.ASCII)
_ERA_SHORT = re.compile(r"([RrHh])(\d{1,2})([-/.])(\d{1,2})\3(\d{1,2})", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_WHOLE = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.0+)?", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[Ee]\+\d+", re.ASCII)
_INVISIBLE = frozenset(
    "\u00ad\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_BREAKING = frozenset({"Cc", "Zl", "Zp"})
_UNREADABLE = "\ufffd"


class CellError(ContractsError):
    """The cell cannot be what its column asks for."""


@dataclass(frozen=True, slots=True)
class Uncalculated:
    """A formula whose result the file does not hold, since no spreadsheet program has calculated it."""

    formula: str

    def __str__(self) -> str:
        return self.formula


def is_empty(cell: object) -> bool:
    """Whether nothing stands in the cell, blanks aside."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def read_text(cell: object) -> str:
    """What a person reads in the cell, blanks around it taken off.

    Raises:
        CellError: a formula without result, an error of Excel's, a date, a time or a truth value.
    """
    if isinstance(cell, str):
        text = cell.strip()
        if text in EXCEL_ERRORS:
            raise CellError("row.spreadsheet-error")
        return text
    if cell is None:
        return ""
    if isinstance(cell, Uncalculated):
        raise CellError("row.formula-not-calculated")
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _number_text(cell)
    if isinstance(cell, date | time):
        raise CellError("row.date-cell")
    raise CellError("row.neither-text-nor-number")


def read_code(cell: object) -> str:
    """A number or code that identifies: full-width signs narrowed, blanks around it taken off.

    Raises:
        CellError: it cannot be one, or Excel has spoilt it.
    """
    text = _narrow(read_text(cell)).strip()
    if _SCIENTIFIC.fullmatch(text):
        raise CellError("row.digits-lost")
    if isinstance(cell, int | float) and not (text.isdigit() and abs(cell) < MANY_DIGITS):
        raise CellError("row.rounded-number")
    if any(_is_control(sign) for sign in text):
        raise CellError("row.line-break")
    if len(text) > LONGEST_CODE:
        raise CellError("row.too-long", most=LONGEST_CODE)
    return text


def read_name(cell: object) -> tuple[str, tuple[str, ...]]:
    """A name as it was typed, and the codes of what had to be taken out of it.

    Line breaks and control characters become a blank; signs that turn the direction of writing or have no width go,
    since in a mail's header or on a screen they make a name say something else.

    Raises:
        CellError: it cannot be a name, or is longer than LONGEST_NAME.
    """
    text = read_text(cell)
    if len(text) > LONGEST_NAME:
        raise CellError("row.too-long", most=LONGEST_NAME)
    if text.isprintable() and _UNREADABLE not in text:
        return text, ()
    found = tuple(what for what, test in _HARMS if any(test(sign) for sign in text))
    kept = "".join(" " if _breaks(sign) else sign for sign in text if not _vanishes(sign))
    return kept.strip(), found


def read_address(cell: object) -> str:
    """One mail address as it was typed, full-width signs narrowed and without quotes that only allow for dots.

    Whether mail can go there is another question.

    A line break or an invisible sign inside becomes a blank: harmless to show, and still no address.

    Raises:
        CellError: it cannot be text.
    """
    text = _narrow(read_text(cell))
    if len(text) > LONGEST_ADDRESSES:
        raise CellError("row.too-long", most=LONGEST_ADDRESSES)
    return unquoted("".join(" " if _is_control(sign) else sign for sign in text).strip())


def read_addresses(cell: object) -> tuple[str, ...]:
    """Mail addresses separated by `;`, each as in `read_address`; the same one twice counts once.

    Raises:
        CellError: it cannot be text.
    """
    parts = (unquoted(part.strip()) for part in read_address(cell).split(";"))
    return tuple(dict.fromkeys(part for part in parts if part))


def read_whole_number(cell: object, *, lowest: int = 1, highest: int = HIGHEST_NUMBER) -> int:
    """A whole number in that range: `12`, `１２`, `1,000`, and 12.0 as Excel keeps it.

    Raises:
        CellError: it is none, or outside the range.
    """
    found = _WHOLE.fullmatch(_narrow(read_text(cell)))
    is_short = found is not None and len(found[1]) <= len(str(HIGHEST_NUMBER)) + 2
    number = int(found[1].replace(",", "")) if found is not None and is_short else None
    if number is None or not lowest <= number <= highest:
        raise CellError("row.whole-number", lowest=lowest, highest=highest)
    return number


def read_date(cell: object) -> date:
    """A day: a date cell, or text as `2022-01-31`, `2022/1/31`, `2022.1.31`, `20220131`, `令和4年1月31日` or `R4.1.31`.

    Raises:
        CellError: no date, a date with a time of day, a two-digit year, a bare count of days as Excel keeps dates.
    """
    if isinstance(cell, datetime):
        if cell.time() != time():
            raise CellError("row.time-of-day")
        return _within_years(cell.date())
    if isinstance(cell, date):
        return _within_years(cell)
    return _date_of(_narrow(read_text(cell)))


@lru_cache(maxsize=4096)  # a book repeats a few hundred days over and over
def _date_of(text: str) -> date:
    day = _MIDNIGHT.sub("", text)
    if _CLOCK.search(day):
        raise CellError("row.time-of-day")
    if found := _WESTERN.fullmatch(day):
        year, _, month, number, month_ja, number_ja = found.groups()
        return _within_years(_day(int(year), int(month or month_ja), int(number or number_ja)))
    if found := _COMPACT.fullmatch(day):
        return _within_years(_day(int(found[1]), int(found[2]), int(found[3])))
    if found := _ERA.fullmatch(day):
        return _within_years(_era_day(found[1], found[2], int(found[3]), int(found[4])))
    if found := _ERA_SHORT.fullmatch(day):
        return _within_years(_era_day(ERA_LETTERS[found[1].upper()], found[2], int(found[4]), int(found[5])))
    if _SERIAL.fullmatch(day):
        raise CellError("row.count-of-days")
    raise CellError("row.no-date")


def _era_day(era: str, year: str, month: int, number: int) -> date:
    first, last = ERAS[era]
    day = _day(first.year - 1 + (1 if year == "元" else int(year)), month, number)
    if not first <= day <= last:
        if last == date.max:
            raise CellError("row.outside-era", era=era, first=first)
        raise CellError("row.outside-closed-era", era=era, first=first, last=last)
    return day


def _day(year: int, month: int, number: int) -> date:
    try:
        return date(year, month, number)
    except ValueError:
        raise CellError("row.no-such-day") from None


def _within_years(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise CellError("row.outside-years", first=FIRST_YEAR, last=LAST_YEAR)
    return day


def _number_text(number: float) -> str:
    return str(int(number)) if isinstance(number, int) or number.is_integer() else str(number)


def _narrow(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text).strip()


def _breaks(sign: str) -> bool:
    return unicodedata.category(sign) in _BREAKING


def _vanishes(sign: str) -> bool:
    return sign in _INVISIBLE or _is_surrogate(sign)


def _is_surrogate(sign: str) -> bool:
    return unicodedata.category(sign) == "Cs"


def _is_control(sign: str) -> bool:
    return not sign.isprintable() and (_breaks(sign) or _vanishes(sign))


_HARMS = (
    ("flag.break-in-name", _breaks),
    ("flag.invisible-in-name", lambda sign: sign in _INVISIBLE),  # or one that turns the direction of writing
    ("flag.half-in-name", _is_surrogate),
    ("flag.unreadable-in-name", lambda sign: sign == _UNREADABLE),
)
