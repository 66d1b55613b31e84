"""The parts in Chromium, light and dark, wide and at 360 pixels: axe finds nothing, nothing scrolls sideways."""

from collections import Counter
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.contrib.messages import SUCCESS
from django.contrib.messages.storage.base import Message
from django.template import engines

from people.forms import DayField
from people.timeline import layout

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "tests" / "vendor" / "axe.min.js"
SITE = "http://waypoint.example"
POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'"
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
CHOICES = [("mine", "Their manager"), ("hr", "Somebody in HR")]

GALLERY = (Path(__file__).parent / "gallery.html").read_text()  # every component on one page
SENT_ONCE = """<!DOCTYPE html><html lang="en-GB"><title>Once</title><script src="/static/js/app.js" defer></script>
<form method="post"><button name="save" value="now">Save</button></form></html>"""
# How many of two clicks would be sent: Chromium itself drops the first of two that come in one breath.
CLICKED_TWICE = """() => { let sent = 0;
    window.addEventListener("submit", event => { sent += !event.defaultPrevented; });
    const save = document.querySelector("button"); save.click(); save.click(); return sent; }"""


class Refused(forms.Form):
    """A form with every kind of field; sent empty."""

    programme = forms.ChoiceField(choices=CHOICES)
    start = DayField()
    reason = forms.CharField(widget=forms.Textarea, help_text="The person can read this.")
    who = forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect, label="Who agreed?")
    ticks = forms.MultipleChoiceField(choices=CHOICES, widget=forms.CheckboxSelectMultiple, required=False)
    file = forms.FileField()
    told = forms.BooleanField(label="I have told the person")


class Filters(forms.Form):
    """What a list is narrowed by."""

    q = forms.CharField(label="Search", required=False)
    state = forms.ChoiceField(label="Status", choices=CHOICES, required=False)


def gallery() -> str:
    """One page with every component on it, as HR's browser gets it; asks no database while Chromium's loop runs."""
    employee = {"name": "Siân Llewellyn-Fotheringham", "job_title": "Risk and Governance Lead", "department": None}
    statuses = ("queued", "waiting", "planned", "active", "overdue", "paused", "completed", "withdrawn", "cancelled")
    bars = [
        {"label": "AI & Automation Practitioner apprenticeship", "start": date(2026, 5, number + 1), "status": status}
        for number, status in enumerate(statuses)
    ]
    link = {"label": "People", "url": "#x", "is_current": True}
    context = {
        "user": SimpleNamespace(is_authenticated=True),
        "printed_on": date(2026, 5, 4),
        "navigation": [
            {"label": "HR", "links": [link]},
            {"label": "Everyone", "links": [link | {"is_current": False}]},
        ],
        "demo_mode": True,
        "csp_nonce": "once",
        "messages": [Message(SUCCESS, "Saved.")],
        "form": Refused({}),
        "filters": Filters(),
        "tones": ("info", "success", "warning", "danger"),
        "timeline": layout(bars, on=date(2026, 11, 23)),
        "employee": employee,
        "long_word": "H" * 200,
        "long_name": {"name": "H" * 200, "job_title": "J" * 300, "department": None},
        "rows": [{"label": "Start date", "value": "4 May 2026", "change_url": "#x"}],
    }
    return engines["django"].from_string(GALLERY).render(context)


STACKED = """<!DOCTYPE html><html lang="en-GB"><title>Stacked</title>
<link rel="stylesheet" href="/static/vendor/bootstrap/bootstrap.min.css">{styles}
<main class="page"><section class="card"><table class="table table-stack"><tbody>{rows}</tbody></table></section></main>
</html>"""
STYLES = "".join(
    f'<link rel="stylesheet" href="/static/css/{name}.css">'
    for name in ("tokens", "frame", "forms", "components", "timeline")
)
ROW = """<tr><td data-label="{label}"><span>yes</span></td>
<td data-label="Since"><span class="text-nowrap">30 September 2026</span></td></tr>"""


def test_a_card_in_a_card_holds_its_labels_on_one_line_and_its_dates_inside(browser):
    page = browser.new_page(viewport={"width": 360, "height": 800})
    rows = "".join(ROW.format(label=label) for label in ("Recommended", "Who"))
    serve(page, STACKED.format(styles=STYLES, rows=rows))
    page.goto(f"{SITE}/")
    heights = page.evaluate("[...document.querySelectorAll('tr td:first-child')].map(e => e.offsetHeight)")
    assert heights[0] == heights[1]
    outside = """[...document.querySelectorAll('.text-nowrap')].filter(
        date => date.getBoundingClientRect().right > date.closest('td').getBoundingClientRect().right).length"""
    assert page.evaluate(outside) == 0
    page.close()


def serve(page: Any, html: str) -> Counter[str]:
    """Answer every address of ours from here: the page itself, and static files; counts what was sent to it."""
    sent: Counter[str] = Counter()

    def answer(route: Any) -> None:
        path = route.request.url.removeprefix(SITE).partition("?")[0]
        if path.startswith("/static/"):
            file = ROOT / path.lstrip("/")
            route.fulfill(body=file.read_bytes(), content_type=KINDS[file.suffix])
            return
        if route.request.method == "POST":
            sent[route.request.post_data or ""] += 1
        route.fulfill(body=html, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    page.route(f"{SITE}/**", answer)
    return sent


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_part_is_accessible_and_fits(browser, scheme):
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    serve(page, gallery())
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{SITE}/")
        page.locator(".error-summary:focus").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        broken = "[...document.querySelectorAll('.stat-label')].filter(e => e.scrollWidth > e.clientWidth).length"
        assert page.evaluate(broken) == 0
        hidden = "[...document.querySelectorAll('.field-error')].filter(error => !error.checkVisibility()).length"
        assert page.evaluate(hidden) == 0
        page.evaluate(AXE.read_text())
        found = page.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.nodes.map(n => n.html)])")
        assert found == []
    assert complaints == []
    context.close()


def test_a_double_click_sends_once_and_the_page_is_ready_again_when_it_comes_back(browser):
    page = browser.new_page()
    sent = serve(page, SENT_ONCE)
    page.goto(f"{SITE}/")
    with page.expect_navigation():  # a busy machine takes its time to begin one
        assert page.evaluate(CLICKED_TWICE) == 1
    assert sent == {"save=now": 1}
    page.goto(f"{SITE}/")
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    assert sent == {"save=now": 2}
    page.close()
