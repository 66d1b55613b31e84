"""Writing a draft: the forms of a question, an option, a rule, the name; moving and removing them.

A form that was sent about an older revision is shown again: what was written stays in it, beside it stands who changed
what meanwhile and what the present state is, and from then on it answers to that state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from assessment import queries, rules
from assessment.actions import drafts as actions
from assessment.forms import PERSON_DECIDES, EditForm, NameForm, WriteOptionForm, WriteQuestionForm, WriteRuleForm
from assessment.models import Questionnaire, QuestionnaireEvent
from assessment.queries import Version, authoring
from assessment.views.versions import READ_OR_SEND, visible
from people.access import everywhere_decides
from people.clock import today
from people.retry import retried
from programmes.views.pages import posted

TEMPLATE = "assessment/write.html"
NEW = "new"


@dataclass
class Page:
    """The page of one edit: its heading, where saving and leaving lead, and what is said where it was too late."""

    version: Version
    form: EditForm
    title: str
    anchor: str = ""
    now: list[tuple[str, str]] = field(default_factory=list)  # the present state, as pairs

    def answer(self, request: HttpRequest, save: Callable[..., Any], *subjects: Any) -> HttpResponse:
        """Save what was sent and go back to the version; else the form, with what is wrong."""
        found = self.version.questionnaire
        meanwhile: list[QuestionnaireEvent] = []
        if request.method == "POST" and self.form.is_valid():
            given = self.form.cleaned_data
            about = {"by": request.user, "on": today(), "reason": given["reason"]}
            try:
                retried(save, found, *subjects, revision=given["revision"], **about)
                return redirect(f"{reverse('assessment:version', args=[found.public_id])}{self.anchor}")
            except ValidationError as error:
                if any(one.code == "changed_meanwhile" for one in getattr(error, "error_list", ())):
                    meanwhile = authoring.meanwhile(found, given["revision"])
                    self.form.show_again(found.revision)
                self.form.refuse(error)
        context = {
            "form": self.form,
            "questionnaire": found,
            "title": self.title,
            "anchor": self.anchor,
            "meanwhile": meanwhile,
            "now": self.now if meanwhile else [],
        }
        return render(request, TEMPLATE, context)


@everywhere_decides
@require_http_methods(READ_OR_SEND)
def name(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give the version another name."""
    found = _open(request, public_id)
    form = NameForm(posted(request), initial={"name": found.name, "revision": found.revision})
    page = Page(queries.version(found), form, "Change the name", now=[("Name", found.name)])
    return page.answer(request, actions.rename, form.cleaned_data["name"] if form.is_valid() else "")


@everywhere_decides
@require_http_methods(READ_OR_SEND)
def question(request: HttpRequest, public_id: UUID, code: str = "") -> HttpResponse:
    """A question's words, or a new question. One that was removed while its form was open can be added again."""
    version = queries.version(_open(request, public_id))
    row = version.question(code)
    if code and row is None and request.method != "POST":
        raise Http404
    initial: dict[str, Any] = {"revision": version.questionnaire.revision}
    now = [("Question", "It is no longer there: saving adds it again.")]
    if row:
        initial |= {"text": row.text, "short": row.short, "hint": row.hint}
        now = [("Question", row.text), ("Short name", row.short), ("Help", row.hint)]
    form = WriteQuestionForm(posted(request), initial=initial, is_new=row is None)
    title = f"Change “{row.short}”" if row else "Add a question"
    page = Page(version, form, title, "#questions", now if code else [])
    words = actions.QuestionWords(code=code, **form.words) if form.is_valid() else None
    return page.answer(request, actions.save_question, words)


@everywhere_decides
@require_http_methods(READ_OR_SEND)
def option(request: HttpRequest, public_id: UUID, code: str, option: str = "") -> HttpResponse:
    """An answer's words, or a new answer of a question."""
    version = queries.version(_open(request, public_id))
    asked, row = version.question(code), version.option(code, option)
    if request.method != "POST" and (asked is None or (option and row is None)):
        raise Http404
    initial: dict[str, Any] = {"revision": version.questionnaire.revision}
    now = [("Answer", "It is no longer there: saving adds it again.")]
    if row:
        initial |= {"label": row.label, "hint": row.hint, "phrase": row.phrase, "job_titles": row.job_titles}
        now = [("Answer", row.label), ("Help", row.hint), ("In a sentence", row.phrase), ("Job titles", row.job_titles)]
    form = WriteOptionForm(posted(request), initial=initial)
    short = asked.short if asked else "a question that was removed"
    title = f"Change “{row.label}”" if row else f"Add an answer to “{short}”"
    page = Page(version, form, title, f"#question-{code}", now if option else [])
    words = actions.OptionWords(code=option, **form.words) if form.is_valid() else None
    return page.answer(request, actions.save_option, code, words)


