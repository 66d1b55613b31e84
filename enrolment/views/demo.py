"""Only in the demonstration: signing in by one click, and reading the mail that was sent."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from enrolment.demo.mail import newest
from enrolment.demo.people import COLLEAGUE_ACCOUNT, HR_ACCOUNT, LEARNER_ACCOUNT, MANAGER_ACCOUNT, staff_number
from people.demonstration import demo_mode
from people.models import User

ACCOUNTS = {
    "hr": HR_ACCOUNT,
    "colleague": COLLEAGUE_ACCOUNT,
    "manager": MANAGER_ACCOUNT,
    "learner": LEARNER_ACCOUNT,
}
MOST_MAILS = 50


def demo_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """404 unless the database is a demonstration, served on this machine only."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not demo_mode():
            raise Http404("There is no demonstration here.")
        return view(request)

    return guarded


@demo_only
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as the demonstration's HR, their colleague, a manager or a learner; their accounts have no password."""
    number = ACCOUNTS.get(request.POST.get("role", ""))
    if number is None:
        raise Http404("Choose HR, a manager or a learner.")
    user = User.objects.filter(employee__staff_number=staff_number(number), is_active=True).first()
    if user is None or user.has_usable_password():
        raise Http404("This account is not the demonstration's any more.")
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    UserSession.objects.create_from_request(request)  # so that it is in the list of where one is signed in
    return redirect("/")


@demo_only
@require_safe
def sent_mail(request: HttpRequest) -> HttpResponse:
    """The newest mails in the folder that stands for the post office."""
    mailer: dict[str, Any] = settings.MAILERS["default"]
    mails = newest(mailer.get("OPTIONS", {}).get("file_path", ""), most=MOST_MAILS)
    return render(request, "enrolment/sent_mail.html", {"mails": mails, "most": MOST_MAILS})
