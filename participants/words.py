"""Own words: what somebody calls the group, their moods and the steps of a goal (ux.md §1.3)."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from participants.models import OwnWord, Participant
from participants.scales import Mood, Standing

GROUP = "group"


@dataclass
class OwnWords:
    """The words of one participant; where they chose none, ours."""

    own: dict[str, str] = field(default_factory=dict)

    @property
    def group(self) -> str:
        return self.own.get(GROUP) or _("steungroep")

    @property
    def moods(self) -> list[str]:
        """Five words, from Heel zwaar (0) to Heel goed (4)."""
        return [self.own.get(f"mood{m.value}") or str(m.label) for m in Mood]

    @property
    def standings(self) -> list[str]:
        """Five words, from Nog niet begonnen (0) to Gelukt (4)."""
        return [self.own.get(f"standing{s.value}") or str(s.label) for s in Standing]

    def mood_choices(self) -> list[tuple[int, str]]:
        return list(enumerate(self.moods))

    def standing_choices(self) -> list[tuple[int, str]]:
        return list(enumerate(self.standings))


def my_words() -> OwnWords:
    """Of the acting participant."""
    return OwnWords(dict(OwnWord.objects.own().values_list("key", "words")))


def words_of(participant: Any) -> OwnWords:
    """Of a participant whose member is reading."""
    found = OwnWord.objects.visible().filter(participant=participant)
    return OwnWords({row.key: row.words for row in found})


def keep_words(*, participant: Participant, words: dict[str, str]) -> None:
    """Exactly these; an empty one is ours again."""
    OwnWord.objects.own().exclude(key__in=[key for key, word in words.items() if word]).delete()
    for key, word in words.items():
        if word:
            OwnWord.objects.update_or_create(participant=participant, key=key, defaults={"words": word})
