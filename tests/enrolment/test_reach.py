"""What one may not see leaks nowhere: lists, search, counts, exports, error texts; not yours is as if not there."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from assessment.models import Asked
from enrolment.models import Enrolment, Nomination
from enrolment.queries.lapsed import lapsed
from enrolment.queries.nominations import deciders, hears_of
from enrolment.queries.today import heaps
from people.models import Department, Employee, FormerRecord, Policy
from people.rules import say
from programmes.models import Programme
from tests.architecture.routes import ROUTES, cells
from tests.architecture.world import DAY, World, make_world, person
from tests.factories import EmployeeFactory, NoticeFactory

pytestmark = pytest.mark.django_db
SECRETS = ("Given learner", "Family learner", "learner@sample.example", "Given too-0", "WP-too-0", "Given moves-0")
LISTS = [
    name
    for name, route in ROUTES.items()
    if route.is_ours and cells(route.get)["elsewhere"] == "200" and name.startswith(("enrolment:", "programmes:"))
]


@pytest.fixture
def world() -> World:
    """One of everything, all about people of one department."""
    return make_world()


def body(answer: Any) -> str:
    """What was answered, without what differs from one page to the next by itself."""
    content = b"".join(answer) if answer.streaming else answer.content
    text = content.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)
    return re.sub(r'nonce="[^"]+"', "", text)


def seen(text: str) -> list[str]:
    """Which of the secrets a text tells."""
    return [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize("role", ["elsewhere", "other"])
@pytest.mark.parametrize("name", LISTS)
def test_lists_of_others_tell_nothing(world: World, role: str, name: str) -> None:
    """To HR of another department, and to another manager."""
    route = ROUTES[name]
    answer = world.client(role).get(reverse(name, kwargs=route.at(world)) + route.query(world))
    assert seen(body(answer)) == []


def test_the_secrets_are_told_to_whom_they_belong(world: World) -> None:
    """Else the tests above would see nothing because there is nothing."""
    for role in ("hr", "here", "auditor"):
        pages = [
            reverse("enrolment:people"),
            reverse("enrolment:enrolments"),
            f"{reverse('enrolment:people')}?q=learner",
        ]
        told = "".join(body(world.client(role).get(page)) for page in pages)
        assert {"Given learner", "Given too-0"} <= set(seen(told)), role


@pytest.mark.parametrize("words", ["learner", "Family learner", "learner@sample.example"])
def test_search_finds_nobody_of_others(world: World, words: str) -> None:
    """The page of words that find somebody else's people is that of words that find nobody."""
    client, url = world.client("elsewhere"), reverse("enrolment:people")
    theirs, nobody = (client.get(url, {"q": asked}) for asked in (words, "zzzzzzz"))
    said = [re.sub(re.escape(asked), "WORDS", body(a)) for asked, a in ((words, theirs), ("zzzzzzz", nobody))]
    assert [re.sub(r"q=[^&\"]*", "", text) for text in said] == [re.sub(r"q=[^&\"]*", "", said[1])] * 2


def test_a_department_that_is_not_ones_own_is_no_choice(world: World) -> None:
    """Neither by list nor by address."""
    answer = world.client("elsewhere").get(f"{reverse('enrolment:people')}?department={world.department.public_id}")
    assert "Operations" not in body(answer)
    assert seen(body(answer)) == []


@pytest.mark.parametrize("role", ["here", "elsewhere"])
def test_today_counts_ones_own(world: World, role: str) -> None:
    """A heap is as large as what one may act on."""
    user = world.users[role]
    mine = set(Employee.objects.read_as_hr_by(user).values_list("pk", flat=True))
    found = [
        row.employee_id for heap in heaps(user, on=world.on).values() for row in heap.rows if hasattr(row, "employee")
    ]
    assert set(found) <= mine
    assert bool(found) is (role == "here")


def test_exports_hold_ones_own(world: World) -> None:
    url = f"{reverse('enrolment:enrolments')}?format=csv"
    ours, theirs = (body(world.client(role).get(url)) for role in ("here", "elsewhere"))
    assert "WP-too-0" in ours
    assert seen(theirs) == []
    assert theirs.count("\n") == 1, "the head, and nobody"


