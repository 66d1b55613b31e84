"""Programmes in somebody's calendar: stable, correct by RFC 5545, private, and dead when revoked or after leaving."""

from datetime import date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from icalendar import Calendar

from enrolment import exports
from enrolment.actions.calendar import enforce
from enrolment.actions.feeds import make_feeds, revoke_feeds
from enrolment.models import CalendarFeed, Enrolment, EnrolmentEvent
from enrolment.queries.feeds import entries, hashed
from enrolment.rules.feeds import entry
from enrolment.views import feeds as views
from people.clock import today
from programmes.models import Programme
from tests.enrolment.test_learner import enrolled
from tests.factories import TODAY, EmployeeFactory, UserFactory

pytestmark = pytest.mark.django_db
S = Enrolment.Status
DAY = timedelta(days=1)


@pytest.fixture
def ada():
    """A learner with an account."""
    return EmployeeFactory(user=UserFactory())


def moved(row, move="redate", on=TODAY, **changes):
    """The row after a move, and the move's event."""
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()
    dates = {"start_date": row.start_date, "planned_end_date": row.planned_end_date, "ended_on": row.ended_on}
    EnrolmentEvent.objects.create(subject=row, move=move, to_status=row.status, on=on, **dates)
    return row


def feed(person, on=TODAY):
    """The token of a new feed."""
    return make_feeds([person], by=person.user, on=on)[0].or_error().token


def told(person):
    """What the calendar says of the person's one enrolment."""
    content = exports.calendar(entries(person))
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    return event


def said(event):
    """Its days (the end exclusive), its version and its status."""
    return (event.decoded("dtstart"), event.decoded("dtend"), int(event["sequence"]), str(event["status"]))


class TestEntries:
    """What of an enrolment a calendar is told, and when its version grows."""

    def test_whole_days_with_an_exclusive_end(self, ada):
        moved(enrolled(ada, status=S.PLANNED), "enrol")
        assert said(told(ada)) == (TODAY, TODAY + 28 * DAY, 0, "CONFIRMED")
        assert isinstance(told(ada).decoded("dtstart"), date)
        assert not isinstance(told(ada).decoded("dtstart"), datetime)

    def test_days_that_move_keep_the_uid_and_raise_the_version(self, ada):
        row = moved(enrolled(ada, status=S.PLANNED), "enrol")
        first = told(ada)
        moved(row, start_date=TODAY + DAY)
        second = told(ada)
        assert first["uid"] == second["uid"] == str(row.public_id)
        assert said(second) == (TODAY + DAY, TODAY + 28 * DAY, 1, "CONFIRMED")
        assert second.decoded("dtstamp") >= first.decoded("dtstamp")

    def test_a_move_that_tells_nothing_new_leaves_the_bytes_as_they_are(self, ada):
        row = moved(enrolled(ada, status=S.PLANNED), "enrol")
        before = exports.calendar(entries(ada))
        moved(row, "start", status=S.ACTIVE)
        moved(row, "mark_overdue", status=S.OVERDUE)
        assert exports.calendar(entries(ada)) == before

    def test_what_is_withdrawn_is_cancelled_and_can_come_back(self, ada):
        row = moved(enrolled(ada), "enrol")
        moved(row, "withdraw", status=S.WITHDRAWN, ended_on=TODAY + 3 * DAY)
        assert said(told(ada)) == (TODAY, TODAY + 4 * DAY, 1, "CANCELLED")
        moved(row, "reinstate", status=S.ACTIVE, ended_on=None)
        assert said(told(ada)) == (TODAY, TODAY + 28 * DAY, 2, "CONFIRMED")

    def test_who_lost_their_days_keeps_the_last_ones_called_off(self, ada):
        row = moved(enrolled(ada, status=S.PLANNED), "enrol")
        moved(row, "queue", status=S.QUEUED, start_date=None, planned_end_date=None)
        assert said(told(ada)) == (TODAY, TODAY + 28 * DAY, 1, "CANCELLED")

    def test_never_attended_is_one_day_called_off(self, ada):
        row = moved(enrolled(ada), "enrol")
        moved(row, "withdraw", status=S.WITHDRAWN, ended_on=TODAY - DAY)
        assert said(told(ada)) == (TODAY, TODAY + DAY, 1, "CANCELLED")

    def test_what_never_had_days_is_left_out(self, ada):
        row = enrolled(ada, status=S.PLANNED)
        moved(row, "enrol_behind", status=S.QUEUED, start_date=None, planned_end_date=None)
        assert entries(ada) == []

    def test_two_queries_for_any_number(self, ada, django_assert_num_queries):
        for number in range(5):
            moved(
                enrolled(
                    ada,
                    start=TODAY - (number + 1) * 30 * DAY,
                    status=S.COMPLETED,
                    ended_on=TODAY - number * 30 * DAY - 3 * DAY,
                ),
                "complete",
            )
        with django_assert_num_queries(2):
            assert len(entries(ada)) == 5


