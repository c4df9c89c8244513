"""What each field of each model is to research. Whoever adds a field must say it; a test sees to that."""

from enum import StrEnum


class Use(StrEnum):
    """The five classes; only `measure` and, generalised, `quasi` may reach a file (see security.md §5.2)."""

    NEVER = "never"  # free text, and what no study needs
    IDENTIFIER = "identifier"  # points at a person
    QUASI = "quasi"  # together with others it could point at a person: only generalised
    MEASURE = "measure"  # what studies are about
    KEY = "key"  # ties rows together inside the database; leaves only as a keyed pseudonym


def privacy(
    *, never: str = "", identifier: str = "", quasi: str = "", measure: str = "", key: str = ""
) -> dict[str, Use]:
    """Field names per class, separated by spaces. Raises ValueError when a field is named twice."""
    said: dict[str, Use] = {}
    for use, names in (
        (Use.NEVER, never),
        (Use.IDENTIFIER, identifier),
        (Use.QUASI, quasi),
        (Use.MEASURE, measure),
        (Use.KEY, key),
    ):
        for name in names.split():
            if name in said:
                raise ValueError(f"{name} is named twice")
            said[name] = use
    return said
