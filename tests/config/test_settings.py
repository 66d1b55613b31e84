"""Production refuses to start unsafe, and says why in a sentence; one machine needs to be told nothing."""

import os
import re
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.config.machine import ROOT, UNSAID

GOOD = {
    "SECRET_KEY": "k7Vq2ZtX9pLw4RmB6sYd1NfHc8JgT3uEa5QoWx0KiCvDzPbS-GyMnLrUj",
    "ALLOWED_HOSTS": "waypoint.example.org",
    "DATABASE_URL": "postgresql://waypoint_app@database/waypoint",
    "DATABASE_OWNER_URL": "postgresql://waypoint_owner@database/waypoint",
    "REDIS_URL": "redis://broker:6379/0",
}
OIDC = {
    "OIDC_NAME": "Acme",
    "OIDC_SERVER": "https://id.example.org",
    "OIDC_CLIENT_ID": "waypoint",
    "OIDC_CLIENT_SECRET": "a secret",
}


def python(code_or_words: list[str], **said: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if name not in (*UNSAID, "WAYPOINT_LOOPBACK")}
    return subprocess.run(
        [sys.executable, *code_or_words], cwd=ROOT, env={**known, **said}, capture_output=True, text=True, check=False
    )


def test_good_production_settings_load():
    said = python(["-c", "from config import settings as s; print(s.LOOPBACK, s.DEBUG, s.SITE_URL)"], **GOOD)
    assert said.stdout == "False False https://waypoint.example.org\n", said.stderr


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must be"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY must be"),
        ({"SECRET_KEY": "django-insecure-k7Vq2ZtX9pLw4RmB6sYd1NfHc8JgT3uEa5QoWx0KiCv"}, "SECRET_KEY must be"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must name"),
        ({"ALLOWED_HOSTS": "waypoint.example.org,*"}, "ALLOWED_HOSTS must name"),
        ({"ALLOWED_HOSTS": "*.example.org"}, "ALLOWED_HOSTS must name"),
        ({"SECRET_KEY": "only-while-the-image-is-built-0123456789-abcdefghijklmnop"}, "SECRET_KEY must be"),
        ({"SITE_URL": "http://waypoint.example.org"}, "SITE_URL must be"),
        ({"SITE_URL": "https://other.example.org"}, "SITE_URL must be"),
        ({"SITE_URL": "https://waypoint.example.org/here"}, "SITE_URL must be"),
        ({"DEBUG": "1"}, "DEBUG shows visitors"),
        *(({**OIDC, name: ""}, "Single sign-on needs all of") for name in OIDC),
        ({"OIDC_NAME": "Acme"}, "Single sign-on needs all of"),
        ({**OIDC, "OIDC_SERVER": "http://id.example.org"}, "OIDC_SERVER must be https://"),
        ({"MAIL_HOURS": "20-8"}, "MAIL_HOURS is two hours"),
        ({"MAIL_HOURS": "8"}, "MAIL_HOURS is two hours"),
    ],
)
def test_unsafe_production_settings_are_refused(wrong, sentence):
    refused = python(["-c", "import config.settings"], **{**GOOD, **wrong})
    assert refused.returncode != 0
    assert sentence in refused.stderr.splitlines()[-1]


def test_the_key_of_the_images_build_is_nobodys_to_know():
    build = re.search(r'RUN SECRET_KEY="\$\((.*)\)" ', (ROOT / "Dockerfile").read_text())
    assert "token_urlsafe" in (build[1] if build else ""), "made while the image is built, and thrown away"


@pytest.mark.parametrize(("said", "found"), [({}, "0"), (OIDC, "1 Acme https://id.example.org waypoint")])
def test_the_environment_alone_names_the_provider_of_single_sign_on(said, found):
    code = """
from config import settings
apps = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
print(len(apps), *(word for app in apps for word in (app["name"], app["settings"]["server_url"], app["client_id"])))
"""
    assert python(["-c", code], **GOOD, **said).stdout.strip() == found


@pytest.mark.parametrize(("said", "asked"), [({}, "True"), ({"SECOND_STEP_FOR_HR": "0"}, "False")])
def test_production_asks_hr_for_a_second_step_unless_told_otherwise(said, asked):
    code = "from config import settings as s; print(s.SECOND_STEP_FOR_HR)"
    assert python(["-c", code], **GOOD, **said).stdout.strip() == asked


@pytest.mark.parametrize("site", ["https://waypoint.example.org/", "https://waypoint.example.org"])
def test_the_sites_address_ends_without_a_slash(site):
    said = python(["-c", "from config import settings as s; print(s.SITE_URL)"], **{**GOOD, "SITE_URL": site})
    assert said.stdout == "https://waypoint.example.org\n", said.stderr


