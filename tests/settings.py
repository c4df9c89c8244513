"""Settings of the tests: the house's own, on servers of the tests' own.

pytest-django reads the settings before it reads a conftest, so the servers are started here.
"""

import os
from pathlib import Path

from psycopg.conninfo import make_conninfo

from herstel.services import Services

LOCAL_OF_TESTS = Path(__file__).resolve().parent.parent / ".local" / "test"

os.environ.update(Services(LOCAL_OF_TESTS, durable=False).start())
os.environ.setdefault("SECRET_KEY", "only-for-the-tests")
os.environ.setdefault("LOCAL_ROOT", str(LOCAL_OF_TESTS))
os.environ.setdefault("STATIC_ROOT", str(LOCAL_OF_TESTS / "static"))
(LOCAL_OF_TESTS / "static").mkdir(parents=True, exist_ok=True)
# A process of the tests is a web process, whatever the shell that started it says.
os.environ["HERSTEL_ROLE"] = "web"

from herstel.settings import *  # noqa: E402, F403
from herstel.settings import LOGGING, STORAGES, TEMPLATES, database, env  # noqa: E402
from tests.undefined import Undefined  # noqa: E402

# Who tests logs in as herstel_test, which has no rights of its own, and becomes herstel_web at once (harness.py).
SUPERUSER_URL = env("DATABASE_URL_SUPERUSER")
TEST_ROLE_PASSWORD = "herstel_test"  # of a role that exists only where tests run
DATABASES = {"default": database(make_conninfo(SUPERUSER_URL, user="herstel_test", password=TEST_ROLE_PASSWORD))}

# Counters of one test must not refuse the next.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# The manifest of hashed names exists only after collectstatic.
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = Undefined("an undefined variable")
# A line for every request of a walk would bury what failed.
LOGGING["root"]["level"] = "ERROR"
# A test of a mail says the same at night.
QUIET_HOURS = (0, 0)
