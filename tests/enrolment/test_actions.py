"""Enrolling and the moves people make: outcome, row, event, notice, and that a refusal leaves nothing behind."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrolment.actions.calendar import enforce
from enrolment.actions.changes import cancel, complete, withdraw
from enrolment.actions.enrolments import Wish, enrol, plan
from enrolment.models import Enrolment, EnrolmentEvent
from people.actions.mailing import send_due
from people.clock import now
from people.models import Employee, Notice, User
from tests.factories import TODAY, CohortFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
LITERACY, GOVERNANCE, PRACTITIONER = "ai-leadership-literacy", "ai-governance", "ai-practitioner"


@pytest.fixture
def hr() -> User:
    """Somebody in HR."""
    return UserFactory(is_hr=True)


@pytest.fixture
def ada() -> Employee:
    """Somebody to enrol."""
    return EmployeeFactory()


def wish(
    person: Employee, code: str = LITERACY, first: str = "2026-07-01", last: str = "2026-07-28", **more: object
) -> Wish:
    """A unit in July, unless the test says otherwise."""
    return Wish(person, programme(code), date.fromisoformat(first), date.fromisoformat(last), **more)  # type: ignore[arg-type]


def nothing_written() -> bool:
    """No enrolment, no event, no notice."""
    return not (Enrolment.objects.exists() or EnrolmentEvent.objects.exists() or Notice.objects.exists())


def test_enrolling_writes_row_event_and_notice(ada: Employee, hr: User) -> None:
    """The history says who, when and why; the learner is told."""
    (outcome,) = enrol([wish(ada)], by=hr, on=TODAY, reason="Leads the new board.")
    enrolment = Enrolment.objects.get()
    assert outcome.is_done
    assert outcome.subject.enrolment == enrolment
    assert enrolment.status == S.PLANNED
    assert enrolment.version is not None
    event = enrolment.events.get()
    assert (event.move, event.from_status, event.to_status) == ("enrol", "", S.PLANNED)
    assert (event.by, event.on, event.reason) == (hr, TODAY, "Leads the new board.")
    assert (event.start_date, event.planned_end_date) == (date(2026, 7, 1), date(2026, 7, 28))
    notice = Notice.objects.get()
    assert (notice.employee, notice.kind, notice.subject) == (ada, "enrolled", enrolment.public_id)
    assert "1 July 2026" in notice.body


def test_a_second_programme_on_the_same_days_is_refused(ada: Employee, hr: User) -> None:
    """With the other programme, the shared days and the next legal start; nothing is left behind."""
    enrol([wish(ada)], by=hr, on=TODAY)
    (outcome,) = enrol([wish(ada, GOVERNANCE, "2026-07-28", "2026-08-24")], by=hr, on=TODAY)
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.earliest_start) == ("clash", date(2026, 7, 29))
    assert outcome.refusal.clashes[0].shared.count() == 1
    assert (Enrolment.objects.count(), EnrolmentEvent.objects.count(), Notice.objects.count()) == (1, 1, 1)


def test_the_day_after_is_free(ada: Employee, hr: User) -> None:
    """Both ends count, and no more."""
    outcomes = enrol([wish(ada), wish(ada, GOVERNANCE, "2026-07-29", "2026-08-25")], by=hr, on=TODAY)
    assert [outcome.is_done for outcome in outcomes] == [True, True]


def test_each_sees_those_accepted_before_it(ada: Employee, hr: User) -> None:
    """Subjects of one call are judged against each other, and good ones go through beside refused ones."""
    grace = EmployeeFactory()
    outcomes = enrol([wish(ada), wish(ada, GOVERNANCE), wish(grace, GOVERNANCE)], by=hr, on=TODAY)
    assert [outcome.refusal and outcome.refusal.code for outcome in outcomes] == [None, "clash", None]
    assert Enrolment.objects.count() == 2


@pytest.mark.parametrize(
    ("code", "first", "last", "born", "refused"),
    [
        (LITERACY, "2026-04-27", "2026-05-20", None, "outside_programme_dates"),
        (LITERACY, "2026-07-01", "2026-10-22", None, "too_long"),
        (PRACTITIONER, "2026-07-01", "2027-02-26", None, "too_short"),
        (PRACTITIONER, "2026-07-01", "2072-12-31", None, "too_long"),
        (PRACTITIONER, "2026-07-01", "2027-02-27", None, None),
        (LITERACY, "2026-07-01", "2026-07-28", date(2007, 7, 2), "too_young"),
        (PRACTITIONER, "2026-07-01", "2027-12-31", date(2010, 7, 1), None),
        (LITERACY, "2026-07-28", "2026-07-01", None, "end_before_start"),
    ],
)
def test_the_rules_refuse_with_a_code(
    hr: User, code: str, first: str, last: str, born: date | None, refused: str | None
) -> None:
    """The catalogue's facts at work (domain.md §1 and §3)."""
    person = EmployeeFactory(date_of_birth=born)
    (outcome,) = enrol([wish(person, code, first, last)], by=hr, on=TODAY)
    assert (outcome.refusal and outcome.refusal.code) == refused
    assert nothing_written() is (refused is not None)


