"""What happened last night: who reads it, what each run did to whom and why, and the promise in red or in calm."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from enrolment.actions.calendar import enforce
from enrolment.models import Enrolment, Proof, Run
from enrolment.queries.keyset import ROWS
from enrolment.queries.prove import Finding
from people import clock
from people.models import User
from tests.factories import EmployeeFactory, EnrolmentFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NIGHT, TODAY_PAGE = "/today/night/", "/today/"
K = Run.Kind


@pytest.fixture
def hr(client: Client) -> User:
    """HR, signed in, in an organisation with people."""
    user = UserFactory(is_hr=True)
    client.force_login(user)
    EmployeeFactory()
    return user


def text(client: Client, url: str) -> str:
    """A page's words, in one line."""
    response = client.get(url)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def run(**facts: Any) -> Run:
    """A night of today that did nothing, unless said otherwise."""
    moment = clock.now()
    given = {"kind": K.NIGHT, "on": clock.today(), "started_at": moment, "finished_at": moment + timedelta(seconds=12)}
    return Run.objects.create(**{**given, **facts})


def proof(**facts: Any) -> Proof:
    """A whole proof that found nothing, unless said otherwise."""
    return Proof.objects.create(**{"on": clock.today(), "is_whole": True, "checked": 1204, "seconds": 2.5, **facts})


def finding(code: str = "overlap", sentence: str = "WP-A and WP-B of one person both hold days.") -> dict[str, Any]:
    """One finding as a proof keeps it."""
    return Finding(code, sentence, staff_number="T00042").facts()


def overrun(number: int = 1) -> list[Enrolment]:
    """People who are past their planned end, with the calendar's mark."""
    on = clock.today()
    rows: list[Enrolment] = [
        EnrolmentFactory(
            employee=EmployeeFactory(given_names="Grace", family_name=f"Late{place:03}"),
            programme=programme("ai-governance"),
            status="active",
            start_date=on - 30 * DAY,
            planned_end_date=on - DAY,
        )
        for place in range(number)
    ]
    enforce([row.employee_id for row in rows], on=on)
    return rows


def test_before_anything_happened_the_page_says_what_will(client: Client, hr: User) -> None:
    page = text(client, NIGHT)
    assert "The calendar has not run yet" in page
    assert "There is no proof yet" in page
    assert "Nothing has been proved yet" in page


def test_a_run_tells_when_how_long_how_many_and_what(client: Client, hr: User) -> None:
    run(people=1500, done=1500, counts={"start": 3, "mark_overdue": 2, "remind": 7})
    page = text(client, NIGHT)
    assert "The night’s run for" in page
    assert "12 s" in page
    assert "1,500" in page
    assert "3 started, 2 ran past the planned end, 7 reminded" in page


def test_one_of_a_kind_is_said_as_one(client: Client, hr: User) -> None:
    run(people=9, done=9, counts={"remind_hr": 1, "expire": 2, "queue": 1})
    assert "1 lost its dates, 2 nominations expired, 1 nomination HR was reminded of" in text(client, NIGHT)


def test_a_run_that_was_cut_short_or_is_under_way_says_so(client: Client, hr: User) -> None:
    run(people=1000, done=500, counts={"under_way": {"chunks": [0], "at": "2026-01-01T00:00:00+00:00"}})
    run(people=10, done=0, finished_at=None)
    page = text(client, NIGHT)
    assert "500 of 1,000" in page
    assert "<strong>Cut short</strong>: the next run did what was left." in page
    assert "under way" in page


def test_it_is_told_to_whom_it_happened_and_why(client: Client, hr: User) -> None:
    (row,) = overrun()
    run()
    page = text(client, NIGHT)
    assert "Grace Late000" in page
    assert "Ran past the planned end" in page
    assert "The planned end passed, and nobody had closed it." in page
    assert f"/enrolments/{row.public_id}/" in page


def test_moves_come_page_by_page(client: Client, hr: User) -> None:
    overrun(ROWS + 1)
    run()
    response = client.get(NIGHT)
    assert len(response.context["moves"]) == ROWS
    following = client.get(NIGHT + response.context["next_url"].removesuffix("#moves"))
    assert len(following.context["moves"]) == 1
    assert following.context["previous_url"]


