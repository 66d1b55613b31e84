"""Rows for tests, without surprises: every value that matters to a test is given by the test."""

from datetime import date
from typing import Any
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from assessment.models import Placement
from enrolment.models import Enrolment, Nomination
from people.models import Department, Employee, Notice, User
from programmes.actions import make_seats
from programmes.models import Cohort, Programme, ProgrammeVersion, Provider, Seat

TODAY = date(2026, 6, 15)  # the day that tests take for today, a Monday


class UserFactory(DjangoModelFactory[User]):
    """An account without rights."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"user{n}@example.org")


class DepartmentFactory(DjangoModelFactory[Department]):
    """A department."""

    class Meta:
        model = Department

    name = factory.Sequence(lambda n: f"Department {n}")


class EmployeeFactory(DjangoModelFactory[Employee]):
    """An adult in employment without manager, department or account."""

    class Meta:
        model = Employee

    staff_number = factory.Sequence(lambda n: f"T{n:05}")
    given_names = "Ada"
    family_name = factory.Sequence(lambda n: f"Person{n:05}")
    email = factory.Sequence(lambda n: f"person{n}@example.org")
    job_title = "Analyst"
    date_of_birth = date(1985, 3, 1)
    employed_from = date(2015, 1, 1)


def programme(code: str) -> Programme:
    """One of the four programmes, as the migrations load them."""
    return Programme.objects.get(code=code)


class ProviderFactory(DjangoModelFactory[Provider]):
    """A training provider."""

    class Meta:
        model = Provider

    name = factory.Sequence(lambda n: f"Provider {n}")


class CohortFactory(DjangoModelFactory[Cohort]):
    """A cohort of four weeks with twenty seats; the programme is given."""

    class Meta:
        model = Cohort

    name = factory.Sequence(lambda n: f"Cohort {n}")
    provider = factory.SubFactory(ProviderFactory)
    start_date = date(2026, 9, 7)
    planned_end_date = date(2026, 10, 4)
    seats = 20

    @classmethod
    def _create(cls, model_class: type[Cohort], *args: Any, **kwargs: Any) -> Cohort:
        cohort = super()._create(model_class, *args, **kwargs)
        make_seats([cohort])
        return cohort


def free_seat(cohort: Cohort) -> Seat | None:
    """The first seat of a cohort that nobody has."""
    taken = Enrolment.objects.filter(cohort=cohort).exclude(seat=None).values("seat")
    return Seat.objects.filter(cohort=cohort).exclude(pk__in=taken).first()


class EnrolmentFactory(DjangoModelFactory[Enrolment]):
    """An enrolment as a row, past the actions; status, programme and dates are given. In a cohort it takes a seat."""

    class Meta:
        model = Enrolment

    reference = factory.Sequence(lambda n: f"WP-T{n:08}")
    employee = factory.SubFactory(EmployeeFactory)
    status = Enrolment.Status.PLANNED

    @classmethod
    def _create(cls, model_class: type[Enrolment], *args: Any, **kwargs: Any) -> Enrolment:
        start = kwargs.get("start_date")
        if start and "version" not in kwargs:
            windows = ProgrammeVersion.objects.filter(programme=kwargs["programme"], first_start__lte=start)
            kwargs["version"] = windows.order_by("-first_start").first()
        if kwargs.get("cohort") and kwargs.get("status", Enrolment.Status.PLANNED) in Enrolment.SEATED:
            kwargs.setdefault("seat", free_seat(kwargs["cohort"]))
        return super()._create(model_class, *args, **kwargs)


class NominationFactory(DjangoModelFactory[Nomination]):
    """A nomination that waits for HR; the programme is given."""

    class Meta:
        model = Nomination

    employee = factory.SubFactory(EmployeeFactory)
    nominated_by = factory.SubFactory(UserFactory)
    nominated_on = TODAY
    reason = "Runs our reports by hand today."
    status = Nomination.Status.SUBMITTED


class PlacementFactory(DjangoModelFactory[Placement]):
    """A decision that agrees; the programme is given."""

    class Meta:
        model = Placement

    employee = factory.SubFactory(EmployeeFactory)
    decided_by = factory.SubFactory(UserFactory)
    decided_on = TODAY
    is_agreed = True


class NoticeFactory(DjangoModelFactory[Notice]):
    """A notice that is due today, about something of its own."""

    class Meta:
        model = Notice

    employee = factory.SubFactory(EmployeeFactory)
    kind = "enrolled"
    subject = factory.LazyFunction(uuid4)
    due_on = TODAY
    headline = "A place"
    body = "Hello.\n"
