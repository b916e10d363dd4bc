"""The environment, read once, to Django's settings. Knows no ward and no box."""

import difflib
import os
import re
import zoneinfo
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from ward.bounded import MOST_BYTES
from ward.demo_folder import DemoFolder
from ward.people.oidc import read_oidc
from ward.secret_key import secret_key

KNOWN = (
    "NIGHTINGALE_BROKER",
    "NIGHTINGALE_BROKER_CA",
    "NIGHTINGALE_BROKER_CERT",
    "NIGHTINGALE_BROKER_KEY",
    "NIGHTINGALE_BROKER_PROTOCOL",
    "NIGHTINGALE_DATA",
    "NIGHTINGALE_DEBUG",
    "NIGHTINGALE_DEMO",
    "NIGHTINGALE_DESK_LOCK_MINUTES",
    "NIGHTINGALE_HOSTS",
    "NIGHTINGALE_HTTPS",
    "NIGHTINGALE_KEEP_STAYS_DAYS",
    "NIGHTINGALE_LANGUAGE",
    "NIGHTINGALE_MUSIC",
    "NIGHTINGALE_OIDC",
    "NIGHTINGALE_REQUIRE_MFA",
    "NIGHTINGALE_SECRET_KEY_FILE",
    "NIGHTINGALE_TIME_ZONE",
)
HOST_NAME = re.compile(
    r"\*|\.?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]"
)  # as Django holds a Host against it
for _name in os.environ:
    if _name.startswith("NIGHTINGALE_") and _name not in KNOWN:
        _near = difflib.get_close_matches(_name, KNOWN, n=1)
        raise ImproperlyConfigured(
            f"{_name} is not a setting of the ward"
            + (f". Did you mean {_near[0]}?" if _near else f". Settings: {', '.join(KNOWN)}.")
        )


def _is_on(name: str) -> bool:
    """A switch set to "true" by mistake must not silently be off."""
    value = os.environ.get(name, "no")
    if value not in {"yes", "no", ""}:
        raise ImproperlyConfigured(f"{name}={value} is not valid. Use yes or no.")
    return value == "yes"


def _minutes(name: str, default: int, most: int) -> int:
    value = os.environ.get(name, "") or str(default)
    if not value.isdecimal() or not 1 <= int(value) <= most:
        raise ImproperlyConfigured(f"{name}={value} is not valid. Use minutes from 1 to {most}.")
    return int(value)


def _days(name: str, default: int, most: int) -> int:
    value = os.environ.get(name, "") or str(default)
    if not value.isdecimal() or int(value) > most:
        raise ImproperlyConfigured(
            f"{name}={value} is not valid. Use days from 1 to {most}, or 0 to keep data for ever."
        )
    return int(value)


