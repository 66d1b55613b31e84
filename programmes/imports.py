"""Loads the catalogue: the four programmes and their versions, from the data file beside this, as often as you like."""

import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import transaction

CATALOGUE = Path(__file__).parent / "data" / "catalogue.toml"
APART = ("versions", "leads_to", "replaced_by")  # what of an entry is not a plain field of the programme
UNSAID: dict[str, Any] = {  # what an entry means when it leaves a fact out
    "usual_months": 0,
    "usual_days": 0,
    "minimum_days": None,
    "maximum_days": None,
    "withdrawn_on": None,
}

type Row = dict[str, Any]


@transaction.atomic
def load_catalogue(get_model: Callable[[str, str], Any] = apps.get_model, *, file: Path = CATALOGUE) -> dict[str, Any]:
    """Makes the database say what the file says; a second run changes nothing.

    Usual lengths are the policy's to say: the file gives them only before there is one.
    Returns ``{"rows": […], "counts": {…}}``; each row has ``programme``, ``outcome`` (created, updated or unchanged)
    and ``changed``, the facts that moved. Programmes and versions that the file does not name are left alone:
    enrolments may stand on them. A migration passes its own ``apps.get_model``; facts that its models do not have yet
    are left to a later load. Raises ValidationError when an entry does not fit the models.
    """
    entries = tomllib.loads(file.read_text("utf-8"))["programmes"]
    programme_model, version_model = get_model("programmes", "Programme"), get_model("programmes", "ProgrammeVersion")
    known = {row.code: row for row in programme_model.objects.select_for_update().order_by("id")}
    lengths = _usual_lengths(get_model)
    rows: list[Row] = []
    for entry in entries:
        programme = known.get(entry["code"]) or programme_model()
        is_new = programme.pk is None
        facts = {name: fact for name, fact in entry.items() if name not in APART} | lengths.get(entry["kind"], {})
        changed = _write(programme, UNSAID | facts)
        known[entry["code"]] = programme
        outcome = "created" if is_new else "unchanged"
        rows.append({"programme": entry["code"], "outcome": outcome, "changed": [] if is_new else changed})
    # Links and versions come second: a programme may lead to one that stands further down.
    for entry, row in zip(entries, rows, strict=True):
        programme = known[entry["code"]]
        links = {name: known[entry[name]] if name in entry else None for name in ("leads_to", "replaced_by")}
        changed = _write(programme, links) + _load_versions(version_model, programme, entry["versions"])
        if row["outcome"] != "created":
            row["changed"] += changed
            row["outcome"] = "updated" if row["changed"] else "unchanged"
    return {"rows": rows, "counts": dict(Counter(row["outcome"] for row in rows))}


def _usual_lengths(get_model: Callable[[str, str], Any]) -> dict[str, Row]:
    """By kind of programme, the usual length that the policy says; nothing in a migration older than the policy.

    Asked once the programmes are locked: a change of the policy writes its own row first and the programmes last.
    """
    try:
        policy = get_model("people", "Policy").objects.filter(pk=1).first()
    except LookupError:
        policy = None
    if policy is None:
        return {}
    return {"apprenticeship": {"usual_months": policy.apprenticeship_months}, "unit": {"usual_days": policy.unit_days}}


def _load_versions(model: Any, programme: Any, entries: list[Row]) -> list[str]:
    """The versions of one programme, earliest first, so that an old window closes before a new one opens."""
    known = {version.version: version for version in model.objects.filter(programme=programme)}
    changed = []
    for entry in sorted(entries, key=lambda entry: entry["first_start"]):
        version = known.get(entry["version"]) or model(programme=programme)
        if _write(version, {"last_start": None, **entry}):
            changed.append(f"version {entry['version']}")
    return changed


def _write(row: Any, facts: Row) -> list[str]:
    """Saves the facts that differ, after checking the row; returns their names, in the file's order."""
    has = {field.name for field in row._meta.get_fields()}
    changed = [name for name in facts if name in has and (row.pk is None or getattr(row, name) != facts[name])]
    if changed:
        for name in changed:
            setattr(row, name, facts[name])
        row.full_clean()
        row.save()
    return changed
