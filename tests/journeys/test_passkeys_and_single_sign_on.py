"""Signed in by what one has, or by the employer: passkeys through Chromium's own authenticator, and OpenID Connect."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.config.provider import Provider
from tests.journeys.test_signing_in import by_mailed_code, invitation

EMAIL = "ann@sample.example"


class Telephone:
    """Chromium's virtual authenticator: it has a fingerprint sensor, and its owner's finger is on it."""

    def __init__(self, person: Any) -> None:
        self.chromium = person.context.new_cdp_session(person.page)
        self.chromium.send("WebAuthn.enable")
        made = self.chromium.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        self.name = {"authenticatorId": made["authenticatorId"]}

    def keys(self) -> int:
        """How many passkeys are on it."""
        return len(self.chromium.send("WebAuthn.getCredentials", self.name)["credentials"])

    def takes(self, *, finger: bool) -> None:
        """Whether it knows the finger on it."""
        self.chromium.send("WebAuthn.setUserVerified", {**self.name, "isUserVerified": finger})


def test_a_passkey_is_added_signs_in_alone_and_is_removed(empty_site, arrive):
    ann = arrive(empty_site.address.replace("127.0.0.1", "localhost"))  # a passkey belongs to a name
    telephone = Telephone(ann)
    ann.open(invitation(empty_site, EMAIL)).press("Come in").look("Your account").follow("Passkeys")
    ann.look("Passkeys").reads("You have none yet.").follow("Add a passkey").look("Add a passkey")
    telephone.takes(finger=False)
    ann.main.get_by_role("button", name="Add the passkey").click()
    ann.reads("The passkey was not used").look("Add a passkey")
    telephone.takes(finger=True)
    ann.fill("Name", "My telephone").press("Add the passkey").look("Recovery codes").reads("The passkey is added.")
    assert telephone.keys() == 1
    ann.navigate("Your account").look("Your account").reads("You have 1.").press("Sign out")

    ann.open("/accounts/passkeys/").look("Sign in").press("Sign in with a passkey").look("Passkeys")
    row = ann.row("My telephone")
    assert "enough alone" in row.inner_text()
    assert "never" not in row.inner_text()
    ann.press("Sign out")
    by_mailed_code(ann, empty_site, EMAIL).look("One more step").press("Use my passkey")
    ann.navigate("Your account").follow("See your passkeys").follow("Remove My telephone")
    ann.look("Your passkey, to be sure").press("Use my passkey").look("Remove My telephone")
    ann.press("Remove the passkey").look("Passkeys").reads("You have none yet.").press("Sign out")
    ann.open("/accounts/login/").press("Sign in with a passkey").look("Sign in")
    ann.reads("Waypoint does not know this passkey")


def test_where_passkeys_cannot_work_the_page_says_so(empty_site, arrive):
    ann = arrive().open("/accounts/login/").look("Sign in")
    ann.reads("This browser cannot use passkeys at this address.")
    assert not ann.main.get_by_role("button", name="Sign in with a passkey").is_visible()
    plain = arrive(java_script_enabled=False).open("/accounts/login/")
    plain.reads_nothing_of("This browser cannot use passkeys")
    assert not plain.main.get_by_role("button", name="Sign in with a passkey").is_visible()


@pytest.fixture
def provider() -> Iterator[Provider]:
    """The employer's, who says that Ann comes."""
    provider = Provider()
    provider.person = {"sub": "ann", "email": EMAIL, "email_verified": True}
    yield provider
    provider.stop()


@pytest.mark.parametrize("java_script", [True, False])
def test_single_sign_on_by_environment_alone(empty_site, arrive, provider, java_script):
    invitation(empty_site, EMAIL)
    with empty_site.told(**provider.environment()) as address:
        ann = arrive(address, java_script_enabled=java_script).open("/accounts/login/?next=/accounts/")
        if java_script:
            ann.look("Sign in")
        ann.press("Sign in with Acme")
        ann.page.get_by_role("heading", name="Acme", exact=True, level=1).wait_for()
        ann.follow("I am who I am").reads("You can sign in with Acme too.")
        assert ann.heading == "Your account"
        ann.press("Sign out")
        provider.person = {"sub": "somebody else", "email": EMAIL, "email_verified": True}
        other = arrive(address, may_be_refused=True).open("/accounts/login/").press("Sign in with Acme")
        other.page.get_by_role("heading", name="Acme", exact=True, level=1).wait_for()
        other.follow("I am who I am").look("You cannot come in this way").reads("belongs to somebody else at Acme")
