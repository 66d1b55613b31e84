"""The demonstration: the same people from the same seed, every status, real histories; only where nobody real is."""

import json
from datetime import date, timedelta
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.core.mail import EmailMessage, mailers
from django.core.management import CommandError, call_command
from django.db.models import Count, F
from django.urls import reverse

from assessment.models import Placement, Recommendation, Response
from enrolment import rules
from enrolment.actions.demo import Ground, add_enrolments, add_people, found
from enrolment.demo import people as crowd_of
from enrolment.demo.crowd import Crowd
from enrolment.demo.mail import newest
from enrolment.demo.names import DEPARTMENTS, DOMAIN
from enrolment.demo.tales import turns
from enrolment.models import Enrolment, EnrolmentEvent, Nomination
from enrolment.queries.cohorts import Outlook
from enrolment.queries.impact import by_programme, sentences, together
from people.demonstration import demo_mode
from people.models import Department, Employee, Notice, Organisation, User
from people.rules import uln_problem
from programmes.models import Cohort, Programme, ProgrammeVersion
from tests.factories import EmployeeFactory, UserFactory

ON = date(2026, 11, 23)
S, N = Enrolment.Status, Nomination.Status


def run(*arguments: str) -> str:
    """What the command says."""
    out = StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def marked(db):
    """A database that says it is a demonstration, with one account for each role."""
    Organisation.objects.create(pk=1, name="Sample", is_demonstration=True)
    hr = (crowd_of.HR_ACCOUNT, crowd_of.COLLEAGUE_ACCOUNT)
    for number in (*hr, crowd_of.MANAGER_ACCOUNT, crowd_of.LEARNER_ACCOUNT):
        user = User.objects.create_user(f"{number}@{DOMAIN}", is_hr=number in hr)
        EmployeeFactory(staff_number=crowd_of.staff_number(number), user=user)


def test_a_seed_gives_the_same_people_and_another_seed_others():
    first = list(crowd_of.people(0, 240, seed=1, on=ON))
    assert first == list(crowd_of.people(0, 240, seed=1, on=ON))
    assert turns(first, seed=1) == turns(first, seed=1)
    assert [p.family_name for p in first] != [p.family_name for p in crowd_of.people(0, 240, seed=2, on=ON)]


def test_everybody_is_managed_by_somebody_who_came_before():
    everybody = list(crowd_of.people(0, 5000, seed=3, on=ON))
    assert [p.number for p in everybody if p.manager is None] == [0]
    assert all(p.manager < p.number for p in everybody if p.manager is not None)
    assert len({p.staff_number for p in everybody}) == len({p.email for p in everybody}) == 5000
    assert {p.department for p in everybody} == {None, *range(len(DEPARTMENTS))}


@pytest.mark.django_db
def test_the_whole_story_is_told_by_the_products_own_actions():
    said = json.loads(run("--json", "--on", ON.isoformat()))
    assert said["created"]
    assert said["people"] == Employee.objects.count() == 240
    assert Department.objects.count() == 8
    assert not Employee.objects.exclude(staff_number__startswith="D").exists()
    assert not Employee.objects.exclude(email__endswith="@demo.example").exists()
    reachable = rules.MOVES.statuses()
    assert set(Enrolment.objects.values_list("status", flat=True)) == reachable
    by_people = rules.NOMINATION_MOVES.statuses() - {N.EXPIRED}
    assert set(Nomination.objects.values_list("status", flat=True)) >= by_people
    assert set(said["enrolments"]) == reachable
    _is_coherent()
    _is_lively()


def _is_coherent() -> None:
    """Nobody on two programmes on a day, histories that end where the record stands, nobody decided by themself."""
    for person in Employee.objects.annotate(many=Count("enrolments")).filter(many__gt=1):
        holds = sorted(days for e in person.enrolments.all() if (days := rules.held(e)))
        assert all(one.shared(other) is None for one, other in pairwise(holds))
    for enrolment in Enrolment.objects.prefetch_related("events"):
        events = list(enrolment.events.order_by("id"))
        assert [e.from_status for e in events] == ["", *(e.to_status for e in events[:-1])]
        assert events[-1].to_status == enrolment.status
        assert [e.on for e in events] == sorted(e.on for e in events)
    started = EnrolmentEvent.objects.filter(move="start", by=None)
    assert all(event.on == event.start_date for event in started)
    both = User.objects.filter(is_hr=True)
    assert [hr.has_usable_password() for hr in both] == [False, False]
    for hr in both:
        assert not any(Model.objects.filter(employee__user=hr).exists() for Model in (Enrolment, Nomination, Placement))


