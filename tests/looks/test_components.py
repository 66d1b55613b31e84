"""Each component with plain data: what it says, and that it names nothing its caller need not give."""

from datetime import date
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils.html import strip_tags

from people.timeline import layout

STATUSES = [
    "queued",
    "waiting",
    "planned",
    "active",
    "overdue",
    "paused",
    "completed",
    "withdrawn",
    "cancelled",
    "draft",
    "submitted",
    "approved",
    "declined",
    "retracted",
    "expired",
    "due",
    "sent",
    "no_address",
]


def words(template: str, **given: Any) -> str:
    """The words a component shows, with spaces as a reader sees them."""
    return " ".join(strip_tags(render_to_string(f"components/{template}.html", given)).split())


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_is_a_word_and_a_shape_that_exists(status, settings):
    html = render_to_string("components/status.html", {"status": status, "label": "no longer needed"})
    assert "No longer needed" in html
    assert f"status.svg#{status}" in html
    drawn = (settings.BASE_DIR / "static" / "img" / "status.svg").read_text()
    assert f'id="{status}"' in drawn


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (date(2026, 5, 4), date(2026, 5, 31), "4 May 2026 to 31 May 2026"),
        (date(2026, 5, 4), None, "4 May 2026, no end yet"),
        (None, None, "no dates yet"),
    ],
)
def test_dates_say_both_ends_or_what_is_open(start, end, said):
    assert words("dates", start=start, end=end) == said


@pytest.mark.parametrize(
    ("title", "department", "said"),
    [
        ("Analyst", "Finance", "Amira KhanAnalyst, Finance"),
        ("Analyst", None, "Amira KhanAnalyst"),
        ("", "Finance", "Amira KhanFinance"),
        ("", None, "Amira Khan"),
    ],
)
def test_a_person_has_a_name_and_what_is_known(title, department, said):
    employee = SimpleNamespace(name="Amira Khan", job_title=title, department=department)
    assert words("person", employee=employee) == said


def test_a_person_with_an_address_is_a_link():
    employee = SimpleNamespace(name="<b>", job_title="", department=None)
    html = render_to_string("components/person.html", {"employee": employee, "url": "/people/1/"})
    assert '<a href="/people/1/">&lt;b&gt;</a>' in html


def test_a_time_line_is_drawn_and_listed():
    bars = [
        {"label": "Literacy", "start": date(2026, 5, 4), "end": date(2026, 5, 31), "status": "completed", "url": "/e/"},
        {"label": "Governing", "start": date(2026, 9, 1), "end": None, "status": "overdue", "detail": "late"},
        {"label": "Later", "start": None, "end": None, "status": "queued"},
    ]
    timeline = layout(bars, on=date(2026, 11, 23))
    html = render_to_string("components/timeline.html", {"timeline": timeline})
    assert 'aria-hidden="true"' in html
    assert html.count('class="timeline-bar ') == 2
    said = words("timeline", timeline=timeline)
    assert "Literacy: 4 May 2026 to 31 May 2026" in said
    assert "Governing, late: 1 September 2026, no end yet" in said
    assert "Later: no dates yet" in said
    assert "Today, 23 November 2026" in said


def test_a_time_line_without_bars_draws_nothing():
    assert "<svg" not in render_to_string("components/timeline.html", {"timeline": layout([], on=date(2026, 5, 4))})


def test_an_empty_state_may_offer_one_thing_to_do():
    assert words("empty", title="Nobody yet", text="Load a file.") == "Nobody yet Load a file."
    offered = words("empty", title="Nobody yet", text="Load a file.", action_url="/i/", action_label="Import people")
    assert offered.endswith("Import people")


def test_page_links_show_only_what_there_is():
    assert words("page_links", previous_url=None, next_url=None) == ""
    assert words("page_links", previous_url=None, next_url="?after=1") == "Next page"
    assert words("page_links", previous_url="?", next_url="?after=1") == "Previous page Next page"


def test_a_summary_list_names_what_each_link_changes():
    rows = [
        {"label": "Start date", "value": "4 May 2026", "change_url": "/x/"},
        {"label": "Manager", "value": "Amira Khan", "change_url": None},
    ]
    assert words("summary_list", rows=rows) == "Start date 4 May 2026 Change start date Manager Amira Khan"


def test_a_panel_holds_the_heading_and_may_hold_a_reference():
    assert "<h1>Enrolled</h1>" in render_to_string("components/panel.html", {"title": "Enrolled", "reference": ""})
    assert words("panel", title="Enrolled", reference="E-1") == "Enrolled Your reference E-1"


@pytest.mark.parametrize("tone", ["info", "success", "warning", "danger", "error"])
def test_a_notice_says_its_sentence(tone):
    html = render_to_string("components/notice.html", {"tone": tone, "text": "Saved."})
    assert f"notice-{tone}" in html
    assert (
        words("notice", tone=tone, text="Saved.", title="Done.", action_url="/", action_label="Go") == "Done. Saved. Go"
    )


def test_progress_is_said_and_drawn():
    assert words("progress", done=1200, total=2031, label="rows read").endswith("rows read")
    html = render_to_string("components/progress.html", {"done": 1200, "total": 2031, "label": "rows read"})
    assert 'value="1200" max="2031"' in html


def test_a_count_leads_to_its_list_where_there_is_one():
    assert 'href="/e/"' in render_to_string("components/stat.html", {"count": 3, "label": "overdue", "url": "/e/"})
    assert "href" not in render_to_string("components/stat.html", {"count": 0, "label": "overdue"})


def test_navigation_marks_the_current_page():
    group = SimpleNamespace(
        label="HR",
        links=[
            SimpleNamespace(label="People", url="/people/", is_current=True),
            SimpleNamespace(label="Today", url="/today/", is_current=False),
        ],
    )
    html = render_to_string("components/navigation.html", {"navigation": [group]})
    assert html.count('aria-current="page"') == 1


@pytest.mark.parametrize("page", ["500", "503"])
def test_the_last_pages_stand_alone(page):
    html = render_to_string(f"{page}.html")
    outline = _Outline()
    outline.feed(html)
    assert outline.tags.count("h1") == 1
    assert "script" not in outline.tags


class _Outline(HTMLParser):
    """The tags of a page, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
