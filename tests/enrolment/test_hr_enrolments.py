"""HR's list of enrolments, one enrolment with its moves, and Today."""

import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrolment import rules
from enrolment.exports import safe_cell
from enrolment.models import Enrolment
from people import clock
from tests.enrolment.test_hr_enrol import recommended, running, text
from tests.factories import (
    CohortFactory,
    EmployeeFactory,
    EnrolmentFactory,
    NominationFactory,
    PlacementFactory,
    UserFactory,
    programme,
)

pytestmark = pytest.mark.django_db
TODAY = clock.today()
DAY = timedelta(days=1)
S = Enrolment.Status
LIST = "/enrolments/"
UNIT = "ai-governance"


@pytest.fixture
def browser():
    client = Client()
    client.force_login(UserFactory(is_hr=True))
    return client


def planned(days: int = 30, **facts) -> Enrolment:
    start = TODAY + days * DAY
    facts = {"programme": programme("ai-governance"), **facts}
    return EnrolmentFactory(start_date=start, planned_end_date=start + 27 * DAY, **facts)


def queued() -> Enrolment:
    return EnrolmentFactory(programme=programme("ai-governance"), status=S.QUEUED)


def references(response) -> list[str]:
    """The references of the rows shown, in order."""
    return [row["reference"] for row in response.context["rows"]]


class TestTheList:
    def test_those_without_dates_come_first_then_the_latest_start(self, browser):
        early, late, waiting = planned(5), planned(60), queued()
        assert references(browser.get(LIST)) == [waiting.reference, late.reference, early.reference]
        assert references(browser.get(LIST, {"sort": "start"})) == [early.reference, late.reference, waiting.reference]

    @pytest.mark.parametrize("sort", ["", "start", "-start", "end", "-end"])
    def test_pages_forth_and_back_miss_and_repeat_nothing(self, browser, sort):
        for number in range(112):
            queued() if number < 56 else planned(number % 7)
        url, seen, pages = f"{LIST}?sort={sort}", [], []
        while url:
            answer = browser.get(url)
            pages.append(references(answer))
            seen += pages[-1]
            last, url = answer, answer.context["next_url"] and LIST + answer.context["next_url"]
        assert [len(page) for page in pages] == [50, 50, 12]
        assert len(set(seen)) == 112
        back = browser.get(LIST + last.context["previous_url"])
        assert references(back) == pages[1]
        first = browser.get(LIST + back.context["previous_url"])
        assert references(first) == pages[0]
        assert first.context["previous_url"] is None

    @pytest.mark.parametrize("cursor", ["x", "2026-01-01", ".", "2026-13-01.4", "2026-01-01.99999999999999999999"])
    def test_a_cursor_that_means_nothing_begins_at_the_first_page(self, browser, cursor):
        one = planned()
        assert references(browser.get(LIST, {"after": cursor})) == [one.reference]

    def test_it_narrows(self, browser):
        cohort = CohortFactory(programme=programme("ai-governance"))
        person = EmployeeFactory(given_names="Zuzanna", family_name="O'Hara")
        one = planned(30, employee=person, cohort=cohort)
        running("ai-transformation")
        assert one.start_date
        assert one.planned_end_date
        starts, ends = rules.say(one.start_date), rules.say(one.planned_end_date)
        for query in (
            {"q": "zuz hara"},
            {"q": one.reference.lower()},
            {"q": person.staff_number},
            {"status": "planned"},
            {"programme": "ai-governance"},
            {"cohort": str(cohort.public_id)},
            {"starts_from": starts, "starts_to": starts},
            {"ends_from": ends, "ends_to": ends},
        ):
            assert references(browser.get(LIST, query)) == [one.reference], query
        assert "No enrolment matches" in text(browser.get(LIST, {"q": "nobody"}))

    @pytest.mark.parametrize("query", [{"status": "x"}, {"programme": "x"}, {"cohort": "x"}, {"starts_from": "x"}])
    def test_what_means_nothing_narrows_nothing(self, browser, query):
        one = planned()
        assert references(browser.get(LIST, query)) == [one.reference]

    @pytest.mark.parametrize("query", [{"status": "x"}, {"programme": "x"}, {"cohort": "x"}, {"starts_from": "x"}])
    def test_a_filter_that_means_nothing_is_said_and_gives_no_file(self, browser, query):
        planned()
        answer = browser.get(LIST, {**query, "format": "csv"})
        assert answer["Content-Type"].startswith("text/html")
        assert "There is a problem" in text(answer)
        assert "<title>Error: " in answer.content.decode()

    def test_a_programme_is_called_what_it_is_called_now(self, browser):
        one = planned()
        assert one.programme.name in text(browser.get(LIST))
        one.programme.name = "Renamed"
        one.programme.save()
        assert "Renamed" in text(browser.get(LIST))

    def test_a_day_that_cannot_be_read_is_said(self, browser):
        assert "Enter a day like 4 May 2026." in text(browser.get(LIST, {"ends_to": "soon"}))

    def test_thirty_rows_take_as_many_queries_as_one(self, browser):
        def count() -> int:
            with CaptureQueriesContext(connection) as captured:
                browser.get(LIST)
            return len(captured)

        planned()
        count()
        few = count()
        for _ in range(30):
            planned()
        assert count() == few

    def test_the_file_has_what_is_shown_and_runs_nothing(self, browser):
        planned(30, employee=EmployeeFactory(given_names="=cmd|' /C calc'!A0", family_name='Łukasz, "Ö"'))
        running("ai-transformation")
        answer = browser.get(LIST, {"status": "planned", "format": "csv"})
        rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
        assert [(row["given_names"], row["family_name"]) for row in rows] == [("'=cmd|' /C calc'!A0", 'Łukasz, "Ö"')]
        assert rows[0]["programme"] == "ai-governance"

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
    def test_no_cell_begins_as_a_formula(self, start):
        assert safe_cell(f"{start}1") == f"'{start}1"


