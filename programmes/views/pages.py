"""What a request asks of a page: what was posted, which page of a list, and the addresses beside it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from programmes.queries import page_of


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with, or None while it is only looked at; an empty POST is sent, and refused."""
    return request.POST if request.method == "POST" else None


def page_links(request: HttpRequest, rows: QuerySet[Any]) -> tuple[str | None, str | None, list[Any]]:
    """The address before, the address after (None where there is none), and the rows between."""
    text = request.GET.get("page", "")
    number = min(max(int(text), 1), 10_000) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    found, has_more = page_of(rows, number)
    return (
        _address(request, number - 1) if number > 1 else None,
        _address(request, number + 1) if has_more else None,
        found,
    )


def _address(request: HttpRequest, number: int) -> str:
    asked = request.GET.copy()
    asked["page"] = str(number)
    return f"?{asked.urlencode()}"
