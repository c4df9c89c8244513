"""Settings: everything that differs between places comes from the environment, secrets may come from a file."""

import json
import os
from pathlib import Path
from typing import Any

from celery.schedules import schedule
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from psycopg.conninfo import conninfo_to_dict

ROOT = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    """The value of NAME, or the content of the file that NAME_FILE points at."""
    file = os.environ.get(f"{name}_FILE")
    return Path(file).read_text().strip() if file else os.environ.get(name, default)


DEMO = env("HERSTEL_DEMO") == "1"
DEBUG = env("DEBUG") == "1"
ROLE = env("HERSTEL_ROLE", "web")  # web | worker | research | owner: one process, one database role
SECRET_KEY = env("SECRET_KEY", "only-for-the-demo-and-tests" if DEMO or DEBUG else "")
SECRET_KEY_FALLBACKS = env("SECRET_KEY_FALLBACKS").split()  # former ones: they still open, and close nothing
SITE_URL = env("SITE_URL", "http://localhost:8000").rstrip("/")
SECURE = SITE_URL.startswith("https://")
ALLOWED_HOSTS = env("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
METRICS_ALLOWED = env("METRICS_ALLOWED", "127.0.0.1,::1").split(",")
# How many proxies of the place's own stand before it. Only they say who asks and whether it came over TLS.
TRUSTED_PROXIES = int(env("TRUSTED_PROXIES", "0"))
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

LOOPBACK = {"localhost", "127.0.0.1", "[::1]", "testserver"}
if DEMO and not (set(ALLOWED_HOSTS) <= LOOPBACK and SITE_URL.split("//")[-1].split(":")[0] in LOOPBACK):
    # In the demo anybody may become anybody: it runs on one's own machine or not at all.
    raise ImproperlyConfigured("HERSTEL_DEMO=1 works on localhost only: look at ALLOWED_HOSTS and SITE_URL.")

INSTALLED_APPS = [
    "herstel",
    "participants",
    "supportgroups",
    "goals",
    "meetings",
    "research",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "crispy_forms",
    "django_htmx",
]

MIDDLEWARE = [
    "herstel.headers.close_the_browser",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "herstel.middleware.log_requests",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "herstel.middleware.never_cache",
    "herstel.middleware.refuse_bad_input",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "herstel.middleware.say_what_was_kept",
    "herstel.middleware.act",
    "herstel.second_factor.asked_first",
    "herstel.widening.nothing_opens_unasked",
    "herstel.middleware.own_language",
    "allauth.account.middleware.AccountMiddleware",
    "herstel.middleware.idle",
    "herstel.middleware.know_browser",
]

ROOT_URLCONF = "herstel.urls"
WSGI_APPLICATION = "herstel.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "herstel.context.page",
                "participants.who.who",
            ],
        },
    }
]
CRISPY_TEMPLATE_PACK = "kring"
CRISPY_ALLOWED_TEMPLATE_PACKS = ("kring",)
CRISPY_FAIL_SILENTLY = False

# --- database -------------------------------------------------------------------------------------------------------
URL_OF_ROLE = {
    "web": "DATABASE_URL",
    "worker": "DATABASE_URL_WORKER",
    "research": "DATABASE_URL_RESEARCH",
    "owner": "DATABASE_URL_OWNER",
}


def database(url: str) -> dict[str, Any]:
    """Django's form of a libpq connection string."""
    part: dict[str, Any] = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": part.pop("dbname", "herstel"),
        "USER": part.pop("user", ""),
        "PASSWORD": part.pop("password", ""),
        "HOST": part.pop("host", ""),
        "PORT": part.pop("port", ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,  # a restarted PostgreSQL costs one reconnect, not an error page
        "OPTIONS": {"connect_timeout": 5, **part},
    }


