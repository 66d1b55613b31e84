"""What will be said in the next 30 days, and what HR does to it: hold, let go, send now, cancel, try again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_safe

from enrolment.actions.ahead import STEPS as OF_FORESEEN
from enrolment.actions.outcomes import CHUNK
from enrolment.forms.messages import MessageFilter, StepForm
from enrolment.queries import messages as queries
from enrolment.queries.bulk import MOST, ticked
from enrolment.queries.foreseen import foreseen
from enrolment.queries.keyset import page
from enrolment.rules.kinds import LABELS, label
from enrolment.views.night import mail_is_late
from enrolment.views.paging import page_links
from people.access import decides, hr_required
from people.actions import settling as actions
from people.actions.results import Result
from people.clock import now, time_of_day, today
from people.models import Notice
from people.queries import choices, in_parts
from people.reach import acts_for_everybody, reads_everybody, refuse_unless_everywhere
from people.retry import retried
from people.rules import STEPS, Step, may_leave, say

ACTIONS: dict[str, Callable[..., Any]] = {
    "hold": actions.hold,
    "release": actions.release,
    "hurry": actions.hurry,
    "call_off": actions.call_off,
    "retry": actions.retry,
}
MANY = ("hold", "release", "hurry", "call_off")
# What is done to a kind, now and for what is written later.
KIND_STEPS = {
    "hold_kind": Step("hold_kind", (), "", "Hold this kind back", "held back", needs_reason=True),
    "release_kind": Step("release_kind", (), "", "Let this kind go", "let go"),
}
LISTED = ("kind", "q", "department", "person")
FILTERS = (*LISTED, "status", "why")
SHOWN = 20  # of those that a step concerns, on the page that asks


@hr_required
@require_safe
def next_days(request: HttpRequest) -> HttpResponse:
    """Every message that will go within 30 days, day by day, fifty a page, narrowed by kind, person, department.

    The first page also says what is foreseen: what will be written on its day.
    """
    on = today()
    user = _user(request)
    narrowed = MessageFilter(request.GET, user=user).narrowed()
    rows = narrowed.of(queries.ahead(user, on))
    shown = page(
        queries.switched_off(rows).select_related("employee__department"),
        "due_on",
        descending=False,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    kept = {name: value for name in LISTED if (value := request.GET.get(name))}
    counts = dict(queries.days(rows, on))
    is_first = not (request.GET.get("after") or request.GET.get("before"))
    expected = foreseen(user, narrowed, on=on) if is_first else None
    expected_counts = expected.counts if expected else {}
    held, facts = queries.held_kinds(), queries.facts(shown.rows)
    lines = [_line(notice, on=on, held=held, facts=facts) for notice in shown.rows]
    context = {
        "days": [(day, counts.get(day, 0), list(group)) for day, group in groupby(lines, key=lambda line: line["day"])],
        "counts": [(day, counts.get(day, 0), expected_counts.get(day, 0)) for day in sorted(counts | expected_counts)],
        "total": sum(counts.values()),
        "off": queries.number_off(rows),
        "foreseen": expected,
        "foreseen_lines": [(line, label(line.kind), line.kind in held) for line in expected.lines] if expected else [],
        "foreseen_total": sum(expected_counts.values()),
        "until": queries.last_day(on),
        "held": [(code, label(code), row) for code, row in held.items()],
        "kind": narrowed.kind,
        "kind_label": label(narrowed.kind),
        "is_kind_held": narrowed.kind in held,
        "narrowed": narrowed,
        "kept": kept,
        "kinds": LABELS.items(),
        "departments": choices(user),
        "steps": [(name, STEPS[name].label) for name in MANY],
        "foreseen_steps": [(name, STEPS[name].label) for name in OF_FORESEEN],
        "decides": user.is_hr,
        "holds_kinds": acts_for_everybody(user),
        "mail_delay": mail_is_late() if reads_everybody(user) else None,
        "day": on,
        **page_links(shown, kept),
    }
    return render(request, "enrolment/messages_ahead.html", context)


@decides
@require_http_methods(["GET", "HEAD", "POST"])
def settle(request: HttpRequest) -> HttpResponse:
    """One step on the messages ticked, on all that a list shows, or on a kind: asked first, then done.

    Its address alone, as out of a browser's history, leads back to the list.
    """
    if request.method != "POST":
        return redirect("enrolment:messages_ahead")
    sent, name = request.POST, request.POST.get("step", "")
    step = STEPS.get(name) if name in ACTIONS else KIND_STEPS.get(name)
    kind = sent.get("kind", "")
    if step is None or (name in KIND_STEPS and kind not in LABELS):
        return back(request, "Choose what to do with them.")
    on, is_kind = today(), name in KIND_STEPS
    if is_kind:
        refuse_unless_everywhere(_user(request))
    rows = _chosen(request, step, is_kind=is_kind)
    found = queries.ids(rows, MOST)
    if not found and not is_kind:
        return back(request, _none_left(request, step))
    if len(found) > MOST:
        return back(request, f"More than {MOST:,} messages match. Narrow the list first.")
    is_answer = "do" in sent and (is_kind or sent.get("count") == str(len(found)))
    form = StepForm(sent if is_answer else None, step=step, count=len(found))
    if is_answer and form.is_valid():
        reason = form.cleaned_data["reason"]
        return back(request, done=_do(request, name, found, reason))
    context = {
        "form": form,
        "step": step,
        "title": title_of(step, len(found), kind if is_kind else ""),
        "kind": label(kind) if is_kind else "",
        "count": len(found),
        "rows": [
            (row.headline, row.employee.name, row.due_on)
            for row in rows.select_related("employee").order_by("due_on", "id")[:SHOWN]
        ],
        "most": SHOWN,
        "kept": _kept(sent),
        "left_out": "",
        "action_url": reverse("enrolment:settle_messages"),
        "back_url": return_to(request),
        "day": on,
    }
    return render(request, "enrolment/messages_settle.html", context)


def _do(request: HttpRequest, name: str, found: list[int], reason: str) -> str:
    """The step, done; what came of it in words."""
    user, on, kind = _user(request), today(), request.POST.get("kind", "")
    if name == "hold_kind":
        actions.hold_kinds([kind], by=user, on=on, reason=reason)
        return f"All messages “{label(kind)}” are held back, also those written later."
    if name == "release_kind":
        actions.release_kinds([kind], by=user, at=now(), reason=reason)
        return f"Messages “{label(kind)}” go again."
    outcomes: list[Result[Notice]] = []
    for part in in_parts(found, CHUNK):
        outcomes += retried(ACTIONS[name], part, by=user, on=on, reason=reason)
    return came_of(STEPS[name], len(outcomes), [one.message for one in outcomes if one.code])


def _chosen(request: HttpRequest, step: Step, *, is_kind: bool) -> QuerySet[Notice]:
    """What the step concerns: of what was ticked, or of all that the list shows, what can make it."""
    sent, on = request.POST, today()
    rows = queries.handled_by(_user(request))
    if is_kind:
        return rows.filter(kind=sent["kind"], status__in=queries.TO_COME)
    rows = rows.filter(status__in=step.sources)
    if "all" not in sent:
        return queries.of_public_ids(rows, ticked(sent.getlist("chosen")))
    form = MessageFilter(sent, user=request.user)
    narrowed = form.narrowed()
    if form.errors:  # "all of" something that is not there is nothing, never everything
        return rows.none()
    if not narrowed.status:
        rows = rows.filter(due_on__lte=queries.last_day(on), status__in=queries.TO_COME)
    return narrowed.of(rows)


def _none_left(request: HttpRequest, step: Step) -> str:
    """Why nothing was done: nothing that can be was meant, or it has been settled meanwhile, in another tab perhaps."""
    can, ticks = "sent now" if step.name == "hurry" else step.done, ticked(request.POST.getlist("chosen"))
    rows = list(queries.of_public_ids(queries.handled_by(_user(request)), ticks)[:2])
    if not rows or "all" in request.POST:
        return f"None of these messages can be {can}: tick at least one that can."
    if len(ticks) == 1:
        return f"This message cannot be {can} any more: it is {rows[0].state}. Nothing was changed."
    return f"None of these messages can be {can} any more. Nothing was changed."


def came_of(step: Step, count: int, refused: Sequence[str]) -> str:
    """What a step on so many messages came to, in words: how many, when they leave, and why the first of others not."""
    done = count - len(refused)
    words = f"{done:,} message{' is' if done == 1 else 's are'} {step.done}.{_when(step.name) if done else ''}"
    return f"{words} {len(refused):,} could not be: {refused[0]}" if refused else words


def _when(name: str) -> str:
    """When what is sent now or tried again leaves: at once, or from the hour at which mail leaves again."""
    if STEPS[name].to != Notice.Status.DUE or name == "release":
        return ""
    first, hours = settings.MAIL_HOURS[0], settings.MAIL_HOURS
    time = time_of_day()
    if may_leave(time, hours):
        return " Mail leaves now, so that takes minutes."
    day = today() if time.hour < first else today() + timedelta(days=1)
    return f" Mail leaves again on {say(day)} from {first:02}:00."


def title_of(step: Step, count: int, kind: str = "") -> str:
    """What the page that asks is headed: the step on so many messages, or on a whole kind."""
    if kind:
        return f"{step.label}: {label(kind)}"
    return f"{step.label}: {count:,} message{'' if count == 1 else 's'}"


def _kept(sent: QueryDict) -> list[tuple[str, str]]:
    return [(key, value) for key in ("chosen", "all", "step", "next", *FILTERS) for value in sent.getlist(key)]


def _line(notice: Any, *, on: date, held: dict[str, Any], facts: dict[Any, Any]) -> dict[str, Any]:
    """One message as the list shows it: why it goes, and whether it will."""
    is_due = notice.status == Notice.Status.DUE
    return {
        "notice": notice,
        "day": max(notice.due_on, on),
        "kind": label(notice.kind),
        "fact": facts.get(notice.subject),
        "is_held": is_due and notice.kind in held and notice.settled_by_id is None,
        "is_off": is_due and notice.is_off,
    }


def return_to(request: HttpRequest) -> str:
    """The list that somebody came from; none of ours is none."""
    url = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(url, allowed_hosts=None):
        return url
    kept = {name: value for name in LISTED if (value := request.POST.get(name))}
    return f"{reverse('enrolment:messages_ahead')}{f'?{urlencode(kept)}' if kept else ''}"


def back(request: HttpRequest, problem: str = "", *, done: str = "") -> HttpResponse:
    """To the list that somebody came from, with what was wrong or what was done."""
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, done)
    return redirect(return_to(request))


def _user(request: HttpRequest) -> Any:
    """Who signed in; these pages are for nobody else."""
    assert request.user.is_authenticated
    return request.user
