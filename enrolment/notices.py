"""What people are told of enrolments, second looks and complaints: builds notices, which the action writes."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string

from assessment.models import Complaint, SecondLook
from enrolment.models import Enrolment
from enrolment.rules import REMIND_BEFORE
from people.models import Employee, Notice, User
from programmes.models import Programme


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


def progression(
    enrolments: Iterable[Enrolment],
    *,
    on: date,
    next_plans: Mapping[int, Enrolment],
    next_ideas: Mapping[int, Programme],
) -> list[Notice]:
    """To each learner whose programme ends or ended: what comes next, a plan (by employee id), else an idea."""
    return [
        _notice(
            enrolment,
            "progression",
            about=enrolment.last_day,
            due=max(on, enrolment.last_day - REMIND_BEFORE) if enrolment.last_day else on,
            next_plan=next_plans.get(enrolment.employee_id),
            next_idea=next_ideas.get(enrolment.employee_id),
            has_ended=enrolment.status == Enrolment.Status.COMPLETED,
        )
        for enrolment in enrolments
    ]


def second_look_asked(looks: Iterable[SecondLook], *, on: date) -> list[Notice]:
    """To each reviewer who has a record: somebody asked for a second look, due by this day."""
    return _letters(((look.reviewer, look) for look in looks), "second_look_asked", on=on)


def second_look_closed(looks: Iterable[SecondLook], *, on: date) -> list[Notice]:
    """To each asker who has a record: somebody has looked again, and this came of it."""
    return _letters(((look.asked_by, look) for look in looks), "second_look_closed", on=on)


def complaint_answered(complaints: Iterable[Complaint], *, on: date) -> list[Notice]:
    """To each person who complained about their data and has a record: here is the answer."""
    return _letters(((complaint.made_by, complaint) for complaint in complaints), "complaint_answered", on=on)


def _letters(letters: Iterable[tuple[User | None, SecondLook | Complaint]], kind: str, *, on: date) -> list[Notice]:
    """One letter an account that has a record; others read it on their page."""
    found = ((user.own_record() if user else None, about) for user, about in letters)
    return [_letter(to, kind, about.public_id, about.due_on, on, {"about": about}) for to, about in found if to]


def _notice(enrolment: Enrolment, kind: str, *, about: date | None, due: date, **more: object) -> Notice:
    return _letter(enrolment.employee, kind, enrolment.public_id, about, due, {"enrolment": enrolment, **more})


def _letter(to: Employee, kind: str, subject: UUID, about: date | None, due: date, facts: dict[str, object]) -> Notice:
    context = {"person": to, "site": settings.SITE_URL, **facts}
    return Notice(
        employee=to,
        kind=kind,
        subject=subject,
        about_on=about,
        due_on=due,
        headline=" ".join(render_to_string(f"enrolment/email/{kind}.subject.txt", context).split()),
        body=render_to_string(f"enrolment/email/{kind}.body.txt", context).strip() + "\n",
    )
