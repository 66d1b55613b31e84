"""What an enrolment's page says of the facts to confirm."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from enrolment.models import Enrolment
from enrolment.queries.confirmations import findings
from people.reach import acts_for


def confirming(request: HttpRequest, shown: Enrolment, records: Iterable[Enrolment]) -> dict[str, Any]:
    """The facts with their answers, and where to answer for whoever decides about somebody else."""
    found = findings(shown, [record for record in records if record.pk != shown.pk])
    reader = request.user
    assert reader.is_authenticated
    decides = acts_for(reader, shown.employee) and shown.employee.user_id != reader.pk
    can = decides and shown.status in Enrolment.LIVE
    return {"findings": found, "confirm_url": reverse("enrolment:confirm", args=[shown.public_id]) if can else ""}
