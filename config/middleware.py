"""What holds for every request: a form that cannot be read is refused, and no copy of a page about people is kept."""

from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.cache import patch_cache_control

type Answer = Callable[[HttpRequest], HttpResponse]


def keep_no_copy(get_response: Answer) -> Answer:
    """Tell browsers and proxies to forget what a signed-in person saw: Back after signing out shows nothing."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.session.accessed and SESSION_KEY in request.session:  # who never asked who it is, tells nothing
            patch_cache_control(response, private=True, no_store=True)
        return response

    return answer


def read_the_form_once(get_response: Answer) -> Answer:
    """Refuse an unreadable form (400) before anything else reads it: the pages that say so would stumble again."""

    def answer(request: HttpRequest) -> HttpResponse:
        try:
            request.POST  # noqa: B018  read here, kept by the request
        except (BadRequest, SuspiciousOperation, MultiPartParserError):
            request._mark_post_parse_error()  # type: ignore[attr-defined]
            raise
        except OSError:
            pass  # the visitor went away while sending
        return get_response(request)

    return answer
