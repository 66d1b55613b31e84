"""A small organisation for the guards: five people who sign in, and one of everything that a page can show."""

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.test import Client

from assessment.actions import versions
from assessment.models import (
    Asked,
    Complaint,
    Placement,
    Questionnaire,
    Recommendation,
    Response,
    SecondLook,
    Sending,
)
from enrolment.models import Batch, BatchRow, Enrolment, EnrolmentEvent, Impact, Nomination, Proof, Run, Statement
from enrolment.queries.prove import Finding
from people import clock
from people.models import Department, Employee, Notice, PolicyChange, User
from people.roles import Delegation, HrDepartment
from programmes.actions import make_seats
from programmes.models import Cohort, Programme, Provider

DAY = timedelta(days=1)
ANSWERS = {"role": "operations", "does": "improves_work", "stage": "exploring", "need": "build"}
ROLES = (
    *("visitor", "learner", "manager", "above", "deputy", "other", "hr", "here", "elsewhere", "auditor"),
    "administrator",
)


@dataclass
class World:
    """The learner reports to the manager, who reports to whoever is above; a deputy stands in for the manager today.

    The other has a team, and the learner is not in it. HR is everybody's, ``here`` the HR of the learner's department
    (of the one it belongs to), ``elsewhere`` that of another. HR, auditor and administrator have no record.
    """

    on: date
    users: dict[str, User]
    learner: Employee
    manager: Employee
    department: Department
    provider: Provider
    made: dict[str, Any] = field(default_factory=dict)

    def client(self, role: str) -> Client:
        """A browser in which somebody of this role has signed in."""
        browser = Client()
        if role != "visitor":
            browser.force_login(self.users[role])
        return browser


def person(number: str, *, world: "World | None" = None, **facts: Any) -> Employee:
    """An employee with names made of the number; in the world's department and the manager's team if one is given."""
    if world:
        facts = {"department": world.department, "manager": world.manager, **facts}
    names = {"given_names": f"Given {number}", "family_name": f"Family {number}", "email": f"{number}@sample.example"}
    return Employee.objects.create(**{"staff_number": number, **names, **facts})


def make_world() -> World:
    """The organisation with one of everything; days count from today, since pages read the clock."""
    users = {
        role: User.objects.create_user(
            f"{role}@sample.example",
            is_hr=role in ("hr", "here", "elsewhere"),
            is_narrowed=role in ("here", "elsewhere"),
            is_auditor=role == "auditor",
            is_administrator=role == "administrator",
        )
        for role in ROLES
        if role != "visitor"
    }
    for user in users.values():
        user.password = "given"  # a password that exists, hashed in no known way: nobody types it here
        user.save()
    whole, another = Department.objects.create(name="Services"), Department.objects.create(name="Sales")
    department = Department.objects.create(name="Operations", parent=whole)
    HrDepartment.objects.create(user=users["here"], department=whole)
    HrDepartment.objects.create(user=users["elsewhere"], department=another)
    above = person("above", user=users["above"], department=whole)
    manager = person("manager", user=users["manager"], department=department, manager=above)
    deputy = person("deputy", user=users["deputy"], department=another)
    on = clock.today()
    facts = {"first_day": on, "last_day": on, "made_on": on}
    delegation = Delegation.objects.create(from_employee=manager, to_employee=deputy, **facts)
    other = person("other", user=users["other"], department=another)
    person("theirs", department=another, manager=other)
    learner = person("learner", user=users["learner"], department=department, manager=manager, job_title="Analyst")
    provider = Provider.objects.create(name="Sample Training")
    world = World(clock.today(), users, learner, manager, department, provider)
    world.made = make_one_of_everything(world, learner, "1")
    world.made["response_under_way"] = Response.objects.create(
        questionnaire=Questionnaire.objects.get(status="published"),
        employee=learner,
        started_on=world.on,
        answers={"role": "operations"},
    )
    world.made["delegation"] = delegation
    world.made["published"] = Questionnaire.objects.get(status="published")
    world.made["draft"] = versions.draft(by=users["hr"], on=world.on, reason="To say it better")
    underway = {"start_date": world.on - 10 * DAY, "planned_end_date": world.on + 17 * DAY}
    for number, (status, dates) in enumerate([(Enrolment.Status.ACTIVE, underway), (Enrolment.Status.QUEUED, {})]):
        Enrolment.objects.create(
            reference=f"WP-too-{number}",
            employee=person(f"too-{number}", world=world),
            programme=Programme.objects.get(code="ai-transformation"),
            status=status,
            **dates,
        )
    free = Employee.objects.get(staff_number="too-0")  # about whom nobody has asked yet
    Placement.objects.create(employee=free, is_agreed=True, decided_by=users["hr"], decided_on=world.on)
    make_what_can_move(world)
    world.made["past_end"] = Enrolment.objects.create(
        reference="WP-past",
        employee=person("past", world=world),
        programme=Programme.objects.get(code="ai-governance"),
        status=Enrolment.Status.OVERDUE,
        start_date=world.on - 40 * DAY,
        planned_end_date=world.on - 5 * DAY,
    )
    return world