def _is_lively() -> None:
    """Something waits for everybody, and the calendar has nothing left to do."""
    assert Recommendation.objects.undecided().count() > 5
    assert Recommendation.objects.filter(programme=None).exists()
    assert Response.objects.under_way().exists()
    assert Placement.objects.filter(enrolments=None, programme__isnull=False).exists()
    assert Placement.objects.filter(programme=None).exists()
    assert Cohort.objects.filter(start_date__gt=ON).exists()
    assert Notice.objects.filter(status="sent", kind="progression").exists()
    assert not Enrolment.objects.overran(ON).exists()
    _has_a_full_cohort_and_a_follower()
    _has_numbers_and_impacts()
    team = Employee.objects.filter(manager__staff_number=crowd_of.staff_number(crowd_of.MANAGER_ACCOUNT))
    assert team.filter(
        staff_number=crowd_of.staff_number(crowd_of.LEARNER_ACCOUNT), enrolments__status="active"
    ).exists()


def _has_a_full_cohort_and_a_follower() -> None:
    """Breaks with and without a return; dates that HR is asked about; a list on which somebody is passed over."""
    assert Enrolment.objects.filter(status="paused", return_on=None).exists()
    assert Enrolment.objects.filter(status="paused", return_on__gt=ON).exists()
    asked = Enrolment.objects.filter(status="queued", follows__status="active", proposed_start_date__isnull=False)
    assert asked.filter(proposed_start_date=F("follows__planned_end_date") + timedelta(days=1)).exists()
    line = Enrolment.objects.filter(status="waiting").order_by("waiting_since", "id")
    cohort = Cohort.objects.get(enrolments=line[0])
    assert Enrolment.objects.filter(cohort=cohort, seat__isnull=False).count() == cohort.seats
    assert EnrolmentEvent.objects.filter(move="promote", subject__cohort=cohort, by=None).exists()
    outlook = Outlook.of(cohort, on=ON)
    first, *others = [outlook.in_line(record, place) for place, record in enumerate(line, 1)]
    assert first.refusal is not None
    assert first.refusal.code == "clash"
    assert first.fits is not None
    assert [place.refusal for place in others] == [None] * len(others) != []


def _has_numbers_and_impacts() -> None:
    """Most learners have a number that a provider can use; most who completed have told what came of it."""
    learners = Employee.objects.filter(enrolments__isnull=False).distinct()
    numbers = [uln for uln in learners.values_list("uln", flat=True) if uln]
    assert learners.count() / 2 < len(numbers) < learners.count()
    assert not any(map(uln_problem, numbers))
    assert len(set(numbers)) == len(numbers)
    hr = UserFactory(is_hr=True)
    both = together("", by_programme(hr))
    assert both.completed / 2 < both.told < both.completed
    assert both.hours_a_month
    assert both.pounds_a_year
    assert all(said.told_by.pk == said.enrolment.employee.user_id for said in sentences(hr))


@pytest.mark.django_db
def test_real_people_are_left_alone():
    EmployeeFactory(staff_number="1001")
    with pytest.raises(CommandError, match="Real people are here"):
        run()
    assert not demo_mode()
    assert Employee.objects.count() == 1


@pytest.mark.django_db
def test_staff_numbers_that_begin_with_d_are_not_enough():
    EmployeeFactory(staff_number="D1")
    with pytest.raises(CommandError, match="Real people are here"):
        run()


@pytest.mark.django_db
def test_it_refuses_where_others_are_served(settings):
    settings.LOOPBACK = False
    with pytest.raises(CommandError, match="this machine only"):
        run()


@pytest.mark.parametrize("number", ["59", "1000001", "many", "-1"])
def test_a_wrong_number_of_people_is_bad_usage(number):
    with pytest.raises(CommandError):
        run("--people", number)


