"""What a researcher's files hold, column by column. Nothing that is not declared here leaves the house.

Each column says what it means, of what kind it is, and what protects the person. No free text, no dates: time is the
whole months since somebody began.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

PID = r"[a-z2-7]{16}"
NUMBER = r"\d{0,6}"


@dataclass(frozen=True)
class Column:
    """One column: its name in the file, the column of the view, its meaning, and the form that every cell must have."""

    name: str
    source: str
    meaning: Any
    values: str  # allowed codes separated by spaces, or a regular expression
    protected: Any = ""

    @property
    def pattern(self) -> str:
        """A regular expression that every cell matches; an empty cell is always allowed for codes."""
        if self.values in (PID, NUMBER):
            return self.values
        return "(" + "|".join(self.values.split()) + ")?"

    @property
    def kind(self) -> Any:
        if self.values == PID:
            return _("pseudoniem")
        return _("getal") if self.values == NUMBER else _("code")


@dataclass(frozen=True)
class File:
    name: str
    view: str
    row: Any
    columns: tuple[Column, ...]
    order: str = ""


_MONTH = _("Dag en jaar weg, alleen hele maanden")
PERSON = Column("pid", "pid", _("Pseudoniem"), PID, _("Sleutel per cohort"))

FILES = (
    File(
        "deelnemers.csv",
        "participants",
        _("1 rij per persoon"),
        (
            PERSON,
            Column(
                "leeftijd_groep",
                "age_group",
                _("Leeftijd bij start"),
                "tot_30 30_44 45_59 vanaf_60",
                _("Klassen van 15 jaar"),
            ),
            Column("gender", "gender", _("Gender"), "woman man other"),
            Column(
                "fase",
                "phase",
                _("Fase van de groep"),
                "draft preparation investment planning active reorientation paused closed",
            ),
            Column("maanden", "months", _("Maanden sinds de start"), NUMBER, _MONTH),
            Column("mensen", "people", _("Mensen op de kaart, 10 is 10 of meer"), NUMBER, _("Bovengrens")),
            Column("naasten", "informal_members", _("Naasten in de groep, 6 is 6 of meer"), NUMBER, _("Bovengrens")),
            Column(
                "hulpverleners",
                "formal_members",
                _("Hulpverleners in de groep, 6 is 6 of meer"),
                NUMBER,
                _("Bovengrens"),
            ),
        ),
    ),
    File(
        "steungroep.csv",
        "people",
        _("1 rij per mens op de kaart"),
        (
            PERSON,
            Column("mens", "person", _("Volgnummer"), NUMBER),
            Column("soort", "kind", _("Soort"), "close_one professional peer pet other"),
            Column("ring", "ring", _("Hoe dichtbij: 1 heel dichtbij, 3 verder weg, 0 onbekend"), "0 1 2 3"),
            Column("in_groep", "in_group", _("In de steungroep"), "0 1"),
            Column("maand", "month", _("Maand waarin iemand op de kaart kwam"), NUMBER, _MONTH),
        ),
        "person",
    ),
    File(
        "doelen.csv",
        "goals",
        _("1 rij per doel, zonder vrije tekst"),
        (
            PERSON,
            Column("doel", "goal", _("Volgnummer"), NUMBER),
            Column(
                "leefgebied",
                "domain",
                _("Leefgebied"),
                "home money work days family friends mind body substances household society meaning justice",
            ),
            Column("termijn", "horizon", _("Wens voor later of korte stap"), "long short"),
            Column("status", "state", _("Status"), "active resting reached dropped"),
            Column("stand", "standing", _("Waar iemand staat: 0 nog niet begonnen, 4 gelukt"), "0 1 2 3 4"),
            Column("maand", "month", _("Maand waarin het doel begon"), NUMBER, _MONTH),
            Column("maand_af", "month_closed", _("Maand waarin het doel werd afgerond"), NUMBER, _MONTH),
            Column("stappen", "steps", _("Aantal stappen"), NUMBER),
            Column("stappen_klaar", "steps_done", _("Aantal stappen klaar"), NUMBER),
            Column("helpers", "helpers", _("Aantal helpers"), NUMBER),
        ),
        "goal",
    ),
    File(
        "voortgang.csv",
        "progress",
        _("1 rij per keer dat iemand zei waar hij stond"),
        (
            PERSON,
            Column("doel", "goal", _("Volgnummer van het doel"), NUMBER),
            Column("keer", "time", _("Volgnummer"), NUMBER),
            Column("maand", "month", _("Maand"), NUMBER, _MONTH),
            Column("stand", "standing", _("Waar iemand staat: 0 nog niet begonnen, 4 gelukt"), "0 1 2 3 4"),
        ),
        "goal, time",
    ),
    File(
        "bijeenkomsten.csv",
        "meetings",
        _("1 rij per bijeenkomst"),
        (
            PERSON,
            Column("bijeenkomst", "meeting", _("Volgnummer"), NUMBER),
            Column("soort", "kind", _("Soort"), "group question"),
            Column("status", "state", _("Status"), "held cancelled"),
            Column("maand", "month", _("Maand"), NUMBER, _MONTH),
            Column("naasten", "informal_present", _("Aanwezig: naasten en lotgenoten"), NUMBER),
            Column("hulpverleners", "formal_present", _("Aanwezig: hulpverleners"), NUMBER),
            Column("afspraken", "promises", _("Aantal afspraken"), NUMBER),
            Column("afspraken_klaar", "promises_done", _("Aantal afspraken klaar"), NUMBER),
        ),
        "meeting",
    ),
)


def codebook() -> list[list[str]]:
    """The rows of codeboek.csv."""
    rows = [["bestand", "kolom", "betekenis", "soort", "waarden", "beschermd_door"]]
    for file in FILES:
        for c in file.columns:
            values = "" if c.values in (PID, NUMBER) else c.values
            rows.append([file.name, c.name, str(c.meaning), str(c.kind), values, str(c.protected)])
    return rows
