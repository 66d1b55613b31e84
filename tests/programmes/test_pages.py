"""The catalogue's pages: what a visitor reads, what HR keeps, and where errors are said."""

from datetime import date, timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from people.clock import now, today
from programmes.models import Cohort, Programme, Provider
from programmes.queries import ROWS
from tests.factories import CohortFactory, EmployeeFactory, EnrolmentFactory, ProviderFactory, UserFactory, programme

pytestmark = pytest.mark.django_db
CODES = ("ai-leadership-literacy", "ai-governance", "ai-transformation", "ai-practitioner")


@pytest.fixture
def hr_client(client: Client) -> Client:
    """A browser in which HR has signed in."""
    client.force_login(UserFactory(is_hr=True))
    return client


def posted(client: Client, name: str, data: dict, **where):
    """What a form page answers."""
    return client.post(reverse(f"programmes:{name}", kwargs=where), data)


def cohort_data(**changes) -> dict:
    """A filled-in cohort form."""
    provider = Provider.objects.first() or ProviderFactory()
    data = {"name": "Autumn", "programme": "ai-governance", "provider": str(provider.public_id), "seats": "12"}
    return data | {"start_date": "7 September 2026", "planned_end_date": "4/10/2026"} | changes


def codes_of(response, field: str) -> list[str]:
    """The codes that a shown form has for a field."""
    assert response.status_code == 200
    assert b"<title>Error: " in response.content
    return [error.code for error in response.context["form"].errors.as_data().get(field, [])]


@pytest.mark.parametrize("path", ["/", "/programmes/"])
def test_a_visitor_reads_the_difference(client, path):
    response = client.get(path)
    assert response.status_code == 200
    text = response.content.decode()
    assert "what is the difference, and who are they for?" in text
    assert "never at the same time" in text
    assert reverse("assessment:try") in text
    for shown in Programme.objects.all():
        assert reverse("programmes:programme", args=[shown.code]) in text
    for aspect in ("Who it is for", "Why", "What it is not", "What changes", "Length", "What next"):
        assert f"<strong>{aspect}</strong>" in text


@pytest.mark.parametrize(
    ("account", "is_manager", "first_page"),
    [
        ({"is_hr": True}, False, "enrolment:today"),
        ({"is_auditor": True}, False, "enrolment:today"),
        ({"is_administrator": True}, False, "programmes:settings"),
        ({}, True, "enrolment:needs"),
        ({}, False, "enrolment:my_programme"),
    ],
)
def test_home_leads_whoever_signed_in_to_their_work(client, account, is_manager, first_page):
    user = UserFactory(**account)
    if not user.is_hr and not user.is_administrator:
        record = EmployeeFactory(user=user)
        if is_manager:
            EmployeeFactory(manager=record)
    client.force_login(user)
    response = client.get("/")
    assert (response.status_code, response["Location"]) == (302, reverse(first_page))


@pytest.mark.parametrize("code", CODES)
def test_each_programme_has_a_page(client, code):
    text = client.get(reverse("programmes:programme", args=[code])).content.decode()
    shown = programme(code)
    assert f"<h1>{shown.name.replace('&', '&amp;')}</h1>" in text
    assert shown.official_reference in text
    assert "Cohorts to come" not in text


def test_an_unknown_programme_is_not_there(client):
    assert client.get("/programmes/ai-nothing/").status_code == 404


def test_a_withdrawn_programme_says_what_replaces_it(client):
    Programme.objects.filter(code="ai-governance").update(
        withdrawn_on=date(2026, 4, 21), replaced_by=programme("ai-transformation")
    )
    text = client.get(reverse("programmes:programme", args=["ai-governance"])).content.decode()
    assert "Withdrawn on 21 April 2026" in text
    assert "It is replaced by" in text
    compared = " ".join(client.get(reverse("programmes:compare")).content.decode().split())
    assert "Nobody can start Adopting and Governing AI Systems on or after 21 April 2026: it is withdrawn." in compared
    assert compared.count("Delivering AI-Enabled Transformation</a> replaces it.") == 1
    assert compared.count("it is withdrawn") == 1


def test_hr_sees_a_programmes_cohorts_to_come(hr_client):
    soon = today() + timedelta(days=9)
    CohortFactory(name="Soon", programme=programme("ai-governance"), start_date=soon, planned_end_date=soon)
    CohortFactory(name="Elsewhere", programme=programme("ai-transformation"), start_date=soon, planned_end_date=soon)
    text = hr_client.get(reverse("programmes:programme", args=["ai-governance"])).content.decode()
    assert "Soon" in text
    assert "Elsewhere" not in text


