"""Two records of one person: whether they can be one, what is in the way, and what would become of each part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assessment.models import Asked, Placement, Recommendation, Response, SecondLook
from enrolment import rules
from enrolment.models import Enrolment, Nomination
from enrolment.queries.enrolments import history_of
from enrolment.rules import Refusal
from people.entries import COLUMNS, FROM, LABELS, MANAGER, UNTIL, Facts
from people.models import Employee, Notice
from people.queries import managers_upwards, stored

WAY_OUT = "Withdraw from one of them, cancel it or give it other days first; then merge."


@dataclass(frozen=True)
class Problem:
    """Why two records cannot be one: ``refusal``, and the enrolments by which somebody gets out of it."""

    refusal: Refusal
    enrolments: tuple[Enrolment, ...] = ()


@dataclass(frozen=True)
class Preview:
    """What merging would come to: facts as (label, kept, other, afterwards), what moves, what ends, what refuses.

    ``doubts`` are facts by which they may be two people after all.
    """

    facts: list[tuple[str, str, str, str]]
    moves: list[str]
    ends: list[str]
    problems: list[Problem]
    doubts: list[str]


def preview(kept: Employee, other: Employee, *, on: date) -> Preview:
    """Both records side by side and what would become of them; nothing is locked."""
    both = stored([kept.staff_number, other.staff_number])
    ours, theirs = both[kept.staff_number].facts, both[other.staff_number].facts
    after = merged_facts(kept, other, ours, theirs)
    facts = [
        (LABELS[column][:1].upper() + LABELS[column][1:], _said(mine), _said(its), _said(then))
        for column, mine, its, then in zip(COLUMNS, ours, theirs, after, strict=True)
        if mine != its
    ]
    problems = problems_of(kept, other, history_of(kept.pk, on=on), history_of(other.pk, on=on), on=on)
    return Preview(facts, _moves(other), _ends(kept, other), problems, _doubts(kept, other))


def problems_of(
    kept: Employee, other: Employee, ours: Sequence[Enrolment], theirs: Sequence[Enrolment], *, on: date
) -> list[Problem]:
    """Everything that keeps two records from being one; the records of both as they stand on a day."""
    if kept.pk == other.pk:
        return [Problem(Refusal("same_record", "That is this record itself. Name the other one."))]
    found = []
    if kept.left_on and not other.left_on:
        sentence = f"{kept.name}, {kept.staff_number}, has left. Keep {other.staff_number} and merge this one into it."
        found.append(Problem(Refusal("kept_has_left", sentence)))
    for record in theirs:
        for clash in rules.clashes(rules.held_on(record, on), ours, on=on):
            days = rules.held(clash.other)
            stands = f", {rules.between(days)}" if days else ""
            own = rules.held(record)
            sentence = (
                f"{record.programme.name}{f', {rules.between(own)}' if own else ''}, of {other.staff_number} and "
                f"{clash.other.programme.name}{stands}, of {kept.staff_number} share {rules.between(clash.shared)}. "
                f"{WAY_OUT}"
            )
            found.append(Problem(Refusal("clash", sentence, (clash,)), (record, clash.other)))
    running = {record.programme_id: record for record in ours if record.status in Enrolment.LIVE}
    for record in theirs:
        same = running.get(record.programme_id) if record.status in Enrolment.LIVE else None
        if same and not any(same in problem.enrolments and record in problem.enrolments for problem in found):
            sentence = f"{record.programme.name} stands on both records. Withdraw from one, or cancel it, first."
            found.append(Problem(Refusal("already_on_programme", sentence), (record, same)))
    if SecondLook.objects.open().filter(employee__in=[kept, other]).count() > 1:
        sentence = "A second look is open on both records. Write what came of one of them first."
        found.append(Problem(Refusal("two_second_looks", sentence)))
    if other.staff_number in line_above(kept)[1:]:
        sentence = f"{kept.name} reports to somebody who reports to {other.staff_number}: give another manager first."
        found.append(Problem(Refusal("manager_loop", sentence)))
    return found


def line_above(person: Employee) -> list[str]:
    """The staff numbers of everybody above a person, the nearest first."""
    managers, found, at = managers_upwards([person.staff_number]), [], person.staff_number
    while (at := managers.get(at, "")) and at not in found:
        found.append(at)
    return found


def merged_facts(kept: Employee, other: Employee, ours: Facts, theirs: Facts) -> Facts:
    """The kept record's facts; what it does not know is taken from the other, but for a last day."""
    after = [mine or its for mine, its in zip(ours, theirs, strict=True)]
    after[UNTIL] = ours[UNTIL]
    if ours[MANAGER] == other.staff_number:
        after[MANAGER] = theirs[MANAGER]
    above = line_above(other)
    if after[MANAGER] == kept.staff_number or (after[MANAGER] != ours[MANAGER] and kept.staff_number in above):
        after[MANAGER] = ""
    since, until = after[FROM], after[UNTIL]
    if isinstance(since, date) and isinstance(until, date) and until < since:
        after[FROM] = ours[FROM]
    return tuple(after)


