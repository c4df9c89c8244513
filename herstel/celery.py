"""The Celery application. A message only says "look at job 9"; the database holds what is true."""

import os
from contextlib import nullcontext
from typing import Any

from celery import Celery, Task, signals

from herstel.actor import acting_as

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "herstel.settings")


class HouseTask(Task):
    """Every task says for whom it works: `acting_for=` a user, or `system=True`. Otherwise it does not start:
    without an actor it would see no rows at all, and silently do nothing."""

    # Celery would compare the arguments with the function's own; `acting_for` and `system` are taken off first.
    typing = False

    def __call__(self, *args: Any, acting_for: int | None = None, system: bool = False, **kwargs: Any) -> Any:
        if (acting_for is None) is not system:
            raise TypeError(f"{self.name} must be called with acting_for= or with system=True")
        with nullcontext() if system else acting_as(acting_for):
            return super().__call__(*args, **kwargs)


app = Celery("herstel", task_cls=HouseTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.task_routes = {"research.tasks.*": {"queue": "export"}}


@signals.setup_logging.connect
def keep_our_logging(**kwargs: Any) -> None:
    """Celery leaves the root logger alone when somebody answers this signal; ours writes no content."""
    from django.conf import settings

    from herstel.logs import configure

    configure(settings.LOGGING)


@signals.worker_ready.connect
def sweep_at_once(**kwargs: Any) -> None:
    """What came due while no worker was there is not left until the next tick."""
    app.send_task("herstel.tasks.sweep", kwargs={"system": True})