def test_cohorts_are_narrowed(hr_client):
    on, day = today(), timedelta(days=1)
    unit, other = programme("ai-governance"), programme("ai-transformation")
    provider = ProviderFactory()
    dates = {"To come": (day, 9 * day), "Running": (-day, day), "Over": (-9 * day, -day)}
    for name, (start, end) in dates.items():
        CohortFactory(name=name, programme=unit, start_date=on + start, planned_end_date=on + end)
    CohortFactory(name="Other", programme=other, provider=provider, start_date=on, planned_end_date=on)

    def shown(query: str = "") -> list[str]:
        return [row[0].name for row in hr_client.get(f"/cohorts/{query}").context["rows"]]

    assert shown() == ["Running", "Other", "To come"]
    assert shown("?when=to_come") == ["To come"]
    assert shown("?when=under_way") == ["Running", "Other"]
    assert shown("?when=ended") == ["Over"]
    assert shown("?when=any") == ["Over", "Running", "Other", "To come"]
    assert shown("?programme=ai-transformation") == ["Other"]
    assert shown(f"?provider={provider.public_id}&when=any") == ["Other"]
    assert shown("?programme=nothing&provider=nothing&when=nothing") == ["Running", "Other", "To come"]


def test_a_long_list_has_pages(hr_client):
    on, unit, provider = today(), programme("ai-governance"), ProviderFactory()
    CohortFactory.create_batch(ROWS + 1, programme=unit, provider=provider, start_date=on, planned_end_date=on)
    first = hr_client.get("/cohorts/?programme=ai-governance")
    assert (len(first.context["rows"]), first.context["previous_url"]) == (ROWS, None)
    second = hr_client.get("/cohorts/" + first.context["next_url"])
    assert (len(second.context["rows"]), second.context["next_url"]) == (1, None)
    assert len(hr_client.get("/cohorts/" + second.context["previous_url"]).context["rows"]) == ROWS
    for odd in ("0", "-1", "²", "x", "9" * 30):
        assert len(hr_client.get(f"/cohorts/?page={quote(odd)}").context["rows"]) == ROWS


def test_empty_lists_say_what_to_do(hr_client):
    assert "No provider yet" in hr_client.get("/providers/").content.decode()
    assert "Plan the next cohort" in hr_client.get("/cohorts/").content.decode()
    assert "No cohort fits" in hr_client.get("/cohorts/?when=ended").content.decode()
    response = hr_client.get("/cohorts/new/")
    assert response["Location"] == reverse("programmes:provider_new")


def test_a_cohort_is_planned_in_the_browser(hr_client):
    response = posted(hr_client, "cohort_new", cohort_data())
    assert response["Location"] == reverse("programmes:cohorts")
    cohort = Cohort.objects.get()
    assert (cohort.start_date, cohort.planned_end_date, cohort.seats) == (date(2026, 9, 7), date(2026, 10, 4), 12)


@pytest.mark.parametrize(("code", "end"), [("ai-governance", "4 October 2026"), ("ai-practitioner", "6 March 2028")])
def test_an_empty_planned_end_comes_back_filled_in(hr_client, code, end):
    response = posted(hr_client, "cohort_new", cohort_data(programme=code, planned_end_date=""))
    text = response.content.decode()
    assert response.status_code == 200
    assert f'value="{end}"' in text
    assert f"The planned end is filled in: {end}" in text
    assert 'value="Autumn"' in text
    assert not Cohort.objects.exists()
    assert posted(hr_client, "cohort_new", cohort_data(programme=code, planned_end_date=end)).status_code == 302


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"planned_end_date": "6 September 2026"}, "planned_end_date", "end_before_start"),
        ({"planned_end_date": "29 December 2026"}, "planned_end_date", "too_long"),
        ({"programme": "ai-practitioner"}, "planned_end_date", "too_short"),
        ({"start_date": "6/4/2026", "planned_end_date": "3/5/2026"}, "start_date", "outside_programme_dates"),
        ({"start_date": "31/02/2026"}, "start_date", "invalid"),
        ({"start_date": "31/12/9999", "planned_end_date": ""}, "start_date", "invalid"),
        ({"planned_end_date": "31/12/9999"}, "planned_end_date", "invalid"),
        ({"name": "TAKEN"}, "name", "cohort_exists"),
        ({"seats": "0"}, "seats", "min_value"),
        ({"programme": "nothing"}, "programme", "invalid_choice"),
        ({"provider": "nothing"}, "provider", "invalid_choice"),
        ({"name": ""}, "name", "required"),
        ({"name": "a\0b"}, "name", "null_characters_not_allowed"),
    ],
)
def test_a_refused_cohort_says_why_beside_its_field(hr_client, changes, field, code):
    CohortFactory(name="Taken", programme=programme("ai-governance"))
    assert code in codes_of(posted(hr_client, "cohort_new", cohort_data(**changes)), field)
    assert Cohort.objects.count() == 1


