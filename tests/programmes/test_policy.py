"""The policy: changed with its history, mirrored in the catalogue, never overwritten unseen; and its Settings page."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.forms import model_to_dict
from django.test import Client
from django.urls import reverse

from people.models import Policy, PolicyChange
from people.queries import policy, policy_changes
from people.rules import SETTINGS, setting_problem
from programmes.actions import change_policy
from programmes.imports import load_catalogue
from programmes.models import Programme
from programmes.queries import ROWS
from programmes.rules import length_problem, usual_end
from tests.factories import TODAY, EmployeeFactory, ProviderFactory, UserFactory, programme

PAGE = "/settings/"
USUAL = {
    "notice_days": 0, "team_load_limit": 0, "follower_days": 14, "return_reminder_days": 14, "undo_hours": 24,
    "nomination_reminder_days": 3, "nomination_escalation_days": 5, "nomination_expiry_days": 14,
    "declined_learner_days": 2, "apprenticeship_months": 18, "unit_days": 28,
    "brake_percent": 10,
}  # fmt: skip


@pytest.fixture
def hr(db):
    """Somebody of HR."""
    return UserFactory(is_hr=True)


@pytest.fixture
def hr_client(client: Client, hr) -> Client:
    """A browser in which HR has signed in."""
    client.force_login(hr)
    return client


def stored() -> dict[str, int]:
    """What the policy says."""
    return model_to_dict(policy(), SETTINGS)


def history() -> list[tuple[str, int, int]]:
    """What was changed, in the order it was."""
    return [(change.name, change.before, change.after) for change in PolicyChange.objects.order_by("id")]


def refusal(values, **how) -> dict[str, str]:
    """Where and with which code the action refuses."""
    with pytest.raises(ValidationError) as caught:
        change_policy(values, **how)
    return {name: errors[0].code or "" for name, errors in caught.value.error_dict.items()}


def sent(shown=None, **answers) -> dict[str, str]:
    """The form as a browser sends it: what was typed, and beside it what was shown."""
    shown = shown or stored()
    boxes = {name: str(value) for name, value in (shown | answers).items()}
    return boxes | {f"initial-{name}": str(value) for name, value in shown.items()}


def test_every_setting_has_its_words_and_bounds():
    fields = {field.name: field for field in Policy._meta.fields if field.name != "id"}
    assert list(SETTINGS) == list(fields)
    for name, setting in SETTINGS.items():
        assert setting_problem(name, fields[name].default) is None
        assert setting.does.endswith(".")
    assert [SETTINGS["notice_days"].say(value) for value in (0, 1, 2)] == ["0 days", "1 day", "2 days"]
    assert SETTINGS["team_load_limit"].say(0) == "no limit"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("notice_days", -1, "too_low"),
        ("notice_days", 366, "too_high"),
        ("notice_days", 365, None),
        ("apprenticeship_months", 7, "too_low"),
        ("apprenticeship_months", 8, None),
        ("apprenticeship_months", 61, "too_high"),
        ("unit_days", 0, "too_low"),
        ("unit_days", 113, None),
        ("unit_days", 114, "too_high"),
    ],
)
def test_what_a_setting_may_be(name, value, code):
    problem = setting_problem(name, value)
    assert (problem and problem[0]) == code


def test_the_bounds_of_usual_lengths_are_legal_from_any_start():
    apprenticeship = Programme(usual_months=SETTINGS["apprenticeship_months"].least, minimum_days=242)
    unit = Programme(usual_days=SETTINGS["unit_days"].most, maximum_days=112)
    too_long = Programme(usual_days=SETTINGS["unit_days"].most + 1, maximum_days=112)
    for number in range(4 * 366):
        start = date(2026, 1, 1) + timedelta(days=number)
        assert length_problem(apprenticeship, start, usual_end(apprenticeship, start)) is None
        assert length_problem(unit, start, usual_end(unit, start)) is None
        assert length_problem(too_long, start, usual_end(too_long, start))


@pytest.mark.django_db
def test_without_its_row_the_policy_is_as_at_first():
    assert stored() == USUAL
    Policy.objects.all().delete()
    assert stored() == USUAL
    assert not Policy.objects.exists()


def test_each_changed_setting_is_written_with_its_history(hr):
    outcome = change_policy(USUAL | {"notice_days": 10, "undo_hours": 48}, by=hr, on=TODAY, reason="Asked by managers.")
    assert stored() == USUAL | {"notice_days": 10, "undo_hours": 48}
    assert history() == [("notice_days", 0, 10), ("undo_hours", 24, 48)]
    assert [change.name for change in outcome.changes] == ["notice_days", "undo_hours"]
    for change in PolicyChange.objects.all():
        assert (change.by, change.on, change.reason) == (hr, TODAY, "Asked by managers.")


def test_nothing_changed_is_nothing_written(hr):
    assert change_policy(USUAL, by=hr, on=TODAY, reason="None.").changes == ()
    assert history() == []


def test_a_missing_row_is_made_with_the_first_change(hr):
    Policy.objects.all().delete()
    change_policy({"notice_days": 3}, by=hr, on=TODAY)
    assert stored() == USUAL | {"notice_days": 3}


def test_a_bad_value_is_refused_and_nothing_is_left(hr):
    values = {"notice_days": 400, "unit_days": 0, "apprenticeship_months": 7, "follower_days": 7}
    expected = {"notice_days": "too_high", "unit_days": "too_low", "apprenticeship_months": "too_low"}
    assert refusal(values, by=hr, on=TODAY) == expected
    assert (stored(), history()) == (USUAL, [])
    assert programme("ai-governance").usual_days == 28


@pytest.mark.django_db
@pytest.mark.parametrize("values", [{"unit_days": 114}, {"unit_days": 0}, {"apprenticeship_months": 7}])
def test_the_database_refuses_an_illegal_length(values):
    with pytest.raises(IntegrityError, match="usual_lengths_are_legal"), transaction.atomic():
        Policy.objects.update(**values)


def test_usual_lengths_reach_the_programmes_of_their_kind(hr):
    change_policy({"unit_days": 35, "apprenticeship_months": 15}, by=hr, on=TODAY)
    lengths = {shown.kind: (shown.usual_months, shown.usual_days) for shown in Programme.objects.all()}
    assert lengths == {"apprenticeship": (15, 0), "unit": (0, 35)}
    change_policy({"unit_days": 42}, by=hr, on=TODAY)
    assert set(Programme.objects.filter(kind="unit").values_list("usual_days", flat=True)) == {42}
    assert programme("ai-practitioner").usual_months == 15


def test_loading_the_catalogue_keeps_the_policys_lengths(hr):
    change_policy({"unit_days": 35}, by=hr, on=TODAY)
    assert load_catalogue()["counts"] == {"unchanged": 4}
    assert programme("ai-governance").usual_days == 35


def test_a_setting_that_somebody_else_changed_stays_and_is_said(hr):
    change_policy({"notice_days": 5}, by=UserFactory(is_administrator=True), on=TODAY)
    outcome = change_policy(USUAL | {"undo_hours": 48}, by=hr, on=TODAY, shown=USUAL)
    assert outcome.meanwhile == ("notice_days",)
    assert stored() == USUAL | {"notice_days": 5, "undo_hours": 48}
    assert history() == [("notice_days", 0, 5), ("undo_hours", 24, 48)]


def test_a_setting_that_both_changed_is_refused(hr):
    change_policy({"notice_days": 5, "unit_days": 35}, by=UserFactory(is_administrator=True), on=TODAY)
    before = stored()
    found = refusal(USUAL | {"notice_days": 10, "undo_hours": 48}, by=hr, on=TODAY, shown=USUAL)
    assert found == {"notice_days": "changed_meanwhile", "unit_days": "changed_meanwhile"}
    assert stored() == before


def test_two_who_want_the_same_do_not_disagree(hr):
    change_policy({"notice_days": 5}, by=UserFactory(is_administrator=True), on=TODAY)
    outcome = change_policy(USUAL | {"notice_days": 5}, by=hr, on=TODAY, shown=USUAL)
    assert (outcome.changes, outcome.meanwhile) == ((), ())


@pytest.mark.parametrize("role", ["is_hr", "is_administrator"])
def test_hr_and_administrators_read_and_change(client, db, role):
    client.force_login(UserFactory(**{role: True}))
    assert reverse("programmes:settings") == PAGE
    text = client.get(PAGE).content.decode()
    for name, setting in SETTINGS.items():
        assert f"{setting.label} ({setting.units[1]})" in text
        assert setting.does in text
        assert f'name="initial-{name}" value="{USUAL[name]}"' in text
    assert "Nothing was changed yet" in text
    response = client.post(PAGE, sent(notice_days=7) | {"reason": "Rotas are made a week ahead."}, follow=True)
    assert response.redirect_chain == [(PAGE, 302)]
    text = response.content.decode()
    assert "Notice before a proposed start is now 7 days; it was 0 days." in text
    assert "Rotas are made a week ahead." in text
    assert "Nothing was changed yet" not in text
    assert history() == [("notice_days", 0, 7)]


@pytest.mark.django_db
def test_settings_are_nobody_elses(client):
    assert client.get(PAGE)["Location"].startswith(reverse("account_login"))
    manager = EmployeeFactory(user=UserFactory())
    EmployeeFactory(manager=manager)
    client.force_login(manager.user)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, sent(notice_days=7)).status_code == 403
    assert history() == []


def test_saving_what_is_there_says_so(hr_client):
    assert "Nothing was changed." in hr_client.post(PAGE, sent(), follow=True).content.decode()
    assert history() == []


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"notice_days": ""}, "notice_days", "required"),
        ({"notice_days": "soon"}, "notice_days", "invalid"),
        ({"notice_days": "1.5"}, "notice_days", "invalid"),
        ({"notice_days": "-1"}, "notice_days", "too_low"),
        ({"notice_days": "9" * 30}, "notice_days", "too_high"),
        ({"unit_days": "114"}, "unit_days", "too_high"),
        ({"apprenticeship_months": "7"}, "apprenticeship_months", "too_low"),
        ({"reason": "x" * 501}, "reason", "max_length"),
        ({"initial-unit_days": ""}, "__all__", "not_shown"),
        ({"initial-unit_days": "x"}, "__all__", "not_shown"),
    ],
)
def test_a_refused_form_says_why_beside_its_field(hr_client, changes, field, code):
    response = hr_client.post(PAGE, sent() | changes)
    assert response.status_code == 200
    text = response.content.decode()
    assert "<title>Error: Settings" in text
    assert "There is a problem" in text
    assert [error.code for error in response.context["form"].errors.as_data()[field]] == [code]
    assert (stored(), history()) == (USUAL, [])


def test_an_empty_form_is_refused(hr_client):
    assert hr_client.post(PAGE, {}).status_code == 200
    assert stored() == USUAL


def test_two_people_at_the_page(hr_client):
    """What only the other changed stays and is said; what both changed comes back with both values, then is decided."""
    change_policy({"notice_days": 5, "unit_days": 35}, by=UserFactory(is_administrator=True), on=TODAY)
    response = hr_client.post(PAGE, sent(USUAL, undo_hours=48), follow=True)
    said = "Notice before a proposed start became 5 days while you had the page open, and stays so."
    assert said in response.content.decode()
    assert stored() == USUAL | {"notice_days": 5, "unit_days": 35, "undo_hours": 48}

    response = hr_client.post(PAGE, sent(USUAL, notice_days=10))
    text = response.content.decode()
    assert "This became 5 days after you opened the page. Save again to make it 10 days." in text
    assert 'name="initial-notice_days" value="5"' in text
    assert [response.context["form"][name].value() for name in ("notice_days", "unit_days")] == ["10", "35"]
    assert stored()["notice_days"] == 5
    form = response.context["form"]
    assert hr_client.post(PAGE, {name: form.data[name] for name in form.data}).status_code == 302
    assert stored() == USUAL | {"notice_days": 10, "unit_days": 35, "undo_hours": 48}


def test_a_long_history_has_pages(hr_client, hr):
    changes = [PolicyChange(name="notice_days", before=0, after=1, by=hr, on=TODAY) for _ in range(ROWS + 1)]
    PolicyChange.objects.bulk_create(changes)
    first = hr_client.get(PAGE)
    assert [change for change, *_ in first.context["changes"]] == list(policy_changes()[:ROWS])
    assert len(hr_client.get(PAGE + first.context["next_url"]).context["changes"]) == 1


def test_a_new_cohort_speaks_of_the_usual_lengths(hr_client, hr):
    ProviderFactory()
    change_policy({"unit_days": 35}, by=hr, on=TODAY)
    text = hr_client.get(reverse("programmes:cohort_new")).content.decode()
    assert "18 months for the apprenticeship, 35 days for a unit" in text
    assert "Usually 35 days." in hr_client.get(reverse("programmes:compare")).content.decode()


@pytest.mark.django_db
def test_an_auditor_reads_the_settings_and_is_offered_nothing_to_save(client):
    client.force_login(UserFactory(is_auditor=True))
    page = client.get(PAGE)
    html = page.content.decode()
    assert "Save the settings" not in html
    assert 'name="brake_percent"' not in html
    said = {row["label"]: row["value"] for row in page.context["now"]}
    assert said == {setting.label: setting.say(getattr(policy(), name)) for name, setting in SETTINGS.items()}
    for label, value in said.items():
        assert label in html
        assert value in html
    client.force_login(UserFactory(is_hr=True))
    assert "Save the settings" in client.get(PAGE).content.decode()
