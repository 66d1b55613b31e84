"""Who sees which links: one navigation, grouped by the roles a person holds."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from config.navigation import ADMINISTRATOR, ANYONE, EVERYWHERE, HR, LEARNER, MANAGER, VISITOR, navigation


def asked(path="/", *, has_team=False, has_record=True, is_demo=False, **roles):
    """The navigation of somebody with these roles, at this address."""
    request: Any = RequestFactory().get(path)
    request.user = SimpleNamespace(
        is_authenticated=True,
        **{"is_hr": False, "is_narrowed": False, "is_auditor": False, "is_administrator": False, **roles},
        own_record=lambda: object() if has_record else None,
    )
    request.manages_somebody = has_team
    return navigation(request, is_demo=is_demo)


def shown(groups):
    """The labels of the groups' links, by group."""
    return {group.label: [link.label for link in group.links] for group in groups}


def labels(pages):
    return [label for label, _ in pages]


def test_a_visitor_sees_the_public_pages_and_the_way_in():
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    assert shown(navigation(request, is_demo=True)) == {"": labels(VISITOR)}


@pytest.mark.parametrize(
    ("roles", "groups"),
    [
        ({}, {"Learner": labels(LEARNER)}),
        ({"has_record": False}, {}),
        ({"has_team": True}, {"Manager": labels(MANAGER), "Learner": labels(LEARNER)}),
        ({"is_hr": True, "has_record": False}, {"HR": labels(HR)}),
        ({"is_hr": True, "has_record": False, "is_demo": True}, {"HR": [*labels(HR), "Sent mail"]}),
        (
            {"is_hr": True, "has_team": True},
            {"HR": labels(HR), "Manager": ["What needs you", "My team", "Deputies"], "Learner": labels(LEARNER)},
        ),
        ({"is_administrator": True, "has_record": False}, {"Administrator": labels(ADMINISTRATOR)}),
        ({"is_auditor": True, "has_record": False}, {"Auditor": labels(HR)}),
        (
            {"is_hr": True, "is_narrowed": True, "has_record": False},
            {"HR": [label for label, page in HR if page not in EVERYWHERE]},
        ),
    ],
)
def test_each_role_brings_its_group(roles, groups):
    assert shown(asked(**roles)) == {**groups, "Everyone": labels(ANYONE)}


@pytest.mark.parametrize(
    ("roles", "times"),
    [({"is_hr": True}, 1), ({"is_administrator": True}, 1), ({"is_hr": True, "is_administrator": True}, 1), ({}, 0)],
)
def test_settings_are_shown_once_to_those_who_keep_them(roles, times):
    labels_of_all = [label for links in shown(asked(has_team=True, **roles)).values() for label in links]
    assert labels_of_all.count("Settings") == times


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/people/", ["People"]),
        ("/people/import/", ["People"]),
        ("/questionnaire/versions/", ["Questionnaire"]),
        ("/questionnaire/", ["My questionnaire"]),
        ("/questionnaire/sendings/new/", ["Questionnaire"]),
        ("/questionnaire/responses/", ["Questionnaire"]),
        ("/settings/", ["Settings"]),
        ("/nowhere/", []),
    ],
)
def test_the_page_a_person_is_on_is_marked(path, current):
    marked = [link.label for group in asked(path, is_hr=True) for link in group.links if link.is_current]
    assert marked == current
