"""Moves as data: a table says which status may follow which and who may bring it about; it can be checked and drawn."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

START = ""  # what a thing's status is before it exists


@dataclass(frozen=True)
class Move:
    """One way from some statuses to one other.

    ``name`` is the field's verb; ``sources`` are the statuses it may begin in (``START`` for a new record);
    ``by`` are the roles that may make it; ``label`` is what people read on the button.
    """

    name: str
    sources: frozenset[str]
    target: str
    by: frozenset[str]
    label: str


@dataclass(frozen=True)
class Moves:
    """The table for one kind of record: ``subject`` is its name, ``final`` are the statuses without a way out."""

    subject: str
    final: frozenset[str]
    moves: tuple[Move, ...]
    _ways: dict[tuple[str, str], Move] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a table that contradicts itself, at import, so that a wrong table never runs. Raises ValueError."""
        problems = [*self._ambiguous(), *self._unreachable(), *self._dead_ends()]
        if problems:
            raise ValueError(f"The moves of {self.subject}: " + "; ".join(problems))
        self._ways.update({(move.name, source): move for move in self.moves for source in move.sources})

    def statuses(self) -> frozenset[str]:
        """Every status that the table names, without ``START``."""
        named = {move.target for move in self.moves}.union(*(move.sources for move in self.moves))
        return frozenset(named - {START})

    def move(self, name: str, status: str) -> Move | None:
        """The move called ``name`` that begins in ``status``, or None."""
        return self._ways.get((name, status))

    def check(self, name: str, status: str, role: str) -> Move:
        """The move ``name`` out of ``status`` made by ``role``.

        Raises ValidationError ``move_not_allowed`` when the table has no such move, or not for that role.
        """
        move = self.move(name, status)
        if move is None:
            verb = next((m.label for m in self.moves if m.name == name), name)
            state = status.replace("_", " ") or "new"
            raise ValidationError(f"“{verb}” is not possible while the {self.subject} is {state}.", "move_not_allowed")
        if role not in move.by:
            raise ValidationError(f"“{move.label}” is not yours to do.", "move_not_allowed")
        return move

    def available(self, status: str, role: str) -> list[Move]:
        """The moves that ``role`` can make out of ``status``, in the table's order."""
        return [m for m in self.moves if status in m.sources and role in m.by]

    def diagram(self) -> str:
        """The table drawn as a Mermaid state diagram, the same text every time."""
        lines = ["stateDiagram-v2"]
        for move in self.moves:
            who = ", ".join(sorted(move.by))
            lines += [
                f"    {source or '[*]'} --> {move.target}: {move.name} ({who})" for source in sorted(move.sources)
            ]
        lines += [f"    {status} --> [*]" for status in sorted(self.final)]
        return "\n".join(lines)

    def _ambiguous(self) -> Iterable[str]:
        seen: set[tuple[str, str]] = set()
        for move in self.moves:
            for source in move.sources:
                if (move.name, source) in seen:
                    yield f"{move.name} leaves {source or 'the start'} twice"
                seen.add((move.name, source))

    def _unreachable(self) -> Iterable[str]:
        reached = {START}
        while grown := {m.target for m in self.moves if m.sources & reached} - reached:
            reached |= grown
        yield from (f"{status} is never reached" for status in sorted(self.statuses() - reached))

    def _dead_ends(self) -> Iterable[str]:
        for status in sorted(self.statuses()):
            leaves = any(status in move.sources for move in self.moves)
            if status in self.final and leaves:
                yield f"{status} is final and has a way out"
            if status not in self.final and not leaves:
                yield f"{status} has no way out and is not final"
