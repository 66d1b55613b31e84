"""Settings, top to bottom. What differs by deployment is an environment variable, listed in docs/operations.md."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.http.request import validate_host
from django.utils.csp import CSP
from environs import Env

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

# One machine or production. `./run` says WAYPOINT_LOOPBACK=1: served on 127.0.0.1 only, so a demonstration may sign
# people in by one click. Any sign of a deployment without that word means production, with production's refusals.
_OF_A_DEPLOYMENT = {
    *("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY"),
    *("ALLOWED_HOSTS", "SITE_URL", "SMTP_HOST", "DEBUG"),
}
LOOPBACK = env.bool("WAYPOINT_LOOPBACK", not os.environ.keys() & _OF_A_DEPLOYMENT)
DATA = Path(env.str("WAYPOINT_DATA", "") or BASE_DIR / ".waypoint").absolute()
DEBUG = env.bool("DEBUG", False)


# Who may talk to us, and the key that signs sessions and links

if LOOPBACK:
    _key_file = DATA / "secret_key"  # made once by ./run; without it nothing is being served
    SECRET_KEY = _key_file.read_text() if os.access(_key_file, os.R_OK) else get_random_secret_key()
    PORT = env.int("PORT", 8000)
    ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
    SITE_URL = f"http://127.0.0.1:{PORT}"
else:
    SECRET_KEY = env.str("SECRET_KEY", "")
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [])
    if DEBUG:
        raise ImproperlyConfigured("DEBUG shows visitors the code and its secrets: leave it unset in production.")
    _published = ("insecure", "change", "image-is-built")  # words of keys that stand in somebody's code
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5 or any(word in SECRET_KEY for word in _published):
        raise ImproperlyConfigured("SECRET_KEY must be a random text of at least 50 characters, known to nobody else.")
    if not ALLOWED_HOSTS or any("*" in host or not host.strip(" .") for host in ALLOWED_HOSTS):
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS must name the hosts people use, such as waypoint.example.org; * would accept any."
        )
    SITE_URL = (env.str("SITE_URL", "") or f"https://{ALLOWED_HOSTS[0].lstrip('.')}").removesuffix("/")
    _site = urlsplit(SITE_URL)
    if f"https://{_site.netloc}" != SITE_URL or not validate_host(_site.hostname or "", ALLOWED_HOSTS):
        raise ImproperlyConfigured(
            "SITE_URL must be https:// and one of ALLOWED_HOSTS, without a path: links in mails begin with it."
        )


# Parts

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "django_filters",
    "config",
    "lifecycle",
    "people",
    "programmes",
    "assessment",
    "enrolment",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.keep_no_copy",
    "django.middleware.common.CommonMiddleware",
    "config.middleware.read_the_form_once",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.second_step_first",
    "config.middleware.pages_for_buttons",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False


# Database: web and workers connect as the application, whose rights end where history begins; migrate as the owner

DATABASE_URL = env.str("DATABASE_URL", "postgresql://waypoint_app@localhost/waypoint")
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", "")
_connects_as_owner = env.str("WAYPOINT_DATABASE_ROLE", "app") == "owner"
DATABASES = {
    "default": env.dj_db_url(
        "DATABASE_OWNER_URL" if _connects_as_owner and DATABASE_OWNER_URL else "DATABASE_URL",
        DATABASE_URL,
        conn_max_age=600,
        conn_health_checks=True,  # else each process answers one 500 after the database restarts
    )
}
_timeouts = {
    "lock_timeout": "3s",
    "statement_timeout": f"{env.int('STATEMENT_TIMEOUT_SECONDS', 0)}s",  # 0: none; config/wsgi.py says 15 for pages
    "idle_in_transaction_session_timeout": "30s",
}
if _connects_as_owner:  # a migration waits for its locks and takes the time it needs
    _timeouts = {}
DATABASES["default"].setdefault("OPTIONS", {})["options"] = " ".join(f"-c {k}={v}" for k, v in _timeouts.items())
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# In the database as well: sign-in limits count for all processes together, and the broker stays an accelerator.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "config_cache",
        # Beyond so many it forgets some: with the usual 300, a flood of strangers would wipe out who tried how often.
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}


# Signing in: by password, mailed code, passkey or the employer's single sign-on; no open sign-up

AUTH_USER_MODEL = "people.User"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # e-mails are unique, by a constraint that ignores capitals
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "config.passwords.NotOwnNameValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "config.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "config.forms.LoginForm",
    "request_login_code": "config.forms.RequestCodeForm",
    "confirm_login_code": "config.forms.ConfirmCodeForm",
    "reset_password": "config.forms.ResetPasswordForm",
    "user_token": "config.forms.LinkForm",
    "reset_password_from_key": "config.forms.ResetPasswordKeyForm",
    "set_password": "config.forms.SetPasswordForm",
    "change_password": "config.forms.ChangePasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # whoever makes the account vouches for the address
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if LOOPBACK else "https"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = int(timedelta(minutes=10).total_seconds())  # mail can be slow
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(timedelta(minutes=10).total_seconds())
# Limits on signing in count per client: behind a proxy its address is the one that the proxy wrote last.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", 0 if LOOPBACK else 1)

# The second step: what proves, besides a password or a mail, that it is you. Passkeys may be the only one.
MFA_ADAPTER = "config.accounts.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "config.forms.SecondStepForm",
    "reauthenticate": "config.forms.SecondStepAgainForm",
    "activate_totp": "config.forms.AddAuthenticatorForm",
    "add_webauthn": "config.forms.AddPasskeyForm",
    "authenticate_webauthn": "config.forms.PasskeyForm",
    "login_webauthn": "config.forms.PasskeyAloneForm",
    "reauthenticate_webauthn": "config.forms.PasskeyAgainForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Waypoint"
MFA_TOTP_TOLERANCE = 1  # a telephone's clock may be half a minute off
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody signs up: whoever made the account vouches for the address
SECOND_STEP_FOR_HR = env.bool("SECOND_STEP_FOR_HR", not LOOPBACK)

# Single sign-on with one provider that speaks OpenID Connect; without these there is none.
OIDC_NAME = env.str("OIDC_NAME", "")
_oidc = {name: env.str(f"OIDC_{name}", "") for name in ("SERVER", "CLIENT_ID", "CLIENT_SECRET")}
if any((OIDC_NAME, *_oidc.values())) and not all((OIDC_NAME, *_oidc.values())):
    raise ImproperlyConfigured(
        "Single sign-on needs all of OIDC_NAME, OIDC_SERVER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET."
    )
if _oidc["SERVER"] and not LOOPBACK and not _oidc["SERVER"].startswith("https://"):
    raise ImproperlyConfigured("OIDC_SERVER must be https://: what it says is who somebody is.")
SOCIALACCOUNT_ADAPTER = "config.accounts.SingleSignOnAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": OIDC_NAME,
                "client_id": _oidc["CLIENT_ID"],
                "secret": _oidc["CLIENT_SECRET"],
                # Addresses of these domains count as verified: for an employer's own provider that does not say so.
                "settings": {"server_url": _oidc["SERVER"], "verified_email": env.list("OIDC_EMAIL_DOMAINS", [])},
            }
        ]
        if OIDC_NAME
        else [],
    }
}

SESSION_ENGINE = "config.sessions"  # rows: ending a leaver's sessions is one DELETE
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_NAME = "waypoint_session"
CSRF_COOKIE_NAME = "waypoint_csrf"
CSRF_COOKIE_HTTPONLY = True


# Language, dates and days: people read UK English and Europe/London dates

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = True


# Static files

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = None if LOOPBACK else BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = LOOPBACK  # ./run serves the files where they lie; an image collects and compresses them once
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOOPBACK
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_ROOT = DATA / "files"


# Mail: one machine writes files, which a demonstration shows in the browser; SMTP sends production's, and one machine's
# that is no demonstration and names a server: nobody writes to invented people.

if LOOPBACK and not (env.str("SMTP_HOST", "") and env.str("WAYPOINT_DEMO", "") == "0"):
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": str(DATA / "mail")},
        }
    }
else:
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {
                "host": env.str("SMTP_HOST", "localhost"),
                "port": env.int("SMTP_PORT", 587),
                "username": env.str("SMTP_USER", ""),
                "password": env.str("SMTP_PASSWORD", ""),
                "use_tls": env.bool("SMTP_TLS", True),
                "timeout": 10,
            },
        }
    }
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", "Waypoint <waypoint@localhost>")
HR_CONTACT = env.str("HR_CONTACT", "")  # whom learners ask, as people read it
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# When notices leave, by the hours of a day in London: from the first and before the second.
MAIL_HOURS = tuple(env.list("MAIL_HOURS", [8, 20], subcast=int, delimiter="-"))
if len(MAIL_HOURS) != 2 or not 0 <= MAIL_HOURS[0] < MAIL_HOURS[1] <= 24:
    raise ImproperlyConfigured("MAIL_HOURS is two hours of a day like 8-20: mail leaves from the first to the second.")
MAIL_DOMAIN = urlsplit(SITE_URL).hostname or "localhost"  # the right-hand side of every Message-ID


# Security headers and cookies

SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],  # Bootstrap draws its ticks and chevrons as data: images
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CSRF_TRUSTED_ORIGINS = [] if LOOPBACK else [SITE_URL]
if not LOOPBACK:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz)$"]  # probes speak plain HTTP to the process itself
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # the proxy in front sets it, always
    SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds())
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True


# Celery: wake-ups only; rows are the truth, so nothing here waits long for a broker that is gone

REDIS_URL = env.str("REDIS_URL", "redis://localhost:6379/0")
CELERY_BROKER_URL = REDIS_URL
if REDIS_URL.startswith("unix://"):  # Celery's word for the same socket
    CELERY_BROKER_URL = "redis+socket" + REDIS_URL.removeprefix("unix").replace("?db=", "?virtual_host=")
CELERY_TIMEZONE = "UTC"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A broker that goes away does not end the work in hand: what a task that is cut has taken waits for its lease to end.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 0}  # else a dead broker costs each request seconds
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,  # else a killed worker's tasks wait about 100 seconds more
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "max_retries": 0,
}


# Logs: sentences on one machine, JSON in production

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "sentence": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "{asctime}{levelname}{name}{message}",
            "style": "{",
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "sentence" if LOOPBACK else "json"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"django": {"handlers": [], "level": "INFO", "propagate": True}},
}
