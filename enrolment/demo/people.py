"""Who works in the invented organisation. Pure: person number n of a seed is always the same person."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b

from enrolment.demo.names import DEPARTMENTS, DOMAIN, FAMILY, GIVEN
from people.rules import uln_problem

STORY = 240  # people of whom something is told; all others are there for size
FEWEST = 60
MOST = 1_000_000
SPAN = 9  # people who report to one person among the others

CHIEF, DIRECTOR, HEAD, LEADER, STAFF = "chief", "director", "head", "leader", "staff"
# By number: the chief, 8 directors, 16 heads, 24 team leaders, then everybody else.
FIRST_HEAD, FIRST_LEADER, FIRST_STAFF = 9, 25, 49
HR_ACCOUNT = FIRST_HEAD + 2  # a head of Human Resources, about whom the story says nothing
COLLEAGUE_ACCOUNT = HR_ACCOUNT + len(DEPARTMENTS)  # the other one, for what somebody else in HR has to do; nor of them
MANAGER_ACCOUNT = FIRST_LEADER  # a team leader in Operations
LEARNER_ACCOUNT = FIRST_STAFF  # the first of that team


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person; ``manager`` is the number of another, ``department`` the place in ``DEPARTMENTS``."""

    number: int
    public_id: uuid.UUID
    given_names: str
    family_name: str
    job_title: str
    department: int | None
    manager: int | None
    tier: str
    date_of_birth: date
    employed_from: date
    employed_until: date | None = None

    @property
    def staff_number(self) -> str:
        """The number on the badge."""
        return staff_number(self.number)

    @property
    def email(self) -> str:
        """An address in a domain that can never exist."""
        family = self.family_name.replace("'", "").lower()
        return f"{self.given_names.lower()}.{family}.{self.number + 1}@{DOMAIN}"

    @property
    def uln(self) -> str:
        """A made-up unique learner number; of one in seven nobody knows it, nor of those of whom nothing is told."""
        if self.number % 7 == 0 or self.number >= STORY:
            return ""
        nines = (f"{900_000_000 + 10 * self.number + spare}" for spare in range(10))  # some have no check digit
        return next(text for nine in nines for digit in range(10) if not uln_problem(text := f"{nine}{digit}"))


def staff_number(number: int) -> str:
    """D and six digits. Any other staff number is a real person's, and how the demonstration knows to stay away."""
    return f"D{number + 1:06}"


def people(first: int, last: int, *, seed: int, on: date) -> Iterator[Person]:
    """The people numbered from ``first`` up to but without ``last``, as they are on a day."""
    return (person(number, seed=seed, on=on) for number in range(first, last))


def person(number: int, *, seed: int, on: date) -> Person:
    """One person. Everything about them follows from the seed and the number, and dates from the day."""
    chance = blake2b(f"{seed}:{number}".encode(), digest_size=32).digest()
    pick = int.from_bytes(chance[16:], "big")
    given, pick = GIVEN[pick % len(GIVEN)], pick // len(GIVEN)
    family, pick = FAMILY[pick % len(FAMILY)], pick // len(FAMILY)
    tier, department, manager = _place(number)
    title = _title(tier, department, pick)
    age = {CHIEF: 20_000, DIRECTOR: 17_500, HEAD: 15_000, LEADER: 12_500}.get(tier, 8_000) + pick % 5_000
    service = 200 + (pick >> 16) % 3_000
    employed_from, employed_until = on - timedelta(days=service), None
    if number >= FIRST_STAFF and number % 97 == 0:
        employed_from = on + timedelta(days=21)  # joins soon
    if number >= FIRST_STAFF and number % 89 == 0:
        employed_until = on + timedelta(days=45)  # has given notice
    return Person(
        number=number,
        public_id=uuid.UUID(bytes=chance[:16], version=4),
        given_names=given,
        family_name=family,
        job_title=title,
        department=department,
        manager=manager,
        tier=tier,
        date_of_birth=on - timedelta(days=age),
        employed_from=employed_from,
        employed_until=employed_until,
    )


def _place(number: int) -> tuple[str, int | None, int | None]:
    """Tier, department and manager: a tree whose upper people come first, so a manager's number is always smaller."""
    size = len(DEPARTMENTS)
    if number == 0:
        return CHIEF, None, None
    if number < FIRST_HEAD:
        return DIRECTOR, number - 1, 0
    if number < FIRST_LEADER:
        department = (number - FIRST_HEAD) % size
        return HEAD, department, 1 + department
    if number < FIRST_STAFF:
        department, which = (number - FIRST_LEADER) % size, (number - FIRST_LEADER) // size
        return LEADER, department, FIRST_HEAD + department + size * (which % 2)
    if number < STORY:
        department, which = (number - FIRST_STAFF) % size, (number - FIRST_STAFF) // size
        return STAFF, department, FIRST_LEADER + department + size * (which % 3)
    beyond = number - STORY
    return STAFF, beyond % size, 0 if beyond < SPAN else STORY + beyond // SPAN - 1


def _title(tier: str, department: int | None, pick: int) -> str:
    if department is None:
        return "Chief Executive"
    _, _, upper, others = DEPARTMENTS[department]
    levels = {DIRECTOR: 0, HEAD: 1, LEADER: 2}
    return upper[levels[tier]] if tier in levels else others[pick % len(others)]
