"""The suite notices when the rule is broken: each mutant changes one line of a copy of the tree, and its tests fail."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.mutants
RACES, ACTIONS, FOLLOWERS = (
    "tests/races/test_races.py",
    "tests/enrolment/test_actions.py",
    "tests/enrolment/test_followers.py",
)
MODELS, CHANGES, CALENDAR = (
    "tests/enrolment/test_models.py",
    "tests/enrolment/test_changes.py",
    "tests/enrolment/test_calendar.py",
)
RULES, PLANNER = "tests/enrolment/test_rules.py", "tests/enrolment/test_planner.py"
HELD = "enrolment/rules/holds.py"
SQL = "enrolment/migrations/0001_initial.py"
LAST = "enrolment/migrations/0002_the_rule_through_time.py"

# A name: the file, what stands there, what it becomes, and the tests that have to fail.
MUTANTS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "no lock on people": (
        "people/models.py",
        'return self.order_by("id").select_for_update(no_key=True)',
        'return self.order_by("id")',
        ("tests/enrolment/test_actions.py", RACES),
    ),
    "no constraint": (
        LAST,
        "migrations.RunSQL(TAKE_SEATS,",
        'migrations.RunSQL(TAKE_SEATS + "; ALTER TABLE enrolment_enrolment DROP CONSTRAINT one_programme_on_any_day",',
        (MODELS,),
    ),
    "no trigger": (SQL, "FOR NO KEY UPDATE", "", (MODELS, RACES)),
    "a seat for two": (
        "enrolment/migrations/0002_the_rule_through_time.py",
        "fields=('seat',), name='one_enrolment_per_seat'",
        "fields=('seat', 'employee'), name='one_enrolment_per_seat'",
        (MODELS,),
    ),
    "paused holds nothing in the database": (
        SQL,
        "WHEN status IN ('overdue', 'paused')",
        "WHEN status IN ('overdue')",
        (MODELS,),
    ),
    "overdue holds nothing in the database": (
        SQL,
        "WHEN status IN ('overdue', 'paused')",
        "WHEN status IN ('paused')",
        (MODELS,),
    ),
    "planned holds nothing in the database": (
        SQL,
        "status IN ('planned', 'active') OR",
        "status IN ('active') OR",
        (MODELS,),
    ),
    "completed holds nothing in the policy": (HELD, "case S.COMPLETED | S.WITHDRAWN:", "case S.WITHDRAWN:", (RULES,)),
    "paused holds nothing in the policy": (HELD, "case S.OVERDUE | S.PAUSED:", "case S.OVERDUE:", (RULES,)),
    "the last day is free": (
        HELD,
        "last < first else Days(first, last)",
        "last <= first else Days(first, last)",
        (RULES, PLANNER),
    ),
    "an overrun frees its days": (
        HELD,
        "days.last < on and enrolment.status in (S.PLANNED, S.ACTIVE)",
        "False and enrolment.status in (S.PLANNED, S.ACTIVE)",
        (RULES, ACTIONS),
    ),
    "followers stay where they are": (
        "enrolment/rules/changes.py",
        "return None, knock_on([*others, after], facts, on=on, pinned=after)",
        "return None, []",
        (FOLLOWERS,),
    ),
    "the calendar does not re-plan": (
        "enrolment/actions/calendar.py",
        "shifts = rules.knock_on(theirs, facts, on=on)",
        "shifts: list[rules.Shift] = []",
        (FOLLOWERS,),
    ),
    "plans in the way of an overrun keep their dates": (
        "enrolment/rules/calendar.py",
        "            day.queued.append((enrolment, blocking[0]))",
        "            pass",
        (CALENDAR, FOLLOWERS),
    ),
    "what was reinstated is not judged": (
        "enrolment/rules/changes.py",
        "if refusal := change_refusal(after, before, firm, versions, on=on):",
        "if False and (refusal := change_refusal(after, before, firm, versions, on=on)):",
        (CHANGES,),
    ),
    "edits push without being asked": (
        "enrolment/rules/changes.py",
        "if push and is_movable(o)",
        "if is_movable(o)",
        (FOLLOWERS,),
    ),
    "what lost its own days becomes a follower": (
        "enrolment/rules/calendar.py",
        "        plan.is_displaced = True\n",
        "        plan.is_displaced = False\n",
        ("tests/enrolment/test_displaced.py",),
    ),
    "a displaced plan stands behind what stands behind it": (
        "enrolment/rules/calendar.py",
        "    if plan.pk in {behind.pk, *chain_ahead(behind, known.values())}:",
        "    if plan.pk == behind.pk:",
        ("tests/enrolment/test_order_of_plans.py",),
    ),
    "who waits for days and follows nothing is not told": (
        "enrolment/actions/calendar.py",
        "tell(notices.queued(queued, on=on), again=always)",
        "tell(notices.queued([plan for plan in queued if plan.follows_id], on=on), again=always)",
        ("tests/enrolment/test_order_of_plans.py",),
    ),
    "a plan pushes what comes before it": (
        "enrolment/rules/changes.py",
        "if o not in pushed or _is_before(o, after, others)",
        "if o not in pushed",
        ("tests/enrolment/test_order_of_plans.py",),
    ),
    "the planner forgets age": (
        "enrolment/rules/planner.py",
        "if employee.date_of_birth and start < (old_enough",
        "if False and start < (old_enough",
        (PLANNER,),
    ),
    "a promotion is not judged": (
        "enrolment/rules/cohorts.py",
        "    if refusal := judge(in_cohort(record, cohort), others, versions, on=on):",
        "    if refusal := None:",
        (CHANGES,),
    ),
}


def pattern_problem(root: Path, name: str, mutants: Mapping[str, tuple[str, str, str, tuple[str, ...]]]) -> str:
    """Why a mutant of a tree would break nothing, or nobody would see it; empty when it can be run."""
    place, old, new, tests = mutants[name]
    file = root / place
    if not file.is_file():
        return f"there is no {place}"
    if (times := file.read_text().count(old)) != 1:
        return f"{old!r} stands {times} times in {place}"
    if old == new:
        return f"{old!r} stays as it is"
    missing = [test for test in tests if not (root / test).is_file()]
    return f"there is no {missing[0]}" if missing else "" if tests else "no tests are named"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tree without what it made."""
    tree = tmp_path / "tree"
    left_out = shutil.ignore_patterns(".git", ".venv", ".waypoint", "__pycache__", ".*_cache", ".hypothesis")
    shutil.copytree(ROOT, tree, ignore=left_out)
    return tree


@pytest.mark.parametrize("name", MUTANTS)
def test_the_suite_turns_red(copy: Path, name: str) -> None:
    """The change is made exactly once, and a test fails because of it (an error while collecting would not count)."""
    place, old, new, tests = MUTANTS[name]
    file = copy / place
    assert pattern_problem(copy, name, MUTANTS) == ""
    file.write_text(file.read_text().replace(old, new))
    words = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
    outside = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    ran = subprocess.run(
        words, cwd=copy, env={**outside, "PYTHONPATH": str(copy)}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1, ran.stdout[-3000:] + ran.stderr[-1000:]
    assert "failed" in ran.stdout