class TestTheFile:
    """RFC 5545 to the letter."""

    def test_lines_are_folded_at_75_bytes_and_text_is_escaped(self):
        name = "Zoë’s programme; commas, back\\slashes and a very long name that goes on for more than one line of it"
        row = Enrolment(
            programme=Programme(name=name), status=S.PLANNED, start_date=TODAY, planned_end_date=TODAY, created_at=NOON
        )
        said_of = entry(row, [])
        assert said_of
        content = exports.calendar([said_of])
        lines = content.split(b"\r\n")
        assert lines[-1] == b""
        assert all(len(line) <= 75 for line in lines)
        assert b"\n" not in content.replace(b"\r\n", b"")
        unfolded = content.replace(b"\r\n ", b"").decode()
        assert "SUMMARY:Zoë’s programme\\; commas\\, back\\\\slashes and" in unfolded
        assert Calendar.from_ical(content).walk("VEVENT")[0]["summary"] == name

    def test_it_says_what_a_calendar_needs_and_nobodys_name(self, ada):
        moved(enrolled(ada, status=S.PLANNED), "enrol")
        text = exports.calendar(entries(ada)).decode()
        for line in ("VERSION:2.0", "PRODID:-//Waypoint", "METHOD:PUBLISH", "DTSTART;VALUE=DATE:20260615"):
            assert line in text
        assert "DTEND;VALUE=DATE:20260713" in text
        assert not any(fact in text for fact in (ada.given_names, ada.family_name, ada.email, ada.staff_number))


NOON = datetime.fromisoformat("2026-06-15T12:00:00+00:00")


class TestFeeds:
    """A private address: shown once, kept as a hash, replaced, revoked, dead for leavers."""

    def address(self, token):
        return reverse("enrolment:calendar_feed", args=[token])

    def test_it_answers_without_a_session_and_sets_no_cookie(self, ada, client):
        moved(enrolled(ada, start=today() + DAY, status=S.PLANNED), "enrol")
        answer = client.get(self.address(feed(ada)))
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
        assert b"BEGIN:VEVENT" in answer.content
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")
        assert client.get(self.address(feed(ada)), headers={"if-none-match": answer["ETag"]}).status_code == 304

    def test_the_token_is_long_and_kept_as_a_hash_only(self, ada):
        token = feed(ada)
        assert len(token) >= 43
        assert CalendarFeed.objects.get().token_hash == hashed(token) != token

    def test_a_new_one_replaces_the_old_one_and_revoking_ends_both(self, ada, client):
        old, new = feed(ada), feed(ada)
        assert [client.get(self.address(token)).status_code for token in (old, new)] == [404, 200]
        assert revoke_feeds([ada]) == 1
        assert revoke_feeds([ada]) == 0
        assert client.get(self.address(new)).status_code == 404

    def test_nobody_makes_somebody_elses_and_leavers_make_none(self, ada):
        other = EmployeeFactory(user=UserFactory())
        left = EmployeeFactory(user=UserFactory(), employed_until=TODAY - DAY)
        codes = [
            outcome.refusal and outcome.refusal.code
            for person in (other, ada)
            for outcome in make_feeds([person], by=ada.user, on=TODAY)
        ]
        assert codes == ["not_yours", None]
        refusal = make_feeds([left], by=left.user, on=TODAY)[0].refusal
        assert refusal
        assert refusal.code == "not_employed"
        assert CalendarFeed.objects.count() == 1

    def test_it_dies_with_the_employment_and_stays_dead(self, ada, client):
        enrolled(ada, start=today() + 30 * DAY, status=S.PLANNED)
        token = feed(ada)
        ada.employed_until = today() - DAY
        ada.save()
        assert client.get(self.address(token)).status_code == 404
        enforce([ada.pk], on=today())
        assert not CalendarFeed.objects.exists()

    def test_a_closed_account_reads_nothing(self, ada, client):
        token = feed(ada)
        ada.user.is_active = False
        ada.user.save()
        assert client.get(self.address(token)).status_code == 404

    def test_a_wrong_address_is_told_nothing_and_soon_not_at_all(self, ada, client, monkeypatch):
        monkeypatch.setattr(views, "MOST_WRONG", 3)
        cache.clear()
        token = feed(ada)
        answers = [client.get(self.address(f"wrong-{number}")) for number in range(5)]
        assert [answer.status_code for answer in answers] == [404, 404, 404, 429, 429]
        assert all(answer.content == b"" and not answer.cookies for answer in answers)
        assert client.get(self.address(token)).status_code == 200, "who has a right one is not kept out by others"

    def test_a_feed_is_not_answered_without_end(self, ada, client, monkeypatch):
        monkeypatch.setattr(views, "MOST_ASKED", 2)
        cache.clear()
        token = feed(ada)
        assert [client.get(self.address(token)).status_code for _ in range(3)] == [200, 200, 429]


