"""How a file of another system is read: which of its columns is which fact, and its cells in the form that is ours."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from people import days
from people.entries import LABELS
from people.records import records_of
from people.tables import Table

FULL_NAME, MANAGER_NAME = "full_name", "manager_name"
DAYS = ("date_of_birth", "employed_from", "employed_until")
# What a column can be, in the order in which it is asked.
FACTS = {
    "staff_number": "Staff number",
    FULL_NAME: "Name as “Surname, Forename”",
    "given_names": "Given names",
    "family_name": "Family name",
    "email": "E-mail",
    "job_title": "Job title",
    "department": "Department",
    "manager_staff_number": "Manager’s staff number",
    MANAGER_NAME: "Manager’s name",
    "date_of_birth": "Date of birth",
    "employed_from": "First day of employment",
    "employed_until": "Last day of employment",
}
# What Excel shows where a formula came to nothing: no fact, and no blank either.
FORMULA_ERRORS = frozenset({"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"})


@dataclass(slots=True)
class Reading:
    """How one file is read: ``facts`` names, column by column, what each is ("": left out).

    ``order`` is that of days in numbers where the column does not show it itself, ``orders`` that of each column of
    days; ``epoch`` is the first day of Excel's numbers, told by the workbook or said by a person. ``names`` are, by
    row, the managers that are named and not numbered, known once the file was read.
    """

    separator: str
    header_row: int
    skipped: int
    facts: tuple[str, ...]
    orders: dict[str, str]
    order: str = ""
    epoch: str = ""
    epoch_is_told: bool = False
    names: dict[int, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For keeping with the file."""
        return {**asdict(self), "names": {}}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Reading:
        """As it was kept."""
        return cls(**{**kept, "facts": tuple(kept["facts"]), "names": {}})

    @property
    def number_at(self) -> int:
        """The place of the staff number among the cells of the file."""
        return self.skipped + self.facts.index("staff_number")

    def records(self, text: str) -> Iterator[tuple[int, list[str], str]]:
        """What `records_of` gives of a file with our own columns, for this one. Rows keep their numbers."""
        columns, header = self._columns()
        yield self.header_row, header, ""
        width, skipped = len(self.facts), self.skipped
        is_numbered = "manager_staff_number" in self.facts
        name_at = self.facts.index(MANAGER_NAME) if MANAGER_NAME in self.facts else None
        number_at = self.facts.index("manager_staff_number") if is_numbered else None
        for number, cells, problem in records_of(text, self.separator):
            if number <= self.header_row:
                continue
            if problem or not any(cells):
                yield number, cells, problem
                continue
            cells = cells[skipped:]
            if wrong := FORMULA_ERRORS.intersection(map(str.strip, cells)):
                yield number, cells, f"A cell holds {min(wrong)}: a formula of Excel failed. Write what it should hold."
                continue
            if name_at is not None and not _cell(cells, number_at) and (name := _cell(cells, name_at)):
                self.names[number] = name
            ours: list[str] = []
            for at, write in columns:
                if at < len(cells):
                    write(cells[at].strip(), ours)
            if len(cells) > width and any(cells[width:]):
                ours += [""] * (len(header) - len(ours)) + cells[width:]
            yield number, ours, ""

    def _columns(self) -> tuple[list[tuple[int, Callable[[str, list[str]], None]]], list[str]]:
        """For each column that is read its place and what writes it, and the header of what they write."""
        columns: list[tuple[int, Callable[[str, list[str]], None]]] = []
        header: list[str] = []
        for at, fact in enumerate(self.facts):
            if not fact or (fact == MANAGER_NAME and "manager_staff_number" in self.facts):
                continue
            if fact == FULL_NAME:
                columns.append((at, _split_name))
                header += ["family_name", "given_names"]
            elif fact == MANAGER_NAME:
                columns.append((at, lambda text, ours: ours.append("")))
                header.append("manager_staff_number")
            else:
                columns.append((at, self._day_writer(fact) if fact in DAYS else _writer(fact)))
                header.append(fact)
        return columns, header

    def _day_writer(self, fact: str) -> Callable[[str, list[str]], None]:
        order, epoch = self.orders.get(fact, "") or self.order, self.epoch
        met: dict[str, str] = {}

        def write(text: str, ours: list[str]) -> None:
            if text not in met:
                day = days.read(text, order, epoch)
                met[text] = day.isoformat() if day else text
            ours.append(met[text])

        return write