LANGUAGES = [("en-gb", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español")]  # en-gb: 24 hours


def _language() -> str:
    """What the pages speak where neither the person nor the browser asks for one of ours."""
    value = os.environ.get("NIGHTINGALE_LANGUAGE", "") or "en"
    codes = {code.partition("-")[0]: code for code, _name in LANGUAGES}
    if value not in codes:
        raise ImproperlyConfigured(f"NIGHTINGALE_LANGUAGE={value} is not available. Use {', '.join(codes)}.")
    return codes[value]


DATA = Path(os.environ.get("NIGHTINGALE_DATA", "build/ward")).resolve()  # database and secret key
SECRET_KEY_FILE = Path(os.environ.get("NIGHTINGALE_SECRET_KEY_FILE", DATA / "secret-key"))
DEBUG = _is_on("NIGHTINGALE_DEBUG")
HTTPS = _is_on("NIGHTINGALE_HTTPS")  # a proxy in front ends TLS
BROKER = os.environ.get("NIGHTINGALE_BROKER", "127.0.0.1:1883")  # host:port, several separated by commas
BROKER_CA = os.environ.get("NIGHTINGALE_BROKER_CA", "")  # PEM files; with a CA the ward speaks TLS only
BROKER_CERT = os.environ.get("NIGHTINGALE_BROKER_CERT", "")
BROKER_KEY = os.environ.get("NIGHTINGALE_BROKER_KEY", "")
BROKER_PROTOCOL = os.environ.get("NIGHTINGALE_BROKER_PROTOCOL", "3.1.1")  # or 5
MUSIC = Path(os.environ.get("NIGHTINGALE_MUSIC", "build/music"))  # the rendered starter music
REQUIRE_MFA = _is_on("NIGHTINGALE_REQUIRE_MFA")  # of administrators
DESK_LOCK_MINUTES = _minutes("NIGHTINGALE_DESK_LOCK_MINUTES", 5, most=60)  # idle, at a shared desk
KEEP_STAYS_DAYS = _days("NIGHTINGALE_KEEP_STAYS_DAYS", 90, most=3650)  # after a stay's end; 0: for ever (ward.purging)
OIDC = read_oidc(os.environ.get("NIGHTINGALE_OIDC", ""))  # the hospital's own sign-in, where a file describes one


def _database() -> dj_database_url.DBConfig:
    try:
        found = dj_database_url.config(default=f"sqlite:///{DATA / 'ward.sqlite3'}")
    except ValueError:
        found = {}
    if not found.get("ENGINE", "").endswith(("sqlite3", "postgresql")):
        raise ImproperlyConfigured(
            "DATABASE_URL is not valid. Use postgres://user:password@host:5432/name, or leave it out for SQLite."
        )
    return found


def _hosts() -> list[str]:
    """Names alone: Django compares them with what a browser asked for, without scheme and port."""
    names = [name.strip() for name in os.environ.get("NIGHTINGALE_HOSTS", "127.0.0.1,localhost").split(",")]
    for name in names:
        if not HOST_NAME.fullmatch(name):
            raise ImproperlyConfigured(
                f"NIGHTINGALE_HOSTS: {name!r} is not a host name. Use names only, such as ward.example,127.0.0.1."
            )
    return names


def _time_zone() -> str:
    name = os.environ.get("NIGHTINGALE_TIME_ZONE", "") or "UTC"
    if name not in zoneinfo.available_timezones():
        raise ImproperlyConfigured(f"NIGHTINGALE_TIME_ZONE={name} is not a time zone. Use one such as Europe/Paris.")
    return name


SECRET_KEY = secret_key(SECRET_KEY_FILE)
ALLOWED_HOSTS = _hosts()

DATABASES = {"default": _database()}


def _demo() -> DemoFolder | None:
    """The folder of `make demo`, whose start page opens every account by one click. A ward with anything that an
    installed one has (a name in the network, HTTPS, PostgreSQL, the hospital's sign-in) refuses to start with it."""
    value = os.environ.get("NIGHTINGALE_DEMO", "")
    is_sqlite = DATABASES["default"].get("ENGINE", "").endswith("sqlite3")
    is_installed = HTTPS or OIDC or REQUIRE_MFA or set(ALLOWED_HOSTS) - LOOPBACK or not is_sqlite
    if value and is_installed:
        raise ImproperlyConfigured("NIGHTINGALE_DEMO is for `make demo` only. Remove it from this ward's settings.")
    return DemoFolder(Path(value).resolve()) if value else None


LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}
DEMO = _demo()
if DATABASES["default"].get("ENGINE", "").endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # FULL: a receipt is sent after COMMIT, so a commit must outlive a power cut.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
    }

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "ward",
    "ward.beds",
    "ward.tiles",
    "ward.board",
    "ward.music",
    "ward.fleet",
    "ward.assignments",
    "ward.usage",
    "ward.notes",
    "ward.night",
    "ward.history",
    "ward.reports",
    "ward.therapy",
    "ward.mqttd",
    "ward.people",
    "ward.places",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "ward.audit",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ward.people.private.Private",
    "ward.people.typed.Typed",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ward.accounts.middleware.Watch",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "ward.accounts.frame.frame",
            ]
        },
    }
]
DATA_UPLOAD_MAX_MEMORY_SIZE = MOST_BYTES
ROOT_URLCONF = "ward.urls"
ASGI_APPLICATION = "ward.asgi.application"

# Nothing is fetched from outside, nothing is inline: hospitals' networks are closed.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *([OIDC.origin] if OIDC else [])],  # browsers follow a form's redirects by this rule
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "board"
LOGOUT_REDIRECT_URL = "login"
SESSION_COOKIE_AGE = 12 * 3600  # a shift; ward.accounts.middleware ends or locks idle ones earlier
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"  # Strict would lose the way back from the hospital's sign-in
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]
    SECURE_SSL_REDIRECT = True  # where a proxy lets plain HTTP through, nobody types a password into it
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked from this machine, past the proxy
    # A ward is opened every day, so a month always holds; and after a month without HTTPS browsers are free again.
    SECURE_HSTS_SECONDS = 30 * 24 * 3600
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains: names below the ward's are other machines of the hospital, not ours to bind
    "security.W021",  # HSTS preload: browsers ship that list to the whole world, and a ward's name is inside a hospital
]
X_FRAME_OPTIONS = "DENY"
AUTHENTICATION_BACKENDS = ["ward.people.backend.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_ADAPTER = "ward.people.adapters.Accounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # asked of nobody: there is no sign-up
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = False  # allauth counts in a cache, which each web process has for itself: ward.people.attempts
ACCOUNT_FORMS = {"login": "ward.accounts.forms.LoginForm", "change_password": "ward.accounts.forms.ChangePasswordForm"}
MFA_ADAPTER = "ward.people.adapters.SecondFactors"
MFA_RATE_LIMITS = False
MFA_TOTP_ISSUER = "Nightingale"
MFA_FORMS = {
    "authenticate": "ward.accounts.forms.AuthenticateForm",
    "reauthenticate": "ward.accounts.forms.ReauthenticateForm",
}
SOCIALACCOUNT_ADAPTER = "ward.people.adapters.HospitalAccounts"
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_PROVIDERS = OIDC.for_allauth() if OIDC else {}

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True  # served from the packages: no collectstatic step to forget
LANGUAGE_CODE = _language()
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = HTTPS
LOCALE_PATHS = [Path(__file__).parent / "locale"]
TIME_ZONE = _time_zone()
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}

if DEMO:
    LOGIN_URL = "demo"
    # It begins anew at each start: nothing in it has to outlive a power cut, and it is there in half the time.
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    MIDDLEWARE.append("ward.demo.clock.Clock")
    TEMPLATES[0]["OPTIONS"]["context_processors"].append("ward.demo.frame.frame")  # type: ignore[index]