def press(browser, enrolment: Enrolment, move: str, sent: dict[str, str], *, confirm: bool = True):
    """Fill in a move's form and, when asked, confirm what its check page shows."""
    url = reverse(f"enrolment:{move}", args=[enrolment.public_id])
    answer = browser.post(url, sent)
    if not confirm or not answer.context.get("checked"):
        return answer
    return browser.post(url, {**answer.context["answers"], "confirm": "yes"}, follow=True)


class TestMoves:
    @pytest.mark.parametrize(
        ("status", "move", "sent", "target"),
        [
            (S.ACTIVE, "complete", {"ended_on": str(TODAY)}, S.COMPLETED),
            (S.OVERDUE, "complete", {"ended_on": str(TODAY)}, S.COMPLETED),
            (S.ACTIVE, "withdraw", {"ended_on": str(TODAY), "reason": "Changed role."}, S.WITHDRAWN),
        ],
    )
    def test_closing(self, browser, status, move, sent, target):
        on = running("ai-transformation", status=status)
        check = press(browser, on, move, sent, confirm=False)
        assert "Check before you confirm" in text(check)
        on.refresh_from_db()
        assert on.status == status
        url, confirmed = reverse(f"enrolment:{move}", args=[on.public_id]), {**check.context["answers"], "confirm": "y"}
        for _ in range(2):  # a double click shows the first result
            assert f"is now {target}" in text(browser.post(url, confirmed, follow=True))
            on.refresh_from_db()
            assert (on.status, on.ended_on) == (target, TODAY)
        assert on.events.filter(move=move).count() == 1

    @pytest.mark.parametrize("key", [{}, {"key": str(uuid4())}])
    def test_another_form_about_what_is_closed_is_refused_in_words(self, browser, key):
        on = running("ai-transformation")
        press(browser, on, "complete", {"ended_on": str(TODAY)})
        url = reverse("enrolment:complete", args=[on.public_id])
        answer = browser.post(url, {"ended_on": str(TODAY - DAY), "confirm": "yes", **key}, follow=True)
        assert "is not possible while the enrolment is completed" in text(answer)
        assert "is now" not in text(answer)
        on.refresh_from_db()
        assert (on.ended_on, on.events.filter(move="complete").count()) == (TODAY, 1)

    def test_confirming_without_a_key_shows_the_check_page(self, browser):
        on = running("ai-transformation")
        url = reverse("enrolment:complete", args=[on.public_id])
        assert "Check before you confirm" in text(browser.post(url, {"ended_on": str(TODAY), "confirm": "yes"}))
        on.refresh_from_db()
        assert on.status == S.ACTIVE

    def test_cancelling(self, browser):
        plan = planned()
        assert "Say why" in text(press(browser, plan, "cancel", {}, confirm=False))
        press(browser, plan, "cancel", {"reason": "The team moved."})
        plan.refresh_from_db()
        assert plan.status == S.CANCELLED
        assert "The team moved." in text(browser.get(reverse("enrolment:enrolment", args=[plan.public_id])))

    def test_nobody_starts_by_hand(self, browser):
        url = reverse("enrolment:enrolment", args=[planned().public_id])
        assert [move.name for move, _ in browser.get(url).context["moves"]] == [
            "redate",
            "change_cohort",
            "queue",
            "wait",
            "cancel",
        ]
        assert browser.get(f"{url}start/").status_code == 404

    @pytest.mark.parametrize(
        ("move", "sent", "sentence"),
        [
            ("withdraw", {"ended_on": str(TODAY + DAY), "reason": "x"}, "has not come yet"),
            ("withdraw", {"ended_on": str(TODAY)}, "Say why, for the history."),
            ("withdraw", {"reason": "x"}, "Give the last day of learning."),
            ("complete", {"ended_on": str(TODAY - 50 * DAY)}, "That is before the start"),
            ("complete", {}, "Give the day it was finished."),
            ("cancel", {"reason": "x"}, "is not possible while the enrolment is active"),
            ("plan", {"start_date": str(TODAY)}, "is not possible while the enrolment is active"),
        ],
    )
    def test_a_refusal_says_why_and_changes_nothing(self, browser, move, sent, sentence):
        on = running("ai-transformation")
        assert sentence in text(press(browser, on, move, sent))
        on.refresh_from_db()
        assert (on.status, on.events.count()) == (S.ACTIVE, 0)