def _moves(other: Employee) -> list[str]:
    """What goes to the record that is kept, counted."""
    parts = (
        (Enrolment.objects.filter(employee=other).count(), "enrolment", "enrolments"),
        (Nomination.objects.filter(employee=other).count(), "nomination", "nominations"),
        (Response.objects.filter(employee=other).count(), "questionnaire answered", "questionnaires answered"),
        (Recommendation.objects.filter(employee=other).count(), "recommendation", "recommendations"),
        (Placement.objects.filter(employee=other).count(), "placement", "placements"),
        (SecondLook.objects.filter(employee=other).count(), "second look", "second looks"),
        (Asked.objects.filter(employee=other).count(), "sending", "sendings"),
        (Notice.objects.filter(employee=other).count(), "message", "messages"),
        (other.reports.count(), "person who reports to them", "people who report to them"),
    )
    return [f"{number} {one if number == 1 else many}" for number, one, many in parts if number]


def _doubts(kept: Employee, other: Employee) -> list[str]:
    pairs = (
        ("dates of birth", kept.date_of_birth, other.date_of_birth),
        ("unique learner numbers", kept.uln, other.uln),
    )
    return [f"The {name} differ: are these one person?" for name, mine, its in pairs if mine and its and mine != its]


def nominated_twice(kept: Employee, other: Employee) -> list[Nomination]:
    """Of two that wait for the same programme, one of each record, the one that closes: what was only asked for, else
    that of the record that is merged into the other."""
    waiting = Nomination.objects.unanswered().select_related("employee", "programme").order_by("id")
    mine = {each.programme_id: each for each in waiting.filter(employee=kept)}
    pairs = [(mine[each.programme_id], each) for each in waiting.filter(employee=other) if each.programme_id in mine]
    asked, submitted = Nomination.UNANSWERED
    return [one if (one.status, two.status) == (asked, submitted) else two for one, two in pairs]


def _ends(kept: Employee, other: Employee) -> list[str]:
    """What cannot be both, and ends."""
    said = []
    if kept.user and other.user:
        roles = " Its role in HR ends with it." if other.user.is_hr and not kept.user.is_hr else ""
        said.append(f"The account {other.user.email} is closed; {kept.user.email} stays.{roles}")
    elif other.user:
        said.append(f"The account {other.user.email} belongs to the kept record from now on.")
    said += [
        f"The nomination for {each.programme.name} of {each.employee.staff_number} closes: both have one."
        for each in nominated_twice(kept, other)
    ]
    if Response.objects.under_way().filter(employee__in=[kept, other]).count() > 1:
        said.append(f"Answers that {other.staff_number} began and did not send are dropped: both have some.")
    return said


def _said(fact: object) -> str:
    return rules.say(fact) if isinstance(fact, date) else str(fact or "")
