"""Founding the demonstration: its mark, its people and their accounts, and any number of people more, by COPY."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from enrolment.demo.crowd import Record, Step
from enrolment.demo.names import DEPARTMENTS, ORGANISATION, PROVIDERS
from enrolment.demo.people import COLLEAGUE_ACCOUNT, FEWEST, HR_ACCOUNT, STORY, Person, people
from enrolment.demo.story import Story
from enrolment.demo.tales import turns
from enrolment.models import Enrolment
from people.models import Department, Employee, Organisation, User
from programmes.actions import make_seats
from programmes.models import Cohort, Programme, Provider
from programmes.rules import usual_end

S = Enrolment.Status
K = Programme.Kind
COHORTS: dict[str, tuple[int, ...]] = {
    K.UNIT: (-140, -112, -77, -49, -14, 14, 35, 70),
    K.APPRENTICESHIP: (-266, -168, -77, 49, 112),
}  # days away
SHORT = {
    "ai-leadership-literacy": "Literacy",
    "ai-governance": "Governance",
    "ai-transformation": "Transformation",
    "ai-practitioner": "Practitioner",
}
SEATS: dict[str, int] = {K.UNIT: 12, K.APPRENTICESHIP: 20}
COPY_PEOPLE = (
    "COPY people_employee (id, public_id, staff_number, given_names, family_name, email, job_title, department_id, "
    "manager_id, date_of_birth, employed_from, employed_until, uln, user_id) FROM STDIN"
)
COPY_ENROLMENTS = (
    "COPY enrolment_enrolment (id, public_id, reference, employee_id, programme_id, version_id, status, start_date, "
    "planned_end_date, ended_on) FROM STDIN"
)
COPY_EVENTS = (
    'COPY enrolment_enrolmentevent (subject_id, move, from_status, to_status, "on", reason, start_date, '
    "planned_end_date, ended_on) FROM STDIN"
)
# The application may take numbers from a sequence, not set it.
USE_UP_IDS = "SELECT max(nextval(pg_get_serial_sequence(%s, 'id'))) FROM generate_series(1, %s)"
NULL = r"\N"


@dataclass(frozen=True)
class Ground:
    """Where the invented people stand in the tables: the row id of person number 0, and of each department."""

    first_id: int
    departments: tuple[int, ...]


@transaction.atomic
def found(*, seed: int, size: int, on: date) -> Ground:
    """Found the demonstration in an empty database: its mark, its first people, cohorts, and all that happened to them.

    One transaction: a killed one leaves nothing behind. Raises ValidationError ``people_here``, ``too_few``.
    """
    ground = _settle(seed=seed, size=size, on=on)
    _open_cohorts(on=on)
    crowd = list(Employee.objects.select_related("user", "manager__user").order_by("id"))
    Story(crowd, on=on).tell(turns(list(people(0, min(size, STORY), seed=seed, on=on)), seed=seed))
    return ground


@transaction.atomic
def add_people(crowd: Iterable[Person], ground: Ground) -> int:
    """Write more invented people, without accounts; returns how many. A caller with very many comes in slices."""
    return _copy(crowd, ground)


def _settle(*, seed: int, size: int, on: date) -> Ground:
    """The mark, and the people of the story (at most ``size``) with accounts: no passwords, one click signs in."""
    if Employee.objects.exists() or Organisation.objects.exists():
        raise ValidationError("There are people in this database: a demonstration needs an empty one.", "people_here")
    if size < FEWEST:
        raise ValidationError(f"A demonstration needs at least {FEWEST} people.", "too_few")
    Organisation.objects.create(pk=1, name=ORGANISATION, is_demonstration=True)
    names = [Department(name=name) for name, *_ in DEPARTMENTS]
    known = {department.name: department for department in Department.objects.all()}
    Department.objects.bulk_create([department for department in names if department.name not in known])
    departments = {department.name: department.pk for department in Department.objects.all()}
    ground = Ground(1, tuple(departments[department.name] for department in names))
    story = list(people(0, min(size, STORY), seed=seed, on=on))
    accounts = [User(email=person.email, is_hr=_is_hr(person)) for person in story]
    for account in accounts:
        account.set_unusable_password()
    User.objects.bulk_create(accounts)
    _copy(story, ground, [account.pk for account in accounts])
    return ground


def _open_cohorts(*, on: date) -> None:
    """Cohorts of every programme, past, running and to come, each from a Monday, none before the programme opened."""
    providers = Provider.objects.bulk_create(
        [Provider(name=name, contact_name=who, contact_email=mail) for name, who, mail in PROVIDERS]
    )
    cohorts = []
    for programme in Programme.objects.order_by("position"):
        opened = programme.versions.order_by("first_start").values_list("first_start", flat=True).first()
        for number, away in enumerate(COHORTS[programme.kind]):
            start = on + timedelta(days=away - (on + timedelta(days=away)).weekday())
            provider = providers[(programme.position + number) % len(providers)]  # two in a month have different ones
            if opened and start >= opened:
                cohorts.append(
                    Cohort(
                        name=f"{SHORT[programme.code]}, {start:%B %Y} ({provider.name.split()[0]})",
                        programme=programme,
                        provider=provider,
                        start_date=start,
                        planned_end_date=usual_end(programme, start),
                        seats=SEATS[programme.kind],
                    )
                )
    make_seats(Cohort.objects.bulk_create(cohorts))


def _copy(crowd: Iterable[Person], ground: Ground, accounts: Sequence[int] = ()) -> int:
    count = 0
    with connection.cursor() as cursor:
        with cursor.copy(COPY_PEOPLE) as copy:
            for person in crowd:
                copy.write(_line(person, ground, accounts[count] if accounts else None))
                count += 1
        cursor.execute(USE_UP_IDS, ["people_employee", count])
    return count


@transaction.atomic
def add_enrolments(records: Iterable[Record], ground: Ground) -> int:
    """Write what invented people were, are and will be on, with the events that led there; returns how many."""
    rows = list(records)
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM enrolment_enrolment")
        first = cursor.fetchone()[0] + 1
        with cursor.copy(COPY_ENROLMENTS) as copy:
            for at, record in enumerate(rows, first):
                copy.write(_enrolment_line(at, record, ground))
        with cursor.copy(COPY_EVENTS) as copy:
            for at, record in enumerate(rows, first):
                copy.write("".join(_event_line(at, record, step) for step in record.steps))
        cursor.execute(USE_UP_IDS, ["enrolment_enrolment", len(rows)])
    return len(rows)


def _enrolment_line(at: int, record: Record, ground: Ground) -> str:
    return _tabbed(
        at,
        record.public_id,
        f"WP-D{at:08}",
        ground.first_id + record.number,
        record.programme.pk,
        record.version.pk,
        record.status,
        record.start,
        record.end,
        record.ended_on,
    )


def _event_line(at: int, record: Record, step: Step) -> str:
    ended_on = record.ended_on if step.target in (S.COMPLETED, S.WITHDRAWN) else None
    return _tabbed(at, step.move, step.source, step.target, step.on, "", record.start, record.end, ended_on)


def _line(person: Person, ground: Ground, account: int | None) -> str:
    return _tabbed(
        ground.first_id + person.number,
        person.public_id,
        person.staff_number,
        person.given_names,
        person.family_name,
        person.email,
        person.job_title,
        None if person.department is None else ground.departments[person.department],
        None if person.manager is None else ground.first_id + person.manager,
        person.date_of_birth,
        person.employed_from,
        person.employed_until,
        person.uln,
        account,
    )


def _tabbed(*values: object) -> str:
    """One line for COPY. Our own lists have neither tabs nor backslashes."""
    return "\t".join([NULL if value is None else str(value) for value in values]) + "\n"


def _is_hr(person: Person) -> bool:
    return person.number in (HR_ACCOUNT, COLLEAGUE_ACCOUNT)
