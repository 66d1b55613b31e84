"""What HR does to the catalogue: lists providers, plans cohorts, and decides the policy with its usual lengths."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from people.actions.policy import PolicyOutcome, write_policy
from people.models import User
from people.reach import refuse_unless_everywhere
from people.wake import wake
from programmes import rules
from programmes.models import Cohort, Programme, Provider, Seat

log = logging.getLogger(__name__)

# Which programmes follow a usual length of the policy, and by which column.
FOLLOWS = {
    "apprenticeship_months": (Programme.Kind.APPRENTICESHIP, "usual_months"),
    "unit_days": (Programme.Kind.UNIT, "usual_days"),
}


@transaction.atomic
def add_provider(*, by: User, on: date, name: str, contact_name: str = "", contact_email: str = "") -> Provider:
    """A new provider on the list. Raises ValidationError with the code ``provider_exists``."""
    refuse_unless_everywhere(by)
    provider = Provider(name=name, contact_name=contact_name, contact_email=contact_email)
    _write(provider)
    log.info("provider %s was added by user %s on %s", provider.public_id, by.pk, on)
    return provider


@transaction.atomic
def change_provider(
    provider: Provider, *, by: User, on: date, name: str, contact_name: str = "", contact_email: str = ""
) -> Provider:
    """A provider under another name or with another contact. Raises ValidationError, ``provider_exists``."""
    refuse_unless_everywhere(by)
    provider = Provider.objects.select_for_update(no_key=True).get(pk=provider.pk)
    provider.name, provider.contact_name, provider.contact_email = name, contact_name, contact_email
    _write(provider)
    log.info("provider %s was changed by user %s on %s", provider.public_id, by.pk, on)
    return provider


@transaction.atomic
def add_cohort(
    *,
    by: User,
    on: date,
    name: str,
    programme: Programme,
    provider: Provider,
    start_date: date,
    planned_end_date: date,
    seats: int,
) -> Cohort:
    """A new cohort. Raises ValidationError by field: ``end_before_start``, ``too_long``, ``too_short``,
    ``outside_programme_dates``; and ``cohort_exists``, ``no_seats``.
    """
    refuse_unless_everywhere(by)
    cohort = Cohort(
        name=name,
        programme=programme,
        provider=provider,
        start_date=start_date,
        planned_end_date=planned_end_date,
        seats=seats,
    )
    _judge_dates(cohort)
    _write(cohort)
    make_seats([cohort])
    log.info("cohort %s was added by user %s on %s", cohort.public_id, by.pk, on)
    return cohort


@transaction.atomic
def change_cohort(
    cohort: Cohort,
    *,
    by: User,
    on: date,
    name: str,
    programme: Programme,
    provider: Provider,
    start_date: date,
    planned_end_date: date,
    seats: int,
) -> Cohort:
    """A cohort with other facts; seats added go to who waits. Raises ValidationError as `add_cohort` does, and by
    field ``cohort_has_enrolments`` (once anybody is enrolled its programme stands, and its dates are moved with its
    people) and ``seats_taken`` (fewer seats than people).
    """
    refuse_unless_everywhere(by)
    cohort = Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)
    before, seats_before = (cohort.programme_id, cohort.start_date, cohort.planned_end_date), cohort.seats
    cohort.name, cohort.programme, cohort.provider, cohort.seats = name, programme, provider, seats
    cohort.start_date, cohort.planned_end_date = start_date, planned_end_date
    # A cohort whose dates stand is not judged again: the programme's window may have moved since.
    if before != (cohort.programme_id, cohort.start_date, cohort.planned_end_date):
        _refuse_to_move_people(cohort, before)
        _judge_dates(cohort)
    _refuse_too_few_seats(cohort)
    _write(cohort)
    _bring_seats_in_line(cohort)
    if cohort.seats > seats_before:
        wake("enrolment.tasks.give_seats")
    log.info("cohort %s was changed by user %s on %s", cohort.public_id, by.pk, on)
    return cohort


@transaction.atomic
def make_seats(cohorts: Sequence[Cohort]) -> None:
    """The seats of new cohorts: one row each, numbered from 1."""
    Seat.objects.bulk_create(
        [Seat(cohort=cohort, number=number) for cohort in cohorts for number in range(1, cohort.seats + 1)]
    )


def _bring_seats_in_line(cohort: Cohort) -> None:
    """As many seats as the cohort says: new ones after the last number, and free ones go from the end."""
    seats = list(Seat.objects.filter(cohort=cohort).order_by("number"))
    last = seats[-1].number if seats else 0
    more = range(last + 1, last + 1 + cohort.seats - len(seats))
    Seat.objects.bulk_create([Seat(cohort=cohort, number=number) for number in more])
    taken = set(cohort.enrolments.exclude(seat=None).values_list("seat_id", flat=True))
    free = [seat.pk for seat in reversed(seats) if seat.pk not in taken]
    Seat.objects.filter(pk__in=free[: max(0, len(seats) - cohort.seats)]).delete()


@transaction.atomic
def change_policy(
    values: Mapping[str, int], *, by: User | None, on: date, reason: str = "", shown: Mapping[str, int] | None = None
) -> PolicyOutcome:
    """The policy with these values, as `people.actions.policy.write_policy` does and refuses; a usual length that
    changes is the usual length of the programmes of its kind from now on. Plans that have dates keep them. Raises
    PermissionDenied for anybody but administrators and HR of the whole organisation.
    """
    if by is None or not by.is_administrator:
        refuse_unless_everywhere(by)
    outcome = write_policy(values, by=by, on=on, reason=reason, shown=shown)
    for change in outcome.changes:
        if change.name in FOLLOWS:
            kind, column = FOLLOWS[change.name]
            programmes = list(Programme.objects.filter(kind=kind).order_by("id").select_for_update(no_key=True))
            for programme in programmes:
                setattr(programme, column, change.after)
            Programme.objects.bulk_update(programmes, [column])
    return outcome


def _judge_dates(cohort: Cohort) -> None:
    programme, start, end = cohort.programme, cohort.start_date, cohort.planned_end_date
    problem = rules.length_problem(programme, start, end) or rules.window_problem(
        programme, list(programme.versions.all()), start
    )
    if problem:
        _refuse(problem.field, problem.code, problem.message)


def _refuse_to_move_people(cohort: Cohort, before: tuple[int, date, date]) -> None:
    if not cohort.enrolments.exists():
        return
    after = (cohort.programme_id, cohort.start_date, cohort.planned_end_date)
    fields = {"programme": "programme", "start_date": "start", "planned_end_date": "planned end"}
    field, word = next(pair for pair, old, new in zip(fields.items(), before, after, strict=True) if old != new)
    instead = "Plan another cohort for it." if field == "programme" else "“Move” on the cohort’s page takes them along."
    _refuse(
        field, "cohort_has_enrolments", f"People are enrolled in this cohort, so its {word} stays as it is. {instead}"
    )


def _refuse_too_few_seats(cohort: Cohort) -> None:
    taken = cohort.enrolments.exclude(seat=None).count()
    if cohort.seats < taken:
        _refuse("seats", "seats_taken", f"{taken} seats are taken already: give at least {taken}.")


def _refuse(field: str, code: str, message: str) -> None:
    raise ValidationError({field: ValidationError(message, code=code)})


def _write(row: Provider | Cohort) -> None:
    """Saves a row that its own rules accept; the loser of a race for a name is refused as anybody who comes later."""
    row.full_clean()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        row.full_clean()
        raise
