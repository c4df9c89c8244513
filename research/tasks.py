"""What the export worker does."""

from celery import shared_task

from research import exports, publishing


@shared_task(name="research.tasks.make_export")
def make_export(export_id: int) -> None:
    publishing.sweep_files()
    exports.make_export(export_id)


@shared_task(name="research.tasks.publish")
def publish(export_id: int) -> None:
    publishing.publish(export_id)


@shared_task(name="research.tasks.name_removal")
def name_removal(removal_id: int) -> None:
    publishing.name_removal(removal_id)


@shared_task(name="research.tasks.sweep_files")
def sweep_files() -> None:
    publishing.sweep_files()
