"""Programmes in somebody's own calendar: a file of one, and a private address that calendar programs ask again."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID, uuid4

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.views.decorators.http import require_http_methods, require_safe

from enrolment import exports
from enrolment.actions.feeds import make_feeds, revoke_feeds
from enrolment.actions.outcomes import run
from enrolment.models import Enrolment
from enrolment.queries import feeds as queries
from enrolment.rules.feeds import OFF
from people.access import signed_in
from people.clock import now, today
from people.models import User

HOUR, DAY = 3600, 86_400  # seconds
MOST_ASKED = 60  # times an hour for one feed: programs ask a few times a day
MOST_WRONG = 30  # wrong addresses an hour from one client


def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """Everything of whoever made this address, without signing in. A wrong one is told nothing, and not often.

    Neither session nor cookie is touched, so that nothing tells who asks; too often is 429 without a word.
    """
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=404)
    owner = queries.owner_of(token, on=today())
    if owner is None:
        client = get_adapter().get_client_ip(request)
        return HttpResponse(status=429 if _is_too_often("wrong", client, MOST_WRONG) else 404)
    if _is_too_often("asked", str(owner.pk), MOST_ASKED):
        return HttpResponse(status=429)
    content = exports.calendar(queries.entries(owner))
    answer = HttpResponse(content, content_type=exports.CALENDAR)
    answer["ETag"] = etag = quote_etag(sha256(content).hexdigest())
    patch_cache_control(answer, private=True, no_cache=True)
    return get_conditional_response(request, etag=etag, response=answer) or answer


@signed_in
@require_safe
def enrolment_calendar(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One enrolment of the reader's as a file for their calendar; 404 for what has no days."""
    rows = Enrolment.objects.filter(employee__user=_user(request)).select_related("programme")
    enrolment = get_object_or_404(rows, public_id=public_id)
    entries = queries.entries_of([enrolment])
    if not entries:
        raise Http404("No days are known yet.")
    answer = HttpResponse(exports.calendar(entries), content_type=exports.CALENDAR)
    answer["Content-Disposition"] = f'attachment; filename="{enrolment.programme.code}.ics"'
    return answer


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def my_calendar(request: HttpRequest) -> HttpResponse:
    """Files for a calendar, and the private address: made or replaced (then shown, once), or revoked."""
    user = _user(request)
    employee = user.own_record()
    if employee is None:
        return render(request, "enrolment/my_programme_none.html")
    address = ""
    if request.method == "POST" and request.POST.get("do") == "revoke":
        revoked = revoke_feeds([employee])
        messages.success(request, "The address answers nothing any more." if revoked else "There was no address.")
        return redirect("enrolment:my_calendar")
    if request.method == "POST":
        if _was_sent(request.POST.get("key", ""), user):
            messages.info(request, "An address is shown once. The one you made works; make a new one if you lost it.")
            return redirect("enrolment:my_calendar")
        made = run(make_feeds, [employee], by=user, on=today())[0]
        if made.refusal:
            messages.error(request, made.refusal.message)
            return redirect("enrolment:my_calendar")
        address = settings.SITE_URL + reverse("enrolment:calendar_feed", args=[made.subject.token])
    rows = Enrolment.objects.filter(employee=employee, start_date__isnull=False).exclude(status__in=OFF)
    context = {
        "feed": queries.feed_of(employee),
        "address": address,
        "key": uuid4(),
        "subscribe": "webcal://" + address.partition("://")[2] if address else "",
        "enrolments": rows.select_related("programme").order_by("-start_date", "-id")[: queries.MOST],
    }
    return render(request, "enrolment/my_calendar.html", context)


def _was_sent(key: str, user: User) -> bool:
    """Whether this very form was sent before: a page that is loaded again makes no other address."""
    return bool(key) and not cache.add(f"calendar:form:{user.pk}:{sha256(key.encode()).hexdigest()[:32]}", 1, DAY)


def _is_too_often(what: str, who: str, most: int) -> bool:
    """Counts one more time this hour, unless that was enough already."""
    key = f"calendar:{what}:{sha256(who.encode()).hexdigest()[:32]}:{int(now().timestamp()) // HOUR}"
    count = cache.get(key, 0)
    if count < most:
        cache.set(key, count + 1, HOUR)
    return count >= most


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
