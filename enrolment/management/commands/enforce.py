"""`enforce`: what the nightly run does, now: starts, overruns, plans that follow, leavers and reminders of a day."""

from typing import Any

from django.core.management.base import CommandError

from enrolment.actions.runs import begin_command, enforce_now
from enrolment.actions.sendings import remind_all
from people.clock import today
from people.commands import Command as DayCommand
from people.demonstration import demo_mode


class Command(DayCommand):
    """Bring everybody whom a day concerns to that day."""

    help = "Start what is due, mark what overran, re-plan what follows, release leavers, write the reminders of a day."

    def handle(self, *args: Any, **options: Any) -> None:
        """Work in this process and return when done. Refuses a day after today outside a demonstration."""
        on = self.day(options)
        if on > today() and not demo_mode():
            raise CommandError(f"{on} has not come yet: only a demonstration can look ahead.", returncode=1)
        run, people = begin_command(on=on)
        enforce_now(run, people, on=on)
        asked = remind_all(on=on)
        run.refresh_from_db()
        did = run.counts
        facts = {
            "on": on.isoformat(),
            "run": str(run.public_id),
            "people": run.people,
            "started": did.get("start", 0),
            "overdue": did.get("mark_overdue", 0),
            "queued": did.get("queue", 0),
            "planned": did.get("plan", 0) + did.get("shift", 0),
            "proposed": did.get("propose", 0),
            "returns_passed": did.get("forget_return", 0),
            "cancelled": did.get("cancel", 0),
            "expired": did.get("expire", 0),
            "left": did.get("leave", 0),
            "reminded": did.get("remind", 0),
            "reminded_to_answer": asked,
            "not_done": did.get("not_done", 0),
        }
        sentence = (
            f"{on}: {facts['started']} started, {facts['overdue']} became overdue, {facts['queued']} lost their dates "
            f"to an overrun and wait for new ones, {facts['planned']} were given dates, {facts['reminded']} reminded, "
            f"{facts['reminded_to_answer']} reminded of the questionnaire."
        )
        self.answer(options, facts, sentence)
        if refused := facts["not_done"]:
            raise CommandError(f"{refused} people could not be brought to the day; the log says why.", returncode=1)
