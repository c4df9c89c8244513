"""Mijn verhaal: told once, in pieces, and read by whom the participant chose for each piece."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from herstel import audit
from herstel.access import Category
from herstel.files import all_or_nothing
from herstel.images import keep_image
from herstel.models import AuditLine
from herstel.refusal import Refused
from herstel.sounds import keep_sound
from herstel.tasks import remove_unused
from herstel.wake import wake
from participants.models import Participant, StoryPart
from supportgroups.models import Audience


@all_or_nothing()
def tell(*, participant: Participant, **told: Any) -> StoryPart:
    """A new piece: title, words, image, sound. Raises Refused when there is nothing in it, or a file is none."""
    part = StoryPart(participant=participant, **_kept(StoryPart(), **told))
    part.save()
    audit.log(AuditLine.Event.CREATE, participant.pk, category=Category.STORY, objects=[["story", part.pk]])
    return part


@all_or_nothing()
def tell_again(*, part: StoryPart, version: int, **told: Any) -> None:
    """Other words, another picture or voice. Raises Conflict when it was changed in between."""
    old = {part.image, part.sound}
    part.change(version, **_kept(part, **told))
    audit.log(AuditLine.Event.CHANGE, part.participant_id, category=Category.STORY, objects=[["story", part.pk]])
    _drop(old - {part.image, part.sound})


def _kept(
    part: StoryPart,
    *,
    title: str,
    words: str,
    image: UploadedFile | None,
    sound: UploadedFile | None,
    without_image: bool = False,
    without_sound: bool = False,
) -> dict[str, Any]:
    """What the piece holds then. The files are made before anything changes, so that a refusal loses nothing."""
    said: dict[str, Any] = {"title": title, "words": words}
    if image or without_image:
        said["image"] = keep_image(image) if image else ""
    if sound:
        said["sound"], said["seconds"] = keep_sound(sound)
    elif without_sound:
        said |= {"sound": "", "seconds": 0}
    if not any((words, said.get("image", part.image), said.get("sound", part.sound))):
        raise Refused(_("Schrijf iets, vertel iets, of kies een foto."), field="words")
    return said


def forget_part(*, part: StoryPart) -> None:
    """The piece goes, with its files, and nobody is chosen for it any more."""
    audit.log(AuditLine.Event.DELETE, part.participant_id, category=Category.STORY, objects=[["story", part.pk]])
    Audience.objects.own().filter(category=Category.STORY, row=part.pk).delete()
    _drop({part.image, part.sound})
    part.delete()


def _drop(names: set[str]) -> None:
    for name in names - {""}:
        wake(remove_unused, name)
