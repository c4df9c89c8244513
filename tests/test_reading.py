"""Can somebody with little reading practice read it? Every rendered page, in both languages (ux.md §4, checks 38-40).

Dutch: Flesch-Douma = 206.84 - 0.77 × syllables per 100 words - 0.93 × words per sentence (Douma 1960).
English: Flesch Reading Ease = 206.835 - 84.6 × syllables per word - 1.015 × words per sentence (Flesch 1948).
A formula only says where to look; people decide. The participants' own words are left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

import pytest
from django.urls import reverse
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import override
from wordfreq import zipf_frequency

from tests.addresses import Address, addresses, things_of
from tests.cast import Cast
from tests.harness import signed_in
from tests.test_language import words_of_people

pytestmark = pytest.mark.django_db

WORD = re.compile(r"[A-Za-zÀ-ÿ’'-]+")
DUTCH_SYLLABLE = re.compile(
    r"ij|aai|eeuw|ieuw|oei|ooi|aa|ee|oo|uu|ie|oe|eu|ui|ei|au|ou|[aeiouyáéëíïóöúüè]", re.IGNORECASE
)
ENGLISH_SYLLABLE = re.compile(r"(?!e\b|es\b|ed\b)[aeiouy]+", re.IGNORECASE)  # a last e is silent
# What ends a sentence besides a full stop: a heading, a button, a line of a list.
BLOCK = re.compile(r"</?(?:p|li|h\d|div|dt|dd|label|legend|a|button|br|section|td|th|span|option|summary|strong)[^>]*>")
UNREAD = re.compile(
    r"<(svg|script|textarea|select|canvas|code)\b.*?</\1>|<[^>]*class=\"[^\"]*mono[^\"]*\".*?>[^<]*<", re.S
)
LONGEST = 15
MOST_SYLLABLES = 4
FEWEST_WORDS = 30  # fewer say nothing about a page
# By side of the house: the least Flesch-Douma. A professional or a researcher reads more at work.
LEAST = {"calm": 80, "team": 65, "research": 55}
LEAST_ENGLISH = {"calm": 65, "team": 55, "research": 45}
# Long, and known to everybody for whom they are written.
KNOWN = {"uitnodigingen"}
COMMON = 3.0
# Rare in books, and known to whoever reads these pages: made of two plain words, or said on every telephone.
RARE_BUT_KNOWN = {
    "behandelaar",
    "crisiskaart",
    "dichtgezet",
    "huisartsenpost",
    "invult",
    "kopieer",
    "lotgenoot",
    "luisterlijn",
    "mantelzorglijn",
    "meekijkt",
    "opschreef",
    "privévenster",
    "spaarpot",
    "steungroep",
    "uitgelogd",
    "uitloggen",
}
READERS = ("anonymous", "jan", "lotte", "ans", "mo", "researcher", "administrator")


@dataclass(frozen=True)
class Read:
    who: str
    name: str
    text: str

    @property
    def side(self) -> str:
        first = self.name.split(":")[0]
        if first == "team":
            return first
        return "research" if self.who in ("researcher", "administrator") and ":" in self.name else "calm"

    def sentences(self) -> list[str]:
        text = re.sub(r"(\d)\.(\d)", r"\1,\2", self.text)
        found = [s.strip() for s in re.split(r"(?<=[.!?:])\s+|\n+", text) if re.search(r"[A-Za-z]{2}", s)]
        return list(dict.fromkeys(found))  # what a page says twice (a heading, and its form) is read once


def without_dates(text: str) -> str:
    """Days and months are long words that everybody knows; on an agenda they would be half of the page."""
    names = "|".join(str(name) for names in (WEEKDAYS, MONTHS) for name in names.values())
    return re.sub(rf"\b({names})\b", "", text, flags=re.IGNORECASE)


def text_of(page: str, own: list[str]) -> str:
    found = re.search(r"<main.*?</main>", page, re.S)
    text = UNREAD.sub(" ", found[0] if found else "")
    text = unescape(re.sub(r"<[^>]+>", " ", BLOCK.sub("\n", text)))
    text = without_dates(text)
    text = re.sub(r"(?i:CANARY)\[[^\]]*\]?|\S+@\S+|https?://\S+|\b\w+\.(csv|json)\b", "", text)
    for words in own:
        text = text.replace(words, "")
    return text


def readable(address: Address, who: str) -> bool:
    return address.who is not None and who in address.who


def pages(cast: Cast, language: str) -> Iterator[Read]:
    things, own = things_of(cast), words_of_people(cast)
    for who in READERS:
        client = signed_in(cast.users[who])
        for address in addresses():
            if readable(address, who):
                url = reverse(address.name, kwargs=address.kwargs(things))
                response = client.get(url, headers={"accept-language": language})
                if response.headers["Content-Type"].startswith("text/html") and not address.name.startswith("beheer:"):
                    with override(language):
                        yield Read(who, address.name, text_of(response.content.decode(), own))


def score(read: Read, dutch: bool) -> float | None:
    sentences = read.sentences()
    words = [word for sentence in sentences for word in WORD.findall(sentence)]
    if len(words) < FEWEST_WORDS:
        return None
    syllable = DUTCH_SYLLABLE if dutch else ENGLISH_SYLLABLE
    per_word = sum(syllables(word, syllable) for word in words) / len(words)
    per_sentence = len(words) / len(sentences)
    if dutch:
        return 206.84 - 77 * per_word - 0.93 * per_sentence
    return 206.835 - 84.6 * per_word - 1.015 * per_sentence


def syllables(word: str, pattern: re.Pattern[str]) -> int:
    return max(1, len(pattern.findall(word)))


READ: list[Read] = []  # once a process: each test reads the same pages of the same people


@pytest.fixture
def dutch(cast: Cast) -> list[Read]:
    if not READ:
        READ.extend(pages(cast, "nl"))
    return READ


def test_no_sentence_is_long(dutch: list[Read]) -> None:
    assert len(dutch) > 150
    calm = [read for read in dutch if read.side == "calm"]
    long = {s: read.name for read in calm for s in read.sentences() if len(s.split()) > LONGEST}
    assert long == {}


def test_every_page_reads_easily(dutch: list[Read]) -> None:
    scores = {(read.who, read.name): (score(read, True), LEAST[read.side]) for read in dutch}
    low = {where: round(found) for where, (found, least) in scores.items() if found is not None and found < least}
    measured = sorted(found for found, _least in scores.values() if found is not None)
    print(f"{len(measured)} pages, Flesch-Douma {measured[0]:.0f} to {measured[-1]:.0f}")
    assert low == {}


def test_no_word_is_long(dutch: list[Read]) -> None:
    calm = [read for read in dutch if read.side == "calm"]
    words = {word.lower(): read.name for read in calm for word in WORD.findall(read.text)}
    hard = {w: n for w, n in words.items() if syllables(w, DUTCH_SYLLABLE) > MOST_SYLLABLES and w not in KNOWN}
    assert hard == {}


def test_no_word_is_rare(dutch: list[Read]) -> None:
    """Dutch subtitles, news and books hold each word at least once in a million words (Zipf 3; wordfreq)."""
    calm = [read for read in dutch if read.side == "calm"]
    words = {word.lower().strip("’'-"): read.name for read in calm for word in WORD.findall(read.text)}
    rare = {w: name for w, name in words.items() if len(w) > 2 and zipf_frequency(w, "nl") < COMMON}
    unknown = {word: name for word, name in rare.items() if word not in RARE_BUT_KNOWN}
    assert not unknown, " ".join(f"{word}:{name}" for word, name in unknown.items())
    assert zipf_frequency("verwevenheid", "nl") < COMMON < zipf_frequency("gesprek", "nl")


def test_english_reads_as_easily(cast: Cast) -> None:
    scores = [(read, score(read, False)) for read in pages(cast, "en")]
    low = {
        (read.who, read.name): round(found)
        for read, found in scores
        if found is not None and found < LEAST_ENGLISH[read.side]
    }
    assert low == {}


def test_the_measure_has_teeth() -> None:
    """A sentence of a ministry is refused, and one of ours is not (dependencies.md §9: 104 and -33)."""
    ministry = "De verantwoordelijkheid voor informatieverstrekking ligt bij de desbetreffende organisatie"
    ours = "Je mag altijd nee zeggen. Dat is goed. Je hoeft niets te doen. Wij sturen geen bericht. Je kunt later"
    hard = Read("x", "x", " ".join([ministry] * 4))
    easy = Read("x", "x", ours + " weer iets kiezen. Neem rustig de tijd. Wil je hulp? Vraag het dan aan iemand.")
    found = score(hard, True), score(easy, True)
    assert found[0] is not None
    assert found[1] is not None
    assert found[0] < 20 < 95 < found[1]