@everywhere_decides
@require_http_methods(READ_OR_SEND)
def rule(request: HttpRequest, public_id: UUID, place: str = "") -> HttpResponse:
    """A row of the decision table, or a new one, which may begin with the answers of a persona."""
    version = queries.version(_open(request, public_id))
    # A form that was sent knows its row by itself: meanwhile it may stand in another place, or be gone.
    sent = request.POST.get("row", "")
    if request.method == "POST":
        row = next((one for one in version.ordered_rules if str(one.pk) == sent), None)
    else:
        row = next((one for one in version.ordered_rules if str(one.position) == place), None)
        if place and row is None:
            raise Http404
    initial: dict[str, Any] = {"revision": version.questionnaire.revision}
    now = [("Rule", "It is no longer there: saving adds it again, at the end.")] if sent else []
    if row:
        programme = row.programme.code if row.programme else PERSON_DECIDES
        initial |= {"row": row.pk, "programme": programme, "because": row.because}
        initial |= {f"if-{code}": options for code, options in row.conditions.items()}
        asks = rules.condition_in_words(authoring.document(version), row.conditions)
        then = row.programme.name if row.programme else authoring.PERSON
        now = [("If", asks), ("Then", then), ("Because", row.because), ("It is", f"rule {row.position}")]
    elif request.method != "POST":
        initial |= {"programme": request.GET.get("programme", "")}
        initial |= {f"if-{q.code}": request.GET.getlist(q.code) for q in version.questions}
    form = WriteRuleForm(posted(request), initial=initial, version=version)
    words = None
    if form.is_valid():
        words = actions.RuleWords(
            form.conditions, form.leads_to, form.cleaned_data["because"], form.cleaned_data["row"]
        )
    title = f"Change rule {row.position}" if row else "Add a rule"
    anchor = f"#rule-{row.position}" if row else f"#rule-{len(version.ordered_rules) + 1}"
    return Page(version, form, title, anchor, now).answer(request, actions.save_rule, words)


@everywhere_decides
@require_POST
def arrange(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Move a question or an answer up or down, a rule to a place, or remove one, as the button or the drop says."""
    found, form = _open(request, public_id), EditForm(request.POST)
    what, where, *place = [*request.POST.get("do", "").split(" "), ""]
    subjects = what.split("/")
    edit = EDITS.get((subjects[0], where))
    if not form.is_valid() or edit is None or len(subjects) != (3 if subjects[0] == "option" else 2):
        raise Http404
    given: list[Any] = subjects[1:] if subjects[0] != "rule" else [_number(subjects[1])]
    if where == actions.TO:
        given.append(_number(place[0]))
    elif where != "remove":
        given.append(where)
    anchor = f"#{'question' if subjects[0] == 'option' else subjects[0]}-{subjects[1]}"
    try:
        retried(
            edit,
            found,
            *given,
            revision=form.cleaned_data["revision"],
            by=request.user,
            on=today(),
        )
    except ValidationError as error:
        since = authoring.meanwhile(found, form.cleaned_data["revision"])
        told = "; ".join(f"{event.by}: {event.reason}" for event in since)
        again = " Nothing was moved or removed. Look at the present state and do it again." if since else ""
        messages.error(request, f"{error.messages[0]}{f' {told}' if told else ''}{again}")
        anchor = ""
    if where == "remove":
        anchor = "#rules" if subjects[0] == "rule" else "#questions"
    elif subjects[0] == "rule" and anchor:
        anchor = f"#rule-{given[1]}"
    return redirect(f"{reverse('assessment:version', args=[public_id])}{anchor}")


EDITS: dict[tuple[str, str], Callable[..., Questionnaire]] = {
    ("question", actions.UP): actions.move_question,
    ("question", actions.DOWN): actions.move_question,
    ("question", "remove"): actions.remove_question,
    ("option", actions.UP): actions.move_option,
    ("option", actions.DOWN): actions.move_option,
    ("option", "remove"): actions.remove_option,
    ("rule", actions.TO): actions.place_rule,
    ("rule", "remove"): actions.remove_rule,
}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Http404
    return int(text)


def _open(request: HttpRequest, public_id: UUID) -> Questionnaire:
    """The version, if it can still be edited; what was published never changes, and has no such page."""
    found = visible(request, public_id)
    if found.status not in authoring.OPEN:
        raise Http404
    return found
