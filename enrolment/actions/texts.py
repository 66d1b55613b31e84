"""Writing the texts of letters: each version with who, when and why; what is written ahead and unsent follows."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from assessment.models import Sending
from enrolment import notices
from enrolment.actions.facts import lock_people
from enrolment.actions.outcomes import Outcome, in_chunks
from enrolment.models import Enrolment, NoticeText
from enrolment.notices import Telling, Wording
from enrolment.queries import texts
from enrolment.queries.coming import coming
from enrolment.queries.previews import preview_of
from enrolment.queries.progression import ASKED
from enrolment.queries.statements import open_until
from enrolment.queries.texts import About
from enrolment.rules import Refusal
from enrolment.rules.letters import LETTERS, samples, text_problems
from enrolment.rules.reminders import SAYS_NEXT
from enrolment.rules.wording import write
from people.actions.notices import reword_notices
from people.models import Employee, Notice, Policy, User
from people.queries import policy
from people.wake import wake

log = logging.getLogger(__name__)

CARRY_OUT = "enrolment.tasks.carry_out_texts"
LONGEST = timedelta(minutes=5)  # a transaction that began before a version may still write the words before it
WITHOUT_REASON = Refusal("reason_missing", "Say why the text changes; it stays with the version.")
UNCHANGED = Refusal("unchanged", "These are the words that hold already; nothing was changed.")
MEANWHILE = Refusal("changed_meanwhile", "Somebody has written this text after you opened the page. Read theirs first.")


@dataclass(frozen=True)
class TextWish:
    """A text that somebody wants a kind to have, or its original back; ``after``: the version they had before them."""

    kind: str
    headline: str = ""
    body: str = ""
    is_original: bool = False
    after: int | None = None
    text: NoticeText | None = None  # what it became


@transaction.atomic
def write_texts(wishes: Sequence[TextWish], *, by: User, on: date, reason: str) -> list[Outcome[TextWish]]:
    """A new version for each kind; notices of it that have not left follow within minutes (`carry_out`).

    Refused: ``reason_missing``, ``broken_text`` (see `rules.letters.text_problems`), ``changed_meanwhile``,
    ``unchanged``.
    """
    with connection.cursor() as cursor:  # versions are counted; those who read texts do not wait
        cursor.execute("LOCK TABLE enrolment_noticetext IN SHARE ROW EXCLUSIVE MODE")
    current = {row.kind: row for row in NoticeText.objects.current({wish.kind for wish in wishes})}
    now = notices.wordings({wish.kind for wish in wishes})
    outcomes = []
    for wish in wishes:
        before = current.get(wish.kind)
        if refusal := _refusal(wish, before, now[wish.kind], reason):
            outcomes.append(Outcome(wish, refusal))
            continue
        made = NoticeText(
            kind=wish.kind,
            version=before.version + 1 if before else 1,
            is_original=wish.is_original,
            headline="" if wish.is_original else wish.headline.strip(),
            body="" if wish.is_original else _lines(wish.body),
            reason=reason.strip(),
            by=by,
            on=on,
        )
        made.save()
        current[wish.kind] = made
        now |= notices.wordings([wish.kind])
        outcomes.append(Outcome(TextWish(wish.kind, made.headline, made.body, made.is_original, made.version, made)))
        log.info("text of %s: version %s by user %s on %s", wish.kind, made.version, by.pk, on)
    if any(outcome.is_done for outcome in outcomes):
        wake(CARRY_OUT)
    return outcomes


def carry_out(*, on: date, now: datetime) -> int:
    """Give the notices that have not left the words of the newest version of their kind; returns how many changed.

    Every minute until a version is some minutes old: what was being written when it came is found then. Safe to run
    twice and in parallel.
    """
    done = 0
    for text in NoticeText.objects.filter(is_carried_out=False).current():
        is_last = text.at <= now - LONGEST
        rows = list(texts.unsent(text.kind).order_by("employee_id", "pk").values_list("pk", flat=True))
        for part in in_chunks(reword, rows, kind=text.kind, on=on):
            done += sum(outcome.is_done for outcome in part)
        if is_last:
            NoticeText.objects.filter(kind=text.kind, version__lte=text.version).update(is_carried_out=True)
    return done


@transaction.atomic
def reword(rows: Sequence[int], *, kind: str, on: date) -> list[Outcome[int]]:
    """Say what these unsent notices (row ids) of a kind say in the words that hold now; an outcome for each changed."""
    unsent = texts.unsent(kind).filter(pk__in=rows)
    lock_people(sorted(set(unsent.values_list("employee_id", flat=True))))
    found = list(unsent.select_related("employee").order_by("pk"))
    said = _worded(kind, notices.wordings([kind])[kind], found, on=on)
    return [Outcome(pk) for pk in reword_notices(said)]


def preview(kind: str, wording: Wording, person: Employee | None, *, on: date) -> tuple[str, str, Employee | None]:
    """A sound text about what is this person's, as whoever gets it would read it, and who that is.

    None: nothing of theirs fits, so that it speaks of a sample.
    """
    real = preview_of(kind, person, on=on) if person else None
    if real is None:
        values = samples(kind, person.name, person.given_names) if person else samples(kind)
        return write(wording.headline, values), write(wording.body, values), None
    as_if = Notice(pk=0, employee=real.reader, kind=kind, subject=real.about.public_id, about_on=real.day, due_on=on)
    return *_worded(kind, wording, [as_if], on=on)[0], real.reader


def _worded(kind: str, wording: Wording, found: Sequence[Notice], *, on: date) -> dict[int, tuple[str, str]]:
    """By row id the headline and body of these notices in other words; what is about nothing any more is left out."""
    about = texts.subjects(kind, {notice.subject for notice in found})
    known = [(notice, about[notice.subject]) for notice in found if notice.subject in about]
    records = [row for _, row in known if isinstance(row, Enrolment)]
    next_ones = coming(records, on=on) if kind in SAYS_NEXT else {}
    until = open_until(records, on=on) if "confirm_by" in LETTERS[kind].variables else {}
    rules = policy() if LETTERS[kind].about == "nomination" else None
    said = {}
    for notice, row in known:
        if isinstance(row, Enrolment):
            more: dict[str, object] = {"blocker": row.follows, "confirm_by": until.get(row.pk)}
            if LETTERS[kind].about == "reminder":
                more |= notices.of_day(row, kind, notice.about_on, next_ones, due=notice.due_on)
            if kind == ASKED:
                steps = {person: one.step for person, one in next_ones.items() if one.step}
                more = notices.asked_of(row, steps, due=notice.due_on)
            telling = Telling(row, kind, notice.about_on, notice.due_on, more)
            said[notice.pk] = notices.words_of_enrolment(wording, telling, notice.employee)
        else:
            said[notice.pk] = notices.words(kind, wording, _facts(row, notice, rules), notice.employee)
    return said


def _facts(about: About, notice: Notice, rules: Policy | None) -> dict[str, object]:
    if isinstance(about, Sending):
        return notices.of_sending(about, on=notice.due_on)
    assert not isinstance(about, Enrolment)
    return notices.of_case(about, notice.employee, rules)


def _refusal(wish: TextWish, before: NoticeText | None, now: Wording, reason: str) -> Refusal | None:
    if not reason.strip():
        return WITHOUT_REASON
    if wish.after is not None and wish.after != (before.version if before else 0):
        return MEANWHILE
    if wish.is_original:
        return UNCHANGED if before is None or before.is_original else None
    if found := text_problems(wish.kind, wish.headline, wish.body):
        first = next(iter(found.values()))[0]
        return Refusal("broken_text", f"Line {first.line}: {first.message}")
    is_same = (wish.headline.strip(), _lines(wish.body)) == (now.headline, now.body)
    return UNCHANGED if is_same else None


def _lines(text: str) -> str:
    """A text with the ends of lines that texts have here, whatever a browser sends."""
    return "\n".join(text.strip().splitlines())
