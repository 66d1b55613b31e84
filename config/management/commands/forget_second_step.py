"""Removes the second step of somebody who has lost it, so that they can sign in and set up another one."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from people.actions.accounts import forget_second_step
from people.commands import Command as ProductCommand
from people.models import User


class Command(ProductCommand):
    """Exit 0: done; 2: nobody has this e-mail."""

    help = "Remove the passkeys, authenticator app and recovery codes of EMAIL. Make sure first that it is them."

    def add_arguments(self, parser: CommandParser) -> None:
        """The e-mail, besides what every command has."""
        parser.add_argument("email", metavar="EMAIL")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove them and say how many there were."""
        user = User.objects.filter(email__iexact=options["email"].strip()).first()
        if user is None:
            raise CommandError(f"No account has the e-mail {options['email']}.", returncode=2)
        removed = forget_second_step(user)
        self.answer(options, {"email": user.email, "removed": removed}, f"{user.email}: {removed} removed.")
