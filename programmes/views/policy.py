"""The Settings page: what the policy says, how it came to say it, and a change to it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from people import queries
from people.access import configures
from people.actions.policy import PolicyOutcome
from people.clock import today
from people.models import PolicyChange
from people.reach import acts_for_everybody
from people.retry import retried
from people.rules import SETTINGS
from programmes import actions
from programmes.forms import PolicyForm
from programmes.views.pages import page_links, posted


@configures
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Every setting with its present value, for who may change them in a form; below, every change, newest first."""
    policy = queries.policy()
    form = PolicyForm(posted(request), initial=model_to_dict(policy, SETTINGS))
    if request.method == "POST" and form.is_valid() and (outcome := _save(request, form)):
        _tell(request, outcome)
        return redirect("programmes:settings")
    previous_url, next_url, changes = page_links(request, queries.policy_changes())
    context = {
        "form": form,
        "may_change": request.user.is_administrator or acts_for_everybody(request.user),  # type: ignore[union-attr]
        "now": [
            {"label": setting.label, "value": setting.say(getattr(policy, name)), "change_url": None}
            for name, setting in SETTINGS.items()
        ],
        "changes": [(change, *_words(change)) for change in changes],
        "previous_url": previous_url,
        "next_url": next_url,
    }
    return render(request, "programmes/settings.html", context)


def _save(request: HttpRequest, form: PolicyForm) -> PolicyOutcome | None:
    facts, by = form.cleaned_data, request.user
    assert by.is_authenticated
    try:
        return retried(
            actions.change_policy,
            {name: facts[name] for name in SETTINGS},
            by=by,
            on=today(),
            reason=facts["reason"],
            shown=facts["shown"],
        )
    except ValidationError as error:
        form.refuse(error)
        form.show_again(queries.policy())
        return None


def _tell(request: HttpRequest, outcome: PolicyOutcome) -> None:
    for change in outcome.changes:
        label, before, after = _words(change)
        messages.success(request, f"{label} is now {after}; it was {before}.")
    if not outcome.changes:
        messages.info(request, "Nothing was changed.")
    for name in outcome.meanwhile:
        setting = SETTINGS[name]
        now = setting.say(getattr(outcome.policy, name))
        messages.info(request, f"{setting.label} became {now} while you had the page open, and stays so.")


def _words(change: PolicyChange) -> tuple[str, str, str]:
    """A change's setting, what it was and what it became, as people read them."""
    setting = SETTINGS[change.name]
    return setting.label, setting.say(change.before), setting.say(change.after)
