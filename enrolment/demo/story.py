"""Tells the story through the product's own actions, day after day up to today, so that every history is a real one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from assessment.actions import Answered, Decision, answer, begin, place, submit
from assessment.models import Placement, Recommendation
from enrolment.actions.asking import Asking, ask
from enrolment.actions.calendar import enforce
from enrolment.actions.changes import begin_break, cancel, complete, extend, withdraw
from enrolment.actions.cohorts import promote
from enrolment.actions.enrolments import Wish, enrol
from enrolment.actions.impact import Telling, tell_impact
from enrolment.actions.nominations import Approval, NominationWish, approve, decline, nominate, retract, turn_down
from enrolment.demo.people import HR_ACCOUNT, LEARNER_ACCOUNT
from enrolment.demo.tales import LONG_AGO, Turn
from enrolment.models import Enrolment, Nomination
from enrolment.queries.calendar import people_due
from enrolment.queries.cohorts import with_seats_to_give
from enrolment.rules.reminders import ENDS_SOON
from people.actions.mailing import send_due
from people.models import Employee, User
from programmes.actions import change_cohort
from programmes.models import Cohort, Programme, ProgrammeVersion
from programmes.rules import usual_end

DAY = timedelta(days=1)
MORNING = time(9, 0, tzinfo=ZoneInfo("Europe/London"))
UNSENT_DAYS = 1  # what was due on the last days is left for the worker, so that mail is seen to go out
# What is done first on a day.
ORDER = (
    "begin", "answer", "decide", "ask", "nominate", "turn_down", "approve", "decline", "retract", "fill", "enrol",
    "follow", "extend", "pause", "complete", "tell", "withdraw", "cancel",
)  # fmt: skip


class Story:
    """Holds who is who while the days go by. ``crowd`` are the employees, in order of their number."""

    def __init__(self, crowd: Sequence[Employee], *, on: date) -> None:
        self.on = on
        self.crowd = crowd
        hr = crowd[HR_ACCOUNT].user
        assert hr is not None
        self.hr: User = hr
        self.programmes = {programme.code: programme for programme in Programme.objects.all()}
        self.opened: dict[int, date] = {}
        for version in ProgrammeVersion.objects.order_by("-first_start"):
            self.opened[version.programme_id] = version.first_start
        self.cohorts = list(Cohort.objects.select_related("programme"))
        self.recommended: dict[int, Recommendation] = {}
        self.placed: dict[int, Placement] = {}
        self.nominated: dict[int, Nomination] = {}
        self.enrolled: dict[int, Enrolment] = {}
        self.eventful: set[date] = set()

    def tell(self, turns: Sequence[Turn]) -> None:
        """Every day from the first turn to today: the nightly work, then what people do, then the mail."""
        by_day = {day: list(group) for day, group in groupby(turns, key=lambda turn: turn.day)}
        for day in range(min(by_day, default=0), 1):
            on, todays = self.on + day * DAY, by_day.get(day, [])
            if not todays and on not in self.eventful and day:
                continue
            if due := people_due(on):
                enforce(due, on=on)
            for what in ORDER:
                if told := [turn for turn in todays if turn.what == what]:
                    getattr(self, f"_{what}")(told, on)
            if any(turn.what == "cancel" for turn in todays):
                for cohort in with_seats_to_give(on):
                    promote([cohort], by=None, on=on)
            if day <= -UNSENT_DAYS:
                send_due(on=on, now=datetime.combine(on, MORNING))

    def _keep(self, enrolment: Enrolment) -> None:
        """Remember an enrolment, and the days on which the calendar will do something to it."""
        self.enrolled[enrolment.employee_id] = enrolment
        if enrolment.start_date and enrolment.planned_end_date:
            end = enrolment.planned_end_date
            self.eventful |= {enrolment.start_date, end - ENDS_SOON.before * DAY, end + DAY}

    def _begin(self, turns: Sequence[Turn], on: date) -> None:
        for turn in turns:
            person = self._person(turn)
            response = begin([person], by=person.user, on=on)[0]
            answer([Answered(response, turn.facts["answers"])], by=person.user)

    def _answer(self, turns: Sequence[Turn], on: date) -> None:
        """Lately people answered for themselves; long ago HR sat down with them and answered on their behalf."""
        together = [turn for turn in turns if turn.day < -LONG_AGO and turn.person.number != LEARNER_ACCOUNT]
        alone = [turn for turn in turns if turn not in together]
        for by, group in ((self.hr, together), *((self._person(turn).user, [turn]) for turn in alone)):
            responses = begin([self._person(turn) for turn in group], by=by, on=on)
            answer([Answered(r, turn.facts["answers"]) for r, turn in zip(responses, group, strict=True)], by=by)
            for recommendation in submit(responses, by=by, on=on):
                if isinstance(recommendation, Recommendation):
                    self.recommended[recommendation.employee_id] = recommendation

    def _decide(self, turns: Sequence[Turn], on: date) -> None:
        decisions = []
        for turn in turns:
            person = self._person(turn)
            if recommendation := self.recommended.get(person.pk):
                programme = recommendation.programme
                if "programme" in turn.facts:
                    programme = self.programmes.get(turn.facts["programme"])
                decisions.append(Decision(person, programme, recommendation, turn.facts.get("reason") or ""))
        for placement in place(decisions, by=self.hr, on=on):
            if isinstance(placement, Placement):
                self.placed[placement.employee_id] = placement

    def _ask(self, turns: Sequence[Turn], on: date) -> None:
        """Everybody for themself."""
        for turn in turns:
            person = self._person(turn)
            assert person.user is not None
            wish = Asking(person, self.programmes[turn.facts["programme"]], turn.facts["reason"])
            if nomination := ask([wish], by=person.user, on=on)[0].subject.nomination:
                self.nominated[person.pk] = nomination

    def _turn_down(self, turns: Sequence[Turn], on: date) -> None:
        for turn, nomination in self._nominations(turns):
            manager = self._person(turn).manager
            by = manager.user if manager and manager.user else self.hr
            turn_down([nomination], by=by, on=on, reason=turn.facts["reason"])

    def _nominate(self, turns: Sequence[Turn], on: date) -> None:
        for turn in turns:
            person = self._person(turn)
            by = person.manager.user if person.manager and person.manager.user else self.hr
            wish = NominationWish(person, self.programmes[turn.facts["programme"]], turn.facts["reason"])
            outcome = nominate([wish], by=by, on=on)[0]
            if outcome.subject.nomination:
                self.nominated[person.pk] = outcome.subject.nomination

    def _approve(self, turns: Sequence[Turn], on: date) -> None:
        approvals = []
        for turn, nomination in self._nominations(turns):
            start, end, cohort = self._dates(turn, nomination.programme)
            approvals.append(Approval(nomination, start, end, cohort))
        for outcome in approve(approvals, by=self.hr, on=on):
            if outcome.is_done and outcome.subject.enrolment:
                self._keep(outcome.subject.enrolment)

    def _decline(self, turns: Sequence[Turn], on: date) -> None:
        for turn, nomination in self._nominations(turns):
            decline([nomination], by=self.hr, on=on, reason=turn.facts["reason"])

    def _retract(self, turns: Sequence[Turn], on: date) -> None:
        for turn, nomination in self._nominations(turns):
            retract([nomination], by=nomination.nominated_by, on=on, reason=turn.facts["reason"])

    def _enrol(self, turns: Sequence[Turn], on: date) -> None:
        wishes = []
        for turn in turns:
            person = self._person(turn)
            programme = self.programmes[turn.facts["programme"]]
            placement = self.placed.get(person.pk)
            start, end, cohort = self._dates(turn, programme)
            suits = placement is not None and placement.programme_id == programme.pk
            wish = Wish(person, programme, start, end, cohort, placement if suits else None)
            wishes.append(replace(wish, may_wait=turn.facts.get("wait", False)))
        for outcome in enrol(wishes, by=self.hr, on=on):
            if outcome.is_done and outcome.subject.enrolment:
                self._keep(outcome.subject.enrolment)

    def _fill(self, turns: Sequence[Turn], on: date) -> None:
        """The provider has a smaller room: as many seats as are taken, and at least one."""
        for turn in turns:
            _, _, cohort = self._dates(turn, self.programmes[turn.facts["programme"]])
            if cohort:
                seats = max(1, cohort.enrolments.exclude(seat=None).count())
                change_cohort(
                    cohort,
                    by=self.hr,
                    on=on,
                    name=cohort.name,
                    programme=cohort.programme,
                    provider=cohort.provider,
                    start_date=cohort.start_date,
                    planned_end_date=cohort.planned_end_date,
                    seats=seats,
                )

    def _follow(self, turns: Sequence[Turn], on: date) -> None:
        """Another programme behind the one that runs; that one stays the one the tale is about."""
        pairs = list(self._enrolments(turns))
        wishes = [Wish(self._person(t), self.programmes[t.facts["programme"]], behind=e) for t, e in pairs]
        enrol(wishes, by=self.hr, on=on)

    def _extend(self, turns: Sequence[Turn], on: date) -> None:
        for turn, enrolment in self._enrolments(turns):
            end, reason = self._day(turn, "end"), turn.facts["reason"]
            extend([enrolment], planned_end_date=end, by=self.hr, on=on, reason=reason, push=True)

    def _pause(self, turns: Sequence[Turn], on: date) -> None:
        for turn, enrolment in self._enrolments(turns):
            known = "return" in turn.facts
            begin_break(
                [enrolment],
                return_on=self._day(turn, "return") if known else None,
                planned_end_date=self._day(turn, "end") if known else None,
                by=self.hr,
                on=on,
                reason=turn.facts["reason"],
            )

    def _complete(self, turns: Sequence[Turn], on: date) -> None:
        for turn, enrolment in self._enrolments(turns):
            complete([enrolment], ended_on=self._day(turn, "ended"), by=self.hr, on=on)
            self.eventful.add(on + DAY)

    def _tell(self, turns: Sequence[Turn], on: date) -> None:
        """Everybody for themself."""
        for turn, enrolment in self._enrolments(turns):
            facts, by = turn.facts, self._person(turn).user
            assert by is not None
            tell_impact([Telling(enrolment, facts["changed"], facts["hours"], facts["pounds"])], by=by, on=on)

    def _withdraw(self, turns: Sequence[Turn], on: date) -> None:
        for turn, enrolment in self._enrolments(turns):
            withdraw([enrolment], ended_on=self._day(turn, "ended"), by=self.hr, on=on, reason=turn.facts["reason"])

    def _cancel(self, turns: Sequence[Turn], on: date) -> None:
        by_reason: dict[str, list[Enrolment]] = defaultdict(list)
        for turn, enrolment in self._enrolments(turns):
            by_reason[turn.facts["reason"]].append(enrolment)
        for reason, enrolments in by_reason.items():
            cancel(enrolments, by=self.hr, on=on, reason=reason)

    def _dates(self, turn: Turn, programme: Programme) -> tuple[date | None, date | None, Cohort | None]:
        """The cohort near the day asked for, else a start no earlier than the programme's first, and an end."""
        if "cohort" in turn.facts:
            wanted = self._day(turn, "cohort")
            near = [c for c in self.cohorts if c.programme_id == programme.pk and abs((c.start_date - wanted).days) < 8]
            return None, None, near[0] if near else None
        start = max(self._day(turn, "start"), self.opened[programme.pk])
        if days := turn.facts.get("days"):
            return start, start + (days - 1) * DAY, None
        return start, self._day(turn, "end") if "end" in turn.facts else usual_end(programme, start), None

    def _day(self, turn: Turn, name: str) -> date:
        return self.on + turn.facts[name] * DAY

    def _person(self, turn: Turn) -> Employee:
        return self.crowd[turn.person.number]

    def _nominations(self, turns: Sequence[Turn]) -> Iterator[tuple[Turn, Nomination]]:
        for turn in turns:
            if nomination := self.nominated.get(self._person(turn).pk):
                yield turn, nomination

    def _enrolments(self, turns: Sequence[Turn]) -> Iterator[tuple[Turn, Enrolment]]:
        for turn in turns:
            if enrolment := self.enrolled.get(self._person(turn).pk):
                yield turn, enrolment
