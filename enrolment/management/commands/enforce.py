"""`enforce`: what the nightly run does, now: starts, overruns and progression reminders of a day."""

from collections import Counter
from typing import Any

from django.core.management.base import CommandError

from enrolment.actions.calendar import enforce
from enrolment.actions.outcomes import in_chunks
from enrolment.queries.calendar import people_due
from people.clock import today
from people.commands import Command as DayCommand
from people.demonstration import demo_mode


class Command(DayCommand):
    """Bring everybody whom a day concerns to that day."""

    help = "Start what is due, mark what overran, queue what stands behind it, write the progression reminders."

    def handle(self, *args: Any, **options: Any) -> None:
        """Work in this process and return when done. Refuses a day after today outside a demonstration."""
        on = self.day(options)
        if on > today() and not demo_mode():
            raise CommandError(f"{on} has not come yet: only a demonstration can look ahead.", returncode=1)
        counts: Counter[str] = Counter()
        refused = 0
        for outcomes in in_chunks(enforce, people_due(on), on=on):
            counts.update(outcome.subject.status for outcome in outcomes if outcome.is_done)
            refused += sum(not outcome.is_done for outcome in outcomes)
        facts = {
            "on": on.isoformat(),
            "started": counts["active"],
            "overdue": counts["overdue"],
            "queued": counts["queued"],
            "not_done": refused,
        }
        sentence = (
            f"{on}: {facts['started']} started, {facts['overdue']} became overdue, {facts['queued']} lost their dates "
            "to an overrun and wait for new ones."
        )
        self.answer(options, facts, sentence)
        if refused:
            raise CommandError(f"{refused} people could not be brought to the day; the log says why.", returncode=1)
