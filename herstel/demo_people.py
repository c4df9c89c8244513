"""The invented people of the demo: who one can be at /demo/."""

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _


class DemoPerson(NamedTuple):
    slug: str
    name: str
    what: Any  # translated when it is shown
    email: str


DEMO_PEOPLE = (
    DemoPerson("deelnemer", "Jan", _("deelnemer"), "jan@voorbeeld.nl"),
    DemoPerson("deelnemer2", "Lotte", _("deelnemer"), "lotte@voorbeeld.nl"),
    DemoPerson("zus", "Ans", _("zus van Jan"), "ans@voorbeeld.nl"),
    DemoPerson("buurman", "Willem", _("buurman van Jan"), "willem@voorbeeld.nl"),
    DemoPerson("vnn", "Mo Bouazza", _("hulpverlener bij VNN"), "mo@vnn.voorbeeld.nl"),
    DemoPerson("lentis", "Sara", _("hulpverlener bij Lentis"), "sara@lentis.voorbeeld.nl"),
    DemoPerson("wij", "Fatima", _("medewerker van het WIJ-team"), "fatima@wij.voorbeeld.nl"),
    DemoPerson("onderzoeker", "Dr. E. Postma", _("onderzoeker"), "postma@onderzoek.voorbeeld.nl"),
    DemoPerson("controleur", "Dr. H. Visser", _("tweede controle"), "visser@onderzoek.voorbeeld.nl"),
    DemoPerson("beheer", "Tineke", _("beheerder"), "tineke@kring.voorbeeld.nl"),
)