def test_nobody_enrols_themself(hr: User) -> None:
    """HR included."""
    own = EmployeeFactory(user=hr)
    (outcome,) = enrol([wish(own)], by=hr, on=TODAY)
    assert outcome.refusal is not None
    assert outcome.refusal.code == "own_enrolment"
    assert nothing_written()


def test_a_repeat_finds_the_first_result(ada: Employee, hr: User) -> None:
    """The same key twice is one enrolment, and the second answer is the first one's."""
    key = uuid4()
    first = enrol([wish(ada, key=key)], by=hr, on=TODAY)[0]
    again = enrol([wish(ada, key=key)], by=hr, on=TODAY)[0]
    assert again.is_done
    assert again.subject.enrolment == first.subject.enrolment
    assert (Enrolment.objects.count(), EnrolmentEvent.objects.count(), Notice.objects.count()) == (1, 1, 1)


def test_a_cohort_gives_dates_and_a_seat(hr: User) -> None:
    """Full means full, in one call or in two."""
    cohort = CohortFactory(programme=programme(LITERACY), seats=2)
    people = EmployeeFactory.create_batch(3)
    outcomes = enrol([Wish(person, programme(LITERACY), cohort=cohort) for person in people], by=hr, on=TODAY)
    assert [outcome.refusal and outcome.refusal.code for outcome in outcomes] == [None, None, "no_seat"]
    seated = Enrolment.objects.filter(cohort=cohort)
    assert set(seated.values_list("start_date", "planned_end_date")) == {(cohort.start_date, cohort.planned_end_date)}
    late = enrol([Wish(EmployeeFactory(), programme(LITERACY), cohort=cohort)], by=hr, on=TODAY)[0]
    assert late.refusal is not None
    assert late.refusal.code == "no_seat"


def test_a_cohort_of_another_programme_is_refused(ada: Employee, hr: User) -> None:
    """A cohort belongs to one programme."""
    cohort = CohortFactory(programme=programme(GOVERNANCE))
    (outcome,) = enrol([Wish(ada, programme(LITERACY), cohort=cohort)], by=hr, on=TODAY)
    assert outcome.refusal is not None
    assert outcome.refusal.code == "unknown_cohort"


def test_a_start_that_has_come_runs_at_once(ada: Employee, hr: User) -> None:
    """Enrolled into the past: it is active, and the calendar's move is in the history."""
    (outcome,) = enrol([wish(ada, first="2026-06-10", last="2026-07-07")], by=hr, on=TODAY)
    enrolment = Enrolment.objects.get()
    assert enrolment.status == S.ACTIVE
    assert outcome.subject.enrolment is not None
    assert outcome.subject.enrolment.status == S.ACTIVE
    assert list(enrolment.events.values_list("move", flat=True)) == ["enrol", "start"]


def test_the_verdict_does_not_wait_for_the_night(ada: Employee, hr: User) -> None:
    """An active one past its end is overdue for the action, whenever the nightly run was last."""
    EnrolmentFactory(
        employee=ada,
        programme=programme(LITERACY),
        status=S.ACTIVE,
        start_date=date(2026, 5, 1),
        planned_end_date=date(2026, 5, 28),
    )
    (outcome,) = enrol([wish(ada, GOVERNANCE)], by=hr, on=TODAY)
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.earliest_start) == ("clash", None)
    assert Enrolment.objects.get().status == S.OVERDUE


def running(person: Employee, **more: object) -> Enrolment:
    """An active unit of June."""
    facts = {"status": S.ACTIVE, "start_date": date(2026, 6, 1), "planned_end_date": date(2026, 6, 28)} | more
    return EnrolmentFactory(employee=person, programme=programme(LITERACY), **facts)


def test_completing_frees_the_days_after(ada: Employee, hr: User) -> None:
    """The actual finish is the last day held."""
    enrolment = running(ada)
    (outcome,) = complete([enrolment], ended_on=date(2026, 6, 14), by=hr, on=TODAY, reason="Done early.")
    assert outcome.is_done
    enrolment.refresh_from_db()
    assert (enrolment.status, enrolment.ended_on) == (S.COMPLETED, date(2026, 6, 14))
    event = enrolment.events.get()
    assert (event.move, event.by, event.ended_on, event.reason) == ("complete", hr, date(2026, 6, 14), "Done early.")
    assert enrol([wish(ada, GOVERNANCE, "2026-06-15", "2026-07-12")], by=hr, on=TODAY)[0].is_done