def test_a_number_of_another_department_reads_like_one_that_nobody_has(world: World) -> None:
    """Enrolling many by staff number, and nominating by it."""
    client = world.client("elsewhere")
    for name, field in (("enrolment:enrol_many", "staff_numbers"), ("enrolment:nominate", "staff_number")):
        said = []
        for number in ("learner", "S-404"):
            data = {field: number, "programme": "ai-governance", "reason": "Because.", "step": "check"}
            answer = client.post(reverse(name), data, follow=True)
            text = body(answer).replace(number, "NUMBER")
            said.append(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", text))
        assert said[0] == said[1], name
        ours = body(world.client("here").post(reverse(name), {**data, field: "learner"}, follow=True))
        assert re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", ours.replace("learner", "NUMBER")) != said[1], name


def nominating(numbers: str) -> dict[str, str]:
    """What the form for several sends about one number."""
    return {"staff_numbers": numbers, "programme": "ai-governance", "reason": "Because.", "protected_hours": "4"}


def same_page(answer: Any, *words: str) -> str:
    """What was answered without what was asked with, and without ids."""
    text = body(answer)
    for word in words:
        text = text.replace(word, "ASKED")
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", text)


@pytest.mark.parametrize("step", [{}, {"ask": "yes"}, {"confirm": "yes", "seen": "nothing"}])
def test_several_of_others_cannot_be_looked_at_asked_or_nominated(world: World, step: dict[str, str]) -> None:
    """By number for HR of another department, by ticks for another manager; each as if nobody were there."""
    url, before = reverse("enrolment:nominate_many"), (Nomination.objects.count(), Asked.objects.count())
    by_number = [
        same_page(world.client("elsewhere").post(url, {**nominating(number), **step}), number)
        for number in ("learner", "S-404")
    ]
    tick, nobody = str(world.learner.public_id), str(uuid4())
    by_tick = [
        same_page(world.client("other").post(url, {**nominating(""), "people": one, **step}), one)
        for one in (tick, nobody)
    ]
    for yours, nowhere in (by_number, by_tick):
        assert yours == nowhere
        assert "Nobody here has the staff number" in yours or "That is not on the list" in yours
    assert (Nomination.objects.count(), Asked.objects.count()) == before
    ours = same_page(world.client("here").post(url, nominating("learner")))
    assert "Check before you nominate" in ours, "or the pages above are alike for another reason"
    for role in ("manager", "above", "deputy"):
        text = same_page(world.client(role).post(url, {**nominating(""), "people": tick}))
        assert "Check before you nominate" in text, role


def test_nominations_of_others_cannot_be_decided(world: World) -> None:
    """Ids swapped in the address, in a tick and in the list that a form brings back."""
    url, theirs = reverse("enrolment:decide_nominations"), world.made["nomination"]
    client = world.client("elsewhere")
    for decision in ({"approve": "yes"}, {"decline": "yes", "reason": "No."}):
        said = [
            same_page(client.post(url, {"pick": one, "listed": one, "shown": "", **decision}), one)
            for one in (str(theirs.public_id), str(uuid4()))
        ]
        assert said[0] == said[1]
        assert seen(said[0]) == []
    asked = [same_page(client.get(f"{url}?pick={one}"), str(one)) for one in (theirs.public_id, uuid4())]
    assert asked[0] == asked[1]
    theirs.refresh_from_db()
    assert theirs.status == Nomination.Status.SUBMITTED
    assert "Given learner" in body(world.client("here").get(f"{url}?pick={theirs.public_id}"))


def test_what_others_ask_for_cannot_be_read_answered_or_taken_back(world: World) -> None:
    """By HR of another department, another manager, or somebody who asks themself: as if nothing were there."""
    made = world.made["wish"]
    for role, method, name in (
        *((role, "get", name) for role in ("elsewhere", "other") for name in ("nomination", "turn_down_wish")),
        *((role, "post", "turn_down_wish") for role in ("elsewhere", "other", "learner")),
        *((role, "post", "take_back_wish") for role in ("elsewhere", "other", "manager", "hr")),
    ):
        client, said = world.client(role), []
        for one in (made.public_id, uuid4()):
            answer = getattr(client, method)(reverse(f"enrolment:{name}", args=[one]), {"reason": "Mine."})
            assert answer.status_code == 404, (role, name)
            said.append(same_page(answer, str(one)))
        assert said[0] == said[1], (role, name)
    form = f"{reverse('enrolment:nominate')}?programme={made.programme.code}&employee="
    theirs, nobody = (body(world.client("other").get(form + str(one))) for one in (world.learner.public_id, uuid4()))
    assert "It would help me." in body(world.client("manager").get(form + str(world.learner.public_id)))
    assert re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", theirs) == re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", nobody)
    made.refresh_from_db()
    assert made.status == Nomination.Status.ASKED


