"""The two scales in five words. A number is kept; the words are the participant's own if they chose some."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Mood(models.IntegerChoices):
    VERY_HARD = 0, _("Heel zwaar")
    HARD = 1, _("Zwaar")
    SO_SO = 2, _("Gaat wel")
    GOOD = 3, _("Goed")
    VERY_GOOD = 4, _("Heel goed")


class Standing(models.IntegerChoices):
    """Where somebody stands with a goal, chosen by a person and never computed."""

    NOT_BEGUN = 0, _("Nog niet begonnen")
    BEGUN = 1, _("Een begin")
    ON_THE_WAY = 2, _("Onderweg")
    NEARLY = 3, _("Bijna")
    REACHED = 4, _("Gelukt")