def test_withdrawing_needs_a_reason_and_a_day_that_came(ada: Employee, hr: User) -> None:
    """Each refusal leaves the record as it was; the unsent notice goes with the withdrawal."""
    enrol([wish(ada, first="2026-06-10", last="2026-07-07")], by=hr, on=TODAY)
    enrolment = Enrolment.objects.get()
    refused = withdraw([enrolment], ended_on=TODAY, by=hr, on=TODAY, reason=" ")[0]
    assert refused.refusal is not None
    assert refused.refusal.code == "reason_missing"
    refused = withdraw([enrolment], ended_on=TODAY + timedelta(1), by=hr, on=TODAY, reason="Left the team.")[0]
    assert refused.refusal is not None
    assert refused.refusal.code == "in_future"
    enrolment.refresh_from_db()
    assert enrolment.status == S.ACTIVE
    assert withdraw([enrolment], ended_on=TODAY, by=hr, on=TODAY, reason="Left the team.")[0].is_done
    enrolment.refresh_from_db()
    assert (enrolment.status, enrolment.ended_on) == (S.WITHDRAWN, TODAY)
    told = dict(Notice.objects.values_list("kind", "status"))
    assert told == {"enrolled": Notice.Status.WITHDRAWN, "recorded": Notice.Status.DUE}


def test_never_attended_holds_nothing(ada: Employee, hr: User) -> None:
    """A last day on or before the start frees even the start day."""
    enrolment = running(ada)
    assert withdraw([enrolment], ended_on=date(2026, 6, 1), by=hr, on=TODAY, reason="Never came.")[0].is_done
    assert enrol([wish(ada, GOVERNANCE, "2026-06-01", "2026-06-28")], by=hr, on=TODAY)[0].is_done


def test_cancelling_frees_days_and_seat(ada: Employee, hr: User) -> None:
    """Only before it begins; afterwards it is a withdrawal."""
    cohort = CohortFactory(programme=programme(LITERACY), seats=1)
    enrol([Wish(ada, programme(LITERACY), cohort=cohort)], by=hr, on=TODAY)
    assert cancel([Enrolment.objects.get()], by=hr, on=TODAY, reason="Moved to another team.")[0].is_done
    assert enrol([Wish(EmployeeFactory(), programme(LITERACY), cohort=cohort)], by=hr, on=TODAY)[0].is_done
    active = running(EmployeeFactory())
    refused = cancel([active], by=hr, on=TODAY, reason="Too late.")[0]
    assert refused.refusal is not None
    assert refused.refusal.code == "move_not_allowed"


def test_giving_dates_to_a_queued_one(ada: Employee, hr: User) -> None:
    """Queued becomes planned, judged like enrolling; the first time it clashes."""
    blocker = running(ada, planned_end_date=date(2026, 6, 10), status=S.OVERDUE)
    queued = EnrolmentFactory(employee=ada, programme=programme(GOVERNANCE), status=S.QUEUED, follows=blocker)
    again = wish(ada, GOVERNANCE, enrolment=queued)
    refused = plan([again], by=hr, on=TODAY)[0]
    assert refused.refusal is not None
    assert refused.refusal.code == "clash"
    Enrolment.objects.filter(pk=queued.pk).update(follows=None)  # it waits for HR alone
    complete([blocker], ended_on=TODAY, by=hr, on=TODAY)
    assert plan([again], by=hr, on=TODAY)[0].is_done
    queued.refresh_from_db()
    assert (queued.status, queued.start_date, queued.follows) == (S.PLANNED, date(2026, 7, 1), None)
    refused = plan([again], by=hr, on=TODAY)[0]
    assert refused.refusal is not None
    assert refused.refusal.code == "move_not_allowed"


dates = st.dates(date(2026, 5, 1), date(2026, 8, 1))


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(dates, st.integers(0, 40)), min_size=2, max_size=2))
def test_the_order_of_two_wishes_changes_nothing(hr: User, spans: list[tuple[date, int]]) -> None:
    """Of two programmes on the same days one is refused, whichever came first, past or future, in one call or two."""
    codes = (LITERACY, GOVERNANCE)
    verdicts = []
    for order in ((0, 1), (1, 0)):
        for is_one_call in (True, False):
            person = EmployeeFactory()
            wishes = [
                Wish(person, programme(codes[n]), spans[n][0], spans[n][0] + timedelta(spans[n][1])) for n in order
            ]
            calls = [wishes] if is_one_call else [[one] for one in wishes]
            codes_said = [o.refusal and o.refusal.code for call in calls for o in enrol(call, by=hr, on=TODAY)]
            verdicts.append(codes_said)
            assert not Enrolment.objects.filter(employee=person, status=S.QUEUED).exists()
    assert all(verdict == verdicts[0] for verdict in verdicts), verdicts
    assert verdicts[0][0] is None


