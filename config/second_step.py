"""Who has to have a second step (a passkey or an authenticator app), and the pages they may open before they do."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings

BEFORE_IT = frozenset(
    {
        *("second_step", "account_logout", "livez", "readyz"),
        *("mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate"),
    }
)


def must_have_one(user: Any) -> bool:
    """HR and administrators, where the setting says so: they see everybody's records."""
    return settings.SECOND_STEP_FOR_HR and (user.is_hr or user.is_auditor or user.is_administrator)


def has_one(user: Any) -> bool:
    """Whether this person has a passkey or an authenticator app; recovery codes alone are none."""
    return Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
