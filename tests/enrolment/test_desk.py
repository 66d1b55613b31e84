"""The clash desk: what is on it, in which order, what one click does, and that it stays cheap."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrolment import rules
from enrolment.actions.changes import state_return
from enrolment.models import Enrolment, EnrolmentEvent, Nomination
from enrolment.queries import desk as queries
from people import clock
from people.models import Policy
from people.queries import policy
from programmes.models import Programme, ProgrammeVersion
from tests.factories import CohortFactory, EmployeeFactory, EnrolmentFactory, NominationFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
TODAY = clock.today()
DAY = timedelta(days=1)
DESK = "/enrolments/desk/"
LITERACY, GOVERNANCE, TRANSFORMATION = "ai-leadership-literacy", "ai-governance", "ai-transformation"
PRACTITIONER = "ai-practitioner"
NOBODYS = "6f1f0f8c-0000-4000-8000-000000000000"  # an id that nothing has


@pytest.fixture
def hr():
    return UserFactory(is_hr=True)


@pytest.fixture
def browser(hr):
    client = Client()
    client.force_login(hr)
    return client


def record(status=S.PLANNED, code=GOVERNANCE, start=30, days=28, **facts):
    """An enrolment whose days count from today."""
    first = TODAY + start * DAY
    dates = {"start_date": first, "planned_end_date": first + (days - 1) * DAY}
    undated = status in (S.QUEUED, S.WAITING)
    return EnrolmentFactory(programme=programme(code), status=status, **({} if undated else dates), **facts)


def paused(**facts):
    return record(S.PAUSED, PRACTITIONER, -100, 400, **facts)


def waiting(cohort, **facts):
    return record(S.WAITING, cohort=cohort, waiting_since=clock.now(), **facts)


def cohort(code=GOVERNANCE, start=40, days=28, **facts):
    first = TODAY + start * DAY
    return CohortFactory(
        programme=programme(code), start_date=first, planned_end_date=first + (days - 1) * DAY, **facts
    )


def event(enrolment, move, on=TODAY):
    return EnrolmentEvent.objects.create(subject=enrolment, move=move, to_status=enrolment.status, on=on)


def kinds(hr):
    """What is on the desk, as kind and subject."""
    return [(item.matter.kind, item.subject) for item in queries.desk(hr, on=TODAY).items]


def sentence(hr, subject):
    return next(item.sentence for item in queries.desk(hr, on=TODAY).items if item.subject == subject)


def sent(browser, subject, fix, **more):
    """Apply a fix as the page would."""
    names = {"kind": more.pop("kind", ""), "about": subject.public_id, "subject": subject.public_id}
    return browser.post(DESK, {"fix": fix, **names, "key": uuid4(), **more})


class TestWhatIsOnIt:
    def test_nothing(self, browser, hr):
        record()
        record(S.ACTIVE, start=-5)
        assert kinds(hr) == []
        assert "Nothing clashes, nothing waits for dates" in browser.get(DESK).content.decode()

    def test_what_ran_past_its_end_and_what_it_holds_up(self, hr):
        late = record(S.OVERDUE, start=-40)
        behind = record(S.QUEUED, TRANSFORMATION, employee=late.employee, follows=late)
        unmarked = record(S.ACTIVE, start=-29)  # the calendar has not been here yet
        assert set(kinds(hr)) == {("overdue", late), ("queued", behind), ("overdue", unmarked)}
        assert "Delivering AI-Enabled Transformation cannot have dates until then." in sentence(hr, late)
        assert "1 day" not in sentence(hr, unmarked)
        assert "yesterday" not in sentence(hr, unmarked)
        assert f"ran past its planned end, {rules.say(late.planned_end_date)}" in sentence(hr, behind)

    def test_queued_with_a_proposal_and_behind_nothing(self, hr):
        dates = {"proposed_start_date": TODAY + 50 * DAY, "proposed_end_date": TODAY + 77 * DAY}
        proposed, bare = record(S.QUEUED, **dates), record(S.QUEUED)
        assert set(kinds(hr)) == {("queued", proposed), ("queued", bare)}
        assert f"{rules.say(TODAY + 50 * DAY)} to {rules.say(TODAY + 77 * DAY)} is proposed" in sentence(hr, proposed)
        assert sentence(hr, bare) == "It has no dates, and waits behind nothing."

    def test_behind_what_waits_itself_only_the_first_is_listed(self, hr):
        first = record(S.QUEUED)
        record(S.QUEUED, TRANSFORMATION, employee=first.employee, follows=first)
        assert kinds(hr) == [("queued", first)]

    def test_waiting_for_a_cohort_that_started_or_was_closed(self, hr):
        begun, closed = waiting(cohort(start=-3)), waiting(cohort(start=20, closed_on=TODAY))
        waiting(cohort(start=20))
        assert kinds(hr) == [("waiting", begun), ("waiting", closed)]
        assert "started on" in sentence(hr, begun)
        assert "was closed on" in sentence(hr, closed)

    def test_returns_are_asked_about_once(self, hr):
        days = policy().return_reminder_days
        near = paused(return_on=TODAY + days * DAY)
        paused(return_on=TODAY + (days + 1) * DAY)
        assert kinds(hr) == [("return", near)]
        assert near.return_on
        state_return([near], return_on=near.return_on, planned_end_date=near.planned_end_date, by=hr, on=TODAY)
        assert kinds(hr) == []
        Enrolment.objects.filter(pk=near.pk).update(return_on=TODAY)
        assert kinds(hr) == [("return", near)]  # the day has come, and nobody said that they are back
        Policy.objects.filter(pk=1).update(return_reminder_days=0)
        Enrolment.objects.filter(pk=near.pk).update(return_on=TODAY + DAY)
        assert kinds(hr) == []

    def test_a_return_that_passed_unconfirmed(self, hr):
        forgotten, unknown = paused(), paused()
        event(unknown, "begin_break")  # HR said that it is not known: nothing new to say
        event(forgotten, "begin_break", TODAY - 90 * DAY)
        event(forgotten, "forget_return", TODAY - DAY)
        assert kinds(hr) == [("no_return", forgotten)]

    def test_leavers_whose_programme_still_runs(self, hr):
        left = EmployeeFactory(employed_until=TODAY - DAY)
        running = record(S.ACTIVE, start=-5, employee=left)
        late = record(S.OVERDUE, start=-50, employee=EmployeeFactory(employed_until=TODAY - DAY))
        record(S.ACTIVE, start=-5, employee=EmployeeFactory(employed_until=TODAY))
        assert set(kinds(hr)) == {("leaver", running), ("overdue", late)}
        assert "left on" in sentence(hr, late)

    def test_nominations_that_would_clash(self, hr):
        busy = record(S.ACTIVE, start=-5).employee
        clashing = NominationFactory(programme=programme(TRANSFORMATION), employee=busy)
        NominationFactory(programme=programme(TRANSFORMATION))
        later = record(start=200).employee
        NominationFactory(programme=programme(TRANSFORMATION), employee=later)
        assert kinds(hr) == [("nomination", clashing)]
        assert "share days" in sentence(hr, clashing)

    def test_the_oldest_first_over_all_kinds_and_pages_miss_and_repeat_nothing(self, hr):
        for number in range(queries.ROWS * 2 + 3):
            if number % 3:
                record(S.OVERDUE, start=-60 - number % 5)
            elif number % 2:
                record(S.QUEUED)
            else:
                waiting(cohort(start=-30 - number % 5))
        seen, after = [], ""
        while True:
            page = queries.desk(hr, on=TODAY, after=after)
            seen += [(item.matter.kind, item.subject.pk) for item in page.items]
            after = page.after
            if not after:
                break
        assert len(seen) == len(set(seen)) == queries.ROWS * 2 + 3
        overdue = [pk for kind, pk in seen if kind == "overdue"]
        ends = [Enrolment.objects.get(pk=pk).planned_end_date or TODAY for pk in overdue]
        assert ends == sorted(ends)
        assert seen[-1][0] == "queued"  # enrolled today

    @pytest.mark.parametrize("after", ["x", "2026-01-01", "2026-13-01.0.1", "2026-01-01.a.1", "2026-01-01.1.²"])
    def test_a_place_that_cannot_be_read_is_the_first_page(self, hr, after):
        late = record(S.OVERDUE, start=-40)
        assert queries.desk(hr, on=TODAY, after=after).items[0].subject == late

    def test_counts_are_of_each_kind_and_bounded(self, hr, browser):
        record(S.OVERDUE, start=-40)
        record(S.QUEUED)
        assert {kind: count for kind, count in queries.counts(hr, on=TODAY).items() if count} == {
            "overdue": 1,
            "queued": 1,
        }
        assert queries.total({"a": 60, "b": 60}) == "99+"
        assert browser.get(DESK, {"kind": "queued"}).context["items"][0]["ident"].startswith("queued-")

    def test_today_counts_what_it_does_not_list_itself(self, browser):
        record(S.OVERDUE, start=-40)
        record(S.QUEUED)
        assert "on the clash desk" not in browser.get("/today/").content.decode()
        record(S.ACTIVE, start=-5, employee=EmployeeFactory(employed_until=TODAY - DAY))
        page = browser.get("/today/")
        assert page.context["on_desk"] == 1
        assert "more on the clash desk" in page.content.decode()

    def test_others_see_nothing_of_it(self):
        record(S.OVERDUE, start=-40)
        assert queries.desk(UserFactory(), on=TODAY).items == []
        assert sum(queries.counts(UserFactory(), on=TODAY).values()) == 0


days_around = st.integers(-400, 400)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from([LITERACY, PRACTITIONER]),
    st.integers(1, 95),
    st.none() | st.sampled_from([date(2007, 2, 28), date(2008, 2, 29), date(2007, 3, 1)]) | st.integers(-60, 60),
    st.none() | days_around,
    st.none() | days_around,
    st.none() | st.integers(-10, 90),
    st.none() | st.integers(-30, 90),
)
def test_what_is_ineligible_is_what_the_rule_refuses(hr, code, start, born, begins, leaves, withdrawn, last_start):
    """The database lists a plan of the next 90 days exactly when `rules.eligibility_refusal` refuses its start."""
    taken = programme(code)
    first = TODAY + start * DAY
    if isinstance(born, int):  # so many days before or after their birthday on the start date
        day = first + born * DAY
        born = date(day.year - taken.minimum_age, day.month, min(day.day, 28))
    joins, left = (TODAY + begins * DAY if begins else None), (TODAY + leaves * DAY if leaves else None)
    if joins and left and joins > left:
        joins, left = left, joins
    person = EmployeeFactory(date_of_birth=born, employed_from=joins, employed_until=left)
    Programme.objects.filter(pk=taken.pk).update(withdrawn_on=None if withdrawn is None else TODAY + withdrawn * DAY)
    newest = ProgrammeVersion.objects.filter(programme=taken).order_by("first_start").last()
    assert newest
    last = None if last_start is None else max(TODAY + last_start * DAY, newest.first_start)
    ProgrammeVersion.objects.filter(pk=newest.pk).update(last_start=last)
    plan = record(code=code, start=start, days=300 if code == PRACTITIONER else 28, employee=person, version=newest)
    plan = Enrolment.objects.select_related("programme", "employee").get(pk=plan.pk)
    versions = list(ProgrammeVersion.objects.filter(programme=taken).order_by("first_start"))
    refusal = rules.eligibility_refusal(plan.employee, plan.programme, versions, first)
    listed = ("ineligible", plan) in kinds(hr)
    assert listed is (refusal is not None and start <= 90)
    plan.delete()


class TestOneClick:
    def test_accepting_what_was_proposed(self, browser, hr):
        start, end = TODAY + 50 * DAY, TODAY + 77 * DAY
        queued = record(S.QUEUED, proposed_start_date=start, proposed_end_date=end)
        (item,) = browser.get(DESK).context["items"]
        button = item["buttons"][0]
        assert button["label"] == "Accept the proposed dates"
        response = browser.post(DESK, button["sent"], follow=True)
        queued.refresh_from_db()
        assert (queued.status, queued.start_date, queued.planned_end_date) == (S.PLANNED, start, end)
        page = response.content.decode()
        assert "Dates given: Adopting and Governing AI Systems" in page
        assert reverse("enrolment:enrolment", args=[queued.public_id]) in page

    def test_a_double_click_has_one_effect_and_says_the_same(self, browser):
        queued = record(S.QUEUED)
        (item,) = browser.get(DESK).context["items"]
        for _ in range(2):
            response = browser.post(DESK, item["buttons"][0]["sent"])
            assert response.status_code == 302
            assert str(queued.public_id) in response["Location"]
        assert queued.events.filter(move="plan").count() == 1

    def test_a_fix_that_became_illegal_says_so_and_shows_the_new_ones(self, browser):
        queued = record(S.QUEUED)
        (item,) = browser.get(DESK).context["items"]
        offered = item["buttons"][0]["sent"]
        record(code=TRANSFORMATION, start=0, days=60, status=S.ACTIVE, employee=queued.employee)  # meanwhile
        response = browser.post(DESK, offered)
        page = response.content.decode()
        assert response.status_code == 200
        assert "That cannot be done any more." in page
        assert "Shared:" in page
        again = response.context["again"]
        assert again["buttons"][0]["sent"]["start"] > offered["start"]
        queued.refresh_from_db()
        assert queued.status == S.QUEUED

    def test_a_cohort_that_moved_is_another_fix(self, browser):
        queued, coming = record(S.QUEUED), cohort()
        fixes = browser.get(DESK).context["items"][0]["buttons"]
        offered = next(fix["sent"] for fix in fixes if fix["sent"]["fix"] == "plan_in_cohort")
        coming.start_date += DAY
        coming.save()
        response = browser.post(DESK, offered)
        assert "has other dates by now" in response.content.decode()
        queued.refresh_from_db()
        assert queued.status == S.QUEUED

    def test_ending_the_current_one_wants_evidence(self, browser):
        late = record(S.OVERDUE, start=-40)
        response = sent(browser, late, "withdraw", kind="overdue")
        page = response.content.decode()
        assert "Last day of learning: Give the day." in page
        assert "Reason: Say why, for the history." in page
        assert "<title>Error: " in page
        late.refresh_from_db()
        assert late.status == S.OVERDUE
        sent(browser, late, "withdraw", kind="overdue", ended_on=rules.say(TODAY - 20 * DAY), reason="Changed jobs.")
        late.refresh_from_db()
        assert (late.status, late.ended_on) == (S.WITHDRAWN, TODAY - 20 * DAY)
        assert late.events.get().reason == "Changed jobs."

    def test_what_was_typed_is_kept(self, browser):
        late = record(S.OVERDUE, start=-40)
        response = sent(browser, late, "withdraw", kind="overdue", ended_on="whenever", reason="Changed jobs.")
        (tried,) = (fix for fix in response.context["again"]["forms"] if fix["is_open"])
        assert [box["value"] for box in tried["boxes"]] == ["whenever", "Changed jobs."]
        assert "Enter a day like 4 May 2026." in response.content.decode()

    def test_completing_what_is_in_the_way_from_the_one_that_waits(self, browser):
        late = record(S.OVERDUE, start=-40)
        queued = record(S.QUEUED, TRANSFORMATION, employee=late.employee, follows=late)
        items = browser.get(DESK, {"kind": "queued"}).context["items"]
        fix = next(fix for fix in items[0]["forms"] if fix["sent"]["fix"] == "complete")
        assert fix["label"] == "Complete Adopting and Governing AI Systems"
        response = browser.post(DESK, {**fix["sent"], "ended_on": fix["boxes"][0]["value"]}, follow=True)
        late.refresh_from_db()
        queued.refresh_from_db()
        page = response.content.decode()
        assert "What moved with it:" in page
        assert f"now {rules.say(queued.start_date)} to {rules.say(queued.planned_end_date)}" in page
        assert (late.status, late.ended_on) == (S.COMPLETED, late.planned_end_date)
        assert queued.status in (
            S.PLANNED,
            S.ACTIVE,
        )  # what followed it has dates at once, today if no notice is needed

    def test_giving_up_a_place_can_be_undone(self, browser):
        queued = record(S.QUEUED)
        response = browser.post(
            f"{DESK}?kind=queued",
            {"fix": "cancel", "subject": queued.public_id, "reason": "Not needed.", "key": uuid4()},
            follow=True,
        )
        assert "Undo this" in response.content.decode()
        response = browser.post(DESK, response.context["done"]["undo"], follow=True)
        assert "Undone" in response.content.decode()
        queued.refresh_from_db()
        assert queued.status == S.QUEUED

    def test_an_undo_is_offered_only_while_nothing_was_built_on_it(self, browser):
        late = record(S.OVERDUE, start=-40)
        queued = record(S.QUEUED, TRANSFORMATION, employee=late.employee, follows=late)
        ended = {"ended_on": rules.say(TODAY - 20 * DAY), "reason": "Changed jobs."}
        done = {"fix": "withdraw", "subject": late.public_id, "key": uuid4(), **ended}
        response = browser.post(DESK, done, follow=True)
        queued.refresh_from_db()
        assert queued.start_date is not None
        assert response.context["done"]["undo"] is None
        assert "Undo this" not in response.content.decode()

    def test_nobody_is_offered_fixes_for_themself(self, browser, hr):
        own = record(S.QUEUED, employee=EmployeeFactory(user=hr))
        (item,) = browser.get(DESK).context["items"]
        assert item["is_own"]
        assert not item["buttons"] + item["forms"]
        response = sent(browser, own, "cancel", reason="Mine.")
        assert "Somebody else decides about you" in response.content.decode()

    def test_administrators_read_and_apply_nothing(self):
        queued = record(S.QUEUED)
        client = Client()
        client.force_login(UserFactory(is_administrator=True))
        assert "<button" not in client.get(DESK).content.decode().split("<main", 1)[1]
        assert sent(client, queued, "cancel", reason="No.").status_code == 403

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"fix": "burn", "subject": NOBODYS},
            {"fix": "accept", "subject": NOBODYS},
            {"fix": "cancel", "subject": NOBODYS, "reason": "Gone."},
            {"fix": "swap", "subject": NOBODYS, "other": NOBODYS},
            {"fix": "swap", "subject": NOBODYS, "other": NOBODYS, "seen": "0" * 64},
            {"fix": "complete", "subject": "x", "ended_on": "4 May 2026", "about": "y", "kind": "z"},
        ],
    )
    def test_a_page_that_was_not_ours_gets_a_sentence(self, browser, data):
        response = browser.post(DESK, data)
        assert response.status_code == 200
        assert "There is a problem" in response.content.decode()

    @pytest.mark.parametrize("did", ["did=cancel", "did=cancel&done=x", f"did=cancel&done={NOBODYS}"])
    def test_what_was_not_done_is_not_there(self, browser, did):
        assert browser.get(f"{DESK}?{did}").status_code == 404

    def test_an_undo_that_came_too_late_is_refused(self, browser):
        queued = record(S.QUEUED)
        assert "Only a withdrawal or a cancelling" in sent(browser, queued, "undo").content.decode()


@pytest.mark.parametrize("subject", ["queued", "nomination"])
def test_a_fix_for_the_other_sort_of_thing_finds_nothing(browser, subject):
    """A nomination is not an enrolment, whatever its id says."""
    busy = record(S.QUEUED).employee
    nomination = NominationFactory(programme=programme(TRANSFORMATION), employee=busy)
    fix = "decline" if subject == "queued" else "cancel"
    wrong = Enrolment.objects.get() if subject == "queued" else nomination
    response = sent(browser, wrong, fix, reason="No.")
    assert "no longer there" in response.content.decode()
    assert Nomination.objects.get().status == "submitted"


def test_the_number_of_queries_does_not_follow_the_rows(browser):
    """Nor the number of fixes, cohorts, or people."""

    def read():
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(DESK).status_code == 200
        return len(asked)

    def one_of_each():
        record(S.OVERDUE, start=-40)
        record(S.QUEUED)
        waiting(cohort(start=-3))
        paused(return_on=TODAY + DAY)
        record(start=20, employee=EmployeeFactory(employed_until=TODAY + 10 * DAY))
        NominationFactory(programme=programme(TRANSFORMATION), employee=record(S.ACTIVE, start=-5).employee)
        cohort()

    one_of_each()
    read()
    few = read()
    for _ in range(5):
        one_of_each()
    assert read() == few
