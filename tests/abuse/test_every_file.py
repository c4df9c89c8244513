"""Every field that takes a file: a child opens it, a refusal loses nothing that was typed and leaves no file behind."""

import builtins
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse
from PIL import Image

from herstel import decoding
from herstel.flows import Flow
from participants.models import StoryPart
from tests import hostile_files as hostile
from tests.abuse.test_forms import body_of
from tests.abuse.visits import Address, Found, Visitor, addresses_for, filled, patterns, route
from tests.cast import Cast
from tests.harness import role, signed_in
from tests.test_decoding import everybody_is_busy
from tests.test_one_way_in import readers

pytestmark = pytest.mark.django_db
TYPED = "Mijn eigen woorden 7431"
GOOD: dict[str, Callable[[], bytes]] = {
    "image": hostile.jpeg,
    "audio": lambda: hostile.recorded("webm", "libopus"),
}
BAD: dict[str, Callable[[], bytes]] = {
    "image": lambda: hostile.many_scans((2500, 2000), 900),
    "audio": lambda: hostile.wav(99_999_989),
}


@pytest.fixture
def store(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


FOUND: list[Found] = []  # once a process: the same pages of the same people each time


@pytest.fixture
def jan(cast: Cast, store: Path) -> Visitor:
    """Who has opened every page that there is for them; their forms that take a file."""
    visitor = Visitor(cast, "jan", signed_in(cast.users["jan"]))
    with role("herstel_maint"):
        part = StoryPart.objects.filter(participant=cast.jan.participant)[0]
    edit = "supportgroups:story_edit"
    if not FOUND:
        visitor.look_around([*addresses_for(cast, "jan"), Address(edit, reverse(edit, args=[part.slug]))])
        FOUND.extend(found for found in visitor.forms if files_of(found))
    visitor.forms = [*FOUND]
    return visitor


def files_of(found: Found) -> list[str]:
    return [f.name for f in found.form.fields.values() if f.kind == "file"]


# --- what there is --------------------------------------------------------------------------------------------------
def subclasses(of: type[forms.BaseForm]) -> Iterator[type[forms.BaseForm]]:
    for each in of.__subclasses__():
        yield each
        yield from subclasses(each)


def forms_with_a_file() -> dict[type[forms.BaseForm], dict[str, str]]:
    """Which of the product's forms take a file: {form: {field: kind}}."""
    list(patterns(get_resolver()))  # loads the views, and with them the forms
    found = {}
    for form in subclasses(forms.BaseForm):
        files = {name: f for name, f in getattr(form, "base_fields", {}).items() if isinstance(f, forms.FileField)}
        if files and not form.__module__.startswith(("django.", "allauth.", "tests.")):
            found[form] = {name: str(f.widget.attrs["accept"]).split("/")[0] for name, f in files.items()}
    return found


def views_that_read_files() -> set[str]:
    """By name: those that do it themselves, and the flows with a page that takes a file."""
    flows = {flow.url_name for flow in Flow.__subclasses__() for page in flow.pages if page.form in forms_with_a_file()}
    known = {name: inspect.unwrap(p.callback) for name, p in patterns(get_resolver())}
    return flows | {name for name, view in known.items() if ".FILES" in source_of(view)}


def source_of(view: Any) -> str:
    return inspect.getsource(view) if inspect.isfunction(view) and view.__module__ != "builtins" else ""


def kinds() -> dict[str, str]:
    return {name: kind for files in forms_with_a_file().values() for name, kind in files.items()}


def test_every_view_that_reads_a_file_is_walked(jan: Visitor) -> None:
    assert {route(found.action) for found in jan.forms} == views_that_read_files() != set()
    assert {frozenset(files_of(found)) for found in jan.forms} == {frozenset(f) for f in forms_with_a_file().values()}


# --- sending --------------------------------------------------------------------------------------------------------
@contextmanager
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[list[str], list[str]]]:
    """(kinds for which a child was started, readers that this process itself asked for)"""
    children: list[str] = []
    here: list[str] = []
    run, ask, look = decoding._run, builtins.__import__, Image.open

    def counted(task: dict[str, Any], *files: Any) -> int:
        children.append(task["kind"])
        return run(task, *files)

    def asked(name: str, *more: Any, **named: Any) -> Any:
        if name.split(".")[0] in readers():
            here.append(name)
        return ask(name, *more, **named)

    def looked(*given: Any, **named: Any) -> Any:
        here.append("Image.open")
        return look(*given, **named)

    readers()  # before imports are counted
    with monkeypatch.context() as patched:
        patched.setattr(decoding, "_run", counted)
        patched.setattr(Image, "open", looked)
        patched.setattr(builtins, "__import__", asked)
        yield children, here


