"""What the default worker does for a participant."""

from celery import shared_task

from participants import copies, erasing


@shared_task(name="participants.tasks.copy_data")
def copy_data(copy_id: int) -> None:
    copies.make_copy(copy_id)


@shared_task(name="participants.tasks.erase_due")
def erase_due() -> None:
    erasing.erase_due()


@shared_task(name="participants.tasks.sweep_copies")
def sweep_copies() -> None:
    copies.sweep_copies()