def test_only_hr_enrols_and_closes(ada: Employee, hr: User) -> None:
    """An administrator reads what HR reads, and decides nothing; neither does anybody about themself."""
    administrator = UserFactory(is_administrator=True)
    (outcome,) = enrol([wish(ada)], by=administrator, on=TODAY)
    assert outcome.refusal is not None
    assert outcome.refusal.code == "move_not_allowed"
    assert nothing_written()
    enrolment = running(ada)
    own = running(EmployeeFactory(user=hr))
    for refused in (
        complete([enrolment], ended_on=TODAY, by=administrator, on=TODAY)[0],
        withdraw([own], ended_on=TODAY, by=hr, on=TODAY, reason="Mine.")[0],
    ):
        assert refused.refusal is not None
        assert refused.refusal.code in ("move_not_allowed", "own_enrolment")
    assert set(Enrolment.objects.values_list("status", flat=True)) == {S.ACTIVE}


def test_a_repeated_close_finds_the_first_result_and_another_one_is_refused(ada: Employee, hr: User) -> None:
    """The same form twice is one withdrawal; a second form is told that it is closed."""
    enrolment, key = running(ada), uuid4()
    for _ in range(2):
        (outcome,) = withdraw([enrolment], ended_on=date(2026, 6, 5), by=hr, on=TODAY, reason="Ill.", key=key)
        assert outcome.is_done
    assert enrolment.events.count() == 1
    (other,) = withdraw([enrolment], ended_on=date(2026, 6, 9), by=hr, on=TODAY, reason="Mine.", key=uuid4())
    assert other.refusal is not None
    assert other.refusal.code == "move_not_allowed"
    enrolment.refresh_from_db()
    assert enrolment.ended_on == date(2026, 6, 5)


def test_losing_dates_and_getting_new_ones_is_told(ada: Employee, hr: User) -> None:
    """Sent or not, the learner hears of the overrun and of the new dates, which come by themselves and are near."""
    blocker = running(ada, start_date=date(2026, 5, 18), planned_end_date=date(2026, 6, 15))
    enrol([wish(ada, GOVERNANCE, "2026-06-16", "2026-07-13")], by=hr, on=TODAY)
    send_due(on=TODAY, now=now())
    next_day = TODAY + timedelta(1)
    enforce([ada.pk], on=next_day)
    send_due(on=next_day, now=now())
    complete([blocker], ended_on=next_day, by=hr, on=next_day)
    queued = Enrolment.objects.get(programme=programme(GOVERNANCE))
    assert queued.status == S.PLANNED
    send_due(on=next_day, now=now())
    told = Notice.objects.filter(subject=queued.public_id, status=Notice.Status.SENT).exclude(kind="progression")
    assert list(told.order_by("id").values_list("kind", "round")) == [("enrolled", 1), ("queued", 1), ("moved", 1)]
    assert "17 June 2026" in told.get(kind="moved").body


def test_a_key_belongs_to_one_person_and_one_wish(ada: Employee, hr: User) -> None:
    """The same key for somebody else is another form; for another programme of the same person it is refused."""
    key = uuid4()
    first, other = enrol([wish(ada, key=key), wish(EmployeeFactory(), key=key)], by=hr, on=TODAY)
    assert first.is_done
    assert other.is_done
    assert first.subject.enrolment != other.subject.enrolment
    refused = enrol([wish(ada, GOVERNANCE, "2026-09-01", "2026-09-28", key=key)], by=hr, on=TODAY)[0]
    assert refused.refusal is not None
    assert refused.refusal.code == "form_used"


def test_what_the_database_adds_is_known_when_asked_for(ada: Employee, hr: User) -> None:
    """Rows go in by COPY, which answers nothing: number and links are there, the moment and the hold are fetched."""
    first = wish(ada, "ai-leadership-literacy")
    paths = enrol([first, Wish(ada, programme("ai-governance"), behind=first)], by=hr, on=TODAY)
    made = [outcome.subject.enrolment for outcome in paths]
    stored = list(Enrolment.objects.order_by("id"))
    assert made == stored
    for ours, theirs in zip(made, stored, strict=True):
        assert ours is not None
        names = [field.attname for field in Enrolment._meta.concrete_fields]
        assert [getattr(ours, name) for name in names] == [getattr(theirs, name) for name in names]
    assert made[1] is not None
    assert made[1].follows_id == stored[0].pk