class TestPages:
    """Where the address is made, shown once, and revoked; a file of one enrolment."""

    def test_the_address_is_shown_once_and_works(self, ada, client):
        client.force_login(ada.user)
        page = reverse("enrolment:my_calendar")
        made = client.post(page, {"do": "make"})
        address = made.context["address"]
        assert address in made.content.decode()
        assert "no-store" in made["Cache-Control"]
        again = client.get(page).content.decode()
        assert address not in again
        assert "You have had a private address since" in again
        path = address.partition("://")[2].partition("/")[2]
        assert client.get(f"/{path}").status_code == 200
        assert "answers nothing any more" in client.post(page, {"do": "revoke"}, follow=True).content.decode()
        assert client.get(f"/{path}").status_code == 404

    def test_a_page_that_is_loaded_again_makes_no_other_address(self, ada, client):
        client.force_login(ada.user)
        page = reverse("enrolment:my_calendar")
        form = {"do": "make", "key": str(client.get(page).context["key"])}
        path = client.post(page, form).context["address"].partition("://")[2].partition("/")[2]
        again = client.post(page, form, follow=True)
        assert "An address is shown once. The one you made works" in again.content.decode()
        assert client.get(f"/{path}").status_code == 200, "the one just copied is not killed"
        other = client.post(page, {"do": "make", "key": str(client.get(page).context["key"])})
        assert other.context["address"]
        assert client.get(f"/{path}").status_code == 404

    def test_a_file_of_ones_own_enrolment(self, ada, client):
        row = moved(enrolled(ada, status=S.PLANNED), "enrol")
        client.force_login(ada.user)
        assert row.programme.name in client.get(reverse("enrolment:my_calendar")).content.decode()
        answer = client.get(reverse("enrolment:enrolment_calendar", args=[row.public_id]))
        assert answer["Content-Disposition"] == 'attachment; filename="ai-governance.ics"'
        assert b"DTSTART;VALUE=DATE:20260615" in answer.content
        moved(row, "enrol_behind", status=S.QUEUED, start_date=None, planned_end_date=None)
        EnrolmentEvent.objects.all().delete()
        assert client.get(reverse("enrolment:enrolment_calendar", args=[row.public_id])).status_code == 404

    def test_who_has_no_record_has_no_calendar(self, client):
        client.force_login(UserFactory(is_hr=True))
        assert client.post(reverse("enrolment:my_calendar")).status_code == 200
        assert not CalendarFeed.objects.exists()
