"""The form pack: labels, hints, errors and groups as people with a screen reader and people in a hurry need them."""

from html.parser import HTMLParser

import pytest
from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field, as_crispy_form
from django import forms
from django.utils.translation import gettext_lazy, override

from herstel.choices_text import with_hint
from herstel.pictograms import PICTOGRAMS


class Everything(forms.Form):
    use_required_attribute = False

    name = forms.CharField(label="Hoe wil je heten?", help_text="Dit mag je voornaam zijn.")
    mail = forms.EmailField(label="Mailadres", widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    words = forms.CharField(label="In je eigen woorden", required=False, widget=forms.Textarea)
    day = forms.DateField(label="Welke dag?", widget=forms.DateInput(attrs={"type": "date"}))
    at = forms.TimeField(label="Hoe laat?", required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    both = forms.SplitDateTimeField(label="Dag en tijd", required=False)
    kind = forms.ChoiceField(label="Hoe ken je Ans?", choices=[("", "Kies"), ("f", "Familie")])
    photo = forms.FileField(label="Foto of tekening", required=False)
    code = forms.CharField(
        label="Code",
        widget=forms.TextInput(attrs={"class": "code", "autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    understood = forms.BooleanField(label="Ik snap het")
    also_write = forms.BooleanField(
        label="Mag ook opschrijven", help_text="Ans kan dan iets toevoegen.", required=False
    )
    near = forms.ChoiceField(
        label="Hoe dichtbij?",
        help_text="Weet je het niet? Dat mag.",
        widget=forms.RadioSelect(attrs={"class": "chips"}),
        choices=[("1", "Heel dichtbij"), ("2", "Dichtbij")],
    )
    sees = forms.MultipleChoiceField(
        label="Wat mag Ans zien?",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "label-hidden"}),
        choices=[("agenda", with_hint("Je agenda", "Wanneer en waar")), ("goals", "Je doelen")],
    )
    picture = forms.ChoiceField(
        label="Welk beeld past erbij?",
        required=False,
        widget=forms.RadioSelect(attrs={"class": "pictures"}),
        choices=list(PICTOGRAMS.items())[:3],
    )
    secret = forms.CharField(widget=forms.HiddenInput, initial="x")


class Page(HTMLParser):
    """The elements of a piece of HTML, each with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def find(self, tag: str, **attrs: str) -> list[dict[str, str]]:
        wanted = {name.rstrip("_"): value for name, value in attrs.items()}
        return [a for t, a in self.elements if t == tag and wanted.items() <= a.items()]

    def ids(self) -> list[str]:
        return [a["id"] for _, a in self.elements if "id" in a]


def shown(data: dict[str, object] | None = None) -> Page:
    return Page(as_crispy_form(Everything(data)))


@pytest.fixture(params=[None, {}], ids=["empty", "with errors"])
def page(request: pytest.FixtureRequest) -> Page:
    return shown(request.param)


class TestEveryField:
    def test_has_a_label_of_its_own(self, page: Page) -> None:
        fields = [
            a for tag, a in page.elements
            if tag in ("input", "select", "textarea") and a.get("type") != "hidden" and "both" not in a["name"]
        ]  # fmt: skip
        for field in fields:
            assert page.find("label", for_=field["id"]), field

    def test_refers_only_to_what_is_there(self, page: Page) -> None:
        ids = page.ids()
        assert len(ids) == len(set(ids))
        for _tag, attrs in page.elements:
            for reference in attrs.get("aria-describedby", "").split():
                assert reference in ids
        for link in page.find("a"):
            assert link["href"].removeprefix("#") in ids

    def test_has_no_placeholder_asterisk_or_inline_style(self, page: Page) -> None:
        for _tag, attrs in page.elements:
            assert not {"placeholder", "style", "onclick", "required"} & set(attrs)
        assert "*" not in page.html

    def test_hidden_fields_are_there_once(self, page: Page) -> None:
        assert len(page.find("input", name="secret")) == 1


def test_what_may_stay_empty_says_so_and_ticks_do_not() -> None:
    page = as_crispy_form(Everything())
    assert page.count("(mag leeg blijven)") == 5  # words, at, both, photo, picture


def test_groups_are_fieldsets_with_a_legend() -> None:
    page = shown()
    assert len(page.find("fieldset")) == 4
    assert len(page.find("legend")) == 4
    assert page.find("legend", class_="vh")
    assert page.find("fieldset", aria_describedby="") == []
    assert 'class="choices chips"' in page.html


def test_choices_are_cards_and_carry_their_hint() -> None:
    html = as_crispy_field(Everything()["sees"])
    assert html.count("<label class=") == 2
    assert '<strong>Je agenda</strong><span class="sub">Wanneer en waar</span>' in html


def test_a_single_tick_is_a_card_with_its_hint_linked() -> None:
    page = Page(as_crispy_field(Everything()["also_write"]))
    (tick,) = page.find("input", type="checkbox")
    assert tick["aria-describedby"] == "id_also_write_helptext"
    assert page.find("label", for_=tick["id"])


def test_pictures_show_their_drawing_and_their_name() -> None:
    html = as_crispy_field(Everything()["picture"])
    assert "img/pictograms" in html
    assert "#bicycle" in html
    assert "Fiets" in html


def test_the_summary_comes_first_takes_focus_and_names_the_field() -> None:
    html = as_crispy_form(Everything({}))
    page = Page(html)
    (summary,) = page.find("div", role="alert")
    assert summary["tabindex"] == "-1"
    assert html.index("data-fouten") < html.index("Dit mag je voornaam zijn")
    assert page.find("a", href="#id_name")
    # A group has no field of its own to go to: its first card takes the focus.
    assert page.find("a", href="#id_near_0")


def test_the_error_stands_above_its_field_and_is_linked() -> None:
    html = as_crispy_field(Everything({})["name"])
    (field,) = Page(html).find("input", name="name")
    assert field["aria-invalid"] == "true"
    assert field["aria-describedby"] == "id_name_helptext id_name_error"
    assert html.index("id_name_error") < html.index("<input")


def test_a_form_without_errors_has_no_summary() -> None:
    assert "data-fouten" not in as_crispy_form(Everything())


def test_what_somebody_typed_is_never_markup() -> None:
    html = as_crispy_form(Everything({"name": "<script>alert(1)</script>"}))
    assert "<script>" not in html


def test_a_lazy_choice_speaks_the_language_of_the_reader() -> None:
    choice = with_hint(gettext_lazy("Monday"), gettext_lazy("Tuesday"))
    with override("nl"):
        assert (str(choice), str(choice.hint)) == ("maandag", "dinsdag")
    with override("en"):
        assert (str(choice), str(choice.hint)) == ("Monday", "Tuesday")
