"""Signing in, in our words: allauth's forms with the glossary's words and without placeholders beside labels."""

from collections.abc import Callable
from typing import Any

from allauth.account import forms
from allauth.account.adapter import get_adapter
from allauth.mfa.base import forms as second_step
from allauth.mfa.totp import forms as authenticators
from allauth.mfa.webauthn import forms as passkeys
from django.core.exceptions import ValidationError


class LoginForm(forms.LoginForm):
    """E-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "E-mail"
        self.fields["password"].help_text = ""  # the way to a new one stands below the form: Tab leads to the box first
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


class LinkForm(forms.UserTokenForm):
    """The link to a new password, which opens nothing for a closed account."""

    def clean(self) -> Any:
        """Raises ValidationError when the link is used, too old, of somebody else, or of a closed account."""
        said = super().clean()
        if not self.reset_user.is_active:
            raise get_adapter().validation_error("invalid_password_reset")
        return said


class ResetPasswordKeyForm(forms.ResetPasswordKeyForm):
    """A new password, by the link in a mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_our_words(self)


class RequestCodeForm(forms.RequestLoginCodeForm):
    """Where a sign-in code goes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail"
        _without_placeholders(self)


class ConfirmCodeForm(forms.ConfirmLoginCodeForm):
    """The code from the mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = "Code from the e-mail"
        _without_placeholders(self)


class SecondStepForm(second_step.AuthenticateForm):
    """The second step by a code, when signing in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _asks_for_a_code(self, "Code")


class SecondStepAgainForm(second_step.ReauthenticateForm):
    """The same before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _asks_for_a_code(self, "Code")


class AddAuthenticatorForm(authenticators.ActivateTOTPForm):
    """The first code of an authenticator app, which shows that it has the key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _asks_for_a_code(self, "Code that the app shows now")


class AddPasskeyForm(passkeys.AddWebAuthnForm):
    """A passkey: its name, and whether it is enough alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = "Name"
        self.fields["name"].max_length = 60
        self.fields["name"].help_text = "So that you know it again: “My telephone”, say."
        alone = self.fields["passwordless"]
        alone.label, alone.initial = "Sign in with it alone, without a password", True
        alone.help_text = (
            "The device then asks for your face, finger or PIN. Without this the passkey is a second step after your "
            "password: for security keys that have no PIN."
        )


class PasskeyForm(passkeys.AuthenticateWebAuthnForm):
    """A passkey as the second step; what is wrong with it is said of a passkey, not of a code."""

    def clean_credential(self) -> Any:
        """The passkey that answered. Raises ValidationError ``unknown_passkey``, or what keeps it from being tried."""
        return _known(super().clean_credential)


class PasskeyAloneForm(passkeys.LoginWebAuthnForm):
    """A passkey instead of everything else."""

    def clean_credential(self) -> Any:
        """As in PasskeyForm."""
        return _known(super().clean_credential)


class PasskeyAgainForm(passkeys.ReauthenticateWebAuthnForm):
    """A passkey before something that matters."""

    def clean_credential(self) -> Any:
        """As in PasskeyForm."""
        return _known(super().clean_credential)


def _known(passkey: Callable[[], Any]) -> Any:
    try:
        return passkey()
    except ValidationError as error:
        if error.code != "incorrect_code":
            raise
        raise ValidationError(
            "Waypoint does not know this passkey: it was removed here, or made for somebody else. Use another way.",
            "unknown_passkey",
        ) from None


def _asks_for_a_code(form: Any, label: str) -> None:
    form.fields["code"].label = label
    _without_placeholders(form)


def _in_our_words(form: Any) -> None:
    form.fields["password1"].label = "New password"
    form.fields["password2"].label = "The new password again"
    _without_placeholders(form)


def _without_placeholders(form: Any) -> None:
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
