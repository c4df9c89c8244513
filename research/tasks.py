"""What the export worker does."""

from celery import shared_task

from research import exports


@shared_task(name="research.tasks.make_export")
def make_export(export_id: int) -> None:
    exports.sweep_leftovers()
    exports.make_export(export_id)
