"""What people are told of enrolments, nominations, second looks and complaints: builds what actions write."""

import secrets
from collections.abc import Hashable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.template.loader import render_to_string

from assessment.models import Complaint, SecondLook, Sending
from enrolment.models import Enrolment, Nomination
from enrolment.rules.digest import Digest, subject_of
from enrolment.rules.reminders import REMINDERS, SAYS_NEXT, first_day
from lifecycle.rows import fresh
from people.models import Employee, Notice, User
from programmes.models import Cohort, Programme

# A letter is rendered once for all to whom it says the same, by these words that nobody can guess for what is a
# person's own; that is put in their place afterwards.
GIVEN_NAMES, REFERENCE = secrets.token_hex(16), secrets.token_hex(16)


class Thing(NamedTuple):
    """What a letter can say of a programme or a cohort."""

    name: str
    summary: str = ""
    start_date: date | None = None


class Said(NamedTuple):
    """What a letter can say of an enrolment. Values only: letters that are equal in them are equal."""

    programme: Thing
    cohort: Thing | None
    status: str
    start_date: date | None
    planned_end_date: date | None
    proposed_start_date: date | None
    last_day: date | None
    reference: str = REFERENCE


def enrolled(enrolments: Iterable[Enrolment], *, on: date) -> list[Notice]:
    """To each learner: you are placed on this programme, from and to these days."""
    return [_notice(enrolment, "enrolled", about=enrolment.start_date, due=on) for enrolment in enrolments]


def moved(enrolments: Iterable[Enrolment], *, on: date) -> list[Notice]:
    """To each learner whose plan has other dates: these are the new ones."""
    return [_notice(enrolment, "moved", about=enrolment.start_date, due=on) for enrolment in enrolments]


def waiting(enrolments: Iterable[Enrolment], *, on: date) -> list[Notice]:
    """To each learner who joined a cohort's waiting list: no seat yet, a place in line."""
    return [_notice(enrolment, "waiting", about=on, due=on) for enrolment in enrolments]


def promoted(enrolments: Iterable[Enrolment], *, on: date) -> list[Notice]:
    """To each learner who waited and has a seat now: in which cohort, from and to these days."""
    return [_notice(enrolment, "promoted", about=enrolment.start_date, due=on) for enrolment in enrolments]


def queued(enrolments: Iterable[Enrolment], *, on: date) -> list[Notice]:
    """To each learner whose plan has no dates, yet or any more: it waits behind another programme."""
    return [_notice(enrolment, "queued", about=on, due=on, blocker=enrolment.follows) for enrolment in enrolments]


def called_off(enrolments: Iterable[Enrolment], *, on: date) -> list[Notice]:
    """To each learner whose cohort was closed and who was given no other place: it does not take place."""
    return [_notice(enrolment, "called_off", about=on, due=on) for enrolment in enrolments]


def reminders(
    due: Iterable[tuple[Enrolment, str, date]],
    *,
    on: date,
    next_plans: Mapping[int, Enrolment],
    next_ideas: Mapping[int, Programme],
) -> list[Notice]:
    """To each learner, of an enrolment, what the calendar has to say: which kind, and the day it speaks of.

    What ends or ended says what comes next: a plan (by employee id), else an idea.
    """
    return [
        _notice(
            enrolment,
            kind,
            about=day,
            due=first_day(REMINDERS[kind], day, on),
            day=day,
            **(_next(enrolment, next_plans, next_ideas) if kind in SAYS_NEXT else {}),
        )
        for enrolment, kind, day in due
    ]


def _next(
    enrolment: Enrolment, plans: Mapping[int, Enrolment], ideas: Mapping[int, Programme]
) -> dict[str, Enrolment | Programme | None]:
    return {"next_plan": plans.get(enrolment.employee_id), "next_idea": ideas.get(enrolment.employee_id)}


def second_look_asked(looks: Iterable[SecondLook], *, on: date) -> list[Notice]:
    """To each reviewer who has a record: somebody asked for a second look, due by this day."""
    return _letters(((look.reviewer, look) for look in looks), "second_look_asked", on=on)


def second_look_closed(looks: Iterable[SecondLook], *, on: date) -> list[Notice]:
    """To each asker who has a record: somebody has looked again, and this came of it."""
    return _letters(((look.asked_by, look) for look in looks), "second_look_closed", on=on)


def complaint_answered(complaints: Iterable[Complaint], *, on: date) -> list[Notice]:
    """To each person who complained about their data and has a record: here is the answer."""
    return _letters(((complaint.made_by, complaint) for complaint in complaints), "complaint_answered", on=on)