def make_what_can_move(world: World) -> None:
    """An apprenticeship in every status that has moves of its own; the withdrawal is fresh, so it can be undone."""
    status, practitioner = Enrolment.Status, Programme.objects.get(code="ai-practitioner")
    dates = {"start_date": world.on - 300 * DAY, "planned_end_date": world.on + 200 * DAY}
    ended = {"ended_on": world.on - 3 * DAY}
    for number, (state, more) in enumerate(
        [(status.ACTIVE, {}), (status.PAUSED, {}), (status.COMPLETED, ended), (status.WITHDRAWN, ended)]
    ):
        Enrolment.objects.create(
            reference=f"WP-moves-{number}",
            employee=person(f"moves-{number}", world=world),
            programme=practitioner,
            status=state,
            **dates,
            **more,
        )
    EnrolmentEvent.objects.create(
        subject=Enrolment.objects.get(status=status.WITHDRAWN),
        move="withdraw",
        from_status=status.ACTIVE,
        to_status=status.WITHDRAWN,
        on=world.on,
    )


def make_one_of_everything(world: World, employee: Employee, name: str) -> dict[str, Any]:
    """For this person whatever a page shows of a person; and a cohort, a file, a provider."""
    on, practitioner = world.on, Programme.objects.get(code="ai-practitioner")
    response = Response.objects.create(
        questionnaire=Questionnaire.objects.get(status="published"),
        employee=employee,
        started_on=on,
        answers=ANSWERS,
        submitted_on=on,
        submitted_at=clock.now(),
    )
    recommendation = Recommendation.objects.create(
        response=response,
        employee=employee,
        programme=practitioner,
        because="You improve how the work gets done.",
        answers_used=ANSWERS,
        made_on=on,
    )
    cohort = Cohort.objects.create(
        name=f"Cohort {name}",
        programme=practitioner,
        provider=world.provider,
        start_date=on + 30 * DAY,
        planned_end_date=on + 500 * DAY,
        seats=20,
    )
    make_seats([cohort])
    enrolment = Enrolment.objects.create(
        reference=f"WP-{name}",
        employee=employee,
        programme=practitioner,
        status=Enrolment.Status.PLANNED,
        start_date=on + 30 * DAY,
        planned_end_date=on + 500 * DAY,
        cohort=cohort,
        seat=cohort.places.first(),
    )
    completed = Enrolment.objects.create(
        reference=f"WP-{name}-d",
        employee=employee,
        programme=Programme.objects.get(code="ai-leadership-literacy"),
        status=Enrolment.Status.COMPLETED,
        start_date=on - 60 * DAY,
        planned_end_date=on - 33 * DAY,
        ended_on=on - 33 * DAY,
    )
    Impact.objects.create(
        enrolment=completed, what_changed="The report writes itself.", told_by=world.users["hr"], told_on=on
    )
    Statement.objects.create(
        enrolment=enrolment,
        status=Statement.Status.DISPUTED,
        facts=[["Start", "another day"]],
        said_on=on,
        reason="I start a week later.",
    )
    return {
        "completed": completed,
        "response": response,
        "recommendation": recommendation,
        "cohort": cohort,
        "enrolment": enrolment,
        "provider": Provider.objects.create(name=f"Provider {name}"),
        **make_what_is_said(world, employee, enrolment, name),
        **make_what_is_asked(world, employee, recommendation, name),
        **make_a_night(world, enrolment),
    }


def make_what_is_asked(world: World, employee: Employee, recommendation: Recommendation, name: str) -> dict[str, Any]:
    """For this person a second look that is open, a complaint of the learner's, and a sending that asks them."""
    words = {"words": "It looks wrong to me.", "due_on": world.on + 14 * DAY}
    look = SecondLook.objects.create(
        reference=f"SL-{name}"[:12],
        employee=employee,
        recommendation=recommendation,
        asked_by=world.users["learner"],
        asked_on=world.on,
        reviewer=world.users["hr"],
        **words,
    )
    complaint = Complaint.objects.create(
        reference=f"DC-{name}"[:12], made_by=world.users["learner"], made_on=world.on, **words
    )
    first = Sending.objects.order_by("pk").first()
    sending = Sending.objects.create(
        to=f"department {name}", due_on=world.on + 7 * DAY, sent_by=world.users["hr"], sent_on=world.on
    )
    Asked.objects.create(sending=sending, employee=employee)
    if first:  # so that its page has more than one row
        Asked.objects.create(sending=first, employee=employee)
    return {"second_look": look, "complaint": complaint, "sending": sending}


