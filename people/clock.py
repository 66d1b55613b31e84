"""The clock. Only edges (views, tasks, commands) read it; rules and actions are given the day."""

from datetime import date, datetime, time

from django.utils import timezone


def today() -> date:
    """The calendar date in Europe/London now: the day every rule counts in (domain.md §2)."""
    return timezone.localdate()


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return timezone.now()


def time_of_day() -> time:
    """The time of day in Europe/London now."""
    return timezone.localtime().time()
