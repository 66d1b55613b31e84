"""HR's pages for many: files of enrolments, one move on ticked rows, many people onto one programme."""

import html
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from enrolment.actions import outcomes
from enrolment.actions.enrolments import Wish, enrol
from enrolment.entries import HEADER
from enrolment.models import Batch, Enrolment, EnrolmentEvent
from enrolment.tasks import resume_batches
from people import clock
from people.models import User
from people.rules import say
from tests.enrolment.files import enrolments_file, history_problems, row
from tests.factories import CohortFactory, EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
S = Enrolment.Status
DAY = timedelta(days=1)
UNIT, OTHER = "ai-governance", "ai-transformation"


@pytest.fixture
def hr(client: Client) -> Client:
    """HR's browser."""
    client.force_login(UserFactory(is_hr=True))
    return client


def text(answer) -> str:
    """What a page says, without tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def running(number: str, *, days: int = 20, code: str = UNIT) -> Enrolment:
    """Somebody who has been on a unit for ten days."""
    on = clock.today()
    return EnrolmentFactory(
        employee=EmployeeFactory(staff_number=number),
        programme=programme(code),
        status=S.ACTIVE,
        start_date=on - 10 * DAY,
        planned_end_date=on + days * DAY,
    )


def upload(hr: Client, content: bytes):
    """Choose a file; the page that says what it would come to."""
    return hr.post("/enrolments/import/", {"file": SimpleUploadedFile("sample.csv", content)}, follow=True)


def tick(hr: Client, move: str, *chosen: Enrolment, **given: str):
    """Tick enrolments and answer what the move asks; the page that says what it would come to."""
    data = {"move": move, "chosen": [str(record.public_id) for record in chosen]}
    asked = {f"to-{name}": value for name, value in given.items()}
    return hr.post("/enrolments/bulk/", {**data, **asked, "check": "yes"}, follow=True)


def apply(hr: Client, page):
    """Press the button of a page that foresees something."""
    return hr.post(page.wsgi_request.path, follow=True)


def test_a_file_is_foreseen_then_loaded_and_its_refused_rows_come_back(hr):
    EmployeeFactory(staff_number="1", given_names="Ada", family_name="Byron")
    on = clock.today()
    start, end = on + 30 * DAY, on + 50 * DAY
    content = enrolments_file(
        row(f"{start}", f"{end}"),
        row(f"{end}", f"{end + 5 * DAY}", programme=OTHER),
        row(programme="ai-transformation"),
    )
    page = upload(hr, content)
    assert "Check sample.csv" in text(page)
    assert "Earliest start:" in text(page)
    assert not Enrolment.objects.exists()
    done = apply(hr, page)
    assert "Enrolments loaded" in text(done)
    assert Enrolment.objects.count() == 2
    file = hr.get(f"{done.wsgi_request.path}refused.csv")
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("row,code,reason,earliest_start,staff_number,programme")
    assert f",{end + DAY}," in lines[1]
    again = upload(hr, content)
    assert apply(hr, again).status_code == 200
    assert Enrolment.objects.count() == 2


def test_a_long_file_is_loaded_in_the_background_with_progress(hr, monkeypatch):
    monkeypatch.setattr("enrolment.views.batches.CHUNK", 1)
    on = clock.today()
    for number in "12":
        EmployeeFactory(staff_number=number)
    rows = [row(f"{on + 5 * DAY}", f"{on + 25 * DAY}", staff_number=number) for number in "12"]
    page = upload(hr, enrolments_file(*rows))
    under_way = apply(hr, page)
    assert "Loading sample.csv" in text(under_way)
    assert "0 of 2 rows done" in text(under_way)
    assert b'hx-trigger="every 2s"' in under_way.content
    assert hr.get(f"{page.wsgi_request.path}refused.csv").status_code == 404
    assert resume_batches() == 2
    assert "Enrolments loaded" in text(hr.get(page.wsgi_request.path))


def test_the_template_has_the_columns_and_an_administrator_loads_nothing(hr, client):
    template = hr.get("/enrolments/import/enrolments.csv")
    assert template.content.decode("utf-8-sig").strip() == ",".join(HEADER)
    client.force_login(UserFactory(is_administrator=True))
    assert client.get("/enrolments/import/").status_code == 403
    assert "Change many at once" not in text(client.get("/enrolments/"))


MOVES = {
    "complete": ({"ended_on": "today"}, "completed"),
    "withdraw": ({"ended_on": "today", "reason": "Left the team"}, "withdrawn"),
    "extend": ({"planned_end_date": "later"}, "active"),
}


@pytest.mark.parametrize(("move", "given", "status"), [(name, *what) for name, what in MOVES.items()], ids=MOVES)
def test_ticked_enrolments_are_moved_and_who_cannot_is_told_why(hr, move, given, status):
    on = clock.today()
    first, second = running("1"), running("2")
    queued = EnrolmentFactory(programme=programme(UNIT), status=S.QUEUED)
    days = {"today": on.isoformat(), "later": (on + 40 * DAY).isoformat()}
    page = tick(hr, move, first, second, queued, **{name: days.get(value, value) for name, value in given.items()})
    assert "2 can be done 1 refused" in text(page)
    assert "is not possible while the enrolment is queued" in text(page)
    first.refresh_from_db()
    assert first.status == "active"
    assert not EnrolmentEvent.objects.exists()
    done = apply(hr, page)
    assert "2 done 1 refused" in text(done)
    statuses = Enrolment.objects.order_by("id").values_list("status", flat=True)
    assert list(statuses) == [status, status, "queued"]
    assert EnrolmentEvent.objects.filter(move=move).count() == 2
    assert {event.by for event in EnrolmentEvent.objects.all()} == {User.objects.get()}
    apply(hr, page)
    assert EnrolmentEvent.objects.filter(move=move).count() == 2
    file = b"".join(hr.get(f"{page.wsgi_request.path}refused.csv").streaming_content).decode("utf-8-sig")
    assert "move_not_allowed" in file.splitlines()[1]


def test_plans_are_cancelled_queued_and_moved_to_another_cohort(hr):
    on = clock.today()
    cohort = CohortFactory(
        name="Next", programme=programme(UNIT), seats=1, start_date=on + 20 * DAY, planned_end_date=on + 40 * DAY
    )
    plans = [
        EnrolmentFactory(
            employee=EmployeeFactory(staff_number=number),
            programme=programme(UNIT),
            start_date=on + 5 * DAY,
            planned_end_date=on + 25 * DAY,
        )
        for number in "123"
    ]
    page = tick(hr, "change_cohort", *plans, cohort=str(cohort.public_id))
    assert "1 can be done 2 refused" in text(page)
    assert "Next is full" in text(page)
    apply(hr, page)
    assert cohort.enrolments.count() == 1
    apply(hr, tick(hr, "queue", *plans[1:]))
    apply(hr, tick(hr, "cancel", plans[2], reason="Not now"))
    assert [Enrolment.objects.get(pk=plan.pk).status for plan in plans] == ["planned", "queued", "cancelled"]


def test_bulk_never_pushes_plans_and_says_what_moves_along(hr):
    on = clock.today()
    first = running("1", days=10)
    plan = Wish(first.employee, programme(OTHER), on + 11 * DAY, on + 40 * DAY)
    enrol([plan], by=None, on=on)
    page = tick(hr, "extend", first, planned_end_date=(on + 30 * DAY).isoformat())
    assert "0 can be done 1 refused" in text(page)
    assert "None of these enrolments can be changed so" in text(page)
    assert Batch.objects.get().rows.get().code == "clash"
    follower = Enrolment.objects.get(programme__code=OTHER)
    Enrolment.objects.filter(pk=follower.pk).update(follows=first)
    page = tick(hr, "complete", first, ended_on=on.isoformat())
    said = text(page)
    apply(hr, page)
    follower.refresh_from_db()
    assert follower.start_date
    assert follower.planned_end_date
    now = f"now {say(follower.start_date)} to {say(follower.planned_end_date)}"
    assert f"Moves along: {follower.programme.name}, {now}." in said
    assert follower.start_date == on + DAY
    assert not [problem for problem in history_problems() if str(follower.pk) in problem]


def test_all_that_match_the_filters_are_moved_in_the_background(hr, monkeypatch):
    monkeypatch.setattr("enrolment.views.batches.CHUNK", 2)
    monkeypatch.setattr(outcomes, "CHUNK", 2)
    on = clock.today()
    for number in range(5):
        running(f"N{number}")
    other = running("M", code=OTHER)
    asked = {"move": "complete", "all": "yes", "programme": UNIT}
    form = hr.post("/enrolments/bulk/", asked)
    assert "Complete: 5 enrolments" in text(form)
    page = hr.post("/enrolments/bulk/", {**asked, "to-ended_on": on.isoformat(), "check": "yes"}, follow=True)
    under_way = apply(hr, page)
    assert "0 of 5 enrolments done" in text(under_way)
    assert resume_batches() == 5
    assert Enrolment.objects.filter(status=S.COMPLETED).count() == 5
    other.refresh_from_db()
    assert other.status == "active"
    batch = Batch.objects.get()
    assert (batch.status, batch.counts) == ("applied", {"updated": 5, "refused": 0})


def test_a_killed_workers_moves_are_finished_with_the_same_counts(hr, monkeypatch):
    from enrolment.actions import bulk

    monkeypatch.setattr("enrolment.views.batches.CHUNK", 2)
    monkeypatch.setattr(outcomes, "CHUNK", 2)
    on = clock.today()
    chosen = [running(f"N{number}") for number in range(5)]
    page = tick(hr, "complete", *chosen, ended_on=on.isoformat())
    apply(hr, page)
    advance, chunks = bulk.advance, iter(range(9))

    class Killed(BaseException):
        """A worker that goes away without a word."""

    def die(*told):
        if next(chunks) == 1:
            raise Killed
        advance(*told)

    with monkeypatch.context() as patch:
        patch.setattr(bulk, "advance", die)
        with pytest.raises(Killed):
            resume_batches()
    assert Enrolment.objects.filter(status=S.COMPLETED).count() == 2
    assert resume_batches() == 3
    assert Batch.objects.get().counts == {"updated": 5, "refused": 0}
    assert EnrolmentEvent.objects.filter(move="complete").count() == 5


def test_what_is_missing_is_asked_for(hr):
    first = running("1")
    assert "Tick at least one enrolment" in text(hr.post("/enrolments/bulk/", {"move": "complete"}))
    assert "Tick at least one" in text(hr.post("/enrolments/bulk/", {"move": "complete", "chosen": ["nonsense"]}))
    wrong = hr.post("/enrolments/bulk/", {"move": "explode", "chosen": [str(first.public_id)]})
    assert "Choose what to do" in text(wrong)
    page = tick(hr, "withdraw", first)
    assert "Give the last day of learning" in text(page)
    assert str(first.public_id).encode() in page.content
    bad = hr.post("/enrolments/bulk/", {"move": "complete", "all": "yes", "starts_from": "soon"})
    assert "Tick at least one" in text(bad)


def test_ticked_people_are_enrolled_each_as_early_as_the_rule_lets_them(hr):
    on = clock.today()
    busy = running("1").employee
    free = EmployeeFactory(staff_number="2")
    late = EnrolmentFactory(
        employee=EmployeeFactory(staff_number="3"),
        programme=programme(UNIT),
        status=S.OVERDUE,
        start_date=on - 30 * DAY,
        planned_end_date=on - DAY,
    )
    people = [str(person.public_id) for person in (busy, free, late.employee)]
    form = hr.post("/people/enrol/", {"chosen": people})
    assert {"1", "2", "3"} <= set(re.search(r"<textarea[^>]*>([^<]*)", form.content.decode())[1].split())  # type: ignore[index]
    answer = {"staff_numbers": "1\n2, 3;404", "programme": OTHER, "check": "yes"}
    page = hr.post("/people/enrol/", answer, follow=True)
    assert "4 people onto" in text(page)
    assert "2 new 1 queued" in text(page)
    assert "Nobody has the staff number 404" in text(page)
    assert "Enrol these people" in text(page)
    assert "People enrolled" in text(apply(hr, page))
    made = Enrolment.objects.filter(programme__code=OTHER).order_by("employee__staff_number")
    assert [(each.status, each.start_date) for each in made] == [
        ("planned", on + 21 * DAY),
        ("active", on),
        ("queued", None),
    ]
    apply(hr, hr.post("/people/enrol/", answer, follow=True))
    assert set(Batch.objects.latest("id").rows.values_list("code", flat=True)) == {
        "already_on_programme",
        "unknown_employee",
    }


def test_people_are_enrolled_again_once_they_have_finished(hr):
    on = clock.today()
    EmployeeFactory(staff_number="1")
    answer = {"staff_numbers": "1", "programme": OTHER, "check": "yes"}
    apply(hr, hr.post("/people/enrol/", answer, follow=True))
    first = Enrolment.objects.get()
    apply(hr, tick(hr, "complete", first, ended_on=on.isoformat()))
    apply(hr, hr.post("/people/enrol/", answer, follow=True))
    assert Enrolment.objects.filter(programme__code=OTHER).count() == 2
    EnrolmentFactory(
        employee=EmployeeFactory(staff_number="2"), programme=programme(OTHER), status=S.CANCELLED, start_date=None
    )
    apply(hr, hr.post("/people/enrol/", {**answer, "staff_numbers": "2"}, follow=True))
    assert Enrolment.objects.get(employee__staff_number="2", status=S.ACTIVE).programme.code == OTHER


def test_other_cohorts_are_offered_only_of_the_programmes_that_they_are_on(hr):
    """Any other would refuse everybody; chosen all the same, it is no choice."""
    on = clock.today()
    days = {"start_date": on + 60 * DAY, "planned_end_date": on + 80 * DAY}
    theirs, another = (CohortFactory(programme=programme(code), **days) for code in (UNIT, OTHER))
    plans = [
        EnrolmentFactory(
            programme=programme(UNIT), start_date=on + 20 * DAY, planned_end_date=on + 40 * DAY, version=None
        )
        for _ in range(2)
    ]
    page = hr.post("/enrolments/bulk/", {"move": "change_cohort", "chosen": [str(plan.public_id) for plan in plans]})
    assert str(theirs.public_id) in page.content.decode()
    assert str(another.public_id) not in page.content.decode()
    refused = tick(hr, "change_cohort", *plans, cohort=str(another.public_id))
    assert "That is not on the list, or not any more. Choose again." in text(refused)
    assert not Batch.objects.exists()
    of_both = [
        *plans,
        EnrolmentFactory(programme=programme(OTHER), start_date=on + 20 * DAY, planned_end_date=on + 40 * DAY),
    ]
    page = hr.post("/enrolments/bulk/", {"move": "change_cohort", "chosen": [str(plan.public_id) for plan in of_both]})
    assert {str(theirs.public_id), str(another.public_id)} <= set(
        re.findall(r'value="([0-9a-f-]{36})"', page.content.decode())
    )


def test_all_who_match_are_taken_and_a_cohort_or_dates_are_the_same_for_all(hr):
    on = clock.today()
    cohort = CohortFactory(
        name="Next", programme=programme(OTHER), seats=1, start_date=on + 20 * DAY, planned_end_date=on + 40 * DAY
    )
    for number in "12":
        EmployeeFactory(staff_number=number, job_title="Archivist")
    EmployeeFactory(staff_number="3")
    form = hr.post("/people/enrol/", {"all": "yes", "q": "archivist"})
    assert re.search(r"<textarea[^>]*>\s*1\s+2<", form.content.decode())
    both = {"staff_numbers": "1\n2", "programme": OTHER, "cohort": str(cohort.public_id), "check": "yes"}
    page = hr.post("/people/enrol/", both, follow=True)
    assert "1 new 0 queued 1 on a waiting list" in text(page)
    apply(hr, page)
    assert Enrolment.objects.filter(cohort=cohort).count() == 2
    dated = {"staff_numbers": "3", "programme": UNIT, "start_date": (on + 3 * DAY).isoformat(), "check": "yes"}
    apply(hr, hr.post("/people/enrol/", dated, follow=True))
    assert Enrolment.objects.get(employee__staff_number="3").planned_end_date == on + 30 * DAY


def test_what_does_not_fit_together_is_said_on_the_form(hr):
    cohort = CohortFactory(programme=programme(UNIT), start_date=clock.today() + 9 * DAY, planned_end_date="2199-01-01")
    wrong = {"staff_numbers": " , ", "check": "yes"}
    page = hr.post("/people/enrol/", wrong)
    assert "Choose a programme" in text(page)
    both = {"staff_numbers": "1", "programme": OTHER, "cohort": str(cohort.public_id), "start_date": "4 May 2027"}
    page = hr.post("/people/enrol/", {**both, "check": "yes"})
    assert "is a cohort of" in text(page)
    page = hr.post(
        "/people/enrol/", {"staff_numbers": "1", "programme": UNIT, "planned_end_date": "4 May 2027", "check": "yes"}
    )
    assert "Give the start too" in text(page)
    assert not Batch.objects.exists()


def outcomes_of(page) -> list[str]:
    """What the rows of a page come to, in their words."""
    return re.findall(r'data-label="Outcome">\s*<span[^>]*><svg.*?</svg>([^<]+)<', page.content.decode(), re.S)


def test_before_it_is_done_a_row_says_what_it_will_be(hr):
    person, on = EmployeeFactory(staff_number="1", given_names="Ada", family_name="Byron"), clock.today()
    days = (f"{on + 30 * DAY}", f"{on + 50 * DAY}")
    EnrolmentFactory(
        employee=person, programme=programme(UNIT), start_date=on + 30 * DAY, planned_end_date=on + 40 * DAY
    )
    other = row(f"{on + 60 * DAY}", f"{on + 80 * DAY}", programme=OTHER)
    page = upload(hr, enrolments_file(row(*days), other))
    assert "Nothing is written yet" in text(page)
    assert outcomes_of(page) == ["Will be updated"]
    shown = hr.get(f"{page.wsgi_request.path}?show=created")
    assert outcomes_of(shown) == ["Will be created"]
    done = apply(hr, page)
    assert outcomes_of(done) == ["Updated"]


def test_people_read_the_sentence_of_a_warning_and_machines_its_code(hr):
    EmployeeFactory(staff_number="1")
    on = clock.today()
    days = (f"{on - 200 * DAY}", f"{on - 30 * DAY}")
    page = upload(hr, enrolments_file(row(*days, "completed", ended_on=f"{on - 40 * DAY}")))
    assert "ends at most 112 days after its start" in text(page)
    assert "too_long" not in text(page)


def test_a_refused_row_says_the_earliest_start_once_and_whose_it_is(hr):
    person, on = EmployeeFactory(staff_number="1", given_names="Ada", family_name="Byron"), clock.today()
    EnrolmentFactory(
        employee=person, programme=programme(UNIT), start_date=on + 30 * DAY, planned_end_date=on + 50 * DAY
    )
    clash = row(f"{on + 40 * DAY}", f"{on + 60 * DAY}", programme=OTHER)
    page = upload(hr, enrolments_file(clash, row("soon", "later"), {"staff_number": "404"}))
    assert outcomes_of(page) == ["Refused"] * 3
    said = text(page)
    assert said.count(say(on + 51 * DAY)) == 1
    assert said.count("Ada Byron") == 3  # the clash names her too
    assert "404 not known" in said


def test_a_number_typed_twice_is_counted_once_and_said_and_people_go_by_their_names(hr):
    EmployeeFactory(staff_number="1001", given_names="Ada", family_name="Byron")
    answer = {"staff_numbers": "1001\n404, 1001", "programme": UNIT, "check": "yes"}
    page = hr.post("/people/enrol/", answer, follow=True)
    said = text(page)
    assert "Check 2 people onto" in said
    assert "You typed 1001 twice: counted once." in said
    assert not re.search(r"Row\s", said)
    assert re.search(r'scope="row">Ada Byron<', page.content.decode())
    assert "Not known 404" in said
    thrice = hr.post("/people/enrol/", {**answer, "staff_numbers": "1001 \n1001,1001"}, follow=True)
    assert "You typed 1001 3 times: counted once." in text(thrice)
    once = hr.post("/people/enrol/", {**answer, "staff_numbers": "1001"}, follow=True)
    assert "You typed" not in text(once)
