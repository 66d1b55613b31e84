"""Makes an account, or gives an existing one more roles, and prints the way to choose how to sign in."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.core.validators import validate_email

from people.actions.accounts import ROLES, Added, add_account, invitation_link
from people.commands import Command as ProductCommand
from people.models import Department
from people.queries import departments_by_name


class Command(ProductCommand):
    """Exit 0: the account has the roles; 2: not an e-mail address, or no such role."""

    help = "Make an account (again: add roles). Prints a link to choose how to sign in, which works once."

    def add_arguments(self, parser: CommandParser) -> None:
        """The e-mail and the roles, besides what every command has."""
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument(
            "--role", action="append", default=[], choices=sorted(ROLES), help="what the person may do; may be repeated"
        )
        parser.add_argument(
            "--department",
            action="append",
            default=[],
            metavar="NAME",
            help="with --role hr: HR for this department and all below it, not for everybody; may be repeated",
        )
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make or find the account, and say what it may do now."""
        email = options["email"].strip().lower()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"“{email}” is not an e-mail address.", returncode=2) from None
        departments = self._departments(options)
        added = add_account(email, roles=options["role"], departments=departments, on=self.day(options))
        link = invitation_link(added.user)
        facts = {
            "email": added.user.email,
            "created": added.is_new,
            "roles": [role for role, name in ROLES.items() if getattr(added.user, name)],
            "added": list(added.new_roles),
            "departments": sorted(department.name for department in departments),
            "staff_number": added.employee.staff_number if added.employee else None,
            "link": link,
        }
        self.answer(options, facts, f"{_sentence(added)}\nChoose how to sign in, once, within three days:\n{link}")

    def _departments(self, options: dict[str, Any]) -> list[Department]:
        """The departments named; one that does not exist, or a name without the role, is bad usage."""
        names = options["department"]
        if names and "hr" not in options["role"]:
            raise CommandError("--department narrows --role hr: give both.", returncode=2)
        rows = departments_by_name(names)
        if missing := [name for name in names if name not in rows]:
            raise CommandError(f"No department is called “{missing[0]}”.", returncode=2)
        return list(Department.objects.filter(pk__in=rows.values()))


def _sentence(added: Added) -> str:
    email, roles = added.user.email, " and ".join(added.new_roles)
    person = f" It belongs to {added.employee.name}, {added.employee.staff_number}." if added.employee else ""
    if added.is_new:
        return f"{email} has an account now{f', with the role {roles}' if roles else ''}.{person}"
    return f"{email} had an account already. {f'Added: {roles}.' if roles else 'Nothing was added.'}{person}"
