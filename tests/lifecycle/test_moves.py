"""Tables of moves: what they allow, and that a wrong table never runs."""

import pytest
from django.core.exceptions import ValidationError

from lifecycle.moves import START, Move, Moves

HR = frozenset({"hr"})


def table(*moves: Move, final: frozenset[str] = frozenset({"done"})) -> Moves:
    """A table about a thing."""
    return Moves("thing", final, moves)


MAKE = Move("make", frozenset({START}), "begun", HR, "Make")
END = Move("end", frozenset({"begun"}), "done", HR, "End")


def test_a_table_checks_and_lists() -> None:
    """The move, or a ValidationError with a code and words."""
    moves = table(MAKE, END)
    assert moves.check("end", "begun", "hr") is END
    assert moves.available("begun", "hr") == [END]
    assert moves.available("begun", "manager") == []
    assert moves.statuses() == {"begun", "done"}
    for name, status, role in (("end", "done", "hr"), ("end", "begun", "manager"), ("fly", "begun", "hr")):
        with pytest.raises(ValidationError) as refused:
            moves.check(name, status, role)
        assert refused.value.code == "move_not_allowed"


def test_a_table_is_drawn_the_same_every_time() -> None:
    """Start, moves with who may make them, and the end."""
    assert table(MAKE, END).diagram().splitlines() == [
        "stateDiagram-v2",
        "    [*] --> begun: make (hr)",
        "    begun --> done: end (hr)",
        "    done --> [*]",
    ]


@pytest.mark.parametrize(
    ("moves", "final", "problem"),
    [
        ((MAKE, END, END), frozenset({"done"}), "end leaves begun twice"),
        (
            (MAKE, END, Move("lose", frozenset({"lost"}), "done", HR, "Lose")),
            frozenset({"done"}),
            "lost is never reached",
        ),
        ((MAKE,), frozenset(), "begun has no way out"),
        ((MAKE, END), frozenset({"begun", "done"}), "begun is final and has a way out"),
    ],
)
def test_a_wrong_table_never_runs(moves: tuple[Move, ...], final: frozenset[str], problem: str) -> None:
    """It is refused when it is written down."""
    with pytest.raises(ValueError, match=problem):
        table(*moves, final=final)