class TestAuditors:
    def test_they_read_what_hr_reads_and_are_offered_nothing_to_decide(self):
        on, waiting, wish = running("ai-transformation"), queued(), NominationFactory(programme=programme(UNIT))
        placed, said = PlacementFactory(programme=programme(UNIT)), recommended()
        client = Client()
        client.force_login(UserFactory(is_auditor=True))
        decisions = [
            reverse(f"enrolment:{name}", args=[about.public_id])
            for name, about in (
                ("complete", on),
                ("withdraw", on),
                ("cancel", waiting),
                ("plan", waiting),
                ("decide_nomination", wish),
                ("enrol", placed.employee),
                ("decide", said.employee),
            )
        ]
        for about in ("enrolment", on), ("enrolment", waiting), ("nomination", wish), ("person", said.employee):
            page = client.get(reverse(f"enrolment:{about[0]}", args=[about[1].public_id])).content.decode()
            assert not [url for url in decisions if url in page]
        for url in ("/today/", "/recommendations/", "/nominations/?status="):
            page = client.get(url).content.decode()
            assert said.employee.family_name in page or wish.employee.family_name in page
            assert not [decision for decision in decisions if decision in page]
        for url in decisions:
            assert client.get(url).status_code == client.post(url).status_code == 403


class TestOneEnrolment:
    def test_days_that_nobody_attended_are_listed_and_not_drawn(self, browser):
        on = running("ai-transformation")
        Enrolment.objects.filter(pk=on.pk).update(status=S.WITHDRAWN, ended_on=on.start_date)
        for url in ("enrolment", on), ("person", on.employee):
            timeline = browser.get(reverse(f"enrolment:{url[0]}", args=[url[1].public_id])).context["timeline"]
            assert not timeline.rows
            assert [bar.detail for bar in timeline.listed] == ["never attended"]

    def test_what_is_queued_is_listed_in_the_order_of_its_path(self, browser):
        """Neither by name nor by when it was enrolled: what follows stands behind what it follows."""
        late = running("ai-leadership-literacy", status=S.OVERDUE)
        queue = {"employee": late.employee, "status": S.QUEUED}
        last = EnrolmentFactory(programme=programme("ai-governance"), **queue)
        first = EnrolmentFactory(programme=programme("ai-transformation"), follows=late, **queue)
        middle = EnrolmentFactory(programme=programme("ai-practitioner"), follows=first, **queue)
        Enrolment.objects.filter(pk=last.pk).update(follows=middle)
        path = [each.programme.name for each in (late, first, middle, last)]
        for url in ("enrolment", late), ("person", late.employee):
            timeline = browser.get(reverse(f"enrolment:{url[0]}", args=[url[1].public_id])).context["timeline"]
            assert [bar.label for bar in timeline.listed] == path
        Enrolment.objects.filter(pk=first.pk).update(follows=last)  # a ring is a fault, and no reason to hang
        assert browser.get(reverse("enrolment:enrolment", args=[late.public_id])).status_code == 200

    def test_hr_sees_the_moves_and_others_only_read(self, browser):
        boss = EmployeeFactory(user=UserFactory())
        on = running("ai-transformation")
        on.employee.manager, on.employee.user = boss, UserFactory()
        on.employee.save()
        url = reverse("enrolment:enrolment", args=[on.public_id])
        withdraw = reverse("enrolment:withdraw", args=[on.public_id])
        assert withdraw in browser.get(url).content.decode()
        for reader in (boss.user, on.employee.user):
            client = Client()
            client.force_login(reader)
            answer = client.get(url)
            assert answer.status_code == 200
            assert withdraw not in answer.content.decode()
            assert client.get(withdraw).status_code == 403
        stranger = Client()
        stranger.force_login(UserFactory())
        assert stranger.get(url).status_code == 404


