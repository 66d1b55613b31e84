"""How a notice looks as a mail: the same words as its text, with links that can be pressed."""

from django.template.loader import render_to_string


def as_html(headline: str, body: str) -> str:
    """A text as an HTML mail: a heading, paragraphs, its addresses as links. Nothing in it is taken for markup."""
    return render_to_string("people/email/letter.html", {"headline": headline, "body": body})