@pytest.mark.django_db
def test_a_story_that_breaks_leaves_nothing_behind(monkeypatch):
    monkeypatch.setattr("enrolment.demo.story.place", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        found(seed=1, size=240, on=ON)
    assert not Employee.objects.exists()
    assert not Organisation.objects.exists()


@pytest.mark.django_db
def test_the_others_come_by_copy_and_keep_the_rule():
    departments = tuple(Department.objects.create(name=name).pk for name, *_ in DEPARTMENTS)
    ground = Ground(1, departments)
    assert add_people(crowd_of.people(0, 600, seed=1, on=ON), ground) == 600
    crowd = Crowd(list(Programme.objects.all()), list(ProgrammeVersion.objects.all()), on=ON)
    records = [record for number in range(240, 600) for record in crowd.history(number, 1 + number % 3)]
    assert add_enrolments(records, ground) == len(records) == 720
    assert set(Enrolment.objects.values_list("status", flat=True)) >= {S.PLANNED, S.ACTIVE, S.OVERDUE, S.COMPLETED}
    assert EnrolmentEvent.objects.filter(move="enrol").count() == 720
    assert not Enrolment.objects.due_to_start(ON).exists()
    assert not Enrolment.objects.overran(ON).exists()
    assert EmployeeFactory().pk > 600


@pytest.mark.django_db
@pytest.mark.parametrize("days", [-300, -150])
def test_any_day_has_its_story_and_telling_it_twice_changes_nothing(days):
    arguments = ("--people", "60", "--on", (ON + timedelta(days=days)).isoformat())
    run(*arguments)
    before = _everything()
    assert len(before[0]) == 60
    assert "already here" in run(*arguments)
    assert json.loads(run("--json"))["created"] is False
    assert _everything() == before


def _everything() -> tuple[list[Any], int, int]:
    return list(Employee.objects.order_by("id").values_list()), Enrolment.objects.count(), Notice.objects.count()


@pytest.mark.parametrize(
    ("role", "page"),
    [("hr", "today"), ("colleague", "today"), ("manager", "my_programme"), ("learner", "my_programme")],
)
def test_one_click_signs_in(client, marked, role, page):
    assert client.post(reverse("enrolment:demo_sign_in"), {"role": role})["Location"] == "/"
    assert client.get(reverse(f"enrolment:{page}")).status_code == 200


def test_no_other_role_and_nobody_with_a_password(client, marked):
    assert client.post(reverse("enrolment:demo_sign_in"), {"role": "administrator"}).status_code == 404
    user = User.objects.get(employee__staff_number=crowd_of.staff_number(crowd_of.HR_ACCOUNT))
    user.set_password("correct horse battery staple")
    user.save()
    assert client.post(reverse("enrolment:demo_sign_in"), {"role": "hr"}).status_code == 404
    assert client.get(reverse("enrolment:demo_sign_in")).status_code == 405


@pytest.mark.parametrize("how", ["not marked", "not loopback"])
def test_outside_the_demonstration_there_is_nothing(client, marked, settings, how):
    if how == "not marked":
        Organisation.objects.update(is_demonstration=False)
    else:
        settings.LOOPBACK = False
        settings.ALLOWED_HOSTS = ["testserver"]
    assert client.post(reverse("enrolment:demo_sign_in"), {"role": "hr"}).status_code == 404
    assert client.get(reverse("enrolment:sent_mail")).status_code == 404


def test_sent_mail_is_read_back(client, marked, settings, tmp_path):
    options = {"file_path": str(tmp_path)}
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": options}}
    assert "No mail yet" in client.get(reverse("enrolment:sent_mail")).content.decode()
    for number in range(2):
        EmailMessage(f"Début {number} & more", "Hello Zoë,\n\nFrom – to.", to=["zoe@demo.example"]).send()
    page = client.get(reverse("enrolment:sent_mail")).content.decode()
    for words in ("Début 0 &amp; more", "Début 1 &amp; more", "Hello Zoë", "zoe@demo.example"):
        assert words in page


def test_one_file_may_hold_many_mails_and_odd_files_harm_nobody(settings, tmp_path):
    options = {"file_path": str(tmp_path)}
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": options}}
    end = b"\n" + b"-" * 79 + b"\n"
    (tmp_path / "two.log").write_bytes(b"Subject: One\n\nText" + end + b"Subject: Two\nDate: never\n\nText" + end)
    (tmp_path / "odd.log").write_bytes(b"\x00\xff" * 100)
    assert {mail.subject for mail in newest(str(tmp_path), most=50)} >= {"One", "Two"}
    assert newest(str(tmp_path / "nowhere"), most=50) == []
    with mailers.default as sweep:  # one file, longer than what is read of it
        for number in range(300):
            sweep.send_messages([EmailMessage(f"Sweep {number}", "x" * 1000, to=["a@sample.example"])])
    assert [mail.subject for mail in newest(str(tmp_path), most=3)] == ["Sweep 299", "Sweep 298", "Sweep 297"]
