"""Every page that each role can reach by links: looked at in light and dark, wide and at 360 pixels."""

from collections import Counter, deque
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import Resolver404, resolve

from enrolment.views.ways import WAYS
from tests.architecture.routes import PAGE, ROUTES, cells

LINKS = """() => [...document.querySelectorAll("a[href]"), ...document.querySelectorAll("form[method=get]")]
    .map(element => element.href || element.action).filter(address => address.startsWith(location.origin))
    .map(address => address.slice(location.origin.length).split("#")[0])"""

NARROWING = {
    "after",
    "before",
    "sort",
    "status",
    "programme",
    "provider",
    "cohort",
    "ends_from",
    "starts_from",
    "month",
}
# What the demonstration has for nobody, or not for the first that is opened: journeys look at it. A file is no page.
IN_JOURNEYS = {"assessment:check", "assessment:question", "enrolment:import_batch"}
IN_JOURNEYS |= {f"enrolment:{move}" for move in WAYS}
IN_JOURNEYS |= {f"enrolment:{page}" for page in ("second_look", "close_second_look", "name_reviewer")}
IN_JOURNEYS |= {"enrolment:complaint", "enrolment:answer_complaint", "enrolment:sending"}
IN_JOURNEYS |= {"enrolment:impact", "enrolment:confirm", "enrolment:enrolment_batch", "enrolment:bulk_batch"}
IN_JOURNEYS |= {"enrolment:responses_batch", "enrolment:answer_dispute", "enrolment:deputies", "enrolment:next_step"}
IN_JOURNEYS |= {"enrolment:turn_down_wish", "enrolment:ending", "enrolment:invitations_batch"}
IN_JOURNEYS |= {f"assessment:{page}" for page in ("discard", "rename")}
IN_JOURNEYS |= {f"assessment:{verb}_{part}" for verb in ("add", "write") for part in ("rule", "question", "option")}
FILES = {"enrolment:import_template", "enrolment:import_refused", "enrolment:enrolments_template"}
FILES |= {"enrolment:enrolment_calendar", "enrolment:responses_template", "enrolment:responses_refused"}
FILES |= {
    "enrolment:enrolments_refused",
    "enrolment:bulk_refused",
    "enrolment:invitations_refused",
    "assessment:export",
    "assessment:schema",
}
# Of most kinds one is looked at; a manager's way to an enrolment begins at somebody who is on something, and not every
# nomination can be taken back.
MORE = {"manager": {"enrolment:person": 3}, "hr": {"enrolment:nomination": 3}}
OUT_OF_SIGHT = {"learner": {"enrolment:enrolment"}}  # a learner's own page says all that it says


def kind(address: str) -> tuple[str, ...]:
    """Addresses of one kind look alike: the same route, asked with the same names, however narrowed or turned."""
    parts = urlsplit(address)
    try:
        return resolve(parts.path).view_name, *sorted(set(parse_qs(parts.query)) - NARROWING)
    except Resolver404:
        return ("", parts.path)


@pytest.mark.parametrize("role", ["visitor", "learner", "manager", "hr"])
def test_every_page_in_light_and_dark_wide_and_narrow(demo_site, arrive, role):
    person = arrive()
    if role != "visitor":
        person.sign_in_as(role)
    waiting, seen, wrong = deque(["/"]), Counter[tuple[str, ...]](), list[str]()
    opened = set[str]()
    while waiting:
        address = waiting.popleft()
        most = MORE.get(role, {}).get(kind(address)[0], 1)
        is_file = address.endswith((".csv", ".json", ".ics")) or "format=" in address
        if address in opened or is_file or seen[kind(address)] >= most:
            continue
        person.open(address)
        opened |= {address, person.where}
        seen.update({kind(address), kind(person.where)})
        waiting.extend(person.page.evaluate(LINKS))
        try:
            person.look()
        except AssertionError as error:
            wrong.append(str(error))
    assert not wrong, "\n".join(wrong)
    reached = {names[0] for names in seen}
    assert "" not in reached, "a link leads nowhere"
    promised = {
        name
        for name, route in ROUTES.items()
        if route.is_ours and cells(route.get)[role] == PAGE and not route.unlinked and role not in route.unlinked_for
    }
    assert promised - reached - IN_JOURNEYS - FILES - OUT_OF_SIGHT.get(role, set()) == set()
