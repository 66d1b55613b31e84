"""The links each role sees, grouped by role: every page is reached from here (design.md, Pages)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from people.access import manages_somebody
from people.reach import reads_everybody

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
    ("What needs you", "enrolment:needs"),
    ("My team", "enrolment:my_team"),
    ("Nominations", "enrolment:nominations"),
    ("Deputies", "enrolment:my_deputies"),
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
    ("Departments", "enrolment:departments"),
    ("Settings", "programmes:settings"),
)
BESIDE = {"assessment:versions": ("enrolment:sendings", "enrolment:import_responses")}  # pages of a page's own
EVERYWHERE = {  # what concerns the whole organisation: for its HR and for auditors
    "enrolment:night",
    "programmes:providers",
    "assessment:versions",
    "programmes:settings",
    "enrolment:departments",
    "enrolment:sendings",
    "enrolment:import_responses",
}
ADMINISTRATOR: tuple[Page, ...] = (
    ("Accounts", "enrolment:accounts"),
    ("Departments", "enrolment:departments"),
    ("Settings", "programmes:settings"),
    ("Second looks", "enrolment:second_looks"),
    ("Complaints", "enrolment:complaints"),
)
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
        shown: tuple[Page, ...] = ()
        if user.is_hr or user.is_auditor:  # an auditor reads what HR reads
            shown = HR if reads_everybody(user) else tuple(page for page in HR if page[1] not in EVERYWHERE)
            label = "HR" if user.is_hr else "Auditor"
            groups.append((label, shown + DEMONSTRATION if is_demo and user.is_hr else shown))
        if user.is_administrator:
            groups.append(("Administrator", tuple(page for page in ADMINISTRATOR if page not in shown)))
        if manages_somebody(request):
            groups.append(("Manager", tuple(page for page in MANAGER if page not in shown)))
        if user.own_record():
            groups.append(("Learner", LEARNER))
        groups.append(("Everyone", ANYONE))
    linked = [(label, [(text, url) for text, name in pages if (url := _address(name))]) for label, pages in groups]
    owners = {_address(name): _address(name) for _, pages in groups for _, name in pages}
    named = {name for _, pages in groups for _, name in pages}
    owners |= {_address(own): _address(name) for name, owned in BESIDE.items() if name in named for own in owned}
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
