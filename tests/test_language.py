"""English is complete: every text has a translation, the compiled file holds it, and no page mixes in Dutch."""

import ast
import gettext
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import override

from herstel import mail
from herstel.actor import acting_as
from herstel.models import OutgoingMail
from herstel.templatetags.kring import dag_capital, tijd
from tests.addresses import addresses, things_of
from tests.cast import Cast
from tests.harness import ROOT, role, signed_in

FILE = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
APPS = ("goals", "herstel", "meetings", "participants", "research", "supportgroups")
# What stands in a text for something else: %(name)s, {name}, and the parts of a page.
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z%](?!\w)|\{\w*\}|<[^>]+>")
WORD = re.compile(r"[^\W\d_]{2,}")
# Whom the pages are shown to; the others would see the same ones.
READERS = ("anonymous", "jan", "ans", "mo", "researcher", "checker", "administrator")
SHOWN = ("alt", "aria-label", "data-l", "placeholder", "title")


class Text(NamedTuple):
    context: str
    source: str
    plural: str
    english: list[str]
    notes: str

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Each translation with the text that it stands for."""
        yield self.source, self.english[0]
        if self.plural:
            yield self.plural, self.english[1]


# --- the file -------------------------------------------------------------------------------------------------------
def read(file: Path) -> list[Text]:
    """Every text in a .po, the one that holds the header excepted."""
    blocks = file.read_text().split("\n\n")
    return [text for text in map(_parse, blocks) if text.source]


def _parse(block: str) -> Text:
    said: dict[str, str] = {}
    keyword = ""
    for line in block.splitlines():
        if line.startswith("#"):
            continue
        first, _, rest = line.partition(" ")
        if not line.startswith('"'):
            keyword, line = first, rest
        said[keyword] = said.get(keyword, "") + ast.literal_eval(line)
    english = [said[key] for key in sorted(said) if key.startswith("msgstr")]
    notes = "\n".join(line for line in block.splitlines() if line.startswith("#"))
    return Text(said.get("msgctxt", ""), said.get("msgid", ""), said.get("msgid_plural", ""), english, notes)


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    return read(FILE)


def test_everything_is_translated(texts: list[Text]) -> None:
    assert len(texts) > 1000
    assert [t.source for t in texts if not all(t.english)] == []
    assert [t.source for t in texts if "fuzzy" in t.notes] == []
    assert "#~" not in FILE.read_text(), "texts that are gone: run `make messages`"


def test_both_languages_leave_the_same_things_open(texts: list[Text]) -> None:
    unlike = [
        (dutch, english)
        for text in texts
        for dutch, english in text.pairs()
        if set(PLACEHOLDER.findall(dutch)) != set(PLACEHOLDER.findall(english))
    ]
    assert unlike == []


def test_english_keeps_the_voice(texts: list[Text]) -> None:
    """No orders, no shouting, no care words for people; what ends as a sentence in one language does in the other."""
    wrong = re.compile(r"!|\b(must|please|patient|client|oops|sorry)\b", re.IGNORECASE)
    assert [english for text in texts for _, english in text.pairs() if wrong.search(english)] == []
    ends = [(d[-1], e[-1]) for t in texts for d, e in t.pairs()]
    assert [pair for pair in ends if (pair[0] in ".?:") != (pair[1] in ".?:")] == []


# ux.md §4, checks 32 and 34: no orders, no guilt, no praise, no scores, nothing "wrong" or "late" about a person.
UNDUTCH = re.compile(
    r"!|\b(moet|moeten|dien(t|en) te|verplicht|helaas|oeps|ongeldig|onjuist|fout(ief)?|mislukt|te laat|sorry|"
    r"goed gedaan|knap|prima|super|top|gefeliciteerd|score|punten|streak|badge|level|cli[eë]nt|pati[eë]nt)\b",
    re.IGNORECASE,
)
# Said to staff about machines and rows, or told of others; never to a participant about themselves.
SAID_ELSEWHERE = {
    "Mislukt": "a job, in /beheer/",
    "%(n)s taak is mislukt": "a job, in /beheer/",
    "%(n)s taken zijn mislukt": "a job, in /beheer/",
    "Je mag zelf kiezen. Niets moet vandaag.": "says that nothing must (mock 12)",
    "Wie er keek en wanneer. Dat moeten wij bewaren. Er staat niet meer bij dat het van jou was.": "what we must",
}


def test_dutch_keeps_the_voice(texts: list[Text]) -> None:
    said = {dutch for text in texts for dutch, _ in text.pairs() if UNDUTCH.search(dutch)}
    assert sorted(said - SAID_ELSEWHERE.keys()) == []
    assert SAID_ELSEWHERE.keys() <= said, "an exception for a text that is gone"


def test_the_compiled_file_says_the_same(texts: list[Text]) -> None:
    with FILE.with_suffix(".mo").open("rb") as compiled:
        english = gettext.GNUTranslations(compiled)
    catalogue = {key: said for key, said in english._catalog.items() if key}  # type: ignore[attr-defined]
    assert catalogue == dict(_compiled(texts)), "run `make messages`"


def _compiled(texts: list[Text]) -> Iterator[tuple[str | tuple[str, int], str]]:
    for text in texts:
        key = f"{text.context}\x04{text.source}" if text.context else text.source
        if text.plural:
            yield from (((key, n), said) for n, said in enumerate(text.english))
        else:
            yield key, text.english[0]


def test_no_text_of_the_house_is_missing(texts: list[Text], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `make messages` would find now is what is there."""
    if shutil.which("xgettext") is None:
        pytest.skip("collecting texts needs xgettext: install gettext")
    for name in (*APPS, "templates"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "migrations"))
    monkeypatch.chdir(tmp_path)
    with override_settings(LOCALE_PATHS=[tmp_path / "found"]):
        call_command("makemessages", locale=["en"], no_wrap=True, verbosity=0)
    found = {t[:3] for t in read(tmp_path / "found" / "en" / "LC_MESSAGES" / "django.po")}
    here = {t[:3] for t in texts}
    assert (sorted(found - here), sorted(here - found)) == ([], []), "run `make messages` and translate what is new"