def sent(client: Client, found: Found, files: dict[str, bytes]) -> str:
    """The page that is seen then, with what stands at the fields."""
    values: dict[str, Any] = filled(found.form)
    values |= {f.name: TYPED for f in found.form.fields.values() if f.is_text and f.name != "csrfmiddlewaretoken"}
    values |= {name: SimpleUploadedFile("x.jpg", data) for name, data in files.items()}
    return body_of(client.post(found.action, values, follow=True))


def kept(store: Path) -> list[Path]:
    return [file for file in store.rglob("*") if file.is_file()]


def was_lost(found: Found, text: str) -> list[str]:
    """Which of the typed fields are not there any more."""
    typed = [f.name for f in found.form.fields.values() if f.is_text and f.name != "csrfmiddlewaretoken"]
    return typed if typed and escape(TYPED) not in text else []


def test_each_is_opened_by_a_child(jan: Visitor, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for found in jan.forms:
        for name in files_of(found):
            good, before = GOOD[kinds()[name]](), len(kept(store))
            with opened(monkeypatch) as (children, here), jan.taken_back():
                sent(jan.client, found, {name: good})
                assert (len(children), here, len(kept(store)) - before) == (1, [], 1), f"{found} {name}"


def test_a_refusal_loses_nothing_and_leaves_nothing(jan: Visitor, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One bad file, among good ones of the same form; and a good one when too many came at once."""
    for found in jan.forms:
        for name in files_of(found):
            good = {other: GOOD[kinds()[other]]() for other in files_of(found)}
            bad = good | {name: BAD[kinds()[name]]()}
            with opened(monkeypatch) as (children, here), jan.taken_back():
                text = sent(jan.client, found, bad)
            assert (len(children) >= 1, here) == (True, []), f"{found} {name}"
            assert_refused(found, text, store, "kunnen we niet openen", "kennen")
            with everybody_is_busy(), jan.taken_back():
                text = sent(jan.client, found, good)
            assert_refused(found, text, store, "even druk")


def assert_refused(found: Found, text: str, store: Path, *sentences: str) -> None:
    assert any(sentence in text for sentence in sentences), found
    assert not was_lost(found, text), found
    assert not kept(store), found


# --- teeth ----------------------------------------------------------------------------------------------------------
def decodes_here(request: HttpRequest) -> HttpResponse:
    from PIL import Image

    Image.open(request.FILES["image"]).load()  # type: ignore[arg-type]
    return HttpResponse()


def test_a_view_that_opens_it_itself_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ".FILES" in source_of(inspect.unwrap(decodes_here))
    with opened(monkeypatch) as (children, here):
        decodes_here(RequestFactory().post("/", {"image": SimpleUploadedFile("x.jpg", hostile.jpeg())}))
    assert (children, here) == ([], ["PIL", "Image.open"])


def test_a_form_that_no_page_holds_is_noticed(jan: Visitor) -> None:
    class Planted(forms.Form):
        report = forms.FileField(widget=forms.FileInput(attrs={"accept": "image/*"}))

    Planted.__module__ = "goals.forms"
    assert forms_with_a_file()[Planted] == {"report": "image"}
    Planted.__module__ = "tests"  # for the other tests it is none
