"""Every status a record can have has a shape of its own in the sprite: colour is never alone."""

import pytest
from django.apps import apps
from django.conf import settings

OURS = ("people", "programmes", "assessment", "enrolment")
STATUSES = sorted(
    {
        code
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for field in model._meta.concrete_fields
        if field.name == "status"
        for code, _ in field.choices or ()
    }
)


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_has_a_shape(status):
    assert f'id="{status}"' in (settings.BASE_DIR / "static" / "img" / "status.svg").read_text()


def test_there_are_statuses_to_look_at():
    assert {"queued", "paused", "submitted", "no_address"} <= set(STATUSES)
