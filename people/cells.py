"""One cell of a file at a time: what columns there are, what no text has, a day as files write it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date

from people.entries import RISKY
from people.records import LOST, WHAT_TO_DO, unreadable

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# They turn the direction in which what follows is read: a name would look like another, and so would what stands by it.
DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
BREAKS = re.compile(r"[\t\r\n\u2028\u2029]+")
NUMBERS = {2: "two", 3: "three"}
OTHER_DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{2}|\d{4})")


def places(header: Sequence[str], columns: Sequence[str], needed: int) -> tuple[dict[str, int], list[str]]:
    """Where each of these columns is, and the headers that are not used; the first ``needed`` have to be there.

    Raises ValidationError ``unreadable_file``.
    """
    names = [cell.strip().lower() for cell in header]
    if len(names) == 1 and re.search(r"[;\t|]", names[0]):
        raise unreadable(f"The columns are not separated by commas. {WHAT_TO_DO}")
    if missing := [column for column in columns[:needed] if column not in names]:
        needs = "all are" if needed == len(columns) else f"the first {NUMBERS[needed]} are"
        raise unreadable(
            f"The first row names the columns, and {listed(missing)} {'is' if len(missing) == 1 else 'are'} missing. "
            f"The columns are {', '.join(columns)}; {needs} needed."
        )
    if twice := [column for column in columns if names.count(column) > 1]:
        raise unreadable(f"The column {twice[0]} is there twice. Remove one of them.")
    return {name: names.index(name) for name in columns if name in names}, [n for n in names if n and n not in columns]


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def unguarded(cell: str) -> str:
    """A cell without the apostrophe that our own files put before what a spreadsheet would take for a formula."""
    return cell[1:].strip() if cell.startswith("'") and cell.startswith(RISKY, 1) else cell


def iso_day(text: str) -> date | None:
    """The day that a cell holds, year first as in 2026-05-04; None for anything else."""
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def day_sentence(label: str, text: str, day: date | None) -> str:
    """What is wrong with a cell that should hold a day; ``day`` where it holds one that nobody can mean."""
    if day:
        return f"The {label}, {text}, is not a likely day: check the year."
    if numbers := OTHER_DAY.fullmatch(text):
        first, second, year = map(int, numbers.groups())
        days = _days((year, second, first), (year, first, second))
        if not days:
            return f"The {label}, {text}, is no day at all. Write it as year, month and day, as in 2026-05-04."
        if len(numbers[3]) == 2:
            return f"The {label}, {text}, has half a year. Write all of it, and first, as in 2026-05-04."
        if len(days) == 1:
            return f"The {label}, {text}, is in another form: write the year first, as in {days.pop()}."
        return f"The {label}, {text}, can be read two ways. Write the year first, as in 2026-05-04 for 4 May 2026."
    return f"The {label}, “{short(text)}”, is not a day. Write it as year, month and day, as in 2026-05-04."


def _days(*readings: tuple[int, int, int]) -> set[date]:
    """Which of these years, months and days are days."""
    days = set()
    for year, month, day in readings:
        with suppress(ValueError):
            days.add(date(year or 2000, month, day))
    return days


def cleaned(cells: Sequence[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """Line breaks and tabs in a cell become spaces, what turns the direction goes; other controls refuse the row."""
    plain = [one_way(BREAKS.sub(" ", cell)) for cell in cells]
    if any(LOST in cell for cell in plain):
        return [CONTROLS.sub("", cell) for cell in plain], [
            ("bad_character", f"A cell holds {LOST}, which stands for a letter that was lost. Write the letter.")
        ]
    bad = next((found for cell in plain if (found := CONTROLS.search(cell))), None)
    if bad is None:
        return plain, []
    name = "NUL" if bad[0] == "\0" else f"U+{ord(bad[0]):04X}"
    return [CONTROLS.sub("", cell) for cell in plain], [
        ("bad_character", f"A cell holds the character {name}, which no text has. Remove it.")
    ]


def one_way(text: str) -> str:
    """A text without the characters that turn the direction in which it is read."""
    return DIRECTIONS.sub("", text)


def short(text: str) -> str:
    """A text as a sentence can hold it."""
    return text if len(text) <= 60 else f"{text[:57]}…"