def test_whoever_sees_a_nomination_without_deciding_it_is_led_to_no_decision(world: World) -> None:
    """HR of another department who manages the nominee: they read it, and are offered nothing that is refused."""
    Employee.objects.filter(pk=world.manager.pk).update(user=world.users["elsewhere"])
    client, made = world.client("elsewhere"), world.made["nomination"]
    decide = reverse("enrolment:decide_nomination", args=[made.public_id])
    pages = [reverse("enrolment:nominations"), reverse("enrolment:nomination", args=[made.public_id])]
    for page in pages:
        text = body(client.get(page))
        assert ("Given learner" in text, decide in text) == (True, False), page
        assert decide in body(world.client("here").get(page)), page
    assert client.get(decide).status_code == 404
    url = reverse("enrolment:decide_nominations")
    assert "Given learner" not in body(client.get(url))
    client.post(url, {"pick": str(made.public_id), "decline": "yes", "reason": "No."})
    made.refresh_from_db()
    assert made.status == Nomination.Status.SUBMITTED


def test_a_load_and_a_full_team_name_nobody_of_another_department(world: World) -> None:
    """A team may be of two departments: whoever is HR of one reads how many are away, and names of theirs only."""
    Policy.objects.update(team_load_limit=1)
    Employee.objects.filter(staff_number="too-0").update(department=Department.objects.get(name="Sales"))
    url = reverse("enrolment:nominate_many")
    for role, is_told in (("hr", True), ("here", False)):
        text = body(world.client(role).post(url, nominating("moves-2")))
        assert ("Given too-0" in text, "somebody of another department" in text) == (is_told, not is_told), role


def test_given_dates_of_a_full_team_name_nobody_of_another_department(world: World) -> None:
    """Enrolling, and moving what is planned: the same sentence, whoever reads it."""
    Policy.objects.update(team_load_limit=1)
    Employee.objects.filter(staff_number="too-0").update(department=Department.objects.get(name="Sales"))
    free = Employee.objects.get(staff_number="moves-2")
    first, last = world.on + 2 * DAY, world.on + 29 * DAY
    planned = Enrolment.objects.create(
        reference="WP-full",
        employee=Employee.objects.get(staff_number="too-1"),
        programme=Programme.objects.get(code="ai-governance"),
        status=Enrolment.Status.PLANNED,
        start_date=first + 40 * DAY,
        planned_end_date=last + 40 * DAY,
    )
    days = {"start_date": say(first), "planned_end_date": say(last), "reason": "Asked for."}
    enrol, redate = (
        reverse("enrolment:enrol", args=[free.public_id]),
        reverse("enrolment:redate", args=[planned.public_id]),
    )
    for role, is_told in (("hr", True), ("here", False)):
        for url, more in ((enrol, {"programme": "ai-governance"}), (redate, {})):
            text = body(world.client(role).post(url, days | more))
            assert "Too many of the team are on a programme" in text, url
            assert ("Given too-0" in text, "somebody of another department" in text) == (is_told, not is_told), url