@dataclass(frozen=True, slots=True)
class Question:
    """What only a person can say of a file: the choices by their value, and an example from the file."""

    name: str
    choices: Mapping[str, str]
    column: str
    example: str


def reading_of(
    table: Table, facts: Sequence[str], *, order: str = "", epoch: str = "", is_remembered: bool = False
) -> tuple[Reading, list[Question]]:
    """The reading of a table whose columns are these facts, and what has to be asked before it can be read.

    ``order`` and ``epoch`` are what somebody said: of this file, or (``is_remembered``) of one before it. A column that
    shows the order of its days is read so; of the others what is remembered is asked again where a column shows
    something else.
    """
    places = {fact: at for at, fact in enumerate(facts) if fact in DAYS}
    cells = column_cells(table, places.values())
    forms = {fact: days.forms_of(cells[at]) for fact, at in places.items()}
    if is_remembered and any(of.order not in ("", order) for of in forms.values()):
        order = ""
    epoch = table.epoch or epoch
    questions: dict[str, Question] = {}
    for fact, of in forms.items():
        at = places[fact]
        name = table.columns[at]
        if of.is_open and not order:
            example = next(text for text in cells[at] if days.NUMBERS.fullmatch(text))
            questions.setdefault("order", Question("order", days.ORDERS, name, example))
        if of.serial and not epoch:
            example = next(text for text in cells[at] if days.SERIAL.fullmatch(text))
            questions.setdefault("epoch", Question("epoch", days.EPOCHS, name, example))
    reading = Reading(
        separator=table.separator,
        header_row=table.header_row,
        skipped=table.skipped,
        facts=tuple(facts),
        orders={fact: of.order for fact, of in forms.items()},
        order=order,
        epoch=epoch,
        epoch_is_told=bool(table.epoch),
    )
    return reading, list(questions.values())


def column_cells(table: Table, places: Any) -> dict[int, list[str]]:
    """The cells of some columns, each different one once: enough to see how they are written."""
    wanted = sorted(set(places))
    found: dict[int, dict[str, None]] = {at: {} for at in wanted}
    for number, cells, problem in records_of(table.text, table.separator) if wanted else ():
        if number > table.header_row and not problem:
            for at in wanted:
                if table.skipped + at < len(cells):
                    found[at][cells[table.skipped + at].strip()] = None
    return {at: list(texts) for at, texts in found.items()}


def problems(facts: Sequence[str]) -> list[str]:
    """What a choice of columns lacks or has twice, in sentences."""
    said = []
    if "staff_number" not in facts:
        said.append("Say which column is the staff number: it tells who is who.")
    if FULL_NAME in facts and ("given_names" in facts or "family_name" in facts):
        said.append("Take names from one column, or given and family names from two: not both.")
    elif FULL_NAME not in facts and not ("given_names" in facts and "family_name" in facts):
        said.append("Say which columns are the given names and the family name, or which is both.")
    for fact, label in FACTS.items():
        if facts.count(fact) > 1:
            said.append(f"{label} is chosen for {facts.count(fact)} columns: choose one.")
    return said


def fingerprint(headers: Sequence[str]) -> str:
    """What tells files of one source from others: their headers, in order, whatever their capitals."""
    text = "\0".join(" ".join(header.lower().split()) for header in headers)
    return hashlib.sha256(text.encode()).hexdigest()


def _split_name(text: str, ours: list[str]) -> None:
    family, comma, given = text.partition(",")
    ours += [family.strip(), given.strip()] if comma else [text, ""]


def _cell(cells: Sequence[str], at: int | None) -> str:
    return cells[at].strip() if at is not None and at < len(cells) else ""


def _writer(fact: str) -> Callable[[str, list[str]], None]:
    if fact == "email":  # the same address, and the same person again, whatever the capitals
        return lambda text, ours: ours.append(text.lower())
    return lambda text, ours: ours.append(text)


assert {fact for fact in FACTS if fact not in (FULL_NAME, MANAGER_NAME)} == set(LABELS)
