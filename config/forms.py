"""Signing in, in our words: allauth's forms with the glossary's “e-mail” and without placeholders beside labels."""

from typing import Any

from allauth.account import forms


class LoginForm(forms.LoginForm):
    """E-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "E-mail"
        _without_placeholders(self)


class ResetPasswordForm(forms.ResetPasswordForm):
    """Where the link to a new password goes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail"
        _without_placeholders(self)


def _without_placeholders(form: Any) -> None:
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