def test_what_refuses_an_edit_names_nobody_of_another_department(world: World) -> None:
    """A number, an e-mail, a merged record's number and a name that others have: who they are is not said."""
    theirs = person("D159", department=Department.objects.get(name="Sales"))
    twin = person("D160", department=Department.objects.get(name="Sales"))
    names = {"given_names": "Temi", "family_name": "Kaur"}
    Employee.objects.filter(pk__in=[theirs.pk, twin.pk]).update(**names)
    FormerRecord.objects.create(
        public_id=uuid4(), staff_number="D158", kept=theirs, merged_by=world.users["hr"], merged_on=world.on, **names
    )
    url = reverse("enrolment:edit_person", args=[world.learner.public_id])
    shown = {field.name: field.value() or "" for field in world.client("hr").get(url).context["form"]}
    for wrong, said, hidden in (
        ({"staff_number": "D159"}, "D159 is somebody else’s number.", "Temi"),
        ({"email": theirs.email.upper()}, "is also somebody else’s e-mail", "D159 "),
        ({"staff_number": "D158"}, "was merged into another", "D159"),
        ({"manager_staff_number": "Temi Kaur"}, "Several are called so. Give the staff number.", "D160"),
    ):
        asked = shown | wrong
        text = body(world.client("here").post(url, asked))
        assert said in text
        assert hidden not in text.replace(theirs.email, "").replace(theirs.email.upper(), ""), wrong
        assert hidden.strip() in body(world.client("hr").post(url, asked)).replace(theirs.email, ""), wrong


def not_found(client: Client, name: str, **at: object) -> str:
    """The page of a thing that is not there."""
    answer = client.get(reverse(name, kwargs=at))
    assert answer.status_code == 404
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", body(answer))


@pytest.mark.parametrize("role", ["elsewhere", "other"])
@pytest.mark.parametrize("name", ["enrolment:person", "enrolment:enrolment", "enrolment:nomination"])
def test_not_yours_is_the_same_page_as_not_there(world: World, role: str, name: str) -> None:
    things = {"enrolment:person": world.learner, "enrolment:enrolment": world.made["enrolment"]}
    thing = things.get(name, world.made["nomination"])
    client = world.client(role)
    assert not_found(client, name, public_id=thing.public_id) == not_found(client, name, public_id=uuid4())


FACTS = {"date of birth": "2 March 1990", "ULN": "1234567881"}


@pytest.mark.parametrize(
    ("role", "is_told"), [("hr", True), ("here", True), ("manager", False), ("learner", False), ("deputy", False)]
)
def test_what_only_hr_needs_only_hr_reads(world: World, role: str, *, is_told: bool) -> None:
    """Date of birth and learner number: for HR of the person, on the person's page."""
    Employee.objects.filter(pk=world.learner.pk).update(date_of_birth="1990-03-02", uln=FACTS["ULN"])
    text = body(world.client(role).get(reverse("enrolment:person", args=[world.learner.public_id])))
    assert [fact in text for fact in FACTS.values()] == [is_told, is_told]


def test_moves_and_files_of_others_are_refused_like_unknown_ones(world: World) -> None:
    """A row's id in a form, a bulk choice, a ticked box: what is not one's own is not there."""
    client, theirs = world.client("elsewhere"), world.made["enrolment"]
    before = list(Enrolment.objects.order_by("id").values())
    data = {"chosen": [str(theirs.public_id)], "move": "cancel", "reason": "Mine.", "confirmed": "1"}
    answer = client.post(reverse("enrolment:bulk"), data, follow=True)
    assert seen(body(answer)) == []
    assert client.post(reverse("enrolment:cancel", args=[theirs.public_id]), {"reason": "Mine."}).status_code == 404
    assert list(Enrolment.objects.order_by("id").values()) == before


def test_what_waits_is_mailed_to_hr_of_the_person_and_to_administrators_once_it_is_escalated(world: World) -> None:
    """HR of another department hears neither of a nomination nor of a dispute."""
    roles = ("here", "elsewhere", "administrator")
    staff = {role: EmployeeFactory(user=world.users[role], email=f"{role}@s.example") for role in roles}
    readers = {person.pk: person for person in deciders(world.on, with_administrators=True)}

    def hears(role: str, *, is_escalated: bool) -> bool:
        return hears_of(readers[staff[role].pk], world.learner, with_administrators=is_escalated)

    assert [hears(role, is_escalated=False) for role in staff] == [True, False, False]
    assert [hears(role, is_escalated=True) for role in staff] == [True, False, True]
    for role, is_so in (("here", True), ("elsewhere", False), ("administrator", False)):
        about = world.made["nomination"].public_id
        notice = NoticeFactory(employee=staff[role], kind="nomination_waits", subject=about)
        assert bool(lapsed([notice], world.on)) is not is_so, role
