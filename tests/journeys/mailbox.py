"""What somebody at their mail finds: the newest mail to them, and the link or code in it."""

import re
from urllib.parse import urlsplit

from enrolment.demo.mail import Mail, newest
from tests.journeys.site import Site


def mail_to(site: Site, email: str) -> Mail:
    """The newest mail to this address."""
    return next(mail for mail in newest(str(site.data / "mail"), most=50) if mail.to == email)


def link_in(mail: Mail) -> str:
    """The path of the first link in a mail."""
    return urlsplit(re.findall(r"https?://\S+/\S+", mail.body)[0]).path


def code_in(mail: Mail) -> str:
    """The sign-in code in a mail: a line of its own."""
    [code] = re.findall(r"^[A-Z0-9]{3,}-[A-Z0-9]{3,}$", mail.body, re.MULTILINE)
    return str(code)
