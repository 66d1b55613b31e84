"""The links each role sees, grouped by role: every page is reached from here (design.md, Pages)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from people.access import manages_somebody

type Page = tuple[str, str]

VISITOR: tuple[Page, ...] = (
    ("Programmes", "programmes:compare"),
    ("Which is for me?", "assessment:try"),
    ("Sign in", "account_login"),
)
LEARNER: tuple[Page, ...] = (
    ("My programme", "enrolment:my_programme"),
    ("My questionnaire", "assessment:questionnaire"),
    ("My messages", "enrolment:my_messages"),
)
MANAGER: tuple[Page, ...] = (
    ("My team", "enrolment:my_team"),
    ("Nominations", "enrolment:nominations"),
)
HR: tuple[Page, ...] = (
    ("Today", "enrolment:today"),
    ("Last night", "enrolment:night"),
    ("People", "enrolment:people"),
    ("Recommendations", "enrolment:recommendations"),
    ("Second looks", "enrolment:second_looks"),
    ("Enrolments", "enrolment:enrolments"),
    ("Clash desk", "enrolment:desk"),
    ("Nominations", "enrolment:nominations"),
    ("Cohorts", "programmes:cohorts"),
    ("Providers", "programmes:providers"),
    ("Questionnaire", "assessment:versions"),
    ("Messages", "enrolment:messages"),
    ("Complaints", "enrolment:complaints"),
    ("Reports", "enrolment:impact_report"),
    ("Settings", "programmes:settings"),
)
BESIDE = {"assessment:versions": ("enrolment:sendings", "enrolment:import_responses")}  # pages of a page's own
DEMONSTRATION: tuple[Page, ...] = (("Sent mail", "enrolment:sent_mail"),)
ANYONE: tuple[Page, ...] = (
    ("Programmes", "programmes:compare"),
    ("Which is for me?", "assessment:try"),
    ("Your data", "enrolment:complain"),
    ("Your account", "mfa_index"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """One page to go to."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The links of one role."""

    label: str
    links: tuple[Link, ...]


def navigation(request: HttpRequest, *, is_demo: bool) -> list[Group]:
    """The groups for whoever is asking; people may hold several roles. A visitor gets one group without a label."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        groups = [("", VISITOR)]
    else:
        groups = []
        if user.is_hr:
            groups.append(("HR", HR + DEMONSTRATION if is_demo else HR))
        elif user.is_administrator:  # reads what HR reads, but stands in no line of decisions
            groups.append(("HR", tuple(page for page in HR if page not in MANAGER)))
        if manages_somebody(request):
            groups.append(("Manager", tuple(page for page in MANAGER if not user.is_hr or page not in HR)))
        if user.own_record():
            groups.append(("Learner", LEARNER))
        groups.append(("Everyone", ANYONE))
    linked = [(label, [(text, url) for text, name in pages if (url := _address(name))]) for label, pages in groups]
    owners = {_address(name): _address(name) for _, pages in groups for _, name in pages}
    shown = {name for _, pages in groups for _, name in pages}
    owners |= {_address(own): _address(name) for name, owned in BESIDE.items() if name in shown for own in owned}
    current = owners.get(_current(request.path, list(owners)), "")
    return [
        Group(label, tuple(Link(text, url, url == current) for text, url in pages)) for label, pages in linked if pages
    ]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _current(path: str, addresses: list[str]) -> str:
    """The longest address that the path lies under, so that a person's page still shows People as current."""
    return max((address for address in addresses if address and path.startswith(address)), key=len, default="")