def test_another_night_can_be_opened_and_nonsense_shows_the_latest(client: Client, hr: User) -> None:
    overrun()
    run(on=clock.today() - DAY)
    earlier = (clock.today() - DAY).isoformat()
    assert "The calendar moved nobody on this day." in text(client, f"{NIGHT}?day={earlier}")
    assert "The calendar moved nobody on this day." in text(client, f"{NIGHT}?day=nonsense")
    assert "Grace Late000" in text(client, f"{NIGHT}?day={clock.today().isoformat()}")
    assert f'After: <a href="?day={clock.today().isoformat()}#moves">' in text(client, f"{NIGHT}?day={earlier}")
    assert "Before:" not in text(client, f"{NIGHT}?day={earlier}")


def test_what_changes_made_possible_stands_with_its_day(client: Client, hr: User) -> None:
    run()
    run(kind=K.AFTER_CHANGES, people=2, done=2, counts={"plan": 2})
    assert "After changes for" in text(client, NIGHT)
    assert "After changes for" not in text(client, f"{NIGHT}?day={(clock.today() - DAY).isoformat()}")


@pytest.mark.parametrize("url", [NIGHT, TODAY_PAGE])
def test_a_broken_promise_is_red_and_says_what_to_do(client: Client, hr: User, url: str) -> None:
    proof(findings=[finding(), finding()])
    page = text(client, url)
    assert "notice-danger" in page
    assert "<strong>The promise is broken:</strong>" in page
    assert "found 2 things that cannot be. Nothing was changed by itself." in page
    assert "Read what was found" in page


@pytest.mark.parametrize("url", [NIGHT, TODAY_PAGE])
def test_a_kept_promise_is_calm_and_says_when_it_was_proved(client: Client, hr: User, url: str) -> None:
    proof(at=datetime(2026, 7, 1, 4, 12, tzinfo=UTC))
    page = text(client, url)
    assert "proved" in page
    assert "1 July 2026 at 05:12" in page
    assert "promise is broken" not in page


def test_the_latest_proof_counts(client: Client, hr: User) -> None:
    """What was mended is calm again; the page lists what the latest found."""
    proof(at=clock.now() - DAY, findings=[finding()])
    assert "WP-A and WP-B" in text(client, NIGHT)
    proof(is_whole=False)
    page = text(client, NIGHT)
    assert "promise is broken" not in page
    assert "WP-A and WP-B" not in page


def test_long_lists_of_findings_are_cut_and_counted(client: Client, hr: User) -> None:
    more = Finding("more_findings", "7 more were found.", details={"more": 7}).facts()
    proof(findings=[*[finding(sentence=f"Finding {number}.") for number in range(30)], more])
    page = text(client, NIGHT)
    assert "found 37 things" in page
    assert "Finding 19." in page
    assert "Finding 20." not in page
    assert "And 17 more: the command <code>prove</code> lists all." in page


def test_a_missing_proof_is_red_where_one_is_expected(client: Client, hr: User, settings: Any) -> None:
    """An installation that is always on; one machine that was off for a week is not missed."""
    proof(at=clock.now() - 2 * DAY)
    assert "Nothing has been proved since" not in text(client, NIGHT)
    settings.LOOPBACK = False
    for url in (NIGHT, TODAY_PAGE):
        assert "Nothing has been proved since" in text(client, url)


def test_health_names_a_broken_promise_and_a_missing_proof(client: Client, settings: Any) -> None:
    """In its details: the process is as ready as any other."""

    def detail() -> str:
        answer = client.get("/readyz")
        assert answer.status_code == 200
        return str(answer.json()["details"]["promise"])

    assert detail() == "not proved yet"
    settings.LOOPBACK = False
    assert detail() == "not proved yet"
    made = proof()
    assert detail() == "proved"
    Proof.objects.filter(pk=made.pk).update(at=clock.now() - timedelta(hours=27))
    assert detail().startswith("not proved since ")
    proof(is_whole=False, findings=[finding()])
    assert detail().startswith("broken: the proof of ")
    assert detail().endswith("found 1; prove lists them")


def test_today_links_to_the_night(client: Client, hr: User) -> None:
    assert f'href="{NIGHT}">What happened last night</a>' in text(client, TODAY_PAGE)
