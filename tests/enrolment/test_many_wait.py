"""HR takes dates away, of one or of many: they join a waiting list in order or are queued, and each hears of it."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from enrolment.actions import changes
from enrolment.actions.enrolments import Wish, enrol
from enrolment.models import Enrolment, EnrolmentEvent
from enrolment.queries.cohorts import waiting_list
from people import clock
from people.models import Employee, Notice
from tests.enrolment.test_bulk_pages import OTHER, UNIT, apply, text, tick
from tests.factories import CohortFactory, EmployeeFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
DAY = timedelta(days=1)


@pytest.fixture
def hr(client: Client) -> Client:
    """HR's browser."""
    client.force_login(UserFactory(is_hr=True))
    return client


def planned(start: date, end: date, *people: Employee, code: str = UNIT) -> list[Enrolment]:
    """Enrolled on these days."""
    wishes = [Wish(person, programme(code), start, end) for person in people]
    made = [outcome.subject.enrolment for outcome in enrol(wishes, by=None, on=clock.today())]
    return [enrolment for enrolment in made if enrolment]


def test_many_join_a_full_cohorts_waiting_list_in_order_and_each_hears_of_it(hr):
    """What was to be said of their old days is not said any more; whoever waits there already is refused."""
    on = clock.today()
    full = CohortFactory(
        name="Full", programme=programme(UNIT), seats=1, start_date=on + 20 * DAY, planned_end_date=on + 40 * DAY
    )
    here, first, second = EmployeeFactory.create_batch(3)
    enrol([Wish(here, programme(UNIT), cohort=full)], by=None, on=on)
    plans = planned(on + 5 * DAY, on + 30 * DAY, first, second)
    planned(on + 35 * DAY, on + 50 * DAY, second, code=OTHER)
    page = tick(hr, "wait", *plans, cohort=str(full.public_id))
    assert "2 can be done" in text(page)
    assert text(page).count("A free seat would pass them by, as things stand:") == 1
    assert f"as things stand: {second.name} is on Delivering AI-Enabled Transformation from" in text(page)
    assert "planned → waiting list" in text(page)
    assert not Enrolment.objects.filter(status=S.WAITING).exists()
    assert "Done: 2 done." in text(apply(hr, page))
    assert [row.employee for row in waiting_list([full.pk])] == [first, second]
    assert len({row.waiting_since for row in waiting_list([full.pk])}) == 2
    assert EnrolmentEvent.objects.filter(move="wait", cohort=full).count() == 2
    for plan in plans:
        due = Notice.objects.filter(subject=plan.public_id, status=Notice.Status.DUE)
        assert [notice.kind for notice in due] == ["waiting"]
        assert "Full" in due.get().body
    again = text(tick(hr, "wait", *plans, cohort=str(full.public_id)))
    assert "2 refused" in again
    assert "This is the list already: Full." in again


def test_people_enrolled_in_a_full_cohort_join_its_list_in_order_and_the_page_says_so(hr):
    """Not that they are enrolled; nor does it speak of a file, for there is none."""
    on = clock.today()
    full = CohortFactory(
        name="Full", programme=programme(UNIT), seats=1, start_date=on + 20 * DAY, planned_end_date=on + 40 * DAY
    )
    enrol([Wish(EmployeeFactory(), programme(UNIT), cohort=full)], by=None, on=on)
    people = [EmployeeFactory(staff_number=number) for number in ("31", "30")]
    sent = {"staff_numbers": "31\n30", "programme": UNIT, "cohort": str(full.public_id), "check": "yes"}
    page = hr.post("/people/enrol/", sent, follow=True)
    assert "2 on a waiting list" in text(page)
    assert "already as the file says" not in text(page)
    done = apply(hr, page)
    assert "<h1>On the waiting list</h1>" in re.sub(r"<h1[^>]*>", "<h1>", done.content.decode())
    assert "On the waiting list: 2 on a waiting list." in text(done)
    assert "Done: 2 people onto" in text(done)
    assert [row.employee for row in waiting_list([full.pk])] == people
    assert Notice.objects.filter(kind="waiting", status=Notice.Status.DUE).count() == 2
    reasons = set(EnrolmentEvent.objects.filter(move="join_waiting_list").values_list("reason", flat=True))
    assert reasons == {"Enrolled together: 2 people onto Adopting and Governing AI Systems."}


def test_the_learner_hears_that_hr_took_the_dates(hr):
    """One letter that says so; the old days are said no more. Behind something that ends soon only the new days are."""
    on = clock.today()
    plan, other = EmployeeFactory.create_batch(2)
    made = planned(on + 30 * DAY, on + 57 * DAY, plan, other)
    apply(hr, tick(hr, "queue", made[0]))
    (letter,) = Notice.objects.filter(employee=plan, status=Notice.Status.DUE)
    assert letter.kind == "queued"
    assert "Your place on Adopting and Governing AI Systems has no dates for now." in letter.body
    assert "cohort" not in letter.body
    (ahead,) = planned(on + 5 * DAY, on + 25 * DAY, other, code=OTHER)
    changes.queue([made[1]], behind=ahead, by=None, on=on)
    due = Notice.objects.filter(subject=made[1].public_id, status=Notice.Status.DUE)
    assert [notice.kind for notice in due] == ["moved"]
