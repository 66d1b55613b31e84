"""A sending is ended while it reminds: whoever comes second sees what the first has done."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction

from assessment.models import Sending
from enrolment.actions import sendings as actions
from people.models import Notice
from tests.factories import TODAY, EmployeeFactory, UserFactory

DAY = timedelta(days=1)
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by_calendar", [False, True])
def test_nobody_is_reminded_by_a_sending_that_is_being_ended(by_calendar):
    hr, person = UserFactory(is_hr=True), EmployeeFactory()
    actions.send([person.pk], to="one", due_on=TODAY + 3 * DAY, by=hr, on=TODAY)
    sending = Sending.objects.get()
    on = TODAY + 2 * DAY

    def remind() -> None:
        try:
            if by_calendar:
                actions.remind_all(on=on)
            else:
                actions.remind([sending], by=hr, on=on)
        finally:
            connection.close()

    other = threading.Thread(target=remind)
    with transaction.atomic():
        actions.end([sending], by=hr, on=on)
        other.start()
        while other.is_alive() and not _is_waited_for():
            time.sleep(0.02)
    other.join()
    assert not Notice.objects.filter(status=Notice.Status.DUE).exists()


def _is_waited_for() -> bool:
    """Whether somebody waits for what this transaction holds."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])
