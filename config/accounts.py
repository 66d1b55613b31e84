"""How people sign in: by e-mail and password; accounts are made by HR and by commands, never by the visitor."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from enrolment.demo.people import HR_ACCOUNT, LEARNER_ACCOUNT, MANAGER_ACCOUNT, staff_number
from people.demonstration import demo_mode

ONE_CLICK = frozenset(map(staff_number, (HR_ACCOUNT, MANAGER_ACCOUNT, LEARNER_ACCOUNT)))


class AccountAdapter(DefaultAccountAdapter):
    """allauth without open sign-up, in our words."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account is closed. Ask HR if you should have one.",
        "email_password_mismatch": "This e-mail and password do not belong together. Check both.",
        "enter_current_password": "This is not your password now.",
        "incorrect_password": "This is not your password.",
        "invalid_password_reset": "This link has been used or is too old. Ask for another one.",
        "rate_limited": "That was tried too often. Wait a few minutes, then try again.",
        "too_many_login_attempts": "That was tried too often. Wait a few minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account for themself."""
        return False

    def clean_password(self, password: str, user: Any = None) -> str:
        """Refuse what is easy to guess, and any password for a one-click account of a demonstration.

        With a password it would open by one click no more, for anybody.
        """
        if user is not None and demo_mode():
            employee = getattr(user, "employee", None)
            if employee is not None and employee.staff_number in ONE_CLICK:
                raise ValidationError(
                    "Everybody here opens this account by one click: it has no password.", "one_click"
                )
        return super().clean_password(password, user)
