"""The catalogue: the facts of the four programmes, their sources, and that loading again changes nothing."""

import json
import tomllib
from datetime import date
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from programmes.imports import CATALOGUE, load_catalogue
from programmes.models import Programme, ProgrammeVersion
from programmes.queries import SOURCES, facts

UNITS = ("ai-leadership-literacy", "ai-governance", "ai-transformation")
CODES = (*UNITS, "ai-practitioner")


def entries() -> list[dict]:
    """What the file says."""
    return tomllib.loads(CATALOGUE.read_text("utf-8"))["programmes"]


def changed_file(tmp_path, old: str, new: str):
    """A copy of the file with one thing said otherwise."""
    text = CATALOGUE.read_text("utf-8")
    assert old in text
    path = tmp_path / "catalogue.toml"
    path.write_text(text.replace(old, new), "utf-8")
    return path


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "kind", "name", "reference", "course_code", "title", "level", "age", "funding", "leads_to"),
    [
        (
            "ai-leadership-literacy", "unit", "AI Leadership Literacy",
            "AU0009", "ZSC00009", "AI leadership – AI strategy and opportunity", 5, 19, 750, "ai-governance",
        ),
        (
            "ai-governance", "unit", "Adopting and Governing AI Systems",
            "AU0010", "", "AI leadership – AI adoption, procurement and governance", 5, 19, 750, "ai-transformation",
        ),
        (
            "ai-transformation", "unit", "Delivering AI-Enabled Transformation",
            "AU0011", "", "AI leadership – AI delivery and organisational transformation",
            5, 19, 750, "ai-practitioner",
        ),
        (
            "ai-practitioner", "apprenticeship", "AI & Automation Practitioner apprenticeship",
            "ST1512", "828", "Artificial intelligence (AI) and automation practitioner", 4, 16, 18_000, None,
        ),
    ],
)  # fmt: skip
def test_what_each_programme_is(code, kind, name, reference, course_code, title, level, age, funding, leads_to):
    programme = Programme.objects.select_related("leads_to").get(code=code)
    assert (programme.kind, programme.name, programme.official_reference) == (kind, name, reference)
    assert (programme.course_code, programme.official_title, programme.level) == (course_code, title, level)
    assert (programme.minimum_age, programme.maximum_funding) == (age, funding)
    assert (programme.leads_to.code if programme.leads_to else None) == leads_to
    assert programme.is_apprenticeship == (kind == "apprenticeship")


@pytest.mark.django_db
def test_lengths_and_windows():
    practitioner = Programme.objects.get(code="ai-practitioner")
    assert (practitioner.usual_months, practitioner.usual_days) == (18, 0)
    assert (practitioner.minimum_days, practitioner.maximum_days) == (242, None)
    windows = list(practitioner.versions.values_list("version", "first_start", "last_start"))
    assert windows == [("2.0", date(2025, 12, 10), date(2026, 5, 21)), ("2.1", date(2026, 5, 22), None)]
    for unit in Programme.objects.filter(code__in=UNITS):
        assert (unit.usual_months, unit.usual_days, unit.minimum_days, unit.maximum_days) == (0, 28, None, 112)
        assert list(unit.versions.values_list("first_start", "last_start")) == [(date(2026, 4, 28), None)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "audiences"),
    [
        (
            "ai-leadership-literacy",
            ["Directors", "Heads of Department", "Senior Leadership Team", "Strategic decision"],
        ),
        ("ai-governance", ["Heads of Function", "Risk, Compliance", "Programme or Transformation", "Senior Managers"]),
        ("ai-transformation", ["Transformation Leads", "Programme Managers", "Heads of Operations", "Senior Delivery"]),
        (
            "ai-practitioner",
            ["Operations and Business", "Finance and Admin", "Sales and Market", "Project, Transf", "Tech"],
        ),
    ],
)
def test_every_audience_is_named(code, audiences):
    named = Programme.objects.get(code=code).best_suited
    assert len(named) == len(audiences)
    assert all(line.startswith(start) for line, start in zip(named, audiences, strict=True))


@pytest.mark.django_db
def test_no_order_by_level():
    assert list(Programme.objects.values_list("code", flat=True)) == list(CODES)
    assert [entry["code"] for entry in entries()] == list(CODES)


@pytest.mark.django_db
@pytest.mark.parametrize("code", CODES)
def test_each_fact_has_its_source(code):
    shown = facts(Programme.objects.get(code=code))
    assert len(shown) >= 12
    assert all(fact.value and fact.source in SOURCES.values() for fact in shown)


