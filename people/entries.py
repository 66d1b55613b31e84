"""What a file says of people, and what follows from it alone: changes, shared e-mails, loops of managers, and an order.

Pure functions of their arguments: no query, no clock. People are named by their staff numbers throughout.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from people.rules import say

# What an entry says besides the staff number, in the order of `Entry.facts` and of `Stored.facts`.
COLUMNS = (
    "given_names",
    "family_name",
    "email",
    "job_title",
    "department",
    "manager_staff_number",
    "date_of_birth",
    "employed_from",
    "employed_until",
)
EMAIL, TITLE, DEPARTMENT = COLUMNS.index("email"), COLUMNS.index("job_title"), COLUMNS.index("department")
MANAGER = COLUMNS.index("manager_staff_number")
NAMES = 2  # how many of them, the first ones, are names
LOST_LETTER = "?"  # what is written for a letter that an encoding has not
BORN, FROM, UNTIL = (COLUMNS.index(name) for name in ("date_of_birth", "employed_from", "employed_until"))
LABELS = {
    "staff_number": "staff number",
    "given_names": "given names",
    "family_name": "family name",
    "email": "e-mail",
    "job_title": "job title",
    "department": "department",
    "manager_staff_number": "manager",
    "date_of_birth": "date of birth",
    "employed_from": "start of employment",
    "employed_until": "end of employment",
}

# What a spreadsheet takes for a formula when a cell begins so.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")

type Fact = str | date | None
type Facts = tuple[Fact, ...]
EVERYTHING = (True,) * len(COLUMNS)
NOTHING: Facts = ("", "", "", "", "", "", None, None, None)


@dataclass(slots=True)
class Entry:
    """One person as a file has them.

    ``facts`` follow COLUMNS: texts ("" is blank), the department's name, the manager's staff number, dates. ``says``
    tells which of them the file speaks of; the others are left as they are. ``has_lost``: a name holds “?” where the
    file's encoding had no such letter; a stored name that differs from it only there is kept (then ``has_kept``).
    """

    staff_number: str
    facts: Facts
    says: tuple[bool, ...] = EVERYTHING
    has_lost: bool = False
    has_kept: bool = False

    def over(self, stored: Facts) -> Facts:
        """The person's facts once this entry is applied to what is stored."""
        facts = self.facts
        if self.says is not EVERYTHING:
            facts = tuple(new if said else old for new, old, said in zip(facts, stored, self.says, strict=True))
        if self.has_lost:
            names = zip(facts[:NAMES], stored[:NAMES], strict=True)
            whole = tuple(old if is_lost(str(new), str(old)) else new for new, old in names)
            self.has_kept = whole != facts[:NAMES]
            facts = (*whole, *facts[NAMES:])
        return facts


@dataclass(frozen=True, slots=True)
class Stored:
    """One person as the database has them: the row's id and the facts in the same order and form."""

    id: int
    facts: Facts


class Change(NamedTuple):
    """One column of a person that became something else."""

    column: str
    old: Fact
    new: Fact

    def __str__(self) -> str:
        return f"{LABELS[self.column]} {_said(self.old)} → {_said(self.new)}"

    @property
    def is_leaving(self) -> bool:
        """Whether employment ends that went on, or ends sooner."""
        if self.column != "employed_until" or not isinstance(self.new, date):
            return False
        return not isinstance(self.old, date) or self.new < self.old


def _said(fact: Fact) -> str:
    return say(fact) if isinstance(fact, date) else fact or "none"


def changed(stored: Facts, after: Facts) -> tuple[Change, ...]:
    """What differs; a department's name counts as the same whatever its capitals."""
    if stored == after:
        return ()
    return tuple(
        Change(column, old, new)
        for column, old, new in zip(COLUMNS, stored, after, strict=True)
        if old != new and not (column == "department" and str(old).lower() == str(new).lower())
    )


def is_lost(name: str, whole: str) -> bool:
    """Whether a name is another one with “?” in place of letters: one for each, or two where a letter has two bytes."""
    if LOST_LETTER not in name:
        return False
    for tried in (name, name.replace(LOST_LETTER * 2, LOST_LETTER)):
        pairs = zip(tried, whole, strict=False)
        is_so = all(one == other or (one == LOST_LETTER and not other.isascii()) for one, other in pairs)
        if is_so and len(tried) == len(whole):
            return True
    return False


def email_clashes(claims: Sequence[tuple[str, str]], held: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Who may not have the e-mail that a file gives them, and with whom they would share it.

    ``claims`` are (person, e-mail or "") of a file in its order, ``held`` the (person, e-mail) pairs that the database
    has now; e-mails in small letters. Judged on how everything stands afterwards: somebody whom the file gives another
    e-mail frees the old one; somebody refused keeps theirs, which can refuse others in turn. A part of the file applied
    already changes no verdict, so an interrupted import resumes with the same ones.
    """
    claimed = dict(claims)
    now = list(held)
    has_now = dict(now)
    taken = {email: person for person, email in now if person not in claimed}
    refused: dict[str, str] = {}
    for person, email in claims:
        if email and (other := taken.setdefault(email, person)) != person:
            refused[person] = other
    waiting = list(refused)
    while waiting:
        person = waiting.pop()
        sharer = taken.get(has_now.get(person, ""))
        if sharer is not None and sharer != person and sharer in claimed and sharer not in refused:
            refused[sharer] = person
            waiting.append(sharer)
    return refused


def manager_loops(edges: Sequence[tuple[str, str]], fixed: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Which of a file's (person, manager) pairs would close a loop, with the loop's people, the person first.

    Judged in file order, each seeing the pairs accepted before it; ``fixed`` are the pairs that stay as they are in the
    database. A chain as long as the file takes no longer than a short one.
    """
    above: dict[str, str] = {}
    group: dict[str, str] = {}

    def top(person: str) -> str:
        """Some one person for everybody connected with this one; paths are halved on the way."""
        while (nearer := group.get(person, person)) != person:
            group[person] = group.get(nearer, nearer)
            person = nearer
        return person

    loops: dict[str, tuple[str, ...]] = {}
    for pairs, is_judged in ((fixed, False), (edges, True)):
        for person, manager in pairs:
            ours, theirs = top(person), top(manager)
            if ours != theirs:
                group[ours] = theirs
                above[person] = manager
            elif is_judged:
                loops[person] = _loop(person, manager, above)
    return loops


def managers_first(people: Sequence[str], managers: Mapping[str, str]) -> dict[str, int]:
    """How many of ``people`` stand above each of them: in that order everybody's manager comes before them.

    ``managers`` names each person's manager, if any, and has no loops.
    """
    depth: dict[str, int] = {}
    known = set(people)
    for person in people:
        chain = []
        at: str | None = person
        while at is not None and at not in depth:
            chain.append(at)
            manager = managers.get(at)
            at = manager if manager in known else None
        level = depth[at] + 1 if at is not None else 0
        for name in reversed(chain):
            depth[name] = level
            level += 1
    return depth


def _loop(person: str, manager: str, above: Mapping[str, str]) -> tuple[str, ...]:
    """The people from this one up through the manager, until it would come back; at most six of them."""
    loop = [person]
    at: str | None = manager
    while at is not None and at != person and len(loop) < 6:
        loop.append(at)
        at = above.get(at)
    return tuple(loop)
