"""The policy: what the organisation decides about the rule and its reminders, changed with its history."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from people.models import Policy, PolicyChange, User
from people.rules import SETTINGS, setting_problem

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PolicyOutcome:
    """The policy after the action, what was changed, and the settings that others changed first and that stay so."""

    policy: Policy
    changes: tuple[PolicyChange, ...]
    meanwhile: tuple[str, ...]


@transaction.atomic
def write_policy(
    values: Mapping[str, int], *, by: User | None, on: date, reason: str = "", shown: Mapping[str, int] | None = None
) -> PolicyOutcome:
    """The policy with these values, and one row of history for each that differs; nothing is written if none does.

    ``shown`` are the values its reader had before them (none: those stored). What they did not touch is never written,
    so whatever somebody else made of it stays. Raises ValidationError by setting, and writes nothing, with the codes
    ``too_low``, ``too_high``, and ``changed_meanwhile`` where both changed the same setting differently.
    """
    policy, _ = Policy.objects.select_for_update(no_key=True).get_or_create(pk=1)
    changes: list[PolicyChange] = []
    meanwhile: list[str] = []
    refused: dict[str, ValidationError] = {}
    for name, value in values.items():
        now = getattr(policy, name)
        before = now if shown is None else shown[name]
        if value == now:
            continue
        if value == before:
            meanwhile.append(name)
        elif now != before:
            again = f" Save again to make it {SETTINGS[name].say(value)}."
            refused[name] = ValidationError(_became(name, now) + again, code="changed_meanwhile")
        elif problem := setting_problem(name, value):
            refused[name] = ValidationError(problem[1], code=problem[0])
        else:
            changes.append(PolicyChange(name=name, before=now, after=value, by=by, on=on, reason=reason))
    if refused:
        told = {name: ValidationError(_became(name, getattr(policy, name)), "changed_meanwhile") for name in meanwhile}
        raise ValidationError(refused | told)
    if changes:
        for change in changes:
            setattr(policy, change.name, change.after)
        policy.save(update_fields=[change.name for change in changes])
        PolicyChange.objects.bulk_create(changes)
        log.info("policy: %s changed by user %s on %s", ", ".join(map(str, changes)), by.pk if by else None, on)
    return PolicyOutcome(policy, tuple(changes), tuple(meanwhile))


def _became(name: str, now: int) -> str:
    return f"This became {SETTINGS[name].say(now)} after you opened the page."