@pytest.mark.django_db
@pytest.mark.parametrize("code", UNITS)
def test_the_unit_says_what_it_replaces(code):
    assert (
        "AU0002, withdrawn on 21 April 2026" in Programme.objects.get(code=code).sources["official_reference"]["says"]
    )


def test_an_entry_names_only_facts_that_exist():
    fields = {field.name for field in Programme._meta.get_fields()} | {"versions"}
    version_fields = {field.name for field in ProgrammeVersion._meta.get_fields()}
    for entry in entries():
        assert set(entry) <= fields
        assert all(set(version) <= version_fields for version in entry["versions"])
        assert all(set(source) == {"by", "says"} and source["by"] in SOURCES for source in entry["sources"].values())


@pytest.mark.django_db
def test_loading_again_changes_nothing():
    before = list(Programme.objects.order_by("id").values()), list(ProgrammeVersion.objects.order_by("id").values())
    loaded = load_catalogue()
    assert loaded["counts"] == {"unchanged": 4}
    assert all(row == {"programme": row["programme"], "outcome": "unchanged", "changed": []} for row in loaded["rows"])
    assert before == (
        list(Programme.objects.order_by("id").values()),
        list(ProgrammeVersion.objects.order_by("id").values()),
    )


@pytest.mark.django_db
def test_what_is_missing_is_made():
    apprenticeship = Programme.objects.get(code="ai-practitioner")
    Programme.objects.filter(pk=apprenticeship.pk).update(code="set-aside", position=9)
    loaded = load_catalogue()
    assert loaded["rows"][3] == {"programme": "ai-practitioner", "outcome": "created", "changed": []}
    assert loaded["rows"][2] == {"programme": "ai-transformation", "outcome": "updated", "changed": ["leads_to"]}
    assert Programme.objects.get(code="ai-practitioner").versions.count() == 2
    assert load_catalogue()["counts"] == {"unchanged": 4}


@pytest.mark.django_db
def test_what_differs_is_put_right_and_named(tmp_path):
    path = changed_file(tmp_path, "maximum_funding = 18000", "maximum_funding = 17000")
    loaded = load_catalogue(file=path)
    assert loaded["counts"] == {"unchanged": 3, "updated": 1}
    assert loaded["rows"][3] == {"programme": "ai-practitioner", "outcome": "updated", "changed": ["maximum_funding"]}
    assert Programme.objects.get(code="ai-practitioner").maximum_funding == 17_000


@pytest.mark.django_db
def test_a_window_closes_before_the_next_opens(tmp_path):
    old = 'version = "2.1"\nfirst_start = 2026-05-22\n'
    new = old + 'last_start = 2027-01-31\nsource = "x"\n\n[[programmes.versions]]\nversion = "2.2"\n'
    loaded = load_catalogue(file=changed_file(tmp_path, old, new + "first_start = 2027-02-01\n"))
    assert loaded["rows"][3]["changed"] == ["version 2.1", "version 2.2"]


@pytest.mark.django_db
def test_a_bad_entry_loads_nothing(tmp_path):
    path = changed_file(tmp_path, 'name = "AI Leadership Literacy"', 'name = "Another"')
    path.write_text(path.read_text("utf-8").replace("last_start = 2026-05-21", "last_start = 2026-05-31"), "utf-8")
    with pytest.raises(ValidationError):
        load_catalogue(file=path)
    assert not Programme.objects.filter(name="Another").exists()


@pytest.mark.django_db
def test_an_older_schema_is_loaded_without_what_it_lacks():
    state = MigrationLoader(connection).project_state(("programmes", "0001_initial"))
    state.remove_field("programmes", "programme", "hours")
    assert load_catalogue(state.apps.get_model)["counts"] == {"unchanged": 4}


@pytest.mark.django_db
def test_the_command_tells_what_it_did():
    out = StringIO()
    call_command("load_catalogue", stdout=out)
    assert out.getvalue().splitlines()[0] == "ai-leadership-literacy unchanged"
    out = StringIO()
    call_command("load_catalogue", "--json", stdout=out)
    assert json.loads(out.getvalue())["counts"] == {"unchanged": 4}


@pytest.mark.django_db
def test_the_command_refuses_in_a_sentence(monkeypatch):
    def refuse():
        raise ValidationError("A sentence.", code="invalid")

    monkeypatch.setattr("programmes.management.commands.load_catalogue.load_catalogue", refuse)
    with pytest.raises(CommandError, match="was not loaded: A sentence"):
        call_command("load_catalogue")