def make_what_is_said(world: World, employee: Employee, enrolment: Enrolment, name: str) -> dict[str, Any]:
    """For this person a nomination, a wish and a notice; and files with a refused row, and a change of the policy."""
    on, unit = world.on, Programme.objects.get(code="ai-governance")
    nomination = Nomination.objects.create(
        employee=employee,
        programme=unit,
        nominated_by=world.users["manager"],
        nominated_on=on,
        reason="It would help the team.",
        status=Nomination.Status.SUBMITTED,
    )
    wish = Nomination.objects.create(
        employee=employee,
        programme=Programme.objects.get(code="ai-leadership-literacy"),
        nominated_by=world.users["learner"],
        nominated_on=on,
        asked_on=on,
        asked_why="It would help me.",
        status=Nomination.Status.ASKED,
    )
    batches = make_batches(world, enrolment, name)
    notice = Notice.objects.create(
        employee=employee,
        kind="enrolled",
        subject=enrolment.public_id,
        due_on=on,
        headline="You are placed",
        body="From and to.",
    )
    unheard = Notice.objects.create(
        employee=employee,
        kind="started",
        subject=enrolment.public_id,
        due_on=on,
        status=Notice.Status.NO_ADDRESS,
        headline="It starts",
        body="On its day.",
    )
    change = PolicyChange.objects.create(name="notice_days", before=0, after=5, by=world.users["hr"], on=on)
    return {
        "nomination": nomination,
        "wish": wish,
        **batches,
        "notice": notice,
        "unheard": unheard,
        "policy_change": change,
    }


def make_batches(world: World, enrolment: Enrolment, name: str) -> dict[str, Batch]:
    """A file of people, of enrolments, of answers, a move on many, invitations; each done, with a refused row."""
    order = {"move": "complete", "given": {"ended_on": world.on.isoformat()}, "enrolments": [enrolment.pk]}
    contents = {
        "people": b"staff_number,given_names,family_name\n,Ann,Ash\n",
        "enrolments": b"staff_number,programme\n1,none\n",
        "moves": json.dumps(order).encode(),
        "responses": b"staff_number,role\n1,none\n",
        "invite": json.dumps([enrolment.employee_id]).encode(),
    }
    made = {}
    for kind, content in contents.items():
        batch = Batch.objects.create(
            kind=kind,
            file_name=f"{name}.csv",
            content=content,
            status=Batch.Status.APPLIED,
            total=1,
            done=1,
            counts={"refused": 1},
            made_by=world.users["hr"],
            made_on=world.on,
            applied_at=clock.now(),
        )
        why = {"outcome": "refused", "code": "bad_date", "message": "Why.", "earliest_start": world.on}
        BatchRow.objects.create(batch=batch, row=2, staff_number="1", **why)
        made["batch" if kind == "people" else f"{kind}_batch"] = batch
    return made


def make_a_night(world: World, enrolment: Enrolment) -> dict[str, Any]:
    """A run of yesterday that did something to this enrolment, and a proof that found something."""
    yesterday, ago = world.on - DAY, clock.now() - DAY
    run = Run.objects.create(
        kind=Run.Kind.NIGHT, on=yesterday, started_at=ago, finished_at=ago, people=1, done=1, counts={"plan": 1}
    )
    event = EnrolmentEvent.objects.create(
        subject=enrolment,
        move="plan",
        from_status=Enrolment.Status.QUEUED,
        to_status=Enrolment.Status.PLANNED,
        on=yesterday,
        start_date=enrolment.start_date,
        planned_end_date=enrolment.planned_end_date,
        cohort=enrolment.cohort,
    )
    finding = Finding("overlap", "Two.", staff_number="1").facts()
    proof = Proof.objects.create(on=yesterday, at=ago, is_whole=True, checked=1, seconds=0.1, findings=[finding])
    return {"run": run, "event": event, "proof": proof}


def grow(world: World, people: int) -> None:
    """So many more people in the manager's team, each with one of everything."""
    for number in range(people):
        make_one_of_everything(world, person(f"more-{number}", world=world), f"more-{number}")
