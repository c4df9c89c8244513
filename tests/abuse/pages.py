"""Reading a page as a browser does: its forms, their fields, and the faults that stand at them."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

TEXT = {"text", "textarea", "email", "search", "url", "tel", "password"}
VOID = {"input", "img", "br", "link", "meta", "hr", "use"}


@dataclass
class Field:
    name: str
    kind: str  # the type of the input, or textarea, select
    value: str = ""
    options: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)

    @property
    def is_text(self) -> bool:
        return self.kind in TEXT

    @property
    def is_choice(self) -> bool:
        return self.kind in ("radio", "checkbox", "select")


@dataclass
class Form:
    action: str
    fields: dict[str, Field] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    multipart: bool = False


class Page(HTMLParser):
    """The forms that post, and what stands in elements with an id."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.faults: dict[str, str] = {}
        self._form: Form | None = None
        self._area: Field | None = None
        self._select: Field | None = None
        self._fault: tuple[str, int] | None = None
        self._depth = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._depth += 1
        if "fault" in given.get("class", "").split():
            self._fault = (given.get("id", ""), self._depth)
        if tag == "form":
            self._form = self._begin(given)
        elif self._form is not None:
            self._part(tag, given)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._fault and self._depth == self._fault[1]:
            self._fault = None
        self._depth -= tag not in VOID
        self._form = None if tag == "form" else self._form
        self._area = None if tag == "textarea" else self._area
        self._select = None if tag == "select" else self._select

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            # A line break right after the tag belongs to the HTML, not to the text.
            self._area.value += data if self._area.value else data.removeprefix("\r").removeprefix("\n")
        if self._fault:
            at = self._fault[0]
            self.faults[at] = self.faults.get(at, "") + data

    def _begin(self, given: dict[str, str]) -> Form | None:
        if given.get("method", "").lower() != "post":
            return None
        form = Form(given.get("action", ""), multipart="multipart" in given.get("enctype", ""))
        self.forms.append(form)
        return form

    def _part(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None
        name = given.get("name", "")
        if tag == "option" and self._select is not None:
            self._select.options.append(given.get("value", ""))
            if "selected" in given:
                self._select.chosen.append(given.get("value", ""))
        elif tag == "button" and name:
            self._form.buttons.append((name, given.get("value", "")))
        elif tag in ("input", "textarea", "select") and name:
            self._field(tag, name, given)

    def _field(self, tag: str, name: str, given: dict[str, str]) -> None:
        assert self._form is not None
        kind = given.get("type", "text") if tag == "input" else tag
        found = self._form.fields.setdefault(name, Field(name, kind, given.get("value", "")))
        if kind == "hidden":  # several of one name are several values
            found.options.append(given.get("value", ""))
        if kind in ("radio", "checkbox"):
            found.options.append(given.get("value", "on"))
            if "checked" in given:
                found.chosen.append(given.get("value", "on"))
        self._area = found if tag == "textarea" else None
        self._select = found if tag == "select" else None


def fault_at(page: Page, name: str) -> str:
    """The sentence that stands at this field; empty when there is none."""
    said = {re.sub(r"^id_|_error$", "", at): text.strip() for at, text in page.faults.items()}
    return said.get(name, "")
