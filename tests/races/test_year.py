"""A faked year, day by day: people enrol, overrun, pause, finish and leave; after each day the promise is proved."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from enrolment.actions import changes
from enrolment.actions.calendar import enforce
from enrolment.actions.cohorts import promote
from enrolment.actions.enrolments import Wish, enrol, plan
from enrolment.actions.outcomes import in_chunks
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries.calendar import people_due
from enrolment.queries.cohorts import with_seats_to_give
from people.models import Employee
from programmes.models import Programme
from tests.conftest import Scale
from tests.factories import CohortFactory, EmployeeFactory, programme
from tests.races.test_races import overlaps

pytestmark = pytest.mark.django_db
S = Enrolment.Status
FIRST = date(2026, 6, 1)
DAY = timedelta(1)
CODES = ("ai-leadership-literacy", "ai-governance", "ai-transformation", "ai-practitioner")


class Year:
    """An organisation and its HR, who work by lot: the same seed lives the same year."""

    def __init__(self, people: int, seed: int) -> None:
        self.lot = Random(seed)
        self.people = EmployeeFactory.create_batch(people)
        self.programmes = {code: programme(code) for code in CODES}
        self.cohorts = [
            CohortFactory(
                programme=self.programmes[CODES[number % 3]],
                start_date=FIRST + timedelta(14 + 21 * number),
                planned_end_date=FIRST + timedelta(41 + 21 * number),
                seats=max(1, people // 40),
            )
            for number in range(15)
        ]

    def live(self, on: date) -> None:
        """One day: the calendar, free seats, and whatever HR does."""
        for _ in in_chunks(enforce, people_due(on), on=on):
            pass
        self.prove(on)
        for cohort in with_seats_to_give(on):
            promote([cohort], by=None, on=on)
        if on.weekday() < 5:
            self.enrol_some(on)
            self.close_some(on)
            self.change_some(on)

    def prove(self, on: date) -> None:
        """What has to be true on every morning, once the calendar has been."""
        assert overlaps() == 0, on
        mine = Enrolment.objects.filter(employee__in=self.people)
        assert not mine.filter(status=S.ACTIVE, planned_end_date__lt=on).exists(), on
        assert not mine.filter(status=S.PLANNED, start_date__lt=on).exists(), on
        assert people_due(on, with_followers=False) == [], on
        moves = EnrolmentEvent.objects.count()
        for outcomes in in_chunks(enforce, people_due(on), on=on):  # followers for whom there is nothing yet
            assert outcomes == [], on
        assert EnrolmentEvent.objects.count() == moves, on
        late = mine.filter(status=S.QUEUED, proposed_start_date__lt=on)
        assert not late.exists(), on

    def enrol_some(self, on: date) -> None:
        """New enrolments by every way in; the rule refuses many of them."""
        for person in self.lot.sample(self.people, max(1, len(self.people) // 40)):
            first, second = self.lot.sample(CODES, 2)
            cohort = self.lot.choice([c for c in self.cohorts if c.start_date > on][:2] or self.cohorts)
            match self.lot.randrange(4):
                case 0:
                    wishes = [Wish(person, cohort.programme, cohort=cohort, may_wait=True)]
                case 1:
                    wishes = [Wish(person, self.programmes[first])]
                    wishes.append(Wish(person, self.programmes[second], behind=wishes[0]))
                case 2:
                    start = on + timedelta(self.lot.randrange(40))
                    end = start + timedelta(300 if first == CODES[3] else 27)
                    wishes = [Wish(person, self.programmes[first], start, end)]
                case _:
                    wishes = [Wish(person, self.programmes[first], in_cohort=first != CODES[3])]
            enrol(wishes, by=None, on=on)

    def close_some(self, on: date) -> None:
        """Most overruns are closed within days; some linger."""
        for record in Enrolment.objects.filter(status=S.OVERDUE, employee__in=self.people):
            if self.lot.random() < 0.3:
                changes.complete([record], ended_on=on - self.lot.randrange(3) * DAY, by=None, on=on)
            elif self.lot.random() < 0.1:
                changes.extend([record], planned_end_date=on + 20 * DAY, by=None, on=on, push=True)

    def change_some(self, on: date) -> None:
        """Breaks, returns, withdrawals, other dates, second thoughts, leavers."""
        rows = list(Enrolment.objects.filter(status__in=Enrolment.LIVE, employee__in=self.people).order_by("id"))
        for record in self.lot.sample(rows, min(len(rows), max(2, len(rows) // 20))):
            asked = [record]
            how: dict[str, Any] = {"by": None, "on": on, "reason": "By lot."}
            match record.status, self.lot.randrange(3):
                case S.ACTIVE, 0:
                    back = self.lot.choice([None, on + 30 * DAY])
                    end = record.planned_end_date and record.planned_end_date + 60 * DAY
                    changes.begin_break(asked, return_on=back, planned_end_date=back and end, push=True, **how)
                case S.ACTIVE, 1:
                    changes.withdraw(asked, ended_on=on, **how)
                case S.ACTIVE, _ if record.planned_end_date:
                    end = record.planned_end_date + self.lot.choice([-5, 5, 9]) * DAY
                    action = changes.extend if end > record.planned_end_date else changes.shorten
                    action(asked, planned_end_date=end, push=True, **how)
                case S.PAUSED, _:
                    changes.end_break(asked, planned_end_date=on + 200 * DAY, push=True, **how)
                case S.PLANNED, 0:
                    changes.cancel(asked, **how)
                case S.PLANNED, _ if record.start_date and record.planned_end_date:
                    days = record.start_date + 9 * DAY, record.planned_end_date + 9 * DAY
                    changes.redate(asked, start_date=days[0], planned_end_date=days[1], push=True, **how)
                case S.QUEUED, 0:
                    plan([Wish(record.employee, record.programme, enrolment=record)], by=None, on=on)
        if self.lot.random() < 0.1:
            leaver = self.lot.choice(self.people)
            Employee.objects.filter(pk=leaver.pk).update(employed_until=on)


def test_a_year_day_by_day(scale: Scale) -> None:
    """Nobody on two programmes on any morning; every way that a programme can go is gone."""
    year = Year(scale.pick(40, 500), seed=7)
    for number in range(scale.pick(120, 366)):
        year.live(FIRST + number * DAY)
    moves = set(EnrolmentEvent.objects.values_list("move", flat=True))
    assert {"start", "mark_overdue", "queue", "plan", "promote", "begin_break", "shift", "cancel"} <= moves
    assert Programme.objects.count() == len(CODES)