@pytest.mark.parametrize(
    ("said", "backend"),
    [
        ({}, "filebased"),
        (
            {"SMTP_HOST": "mail.example.org"},
            "filebased",
        ),  # a demonstration may lie there: nobody writes to the invented
        ({"SMTP_HOST": "mail.example.org", "WAYPOINT_DEMO": "0"}, "smtp"),
    ],
)
def test_one_machine_sends_mail_when_it_is_told_a_server(said, backend):
    code = "from config import settings as s; print(s.MAILERS['default']['BACKEND'])"
    assert f".{backend}." in python(["-c", code], WAYPOINT_LOOPBACK="1", **said).stdout


@pytest.mark.parametrize(
    "said",
    [
        {"DATABASE_URL": GOOD["DATABASE_URL"]},
        {"DATABASE_OWNER_URL": GOOD["DATABASE_OWNER_URL"]},
        {"REDIS_URL": GOOD["REDIS_URL"]},
        {"SITE_URL": "https://waypoint.example.org"},
        {"SMTP_HOST": "mail.example.org"},
    ],
)
def test_one_word_of_a_deployment_means_production(said):
    refused = python(["-c", "import config.settings"], **said)
    assert "SECRET_KEY must be" in refused.stderr.splitlines()[-1]


def test_one_machine_answers_to_itself_only():
    said = python(["-c", "from config import settings as s; print(*s.ALLOWED_HOSTS)"], WAYPOINT_LOOPBACK="1", **GOOD)
    assert said.stdout.split() == ["127.0.0.1", "localhost", "[::1]"], said.stderr


CLIENT = """
import config.wsgi
from allauth.core.internal.httpkit import get_client_ip
from django.test import RequestFactory
seen = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "1.1.1.1, 198.51.100.7, 203.0.113.9"}
print(get_client_ip(RequestFactory().get("/", **seen)))
"""


@pytest.mark.parametrize(
    ("said", "client"),
    [
        (GOOD, "203.0.113.9"),  # what the one proxy wrote; anything before it the client may have made up
        ({**GOOD, "TRUSTED_PROXIES": "2"}, "198.51.100.7"),
        ({**GOOD, "TRUSTED_PROXIES": "0"}, "192.0.2.1"),
        ({**GOOD, "WAYPOINT_LOOPBACK": "1"}, "192.0.2.1"),
    ],
)
def test_limits_on_signing_in_count_the_client_behind_the_proxy(said, client):
    answer = python(["-c", CLIENT], **said)
    assert answer.stdout.strip() == client, answer.stderr


def test_migrate_connects_as_the_owner_and_waits():
    code = "from config import settings as s; d = s.DATABASES['default']; print(d['USER'], d['OPTIONS']['options'])"
    assert python(["-c", code], **GOOD, WAYPOINT_DATABASE_ROLE="owner").stdout == "waypoint_owner \n"


@pytest.mark.parametrize(("module", "seconds"), [("config.settings", 0), ("config.wsgi", 15)])
def test_only_pages_are_cut_short(module, seconds):
    code = f"import {module}; from config import settings as s; print(s.DATABASES['default']['OPTIONS']['options'])"
    said = python(["-c", code], **GOOD)
    assert f"statement_timeout={seconds}s" in said.stdout, said.stderr
    assert "lock_timeout=3s" in said.stdout


class TestDeployCheck:
    """`check --deploy` in production's settings, on the database of these tests."""

    def check(self, **said: str) -> subprocess.CompletedProcess[str]:
        parts = urlsplit(os.environ["DATABASE_URL"])
        host = parts.netloc.rpartition("@")[2]
        app = urlunsplit(parts._replace(netloc=f"{os.environ['TEST_APP_ROLE']}@{host}", path="/postgres"))
        here = {**GOOD, "DATABASE_URL": app, "DATABASE_OWNER_URL": os.environ["DATABASE_URL"], **said}
        return python(["-W", "error", "manage.py", "check", "--deploy", "--fail-level", "WARNING"], **here)

    def test_it_is_silent(self):
        silent = self.check()
        assert (silent.returncode, silent.stderr) == (0, "")
        assert "no issues" in silent.stdout

    def test_without_a_database_it_is_a_sentence(self):
        said = self.check(DATABASE_URL="postgresql://waypoint_app@127.0.0.1:1/waypoint")
        assert said.returncode == 1
        assert said.stderr.startswith("The database does not answer: ")
        assert said.stderr.count("\n") == 1

    def test_it_warns_of_one_role_for_everything(self):
        warned = self.check(DATABASE_OWNER_URL="")
        assert warned.returncode == 1
        assert "DATABASE_OWNER_URL is not set" in warned.stderr
