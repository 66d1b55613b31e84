"""HR's pages of providers: the list, a new one, a change to one."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from people.access import everywhere, everywhere_decides
from people.clock import today
from people.reach import acts_for_everybody
from people.retry import retried
from programmes import actions
from programmes.forms import ProviderForm
from programmes.models import Provider
from programmes.views.pages import page_links, posted


@everywhere
@require_safe
def providers(request: HttpRequest) -> HttpResponse:
    """Providers by name, with the way to their cohorts."""
    previous_url, next_url, rows = page_links(request, Provider.objects.visible_to(request.user).order_by("name", "id"))
    context = {
        "rows": rows,
        "previous_url": previous_url,
        "next_url": next_url,
        "may_change": acts_for_everybody(request.user),
    }
    return render(request, "programmes/providers.html", context)


@everywhere_decides
@require_http_methods(["GET", "HEAD", "POST"])
def provider_new(request: HttpRequest) -> HttpResponse:
    """A new provider."""
    return _form_page(request, None, ProviderForm(posted(request)))


@everywhere_decides
@require_http_methods(["GET", "HEAD", "POST"])
def provider_edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Another name or contact for a provider."""
    provider = get_object_or_404(Provider.objects.visible_to(request.user), public_id=public_id)
    now = {
        "name": provider.name,
        "contact_name": provider.contact_name,
        "contact_email": provider.contact_email,
    }
    return _form_page(request, provider, ProviderForm(posted(request), initial=now))


def _form_page(request: HttpRequest, provider: Provider | None, form: ProviderForm) -> HttpResponse:
    if request.method == "POST" and form.is_valid() and (saved := _save(request, provider, form)):
        messages.success(request, f"{saved.name} is {'changed' if provider else 'on the list'}.")
        return redirect("programmes:providers")
    return render(request, "programmes/provider_form.html", {"form": form, "provider": provider})


def _save(request: HttpRequest, provider: Provider | None, form: ProviderForm) -> Provider | None:
    who_and_when: dict[str, Any] = {"by": request.user, "on": today()}
    try:
        if provider is None:
            return retried(actions.add_provider, **who_and_when, **form.cleaned_data)
        return retried(actions.change_provider, provider, **who_and_when, **form.cleaned_data)
    except ValidationError as error:
        form.refuse(error)
        return None
