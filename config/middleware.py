"""What holds for every request: no unreadable form, no kept copy of a page about people, HR only with a second step."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.cache import patch_cache_control

from config.second_step import BEFORE_IT, has_one, must_have_one

type Answer = Callable[[HttpRequest], HttpResponse]

NUL = "%00"  # as addresses write it


def keep_no_copy(get_response: Answer) -> Answer:
    """Tell browsers and proxies to forget what a signed-in person saw: Back after signing out shows nothing."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.session.accessed and SESSION_KEY in request.session:  # who never asked who it is, tells nothing
            patch_cache_control(response, private=True, no_store=True)
        return response

    return answer


def read_the_form_once(get_response: Answer) -> Answer:
    """Refuse an unreadable form (400) before anything else reads it: the pages that say so would stumble again.

    PostgreSQL takes no NUL, and nobody can type one: an address loses it; a form that holds one is told so beside its
    field, and where a page would hand it to the database it is unreadable.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        while NUL in request.META.get("QUERY_STRING", ""):
            request.META["QUERY_STRING"] = request.META["QUERY_STRING"].replace(NUL, "")
        try:
            request.POST  # noqa: B018  read here, kept by the request
        except (BadRequest, SuspiciousOperation, MultiPartParserError):
            request._mark_post_parse_error()  # type: ignore[attr-defined]
            raise
        except OSError:
            pass  # the visitor went away while sending
        return get_response(request)

    def refuse_nul(request: HttpRequest, exception: Exception) -> None:
        texts = (text for name, values in request.POST.lists() for text in (name, *values))
        if isinstance(exception, ValueError | DataError) and any("\0" in text for text in texts):
            raise BadRequest("A form with a NUL in it.") from exception

    answer.process_exception = refuse_nul  # type: ignore[attr-defined]
    return answer


def second_step_first(get_response: Answer) -> Answer:
    """Lead those who must have a second step, and have none, to setting one up before anything else of theirs."""

    def answer(request: HttpRequest) -> HttpResponse:
        # A page that everybody sees asks for no session, so it is not asked here either.
        if settings.SECOND_STEP_FOR_HR and settings.SESSION_COOKIE_NAME in request.COOKIES and _has_to_wait(request):
            user = request.user
            if user.is_authenticated and must_have_one(user) and not has_one(user):
                return redirect("second_step")
        return get_response(request)

    return answer


def _has_to_wait(request: HttpRequest) -> bool:
    """Whether this address is one that has to wait for a second step; one that is nowhere waits for nothing."""
    try:
        return resolve(request.path_info).view_name not in BEFORE_IT
    except Resolver404:
        return False


def pages_for_buttons(get_response: Answer) -> Answer:
    """Whoever opens the address of a button, as after signing in anew, reads that nothing was done, and can go on."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 405 or request.method not in ("GET", "HEAD") or response.content:
            return response
        page = render(request, "405.html", status=405)
        page["Allow"] = response["Allow"]
        return page

    return answer
