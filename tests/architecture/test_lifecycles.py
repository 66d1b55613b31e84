"""Guard: every table of moves is whole (each status reachable, final ones without exit) and its page is up to date."""

import pytest
from django.core.exceptions import ValidationError

from config.management.commands.lifecycles import document, tables
from lifecycle.moves import START, Move, Moves
from tests.architecture.tree import ROOT

EVERY_ROLE = ("hr", "manager", "learner", "administrator", "calendar")


def move(name: str, source: str, target: str) -> Move:
    """A move by HR from one status to another."""
    return Move(name, frozenset({source}), target, frozenset({"hr"}), name.capitalize())


def matrix(table: Moves) -> dict[tuple[str, str, str], bool]:
    """For each status, move and role whether the table allows it, read from the table's data alone."""
    names = {m.name for m in table.moves}
    roles = {role for m in table.moves for role in m.by} | set(EVERY_ROLE)
    return {
        (status, name, role): any(m.name == name and status in m.sources and role in m.by for m in table.moves)
        for status in {START, *table.statuses()}
        for name in names
        for role in roles
    }


def test_there_are_tables():
    assert {table.subject for table in tables()} >= {"enrolment", "nomination", "questionnaire"}


@pytest.mark.parametrize("subject", ["enrolment", "nomination", "questionnaire"])
def test_the_full_matrix_of_moves(subject):
    table = next(table for table in tables() if table.subject == subject)
    for (status, name, role), allowed in matrix(table).items():
        if allowed:
            made = table.check(name, status, role)
            assert made.name == name
            assert made in table.available(status, role)
        else:
            with pytest.raises(ValidationError) as refused:
                table.check(name, status, role)
            assert refused.value.code == "move_not_allowed"
            assert name not in {m.name for m in table.available(status, role)}


def test_the_statuses_of_a_table_are_those_of_its_model():
    from assessment.models import Questionnaire
    from enrolment.models import Enrolment, Nomination

    statuses = {
        "enrolment": Enrolment.Status.values,
        "nomination": Nomination.Status.values,
        "questionnaire": Questionnaire.Status.values,
    }
    for subject, values in statuses.items():
        table = next(table for table in tables() if table.subject == subject)
        assert table.statuses() <= set(values)


def test_the_page_is_up_to_date():
    assert (ROOT / "docs" / "lifecycles.md").read_text() == document(), "run `manage.py lifecycles`"


def test_the_page_changes_when_a_table_does(monkeypatch):
    before = document()
    bad = Moves("sample", frozenset({"done"}), (move("finish", START, "done"),))
    monkeypatch.setattr("enrolment.rules.SAMPLE", bad, raising=False)
    assert document() != before


@pytest.mark.parametrize(
    ("final", "moves", "why"),
    [
        ({"done"}, [move("finish", START, "done"), move("revive", "lost", "done")], "lost is never reached"),
        ({"done"}, [move("finish", START, "done"), move("revive", "done", "done")], "done is final and has a way out"),
        (set(), [move("finish", START, "done")], "done has no way out"),
        ({"a", "b"}, [move("go", START, "a"), move("go", START, "b")], "go leaves the start twice"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(final, moves, why):
    with pytest.raises(ValueError, match=why):
        Moves("sample", frozenset(final), tuple(moves))