# --- the pages ------------------------------------------------------------------------------------------------------
def is_unread(tag: str, named: dict[str, str | None]) -> bool:
    """Code, what is marked as Dutch, what somebody wrote, and names in files (in the letters of code)."""
    code = "mono" in (named.get("class") or "").split()
    return code or tag in ("script", "style", "textarea") or (named.get("lang") == "nl" and tag != "html")


class Reader(HTMLParser):
    """What somebody reads or hears of a page, as far as it is ours."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.unread: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in self.unread[:1] or (not self.unread and is_unread(tag, named)):
            self.unread.append(tag)
        elif not self.unread:
            self.said += [named[name] or "" for name in SHOWN if name in named]

    def handle_endtag(self, tag: str) -> None:
        if self.unread and self.unread[-1] == tag:
            self.unread.pop()

    def handle_data(self, data: str) -> None:
        if not self.unread:
            self.said.append(data)


def words(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(text)}


def dutch_words(texts: list[Text]) -> set[str]:
    """Words of the Dutch texts that the English ones never use, and the names of days and months."""
    dutch = set().union(*(words(said) for t in texts for said, _ in t.pairs()))
    english = set().union(*(words(said) for t in texts for _, said in t.pairs()))
    return (dutch | days_and_months("nl") | {"uur"}) - english - days_and_months("en")


def days_and_months(language: str) -> set[str]:
    with override(language):
        return words(" ".join(str(name) for names in (WEEKDAYS, MONTHS) for name in names.values()))


def words_of_people(cast: Cast) -> list[str]:
    """What somebody wrote; the cast writes canaries, and a study has texts of its own."""
    assert cast.study is not None
    study = cast.study
    return [study.title, study.question, study.asks, study.text, *(e.purpose for e in cast.exports.values())]


def said_on(page: str, own: list[str]) -> str:
    """The words of the house on this page: without those of people, and without names of files."""
    said = re.sub(r"CANARY\[[^\]]*\]?|\b\w+\.(csv|json)\b", "", " ".join(Reader(page).said))
    for text in own:
        said = said.replace(text, "")
    return said


def pages(cast: Cast) -> Iterator[tuple[str, str, str]]:
    """Who, where and what, in English."""
    things = things_of(cast)
    for who in READERS:
        client = signed_in(cast.users[who])
        for address in (a for a in addresses() if a.who is not None and who in a.who):
            url = reverse(address.name, kwargs=address.kwargs(things))
            response = client.get(url, headers={"accept-language": "en"})
            if response.headers["Content-Type"].startswith("text/html"):
                yield who, address.name, response.content.decode()


def test_a_page_in_english_has_no_dutch(cast: Cast, texts: list[Text]) -> None:
    dutch, own = dutch_words(texts), words_of_people(cast)
    read_pages = list(pages(cast))
    found = {(who, name): words(said_on(page, own)) & dutch for who, name, page in read_pages}
    print(f"{len(read_pages)} pages, {len(dutch)} Dutch words")
    assert len(read_pages) > 100
    assert {where: sorted(left) for where, left in found.items() if left} == {}


def test_days_and_times_on_a_page_are_english(cast: Cast) -> None:
    at = cast.jan.meetings["meeting-fixed"].at
    with override("en"):
        day, time = dag_capital(at), tijd(at)
    page = next(page for who, name, page in pages(cast) if (who, name) == ("jan", "meetings:meeting"))
    assert 'lang="en"' in page
    assert day in page
    assert time in page


def test_whoever_is_signed_in_reads_their_language_on_every_device(cast: Cast) -> None:
    signed_in(cast.user("jan")).post(reverse("set_language"), {"language": "en"})
    elsewhere = signed_in(cast.user("jan"))
    assert 'lang="en"' in elsewhere.get(reverse("begin")).content.decode()
    # Somebody else on that device reads what they chose themselves, or what the device says.
    elsewhere.post(reverse("sign_out"))
    assert 'lang="nl"' in signed_in(cast.user("ans")).get(reverse("member:home")).content.decode()


def test_a_mail_is_in_the_language_of_who_reads_it(cast: Cast) -> None:
    signed_in(cast.user("jan")).post(reverse("set_language"), {"language": "en"})
    Client().post(reverse("sign_in"), {"address": "new@kring.example"}, headers={"accept-language": "en"})
    Client().post(reverse("sign_in"), {"address": "nieuw@kring.example"}, headers={"accept-language": "nl"})
    with acting_as(cast.pk("jan")):
        mail.queue("waiting", to=cast.user("jan"))
        mail.queue("waiting", to=cast.user("ans"))
    with role("herstel_maint"):
        letters = list(OutgoingMail.objects.select_related("to_user").order_by("pk"))
        subjects = [
            message.subject for letter in letters if (message := mail.compose(letter, mail._wish_of(letter.to_user)))
        ]
    assert [subject.split()[0] for subject in subjects] == ["Your", "Je", "There", "Er"]


def test_the_choice_of_language_is_kept(cast: Cast) -> None:
    """Whatever the browser asks for: a cookie remembers what somebody chose."""
    client = signed_in(cast.user("jan"))
    client.post(reverse("set_language"), {"language": "en", "next": "/"})
    page = client.get(reverse("begin"), headers={"accept-language": "nl"}).content.decode()
    assert 'lang="en"' in page