class TestToday:
    def test_nobody_yet_means_import_first(self, browser):
        said = text(browser.get("/today/"))
        assert said.count("Load your people") == 1
        assert "to decide" not in said

    def test_nothing_to_do_is_said_kindly(self, browser):
        EmployeeFactory()
        assert "Nothing needs a decision today." in text(browser.get("/today/"))

    def test_every_heap_is_there(self, browser):
        NominationFactory(programme=programme("ai-governance"))
        placed = PlacementFactory(programme=programme("ai-governance"))
        late, waiting, soon = running("ai-transformation", status=S.OVERDUE), queued(), planned(3)
        ended = running("ai-governance")
        Enrolment.objects.filter(pk=ended.pk).update(status=S.COMPLETED, ended_on=TODAY)
        answer = browser.get("/today/")
        heaps = {name: [row.pk for row in answer.context[name].rows] for name in ("to_close", "without_dates")}
        assert heaps == {"to_close": [late.pk], "without_dates": [waiting.pk]}
        assert [row.pk for row in answer.context["placed"].rows] == [placed.pk]
        assert [row.pk for row in answer.context["starting"].rows] == [soon.pk]
        assert [row.pk for row in answer.context["ended"].rows] == [ended.pk]

    @pytest.mark.parametrize(("status", "is_listed"), [(S.QUEUED, False), (S.ACTIVE, False), (S.CANCELLED, True)])
    def test_a_placement_is_listed_until_it_is_enrolled(self, browser, status, is_listed):
        placed = PlacementFactory(programme=programme("ai-governance"))
        dates = {} if status != S.ACTIVE else {"start_date": TODAY, "planned_end_date": TODAY + 9 * DAY}
        EnrolmentFactory(employee=placed.employee, programme=placed.programme, status=status, **dates)
        assert bool(browser.get("/today/").context["placed"].rows) is is_listed

    def test_heaps_are_bounded_and_counted_to_a_hundred(self, browser):
        for _ in range(105):
            PlacementFactory(programme=programme("ai-governance"))
        heap = browser.get("/today/").context["placed"]
        assert (len(heap.rows), heap.count, heap.has_more) == (5, "99+", True)
        assert len(browser.get("/today/?all=placed").context["placed"].rows) == 105