DATABASES = {"default": database(env(URL_OF_ROLE[ROLE], "postgresql://herstel_web@/herstel"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Valkey: wake-ups, cache and counters; never the truth ----------------------------------------------------------
REDIS_URL = env("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "herstel.cache.FallbackCache", "LOCATION": REDIS_URL}}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # A page that wakes a worker waits a moment at most; a worker may wait for its messages.
    "socket_timeout": 1 if ROLE == "web" else 5,
    "socket_connect_timeout": 1,
    **({"max_retries": 0} if ROLE == "web" else {}),
}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "herstel.tasks.sweep", "schedule": schedule(10), "kwargs": {"system": True}},
}

# --- people signing in ----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "herstel.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "herstel.accounts.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
SOCIALACCOUNT_ADAPTER = "herstel.accounts.OrganisationAdapter"
MFA_ADAPTER = "herstel.secrets_at_rest.Factors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Kring"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
MFA_FORMS = {"login_webauthn": "herstel.accounts.PasskeyForm"}
# OpenID Connect: [{"provider_id","name","client_id","secret","settings":{"server_url","organisation","domains":[…]}}];
# the organisation by its name in Kring.
# "hosts":[…] beside them when it answers from other hosts than that of its server_url; nobody else is called.
OIDC_PROVIDERS = json.loads(env("OIDC_PROVIDERS", "[]"))
for _app in OIDC_PROVIDERS:
    _lacks = [name for name in ("server_url", "organisation", "domains") if not _app.get("settings", {}).get(name)]
    if _lacks:
        raise ImproperlyConfigured(f"OIDC_PROVIDERS: {_app.get('provider_id')} lacks {', '.join(_lacks)}.")
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": OIDC_PROVIDERS}}
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "side"
LOGOUT_REDIRECT_URL = "welcome"

SESSION_ENGINE = "herstel.sessions"
MESSAGE_STORAGE = "herstel.said.Said"
SESSION_COOKIE_AGE = 90 * 24 * 3600
# Under TLS no subdomain, and nobody in between, can set a cookie of such a name. A demo without TLS cannot use it.
COOKIE_PREFIX = "__Host-" if SECURE else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}kring"
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = False
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}django_language"
LANGUAGE_COOKIE_SECURE = SECURE
LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "herstel.views.pages.csrf_failure"
SECURE_HSTS_SECONDS = 63072000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
# The proxy redirects to HTTPS; the preload list is for who owns the domain to decide.
SILENCED_SYSTEM_CHECKS = ["security.W008", "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "media-src": [CSP.SELF, "blob:"],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "worker-src": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    # Chromium applies form-action to redirects after a POST: "Snel sluiten" and organisations' own sign-in pages.
    "form-action": [
        CSP.SELF,
        "https://www.knmi.nl",
        *(app["settings"]["server_url"].split("/.well-known")[0] for app in OIDC_PROVIDERS),
    ],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- mail -----------------------------------------------------------------------------------------------------------
MAIL_FROM = env("MAIL_FROM", "Kring <kring@localhost>")
DEFAULT_FROM_EMAIL = MAIL_FROM
LOCAL = Path(env("LOCAL_ROOT", str(ROOT / ".local" / "demo")))
MAIL_ROOT = LOCAL / "mail"
MAILERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": env("MAIL_HOST", "localhost"),
            "port": int(env("MAIL_PORT", "587")),
            "username": env("MAIL_USER"),
            "password": env("MAIL_PASSWORD"),
            "use_tls": env("MAIL_TLS", "1") == "1",
            "timeout": 10,
        },
    }
}
if DEMO:
    MAILERS["default"] = {
        "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "OPTIONS": {"file_path": str(MAIL_ROOT)},
    }

# --- files ----------------------------------------------------------------------------------------------------------
MEDIA_ROOT = env("MEDIA_ROOT", str(LOCAL / "media"))
EXPORT_ROOT = Path(env("EXPORT_ROOT", str(LOCAL / "export")))
# Where versions lie until they are released; in production the web has no such folder.
EXPORT_WORK = Path(env("EXPORT_WORK", str(LOCAL / "made")))
RESEARCH_KEY_FILE = env("RESEARCH_KEY_FILE")
STATIC_URL = "/static/"
STATIC_ROOT = env("STATIC_ROOT", str(ROOT / ".local" / "static"))
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Where browsers let their messages be delivered; a worker sends to no other place.
PUSH_SERVICES = env(
    "PUSH_SERVICES", "fcm.googleapis.com updates.push.services.mozilla.com web.push.apple.com notify.windows.com"
).split()

# Hours without mails that can wait; "0-0" is none. Somebody's own hours come first.
QUIET_HOURS = tuple(int(hour) for hour in env("QUIET_HOURS", "21-9").split("-"))

# --- language and time ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", "Nederlands"), ("en", "English")]
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "Europe/Amsterdam"
USE_TZ = True

# --- logs: what happened, never to whom or with what ----------------------------------------------------------------
LOGGING_CONFIG = "herstel.logs.configure"
# Libraries that bring a way of writing of their own lose it.
_NOT_BY_THEMSELVES: dict[str, Any] = {"handlers": [], "propagate": True}
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "herstel.logs.Structured"}},
    "handlers": {"out": {"class": "herstel.logs.Out", "formatter": "json"}},
    "root": {"handlers": ["out"], "level": "INFO"},
    "loggers": {
        "django": _NOT_BY_THEMSELVES,
        "django.request": {"level": "ERROR"},
        "django.server": {**_NOT_BY_THEMSELVES, "level": "WARNING"},
        "_granian": _NOT_BY_THEMSELVES,
    },
}

# What one machine may do; what may be done for one address is counted by the database (docs/adr/0028).
ACCOUNT_RATE_LIMITS = {"kring_code": "60/5m/ip", "kring_try": "60/5m/ip"}
