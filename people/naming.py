"""Managers that a file names and does not number: each name is one person, nobody, or too many to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from people.entries import MANAGER
from people.imports import Sheet
from people.queries import numbers_by_name

AMBIGUOUS = "ambiguous_manager"
UNKNOWN = "unknown_manager"


def name_managers(sheet: Sheet, names: Mapping[int, str], *, on: date) -> list[str]:
    """Give each row whose manager is named the staff number of who is meant; returns the names that several have.

    Meant can be anybody in the file, with the name that the file gives, and anybody else who works here on the day
    ``on``. Where nobody or more than one is called so, the manager is left as it is and the row says why.
    """
    wanted = {_key(name) for name in names.values()}
    if not wanted:
        return []
    found: dict[str, list[str]] = {name: [] for name in wanted}
    in_file = set()
    for row in sheet.rows:
        if row.entry:
            in_file.add(row.staff_number)
            own = _key(f"{row.entry.facts[0]} {row.entry.facts[1]}")
            if own in found:
                found[own].append(row.staff_number)
    for name, number in numbers_by_name(wanted, on=on):
        if number not in in_file:
            found[name].append(number)
    several: dict[str, None] = {}
    for row in sheet.rows:
        if row.entry and (named := names.get(row.row)):
            numbers = found[_key(named)]
            if len(numbers) == 1:
                row.entry.facts = (*row.entry.facts[:MANAGER], numbers[0], *row.entry.facts[MANAGER + 1 :])
                continue
            row.entry.says = tuple(said and at != MANAGER for at, said in enumerate(row.entry.says))
            row.code, row.message = _why(named, sorted(numbers))
            if numbers:
                several[named] = None
    return list(several)


def _why(name: str, numbers: Sequence[str]) -> tuple[str, str]:
    if not numbers:
        return UNKNOWN, f"Nobody is called “{name[:80]}”: the manager is left as it is."
    some = f"{', '.join(numbers[:4])}{' and others' if len(numbers) > 4 else ''}"
    return AMBIGUOUS, (
        f"{len(numbers)} people are called “{name[:80]}” (staff numbers {some}): the manager is left as it is. "
        "Give the manager’s staff number."
    )


def _key(name: str) -> str:
    """A name as it is compared: given names before the family name, without capitals and double blanks."""
    family, comma, given = name.partition(",")
    return " ".join((f"{given} {family}" if comma else name).lower().split())
