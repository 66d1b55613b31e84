"""Guard: an undefined variable in a template of ours fails; see tests/plugins/template_variables.py."""

import pytest
from django.template import Context, Origin, Template, engines

from tests.plugins.template_variables import TEMPLATES, UndefinedVariable


def render(text: str, *, path: str = f"{TEMPLATES}/people/person.html", **context) -> str:
    """A template as if it stood in this file, rendered by the product's own engine."""
    engine = engines["django"].engine  # type: ignore[attr-defined]
    return Template(text, origin=Origin(path, "people/person.html"), engine=engine).render(Context(context))


@pytest.mark.parametrize(
    "text",
    [
        "{{ emploee }}",
        "<p>{{ employee.nmae }}</p>",
        "{% for row in rows %}{{ row }}{% endfor %}",
        "{% with x=emploee %}{{ x }}{% endwith %}",
        "{{ emploee|upper }}",
        "{% if employee %}{{ emploee }}{% endif %}",
    ],
)
def test_an_undefined_variable_is_refused(text):
    with pytest.raises(UndefinedVariable):
        render(text, employee="Ann")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ employee }}", "Ann"),
        ("{{ url|default:'none' }}", "none"),
        ("{% if url %}x{% endif %}", ""),
        ("{% firstof url employee %}", "Ann"),
    ],
)
def test_what_is_given_or_may_be_absent_passes(text, shown):
    assert render(text, employee="Ann") == shown


def test_the_templates_of_other_packages_keep_their_silence():
    assert render("{{ nothing }}", path="site-packages/allauth/templates/account/login.html") == ""
