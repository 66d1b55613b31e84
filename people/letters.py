"""How a notice looks as a mail: the same words as its text, with links that can be pressed and lists as lists.

Mail programs read no style sheet and drop much of a page's head: what it looks like stands on each element, and so here
instead of in a template.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.conf import settings
from django.template.defaultfilters import linebreaksbr, urlize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

ITEM = "- "  # how a text begins the lines of a list

FONT = "font-family:Arial, Helvetica, sans-serif;"
TABLE = 'role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'
FRAME = f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>{{headline}}</title>
</head>
<body style="margin:0; padding:0; background-color:#faf7f1;">
<table {TABLE} style="background-color:#faf7f1;"><tr><td align="center" style="padding:24px 12px;">
<table {TABLE} style="max-width:600px;">
<tr><td style="padding:0 4px 12px; {FONT} font-size:16px; font-weight:bold; color:#0b5c63;">Waypoint</td></tr>
<tr><td style="padding:24px; background-color:#ffffff; border:1px solid #ded6c8; border-top:4px solid #0b5c63; {FONT}
 font-size:16px; line-height:24px; color:#16262b; overflow-wrap:anywhere; word-break:break-word;">
<h1 style="margin:0 0 16px; font-size:22px; line-height:28px; font-weight:bold; color:#16262b;">{{headline}}</h1>
{{parts}}
</td></tr>
<tr><td style="padding:12px 4px 0; {FONT} font-size:13px; line-height:20px; color:#4d5d63;">Sent by Waypoint, {{site}}.
Opening a link changes nothing.</td></tr>
</table>
</td></tr></table>
</body>
</html>
"""
HEADING = '<h2 style="margin:0 0 4px; font-size:16px; line-height:24px; font-weight:bold;">{}</h2>\n'
PARAGRAPH = '<p style="margin:0 0 16px;">{}</p>\n'
BEFORE_LIST = '<p style="margin:0 0 4px;">{}</p>\n'
LIST = '<ul style="margin:0 0 16px; padding:0 0 0 24px;">\n{}</ul>\n'
LINE = '<li style="margin:0 0 4px;">{}</li>\n'


class Block(NamedTuple):
    """One part of a letter between blank lines: lines of text, then the items of a list, if it has any."""

    lines: str
    items: list[str]

    @property
    def is_heading(self) -> bool:
        """Whether the lines only name the list: one line that is no sentence."""
        return bool(self.items) and "\n" not in self.lines and not self.lines.endswith((":", "."))


def as_html(headline: str, body: str) -> str:
    """A text as an HTML mail: a heading, paragraphs, lists, its addresses as links. Nothing in it is markup."""
    parts = format_html_join("", "{}", ((_part(block),) for block in blocks(body)))
    return format_html(FRAME, headline=headline, parts=parts, site=settings.SITE_URL)


def blocks(body: str) -> Iterator[Block]:
    """The parts of a text in their order, each line of it in exactly one of them."""
    lines: list[str] = []
    items: list[str] = []
    for line in [*body.splitlines(), ""]:
        if line.startswith(ITEM):
            items.append(line.removeprefix(ITEM))
            continue
        if lines or items:
            if line.strip() and not items:
                lines.append(line)
                continue
            yield Block("\n".join(lines), items)
        lines, items = [line] if line.strip() else [], []


def _part(block: Block) -> SafeString:
    lines = linebreaksbr(urlize(block.lines, autoescape=True))
    shape = HEADING if block.is_heading else BEFORE_LIST if block.items else PARAGRAPH
    words = format_html(shape, lines) if lines else SafeString("")
    if not block.items:
        return words
    items = format_html_join("", LINE, ((urlize(item, autoescape=True),) for item in block.items))
    return format_html("{}{}", words, format_html(LIST, items))
