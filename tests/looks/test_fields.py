"""Every kind of field: its label, its hint and what is wrong are there, linked, and above the control."""

import re

import pytest
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from crispy_forms.utils import render_crispy_form
from django import forms
from django.template.loader import render_to_string
from django.utils.html import strip_tags

from people.forms import DayField

CHOICES = [("a", "One"), ("b", "Two")]
REQUIRED = {"required": "Answer this."}


class Everything(forms.Form):
    """One field of each kind the product uses."""

    text = forms.CharField(help_text="A hint.", error_messages=REQUIRED)
    day = DayField(error_messages=REQUIRED)
    long = forms.CharField(widget=forms.Textarea, help_text="A hint.", error_messages=REQUIRED)
    select = forms.ChoiceField(choices=CHOICES, help_text="A hint.", error_messages=REQUIRED)
    radio = forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect, help_text="A hint.", error_messages=REQUIRED)
    ticks = forms.MultipleChoiceField(
        choices=CHOICES, widget=forms.CheckboxSelectMultiple, help_text="A hint.", error_messages=REQUIRED
    )
    tick = forms.BooleanField(help_text="A hint.", error_messages=REQUIRED)
    file = forms.FileField(help_text="A hint.", error_messages=REQUIRED)
    spare = forms.CharField(required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


NAMES = [name for name in Everything.base_fields if name not in ("spare", "secret")]


def shown(form: forms.Form, name: str) -> str:
    """One field as pages show it."""
    return render_to_string("bootstrap5/field.html", {"field": form[name]})


@pytest.mark.parametrize("name", NAMES)
def test_what_is_wrong_stands_above_the_control_and_is_linked_to_it(name):
    html = shown(Everything({}), name)
    assert f'id="id_{name}_error"' in html
    assert "Answer this." in strip_tags(html)
    control = re.search(r"<(input|select|textarea)", html)
    assert control
    assert html.index(f'id="id_{name}_error"') < control.start()
    described = re.search(r'aria-describedby="([^"]+)"', html)
    assert described
    assert described[1].split() == [f"id_{name}_helptext", f"id_{name}_error"]
    assert 'aria-invalid="true"' in html
    assert "invalid-feedback" not in html  # Bootstrap hides those wherever the control is not their sibling


@pytest.mark.parametrize("name", NAMES)
def test_a_field_in_order_says_nothing_of_errors(name):
    html = shown(Everything(), name)
    assert "_error" not in html
    assert f'id="id_{name}_helptext"' in html
    assert "*" not in strip_tags(html)


@pytest.mark.parametrize("name", ["radio", "ticks"])
def test_choices_are_a_fieldset_with_a_legend_and_a_label_each(name):
    html = shown(Everything(), name)
    assert html.count("<fieldset") == html.count("<legend") == 1
    assert html.count("<label") == html.count("<input") == 2
    assert f'for="id_{name}_0"' in html


def test_radios_in_a_row_show_their_error_too():
    html = render_to_string("bootstrap5/layout/radioselect_inline.html", {"field": Everything({})["radio"]})
    assert 'class="field-error"' in html
    assert "choices-inline" in html


def test_a_field_that_may_be_left_out_says_so():
    assert "(optional)" in shown(Everything(), "spare")
    assert "(optional)" not in shown(Everything(), "text")


def test_a_hidden_field_is_only_itself():
    assert shown(Everything(), "secret").strip() == '<input type="hidden" name="secret" id="id_secret">'


def test_a_question_of_its_own_is_the_heading():
    class Question(forms.Form):
        heading = "answer"
        answer = forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect, label="Which?")

    assert re.search(r"<legend[^>]*>\s*<h1>\s*Which\?\s*</h1>\s*</legend>", shown(Question(), "answer"))


def test_a_whole_form_leaves_judging_to_the_server():
    form = Everything()
    form.helper = FormHelper()  # type: ignore[attr-defined]
    form.helper.add_input(Submit("save", "Save"))  # type: ignore[attr-defined]
    html = render_crispy_form(form)
    assert "novalidate" in html
    assert 'enctype="multipart/form-data"' in html
    assert 'value="Save"' in html


def test_the_summary_links_each_error_to_its_field():
    form = Everything({})
    form.add_error(None, "These do not fit together.")
    html = render_to_string("components/error_summary.html", {"form": form})
    assert 'tabindex="-1" autofocus' in html
    assert "These do not fit together." in html
    for name in NAMES:
        target = f"id_{name}_0" if name in ("radio", "ticks") else f"id_{name}"
        assert f'href="#{target}"' in html
        assert f'id="{target}"' in shown(form, name)


def test_the_summary_of_several_forms_lists_those_with_errors():
    html = render_to_string("components/error_summary.html", {"forms": [Everything({}), Everything()]})
    assert html.count("error-summary") == 1


def test_no_errors_no_summary():
    assert not render_to_string("components/error_summary.html", {"form": Everything()}).strip()
