"""The invented people of the demo: who one can be at /demo/."""

from typing import NamedTuple


class DemoPerson(NamedTuple):
    slug: str
    name: str
    what: str
    email: str


DEMO_PEOPLE = (
    DemoPerson("deelnemer", "Jan", "deelnemer", "jan@voorbeeld.nl"),
    DemoPerson("deelnemer2", "Lotte", "deelnemer", "lotte@voorbeeld.nl"),
    DemoPerson("zus", "Ans", "zus van Jan", "ans@voorbeeld.nl"),
    DemoPerson("buurman", "Willem", "buurman van Jan", "willem@voorbeeld.nl"),
    DemoPerson("vnn", "Mo Bouazza", "hulpverlener bij VNN", "mo@vnn.voorbeeld.nl"),
    DemoPerson("lentis", "Sara", "hulpverlener bij Lentis", "sara@lentis.voorbeeld.nl"),
    DemoPerson("wij", "Fatima", "medewerker van het WIJ-team", "fatima@wij.voorbeeld.nl"),
    DemoPerson("onderzoeker", "Dr. E. Postma", "onderzoeker", "postma@onderzoek.voorbeeld.nl"),
    DemoPerson("controleur", "Dr. H. Visser", "tweede controle", "visser@onderzoek.voorbeeld.nl"),
    DemoPerson("beheer", "Tineke", "beheerder", "tineke@kring.voorbeeld.nl"),
)
