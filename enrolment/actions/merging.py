"""Two records of one person become one: everything goes to the one kept, the other's number and address lead there.

History is not touched: events stand at the enrolment or nomination that they are about, which moves; what happened to a
record stands at its public id, which the former record remembers (docs/decisions/0011).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.db.models import Max

from assessment.models import Asked, Complaint, Placement, Recommendation, Response, SecondLook
from enrolment import rules
from enrolment.actions.calendar import bring_to_day, records_of
from enrolment.actions.directory import is_between_files, wait_for_other_edits
from enrolment.actions.events import move_nomination
from enrolment.actions.facts import lock_people
from enrolment.actions.feeds import revoke_feeds
from enrolment.actions.outcomes import Outcome
from enrolment.models import Enrolment, Nomination, NominationEvent, NotNow
from enrolment.queries.enrolments import history_of
from enrolment.queries.merging import merged_facts, nominated_twice, problems_of
from enrolment.rules import Refusal
from people.actions.accounts import close_accounts, open_accounts
from people.actions.notices import withdraw_notices
from people.actions.people import Said, as_lines, keep_history, save_people
from people.entries import Change, Entry
from people.models import Employee, FormerRecord, Notice, NoticeChoice, PersonChange, User
from people.queries import stored
from people.reach import acts_for_everybody
from people.roles import Delegation

TWICE = "The kept record was told the same."
SAME = "The same nomination stands on the record that is kept."


@dataclass(frozen=True)
class Merge:
    """Two records of one person: the one that is kept, and the other."""

    kept: Employee
    other: Employee


@transaction.atomic
def merge(merges: Sequence[Merge], *, by: User, on: date, reason: str = "") -> list[Outcome[Merge]]:
    """Make one record of two. HR only, and nobody for themself; it cannot be taken back.

    Each pair is judged and merged in the order given, on the records as they stand then. Refused: ``move_not_allowed``,
    ``own_record``, ``busy`` while a file of people is applied, ``gone``, and what `queries.merging` names: ``clash``,
    ``already_on_programme``, ``two_second_looks``, ``manager_loop``, ``kept_has_left``, ``same_record``.
    """
    wait_for_other_edits()
    people = lock_people(sorted({person.pk for pair in merges for person in (pair.kept, pair.other)}))
    known = {person.pk: person for person in people}
    bring_to_day(records_of(list(known)), on=on)
    outcomes = []
    for pair in merges:
        kept, other = known.get(pair.kept.pk), known.get(pair.other.pk)
        if kept is None or other is None:
            outcomes.append(Outcome(pair, Refusal("gone", "One of the two records is not here any more.")))
            continue
        if (refusal := _refusal(kept, other, by=by, on=on)) is None:
            _merge(kept, other, by=by, on=on, reason=reason)
            del known[pair.other.pk]
        outcomes.append(Outcome(Merge(kept, other), refusal))
    return outcomes


def _refusal(kept: Employee, other: Employee, *, by: User, on: date) -> Refusal | None:
    if not acts_for_everybody(by):
        return Refusal("move_not_allowed", "Only HR of the whole organisation merges records.")
    if by.pk in (kept.user_id, other.user_id):
        return Refusal("own_record", "Somebody else merges your records: ask a colleague in HR.")
    if not is_between_files():
        return Refusal("busy", "A file of people is being applied. Try again when it is done.")
    problems = problems_of(kept, other, history_of(kept.pk, on=on), history_of(other.pk, on=on), on=on)
    return problems[0].refusal if problems else None


def _merge(kept: Employee, other: Employee, *, by: User, on: date, reason: str) -> None:
    both = stored([kept.staff_number, other.staff_number])
    ours, theirs = both[kept.staff_number].facts, both[other.staff_number].facts
    after = merged_facts(kept, other, ours, theirs)
    moved = Enrolment.objects.filter(employee=other).update(employee=kept)
    _nominations(kept, other, by=by, on=on)
    _answers(kept, other)
    _decisions(kept, other)
    _notices(kept, other)
    _own_wishes(kept, other, on=on)
    _deputies(kept, other)
    Employee.objects.filter(manager=other).exclude(pk=kept.pk).update(manager=kept)
    Employee.objects.filter(pk=kept.pk, manager=other).update(manager=None)
    _accounts(kept, other)
    FormerRecord.objects.filter(kept=other).update(kept=kept)
    extra = [Change("uln", "", other.uln)] if other.uln and not kept.uln else []
    other.delete()  # refused by the database while anything still refers to it
    FormerRecord.objects.create(
        public_id=other.public_id,
        staff_number=other.staff_number,
        given_names=other.given_names,
        family_name=other.family_name,
        facts=[fact.isoformat() if isinstance(fact, date) else fact or "" for fact in theirs],
        kept=kept,
        merged_by=by,
        merged_on=on,
        reason=reason,
    )
    if extra:
        Employee.objects.filter(pk=kept.pk).update(uln=other.uln)
    save_people([Entry(kept.staff_number, after)], by=by, on=on, reason=f"Merged with {other.staff_number}")
    _remember(kept, other, extra, enrolments=moved, by=by, on=on, reason=reason)


def _remember(
    kept: Employee, other: Employee, changes: Sequence[Change], *, enrolments: int, by: User, on: date, reason: str
) -> None:
    """One line in the history of each; what the kept record learned is a line of its own."""
    kinds, said = PersonChange.Kind, []
    for person, kind, its_other in ((kept, kinds.MERGED, other), (other, kinds.MERGED_INTO, kept)):
        facts = {"other": f"{its_other.staff_number}, {its_other.name}", "enrolments": enrolments}
        lines = as_lines(changes) if kind == kinds.MERGED else []
        said.append(Said(person.public_id, kind, lines, facts))
    keep_history(said, by=by, on=on, reason=reason)


def _nominations(kept: Employee, other: Employee, *, by: User, on: date) -> None:
    """All of them; where both have one that waits for a programme one of the two is retracted."""
    twice = nominated_twice(kept, other)
    events = [move_nomination(each, "retract", by=by, role=rules.HR, on=on, reason=SAME) for each in twice]
    for nomination in twice:
        nomination.decided_by, nomination.decided_on, nomination.answer = by, on, SAME
    Nomination.objects.bulk_update(twice, ["status", "decided_by", "decided_on", "answer"])
    NominationEvent.objects.bulk_create(events)
    withdraw_notices(nomination.public_id for nomination in twice)
    Nomination.objects.filter(employee=other).update(employee=kept)


def _answers(kept: Employee, other: Employee) -> None:
    """Who was asked, and what was answered: once for each sending, and one response under way."""
    asked = Asked.objects.filter(employee=kept).values("sending")
    Asked.objects.filter(employee=other, sending__in=asked).delete()
    Asked.objects.filter(employee=other).update(employee=kept)
    if Response.objects.under_way().filter(employee=kept).exists():
        Response.objects.under_way().filter(employee=other).delete()
    answered = Response.objects.filter(employee=kept, sending__isnull=False).values("sending")
    Response.objects.filter(employee=other, sending__in=answered).update(sending=None)
    Response.objects.filter(employee=other).update(employee=kept)


def _decisions(kept: Employee, other: Employee) -> None:
    """Recommendations and placements, of which the newest of both is the latest, and second looks."""
    Recommendation.objects.filter(employee__in=[kept, other]).update(is_latest=False)
    Recommendation.objects.filter(employee=other).update(employee=kept)
    newest = Recommendation.objects.filter(employee=kept).order_by("-made_on", "-id").first()
    if newest:
        Recommendation.objects.filter(pk=newest.pk).update(is_latest=True)
    Placement.objects.filter(employee__in=[kept, other]).update(is_current=False)
    Placement.objects.filter(employee=other).update(employee=kept)
    current = Placement.objects.filter(employee=kept).order_by("-decided_on", "-id").first()
    if current:
        Placement.objects.filter(pk=current.pk).update(is_current=True)
    SecondLook.objects.filter(employee=other).update(employee=kept)


def _notices(kept: Employee, other: Employee) -> None:
    """What both were told of one thing is kept as two rounds, not sent a second time; what the kept one chose holds."""
    told = Notice.objects.filter(employee=kept).order_by().values("kind", "subject").annotate(last=Max("round"))
    last = {(row["kind"], row["subject"]): row["last"] for row in told}
    twice = [n for n in Notice.objects.filter(employee=other).order_by("-round") if (n.kind, n.subject) in last]
    for notice in twice:
        notice.round += last[notice.kind, notice.subject]
        notice.employee = kept
        if notice.status in (Notice.Status.DUE, Notice.Status.HELD):
            notice.status, notice.why, notice.leased_until = Notice.Status.WITHDRAWN, TWICE, None
    Notice.objects.bulk_update(twice, ["round", "employee", "status", "why", "leased_until"])
    Notice.objects.filter(employee=other).update(employee=kept)
    chosen = NoticeChoice.objects.filter(employee=kept).values("kind")
    NoticeChoice.objects.filter(employee=other, kind__in=chosen).delete()
    NoticeChoice.objects.filter(employee=other).update(employee=kept)


def _own_wishes(kept: Employee, other: Employee, *, on: date) -> None:
    """What the person put off, once for each programme; the other record's calendar feed is dead."""
    revoke_feeds([other])
    mine = NotNow.objects.filter(employee=kept, ended_on=None).values("programme")
    NotNow.objects.filter(employee=other, ended_on=None, programme__in=mine).update(ended_on=on)
    NotNow.objects.filter(employee=other).update(employee=kept)


