"""The one list of every Celery task: how it is called, so that each can be run twice and at once with itself."""

from collections.abc import Callable
from typing import Any

from enrolment.models import Run
from people.models import Employee
from tests.architecture.world import World

# By its registered name: the arguments for this world.
TASKS: dict[str, Callable[[World], dict[str, Any]]] = {
    "enrolment.tasks.enforce_day": lambda world: {},
    "enrolment.tasks.follow_changes": lambda world: {},
    "enrolment.tasks.prove_day": lambda world: {},
    "enrolment.tasks.prove_changes": lambda world: {},
    "enrolment.tasks.enforce_people": lambda world: {
        "people": list(Employee.objects.order_by("id").values_list("id", flat=True)),
        "on": world.on.isoformat(),
        "run": Run.objects.get_or_create(kind=Run.Kind.COMMAND, on=world.on, people=Employee.objects.count())[0].pk,
        "chunk": 0,
    },
    "enrolment.tasks.give_seats": lambda world: {},
    "enrolment.tasks.remind_asked": lambda world: {},
    "enrolment.tasks.write_digests": lambda world: {},
    "enrolment.tasks.send_due_notices": lambda world: {},
    "enrolment.tasks.carry_out_texts": lambda world: {},
    "enrolment.tasks.tell_results": lambda world: {},
    "enrolment.tasks.resume_batches": lambda world: {},
}
