"""What people are told about their enrolments. Builds the notices; the action that causes them writes them."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.conf import settings
from django.template.loader import render_to_string

from enrolment.models import Enrolment
from enrolment.rules import REMIND_BEFORE
from people.models import Notice
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


def _notice(enrolment: Enrolment, kind: str, *, about: date | None, due: date, **more: object) -> Notice:
    context = {"enrolment": enrolment, "person": enrolment.employee, "site": settings.SITE_URL, **more}
    return Notice(
        employee=enrolment.employee,
        kind=kind,
        subject=enrolment.public_id,
        about_on=about,
        due_on=due,
        headline=" ".join(render_to_string(f"enrolment/email/{kind}.subject.txt", context).split()),
        body=render_to_string(f"enrolment/email/{kind}.body.txt", context).strip() + "\n",
    )