def _deputies(kept: Employee, other: Employee) -> None:
    """Who stands in for whom; that one of the two stands in for the other means nothing any more."""
    both = [kept, other]
    Delegation.objects.filter(from_employee__in=both, to_employee__in=both).delete()
    Delegation.objects.filter(from_employee=other).update(from_employee=kept)
    Delegation.objects.filter(to_employee=other).update(to_employee=kept)


def _accounts(kept: Employee, other: Employee) -> None:
    """One account: the kept record's, else the other's. What was done by the closed one is the kept one's to see."""
    theirs = User.objects.filter(employee=other).first()
    mine = User.objects.filter(employee=kept).first()
    if theirs is None:
        return
    Employee.objects.filter(pk=other.pk).update(user=None)
    if mine is None:
        Employee.objects.filter(pk=kept.pk).update(user=theirs)
        if other.left_on and kept.left_on is None:  # what their leaving closed; who works here signs in
            open_accounts([theirs])
        return
    Complaint.objects.filter(made_by=theirs).update(made_by=mine)
    SecondLook.objects.filter(asked_by=theirs).update(asked_by=mine)
    SecondLook.objects.open().filter(reviewer=theirs).update(reviewer=mine)
    Nomination.objects.filter(nominated_by=theirs).update(nominated_by=mine)
    known = SocialAccount.objects.filter(user=mine).values("provider")
    SocialAccount.objects.filter(user=theirs).exclude(provider__in=known).update(user=mine)
    close_accounts([theirs])
