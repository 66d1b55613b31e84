"""The language of letters: a small safe part of what templates can do, and every mistake said with its line."""

from datetime import date

import pytest

from enrolment.rules.letters import LETTERS, original, samples, text_problems
from enrolment.rules.wording import Variable, link_problems, links, problems, write

KNOWN = {
    "person.given_names": Variable("names", "Ada"),
    "day": Variable("a day", date(2027, 1, 4)),
    "is_over": Variable("whether", True),
    "status": Variable("where it stands", "active", ("overdue", "paused")),
    "site": Variable("address", "https://w.example"),
}


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("Hello {{ person.given_names }},", {"person.given_names": "Ada"}, "Hello Ada,"),
        ("{{person.given_names}}", {"person.given_names": "{{ day }} <b>"}, "{{ day }} <b>"),
        ('{{ day|date:"j M Y" }}', {"day": date(2027, 1, 4)}, "4 Jan 2027"),
        ("{{ day }} {{ day|date }}", {"day": date(2027, 1, 4)}, "4 January 2027 4 January 2027"),
        ("[{{ day }}]", {"day": None}, "[]"),
        ("{% if is_over %}a{% else %}b{% endif %}", {"is_over": True}, "a"),
        ("{% if is_over %}a{% else %}b{% endif %}", {"is_over": False}, "b"),
        ("{% if not is_over %}a{% elif day %}b{% endif %}", {"is_over": True, "day": date(2027, 1, 4)}, "b"),
        ('{% if status == "overdue" or is_over and day %}a{% endif %}', {"status": "overdue"}, "a"),
        ('{% if status != "overdue" %}a{% endif %}', {"status": "overdue"}, ""),
        ("{% if day %}{% if is_over %}a{% endif %}b{% endif %}c", {"day": date(2027, 1, 4)}, "bc"),
    ],
)
def test_a_sound_text_is_written(text, values, said):
    assert problems(text, KNOWN) == []
    assert write(text, values) == said


@pytest.mark.parametrize(
    ("text", "code", "line", "instead"),
    [
        ("one\ntwo {{ person.given_name }}", "unknown_variable", 2, "Did you mean “person.given_names”?"),
        ("{{ person }}", "unknown_variable", 1, "You may use person.given_names"),
        ("{{ person.pk }}", "unknown_variable", 1, "You may use"),
        ("{{ person.__class__ }}", "unknown_variable", 1, "You may use"),
        ("{{ person.given_names.upper }}", "unknown_variable", 1, "You may use"),
        ("{{ settings.SECRET_KEY }}", "broken_value", 1, "You may use"),
        ("{{ person.given_names|safe }}", "unknown_filter", 1, '|date:"j F Y"'),
        ("{{ day|date:fmt }}", "unknown_filter", 1, '|date:"j F Y"'),
        ('{{ day|date:"H:i" }}', "unknown_filter", 1, '|date:"j F Y"'),
        ('{{ day|date:"Y"|safe }}', "unknown_filter", 1, '|date:"j F Y"'),
        ("{{ person.given_names|date }}", "not_a_day", 1, "no |date"),
        ("{{ is_over }}", "not_a_text", 1, "{% if is_over %}"),
        ("{{ 1 + 1 }}", "broken_value", 1, "You may use"),
        ("\n\n{% load static %}", "unknown_tag", 3, "{% endif %}"),
        ("{% include 'a.html' %}", "unknown_tag", 1, "{% if … %}"),
        ("{% autoescape off %}", "unknown_tag", 1, "{% if … %}"),
        ("{% for a in b %}", "unknown_tag", 1, "{% if … %}"),
        ("{% now 'Y' %}", "unknown_tag", 1, "{% if … %}"),
        ("{% comment %}", "unknown_tag", 1, "{% if … %}"),
        ("{% verbatim %}", "unknown_tag", 1, "{% if … %}"),
        ("a\n{% if day %}b\n", "unclosed_if", 2, "{% endif %}"),
        ("a{% endif %}", "no_if", 1, "{% if %}"),
        ("{% else %}", "no_if", 1, "{% if %}"),
        ("{% if day %}{% else now %}{% endif %}", "broken_tag", 1, "without anything"),
        ("{% if %}{% endif %}", "broken_condition", 1, "{% if … %}"),
        ("{% if day > 3 %}{% endif %}", "broken_condition", 1, "{% if … %}"),
        ("{% if dya %}{% endif %}", "unknown_variable", 1, "Did you mean “day”?"),
        ('{% if status == "closed" %}{% endif %}', "unknown_word", 1, "“overdue” or “paused”"),
        ('{% if person.given_names == "Ada" %}{% endif %}', "unknown_word", 1, "Ask only"),
        ("a\n{{ day", "stray_bracket", 2, "You may use"),
        ("day }}", "stray_bracket", 1, "You may use"),
        ("{{ day\n}}", "stray_bracket", 1, "one line"),
        ("{# hidden #}", "stray_bracket", 1, "You may use"),
    ],
)
def test_a_mistake_is_said_with_its_line_and_what_may_be_used(text, code, line, instead):
    found = problems(text, KNOWN)
    assert (found[0].code, found[0].line) == (code, line)
    assert instead in found[0].message


def test_every_mistake_is_said_from_the_top():
    found = problems("{{ a }}\n{% load b %}\n{{ day|upper }}", KNOWN)
    assert [(problem.line, problem.code) for problem in found] == [
        (1, "unknown_variable"),
        (2, "unknown_tag"),
        (3, "unknown_filter"),
    ]


def test_a_letter_leads_where_its_original_leads():
    first = "See {{ site }}/my-programme/."
    assert links("\n{{site}}/x/{{ about.public_id }}/, y") == [(2, "{{ site }}/x/{{ about.public_id }}/")]
    assert link_problems("Look: {{ site }}/my-programme/", first) == []
    assert link_problems("a\nb {{ site }}/accept/", first)[0].code == "other_link"
    assert link_problems("a\nb {{ site }}/accept/", first)[0].line == 2
    assert link_problems("No address.", first)[0].code == "no_link"
    assert "{{ site }}/my-programme/" in link_problems("No address.", first)[0].message


@pytest.mark.parametrize("kind", LETTERS)
def test_every_original_is_sound_and_its_sample_reads_well(kind):
    headline, body = original(kind)
    assert text_problems(kind, headline, body) == {}
    said = write(headline, samples(kind)) + write(body, samples(kind))
    assert "{" not in said
    assert "None" not in said
    assert "https://waypoint.example.org/" in said


def test_a_headline_is_one_line_and_a_text_has_words():
    found = text_problems("enrolled", "One\ntwo", "  ")
    assert [problem.code for problem in found["headline"]] == ["one_line"]
    assert [problem.code for problem in found["body"]] == ["empty"]
