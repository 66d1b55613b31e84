"""The learner's time-line: every kind of record, newest first, twenty at a time, none twice; who helps."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from assessment.models import Recommendation, SecondLook
from enrolment.models import Enrolment, EnrolmentEvent, NominationEvent
from enrolment.queries.happened import MOST, happened
from enrolment.queries.helping import helpers, next_steps
from enrolment.queries.learner import standing
from enrolment.rules.days_ahead import next_review
from people.clock import today
from people.models import Notice
from tests.enrolment.test_learner import enrolled, placed, recommended
from tests.factories import TODAY, EmployeeFactory, NominationFactory, PlacementFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
DAY = timedelta(days=1)


@pytest.fixture
def ada():
    """A learner with an account and a manager."""
    return EmployeeFactory(user=UserFactory(), manager=EmployeeFactory(given_names="Mary", email="mary@example.org"))


def told(employee, on, headline="You are placed", **more):
    """A notice that went out."""
    facts = {"status": "sent", "sent_at": "2026-06-15T09:00:00Z", "body": "From and to.", **more}
    return Notice.objects.create(
        employee=employee, kind=headline[:40], subject=employee.public_id, due_on=on, headline=headline, **facts
    )


def everything(employee):
    """One of each kind, each on a day of its own, the first one longest ago."""
    recommendation = recommended(employee)
    recommendation.made_on = TODAY - 9 * DAY
    recommendation.save()
    placement = placed(EmployeeFactory(), decided_on=TODAY)
    placement.employee, placement.decided_on = employee, TODAY - 8 * DAY
    placement.save()
    enrolment = enrolled(employee, start=TODAY + DAY, status=S.PLANNED)
    EnrolmentEvent.objects.create(
        subject=enrolment, move="enrol", to_status="planned", on=TODAY - 7 * DAY, start_date=enrolment.start_date
    )
    nomination = NominationFactory(employee=employee, programme=programme("ai-transformation"))
    for move, ago in (("nominate", 6), ("decline", 5)):
        NominationEvent.objects.create(subject=nomination, move=move, to_status="submitted", on=TODAY - ago * DAY)
    SecondLook.objects.create(
        reference="SL-1",
        employee=employee,
        recommendation=recommendation,
        asked_by=employee.user,
        words="Look.",
        asked_on=TODAY - 4 * DAY,
        due_on=TODAY,
        closed_on=TODAY - 3 * DAY,
        closed_by=UserFactory(),
        outcome="It stays.",
        is_changed=False,
    )
    told(employee, TODAY - 2 * DAY)


def test_every_kind_stands_in_its_place_and_a_declining_is_not_told_before_its_time(ada):
    everything(ada)
    told(ada, TODAY + DAY, "Not yet")
    told(ada, TODAY - DAY, "Not needed", status="withdrawn", sent_at=None)
    assert [one.kind for one in happened(ada, on=TODAY).shown] == [
        "notice",
        "second_look_closed",
        "second_look_asked",
        "nomination",
        "enrolment",
        "placement",
        "recommendation",
    ]


def test_older_pages_show_each_once_even_where_days_are_equal(ada):
    everything(ada)
    for number in range(2 * MOST):
        told(ada, TODAY - (number // 15) * DAY, f"Notice {number}")
    seen, after, pages = [], "", 0
    while pages == 0 or after:
        page = happened(ada, on=TODAY, after=after)
        assert len(page.shown) <= MOST
        seen += [(one.kind, one.row.pk) for one in page.shown]
        after, pages = page.after, pages + 1
    assert (pages, len(seen), len(set(seen))) == (3, 2 * MOST + 7, 2 * MOST + 7)


@pytest.mark.parametrize("after", ["x", "2026-06-15", "2026-06-15.1", "2026-99-99.1.1", "2026-06-15.-1.1", "." * 9])
def test_a_place_that_is_none_begins_at_the_newest(ada, after):
    told(ada, TODAY)
    assert len(happened(ada, on=TODAY, after=after).shown) == 1


def test_as_many_queries_for_many_as_for_none(ada, django_assert_num_queries):
    with django_assert_num_queries(9):
        happened(ada, on=TODAY)
    everything(ada)
    for number in range(30):
        told(ada, TODAY, f"Notice {number}")
    with django_assert_num_queries(9):
        assert [str(one.row) for one in happened(ada, on=TODAY).shown]


def test_who_helps_is_the_manager_who_holds_a_decision_and_hr(ada, settings):
    settings.HR_CONTACT = "People team, extension 4"
    recommended(ada)
    nomination = NominationFactory(employee=ada, programme=programme("ai-transformation"))
    found = helpers(ada, standing(ada, TODAY), nominations=[nomination], looks=[], on=TODAY)
    assert [(one.what, one.who) for one in found] == [
        ("Your manager", ada.manager.name),
        ("Holds a decision", "HR, on your recommendation, since 15 June 2026"),
        ("Holds a decision", "HR, on the nomination for Delivering AI-Enabled Transformation, since 15 June 2026"),
        ("HR", "People team, extension 4"),
    ]


def test_a_manager_who_left_helps_nobody_and_who_decided_is_named(ada):
    ada.manager.employed_until = TODAY - DAY
    placement = placed(ada)
    Recommendation.objects.update(is_decided=True)
    found = helpers(ada, standing(ada, TODAY), nominations=[], looks=[], on=TODAY)
    assert [(one.what, one.who) for one in found] == [
        ("Holds a decision", "HR, on the dates, since 15 June 2026"),
        ("Decided", str(placement.decided_by)),
        ("HR", "your HR team"),
    ]


def test_what_comes_next_names_the_day_and_asks_for_a_word(ada):
    recommended(ada)
    enrolled(ada, start=TODAY + 3 * DAY, status=S.PLANNED)
    nomination = NominationFactory(employee=ada, programme=programme("ai-transformation"))
    steps = next_steps(standing(ada, TODAY), nominations=[nomination], on=TODAY)
    assert [step.words for step in steps] == [
        "It starts on 18 June 2026, in 3 days.",
        "Give your word on the nomination for Delivering AI-Enabled Transformation.",
    ]
    assert steps[1].url == reverse("enrolment:my_nomination", args=[nomination.public_id])


def test_what_comes_next_lists_every_dated_thing_the_nearest_first(ada):
    recommended(ada)
    apprenticeship = enrolled(ada, "ai-practitioner", start=TODAY - 30 * DAY, days=500)
    enrolled(ada, start=TODAY + 600 * DAY, status=S.PLANNED)
    assert [step.words for step in next_steps(standing(ada, TODAY), nominations=[], on=TODAY)] == [
        "Your training plan has to be signed by 27 June 2026, in 12 days.",
        "Your next progress review is due on 16 August 2026, in 62 days.",
        "The last day is 27 September 2027, in 469 days.",
        "Adopting and Governing AI Systems starts on 5 February 2028, in 600 days.",
    ]
    later = date(2026, 11, 16)
    assert [step.words for step in next_steps(standing(ada, later), nominations=[], on=later)][:2] == [
        "Your next progress review is due on 16 November 2026, today.",
        "The last day is 27 September 2027, in 315 days.",
    ]
    Enrolment.objects.filter(pk=apprenticeship.pk).update(status=S.PAUSED, return_on=TODAY + 90 * DAY)
    assert next_steps(standing(ada, TODAY), nominations=[], on=TODAY)[0].words == (
        "You come back from your break on 13 September 2026, in 90 days."
    )


@pytest.mark.parametrize(
    ("on", "day"),
    [
        (date(2026, 11, 30), date(2026, 11, 30)),
        (date(2026, 12, 1), date(2027, 2, 28)),
        (date(2027, 3, 1), date(2027, 5, 31)),
        (date(2027, 6, 1), None),
    ],
)
def test_reviews_are_every_third_month_from_the_start_and_before_the_last_day(on, day):
    assert next_review(date(2026, 8, 31), date(2027, 8, 31), on) == day


def test_the_page_shows_it_and_leads_to_what_is_older(ada, client):
    everything(ada)
    for number in range(MOST):
        told(ada, today(), f"Notice {number}")
    client.force_login(ada.user)
    page = client.get(reverse("enrolment:my_programme"))
    assert b"You were told: Notice 19" in page.content
    assert b"Decided" not in page.content.split(b'id="happened"')[1]
    older = client.get(reverse("enrolment:my_programme") + page.context["older_url"].split("#")[0])
    text = older.content.decode()
    assert "You asked for a second look" in text
    assert "Nominated: the nomination for Delivering AI-Enabled Transformation" in text
    assert "Back to the newest" in text
    assert older.context["older_url"] == ""


def test_what_is_not_sent_yet_was_not_told_and_what_no_mail_could_carry_is_read(ada, client):
    for status in ("due", "held", "withdrawn"):
        told(ada, today(), f"Still {status}", status=status, sent_at=None)
    leased = {"leased_until": "2199-01-01T00:00:00Z"}
    told(ada, today(), "Still sending", status="sending", sent_at=None, **leased)
    for status in ("failed", "no_address"):
        told(ada, today(), f"Was {status}", status=status, sent_at=None)
    for status in ("sent", "told"):
        told(ada, today(), f"Was {status}", status=status)
    client.force_login(ada.user)
    page = client.get(reverse("enrolment:my_programme")).text
    lines = re.findall(r"<summary>([^<]*(?:Still|Was) [^<]*)</summary>", page)
    assert sorted(lines) == [
        "No mail could carry this to you: Was failed",
        "No mail could carry this to you: Was no_address",
        "You were told: Was sent",
        "You were told: Was told",
    ]
    assert "Still" not in page.split('id="happened"')[1]


def test_why_somebody_was_nominated_stays_with_hr(ada, client):
    decision = PlacementFactory(
        employee=ada,
        programme=programme("ai-governance"),
        is_agreed=False,
        reason="Nominated: between us, she is bored.",
    )
    enrolment = enrolled(ada, placement=decision)
    NominationFactory(employee=ada, programme=enrolment.programme, status="approved", enrolment=enrolment)
    client.force_login(ada.user)
    text = client.get(reverse("enrolment:my_programme")).content.decode()
    assert "bored" not in text
    assert "after a nomination" in text