def test_an_empty_form_is_refused(hr_client):
    ProviderFactory()
    assert codes_of(posted(hr_client, "cohort_new", {}), "name") == ["required"]


def test_the_address_of_a_new_cohort_may_name_its_programme(hr_client):
    ProviderFactory()
    text = hr_client.get("/cohorts/new/?programme=ai-transformation").content.decode()
    assert '<option value="ai-transformation" selected>' in text


def test_a_cohort_is_changed_in_the_browser(hr_client):
    cohort = CohortFactory(programme=programme("ai-governance"))
    page = hr_client.get(reverse("programmes:cohort_edit", args=[cohort.public_id])).content.decode()
    assert 'value="7 September 2026"' in page
    provider = str(cohort.provider.public_id)
    changed = cohort_data(name="Winter", provider=provider, start_date="14 September 2026")
    response = posted(hr_client, "cohort_edit", changed, public_id=cohort.public_id)
    assert response.status_code == 302
    cohort.refresh_from_db()
    assert (cohort.name, cohort.start_date) == ("Winter", date(2026, 9, 14))


def test_the_list_says_how_full_each_cohort_is(hr_client):
    full, free = (CohortFactory(programme=programme("ai-governance"), seats=seats) for seats in (1, 3))
    days = {"start_date": full.start_date, "planned_end_date": full.planned_end_date}
    EnrolmentFactory(cohort=full, programme=full.programme, **days)
    EnrolmentFactory(cohort=full, programme=full.programme, status="waiting", waiting_since=now())
    EnrolmentFactory(cohort=free, programme=full.programme, status="cancelled", **days)
    rows = {row[0]: row[3] for row in hr_client.get("/cohorts/?when=any").context["rows"]}
    assert (rows[full].taken, rows[full].free, rows[full].waiting) == (1, 0, 1)
    assert (rows[free].taken, rows[free].free, rows[free].waiting) == (0, 3, 0)


def test_fewer_seats_than_are_taken_are_refused(hr_client):
    cohort = CohortFactory(programme=programme("ai-governance"))
    for _ in range(2):
        EnrolmentFactory(
            cohort=cohort, programme=cohort.programme, start_date=cohort.start_date,
            planned_end_date=cohort.planned_end_date,
        )  # fmt: skip
    data = cohort_data(name=cohort.name, provider=str(cohort.provider.public_id), seats="1")
    assert codes_of(posted(hr_client, "cohort_edit", data, public_id=cohort.public_id), "seats") == ["seats_taken"]
    data = cohort_data(name=cohort.name, provider=str(cohort.provider.public_id), seats="2")
    response = posted(hr_client, "cohort_edit", data, public_id=cohort.public_id)
    assert response["Location"] == reverse("enrolment:cohort", args=[cohort.public_id])
    assert cohort.places.count() == 2


def test_the_dates_of_a_cohort_with_people_stay(hr_client):
    cohort = CohortFactory(programme=programme("ai-governance"))
    EnrolmentFactory(
        cohort=cohort,
        programme=cohort.programme,
        start_date=cohort.start_date,
        planned_end_date=cohort.planned_end_date,
    )
    data = cohort_data(provider=str(cohort.provider.public_id), start_date="8 September 2026")
    response = posted(hr_client, "cohort_edit", data, public_id=cohort.public_id)
    assert codes_of(response, "start_date") == ["cohort_has_enrolments"]
    cohort.refresh_from_db()
    assert cohort.start_date == date(2026, 9, 7)


def test_a_provider_is_kept_in_the_browser(hr_client):
    data = {"name": "Northgate", "contact_name": "Sam Hill", "contact_email": "sam@northgate.example"}
    assert posted(hr_client, "provider_new", data).status_code == 302
    provider = Provider.objects.get()
    assert "sam@northgate.example" in hr_client.get("/providers/").content.decode()
    assert posted(hr_client, "provider_edit", data | {"name": "South"}, public_id=provider.public_id).status_code == 302
    provider.refresh_from_db()
    assert provider.name == "South"


def test_a_refused_provider_says_why_beside_its_field(hr_client):
    ProviderFactory(name="Northgate")
    assert codes_of(posted(hr_client, "provider_new", {"name": "northgate"}), "name") == ["provider_exists"]
    assert codes_of(posted(hr_client, "provider_new", {"name": "x", "contact_email": "x"}), "contact_email") == [
        "invalid"
    ]
    assert Provider.objects.count() == 1


@pytest.mark.parametrize("path", ["/cohorts/", "/cohorts/new/", "/providers/", "/providers/new/"])
def test_keeping_the_catalogue_is_hrs(client, path):
    assert client.get(path)["Location"].startswith(reverse("account_login"))
    client.force_login(UserFactory())
    assert client.get(path).status_code == 403
