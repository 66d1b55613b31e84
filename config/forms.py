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


class ChangePasswordForm(forms.ChangePasswordForm):
    """Another password, by somebody who knows the one in use."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = "Your password now"
        _in_our_words(self)


class SetPasswordForm(forms.SetPasswordForm):
    """The first password of somebody who is signed in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self)


class ResetPasswordKeyForm(forms.ResetPasswordKeyForm):
    """A new password, by the link in a mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self)


def _in_our_words(form: Any) -> None:
    form.fields["password1"].label = "New password"
    form.fields["password2"].label = "The new password again"
    _without_placeholders(form)


def _without_placeholders(form: Any) -> None:
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
