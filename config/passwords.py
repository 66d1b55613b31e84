"""What a password may not be made of: the e-mail's part before the @, and the person's own name."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Any

from django.core.exceptions import ValidationError

NOT_LETTERS = re.compile(r"[\W_]+")
ALIKE = 0.7  # as near as Django's own rule calls too near
SHORTEST = 4  # shorter parts are in many good passwords by chance


class NotOwnNameValidator:
    """Refuses what is the e-mail's local part or the person's name, or nearly; Django measures against the whole
    address, to which its first half is not near.
    """

    help_text = "Not your own name, nor the first part of your e-mail."

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError ``password_too_similar``."""
        given = _plain(password)
        for own in _own(user):
            rest = len(given.replace(own, "")) if len(own) >= SHORTEST else len(given)
            is_mostly_own = rest <= len(given) * (1 - ALIKE)
            if is_mostly_own or SequenceMatcher(a=given, b=own).ratio() >= ALIKE:
                raise ValidationError("The password is too similar to your name or e-mail.", "password_too_similar")

    def get_help_text(self) -> str:
        """For forms that list what a password may be."""
        return self.help_text


def _own(user: Any) -> set[str]:
    email = getattr(user, "email", "") or ""
    record = user.own_record() if user is not None and getattr(user, "pk", None) else None
    given, family = (record.given_names, record.family_name) if record else ("", "")
    texts = (email.partition("@")[0], f"{given}{family}", f"{family}{given}")
    return {plain for text in texts if (plain := _plain(text))}


def _plain(text: str) -> str:
    """Letters and digits alone, without capitals."""
    return NOT_LETTERS.sub("", text).casefold()