def questionnaire(people: Iterable[Employee], sending: Sending, kind: str, *, on: date) -> list[Notice]:
    """To each person whom a sending asks: answer by this day. ``kind`` is which letter; the text is made once."""
    context = {"given_names": GIVEN_NAMES, "site": settings.SITE_URL, "due_on": sending.due_on}
    context["is_over"] = sending.due_on < on
    headline, body = (render_to_string(f"enrolment/email/{kind}.{part}.txt", context) for part in ("subject", "body"))
    return [
        fresh(
            Notice,
            {"employee": person},
            kind=kind,
            subject=sending.public_id,
            about_on=sending.due_on,
            due_on=on,
            headline=" ".join(headline.split()),
            body=body.replace(GIVEN_NAMES, person.given_names).strip() + "\n",
        )
        for person in people
    ]


def nomination(kind: str, letters: Iterable[tuple[Employee | None, Nomination]], *, due: date) -> list[Notice]:
    """To each of these people who has a record: what became of a nomination; ``kind`` names the letter."""
    return [_of_nomination(about, kind, to, due=due) for to, about in letters if to]


def _of_nomination(about: Nomination, kind: str, to: Employee, *, due: date) -> Notice:
    context = {"person": to, "site": settings.SITE_URL, "about": about, "is_learner": to.pk == about.employee_id}
    headline, body = (render_to_string(f"enrolment/email/{kind}.{part}.txt", context) for part in ("subject", "body"))
    return Notice(
        employee=to,
        kind=kind,
        subject=about.public_id,
        about_on=about.held_since,
        due_on=due,
        headline=" ".join(headline.split()),
        body=body.strip() + "\n",
    )


def _letters(letters: Iterable[tuple[User | None, SecondLook | Complaint]], kind: str, *, on: date) -> list[Notice]:
    """One letter an account that has a record; others read it on their page. Each has words of its own."""
    found = ((user.own_record() if user else None, about) for user, about in letters)
    return [_about(about, kind, to, on=on) for to, about in found if to]


def _about(about: SecondLook | Complaint, kind: str, to: Employee, *, on: date) -> Notice:
    context = {"person": to, "site": settings.SITE_URL, "about": about}
    headline, body = (render_to_string(f"enrolment/email/{kind}.{part}.txt", context) for part in ("subject", "body"))
    return Notice(
        employee=to,
        kind=kind,
        subject=about.public_id,
        about_on=about.due_on,
        due_on=on,
        headline=" ".join(headline.split()),
        body=body.strip() + "\n",
    )


def _notice(enrolment: Enrolment, kind: str, *, about: date | None, due: date, **more: object) -> Notice:
    others = tuple((name, _said(value)) for name, value in more.items())
    headline, body = _letter(kind, _enrolment(enrolment), settings.SITE_URL, others)
    person = enrolment.employee
    return fresh(
        Notice,
        {"employee": person},
        kind=kind,
        subject=enrolment.public_id,
        about_on=about,
        due_on=due,
        headline=" ".join(_own(headline, enrolment).split()),
        body=_own(body, enrolment).strip() + "\n",
    )


@lru_cache(maxsize=500)
def _letter(kind: str, enrolment: Said, site: str, others: tuple[tuple[str, Hashable], ...]) -> tuple[str, str]:
    """Headline and body without what is a person's own."""
    context = {"enrolment": enrolment, "person": {"given_names": GIVEN_NAMES}, "site": site, **dict(others)}
    headline, body = (render_to_string(f"enrolment/email/{kind}.{part}.txt", context) for part in ("subject", "body"))
    return headline, body


def _own(text: str, enrolment: Enrolment) -> str:
    """A text with the person's own words in it, verbatim: names come last, so nothing in them is taken for ours."""
    return text.replace(REFERENCE, enrolment.reference).replace(GIVEN_NAMES, enrolment.employee.given_names)


def _said(about: object) -> Hashable:
    """What a letter can say of something, as values."""
    match about:
        case Enrolment():
            return _enrolment(about)
        case Programme() | Cohort():
            return _thing(about)
        case bool() | date() | None:
            return about
    raise TypeError(f"A letter cannot speak of {about!r}: only of enrolments, programmes and cohorts.")


def _enrolment(about: Enrolment) -> Said:
    programme, cohort = _thing(about.programme), _thing(about.cohort) if about.cohort else None
    days = about.start_date, about.planned_end_date, about.proposed_start_date, about.last_day
    return Said(programme, cohort, about.status, *days)


def _thing(about: Programme | Cohort) -> Thing:
    if isinstance(about, Programme):
        return Thing(about.name, about.summary)
    return Thing(about.name, start_date=about.start_date)


def digest(found: Digest, *, on: date) -> Notice:
    """To a manager or to HR: what happened since the last summary, by heading."""
    context = {
        "person": found.to,
        "site": settings.SITE_URL,
        "sections": found.sections(),
        "since": found.since,
        "on": on,
    }
    parts = (f"enrolment/email/{found.kind}.{part}.txt" for part in ("subject", "body"))
    headline, body = (render_to_string(part, context) for part in parts)
    return Notice(
        employee=found.to,
        kind=found.kind,
        subject=subject_of(found.kind, on),
        about_on=on,
        due_on=on,
        headline=" ".join(headline.split()),
        body=body.strip() + "\n",
    )
