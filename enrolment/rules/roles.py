"""The four roles of the seed's opening question, and how it is known that somebody has one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class How(IntEnum):
    """How it is known that somebody has a role; the strongest counts, so that each person counts once a role."""

    ANSWERED = 1
    PLACED = 2
    ON_IT = 3
    FINISHED = 4

    @property
    def code(self) -> str:
        """The stable name, as in addresses and files."""
        return self.name.lower()


WORDS = {
    How.ANSWERED: "answered so",
    How.PLACED: "placed on it",
    How.ON_IT: "on it now",
    How.FINISHED: "finished it",
}


@dataclass(frozen=True)
class Role:
    """One role: the answer to the question ``does`` that says so, and the programme that prepares for it.

    ``name`` is what it is called, ``does`` completes “nobody …”, ``do`` completes “three people …”.
    """

    code: str
    name: str
    does: str
    do: str
    option: str
    programme: str


# The seed asks who sets the direction, who makes the decisions, who improves and embeds; delivering is its third unit.
# Which programme is for whom: domain.md §5 and the seed's “Who to put on this”.
ROLES = (
    Role(
        "direction",
        "Setting the direction",
        "sets the direction",
        "set the direction",
        "sets_direction",
        "ai-leadership-literacy",
    ),
    Role(
        "decisions",
        "Making the decisions",
        "makes the decisions",
        "make the decisions",
        "decides_governs",
        "ai-governance",
    ),
    Role(
        "delivery",
        "Delivering the change",
        "delivers the change",
        "deliver the change",
        "oversees_delivery",
        "ai-transformation",
    ),
    Role(
        "improvement",
        "Improving and embedding",
        "improves and embeds",
        "improve and embed",
        "improves_work",
        "ai-practitioner",
    ),
)
QUESTION = "does"  # the code of the question whose answers say what somebody does


@dataclass(frozen=True)
class Count:
    """How many people have one role in one place, by how it is known."""

    role: Role
    by_how: Mapping[How, int] = field(default_factory=dict)

    @property
    def people(self) -> int:
        """All of them."""
        return sum(self.by_how.values())

    @property
    def strongest(self) -> How | None:
        """The strongest way in which it is known of anybody; None where nobody has the role."""
        return max((how for how, count in self.by_how.items() if count), default=None)

    @property
    def is_gap(self) -> bool:
        """Whether nobody has the role, by anything that is known."""
        return self.strongest is None

    @property
    def is_unprepared(self) -> bool:
        """Whether somebody says that they have it, and none of them has a place on its programme."""
        return self.strongest is How.ANSWERED


def role_of(code: str) -> Role | None:
    """The role of this code, or None."""
    return next((role for role in ROLES if role.code == code), None)


def gap_in_words(count: Count, place: str) -> str:
    """What is missing in a place, as a sentence: nobody in Finance sets the direction."""
    if count.is_gap:
        return f"Nobody in {place} {count.role.does}."
    if count.people == 1:
        return f"One person in {place} {count.role.does}, and is not placed on the programme for it."
    return f"{count.people:,} people in {place} {count.role.do}, and none of them is placed on the programme for it."
