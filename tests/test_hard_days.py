"""The plan for hard days and the card that goes with it: two tabs, paper, and whose it is."""

import io
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from participants.models import CrisisCard, PlanSection
from tests.cast import Cast
from tests.harness import role, signed_in

pytestmark = pytest.mark.django_db
EMPTY = {"words": "", "i_do": "", "mine_do": "", "workers_do": "", "version": "0"}


def test_two_tabs_that_begin_one_part_lose_nothing(cast: Cast) -> None:
    """Both opened an empty page; the second sees both texts and chooses."""
    jan = signed_in(cast.users["jan"], crash=True)
    url = reverse("supportgroups:plan_part", args=["green"])
    first, second = {**EMPTY, "words": "Ik slaap goed"}, {**EMPTY, "words": "Ik kook zelf"}
    assert 'name="version" value="0"' in jan.get(url).text
    assert jan.post(url, first).status_code == 302
    answer = jan.post(url, second)
    assert answer.status_code == 409
    assert "Ik slaap goed" in answer.text
    assert "Ik kook zelf" in answer.text
    with role("herstel_maint"):
        kept = PlanSection.objects.get(participant=cast.jan.participant, part="green")
    assert kept.words == "Ik slaap goed"
    assert jan.post(url, {**second, "version": str(kept.version)}).status_code == 302


# --- the crisis card ------------------------------------------------------------------------------------------------
CARD = {"holder": "Jan", "call": "Ans", "sees": "", "helps": "", "not_want": "", "practical": "", "version": "0"}


def kept_card(jan: Client, **texts: str) -> None:
    with role("herstel_maint"):
        CrisisCard.objects.all().delete()
    assert jan.post(reverse("supportgroups:card_edit"), {**CARD, **texts}).status_code == 302


def pdf(client: Client, name: str) -> PdfReader:
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert not re.search("jan|crisis", answer["Content-Disposition"], re.IGNORECASE)
    return PdfReader(io.BytesIO(answer.content))


def text_in(reader: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_the_card_begins_with_the_plan(cast: Cast) -> None:
    """Whom to call, what one sees, and what one does not want need not be typed again."""
    jan = signed_in(cast.users["jan"], crash=True)
    with role("herstel_maint"):
        CrisisCard.objects.all().delete()
        PlanSection.objects.create(participant=cast.jan.participant, part="not", words="Niet opsluiten. " * 30)
    page = jan.get(reverse("supportgroups:card_edit")).text
    assert "CANARY[jan-plan-me]" in page
    assert "CANARY[jan-phone]"[:20] in page
    assert page.count("Niet opsluiten.") == 200 // len("Niet opsluiten. ")


@pytest.mark.parametrize("name", ["supportgroups:card_pdf", "supportgroups:plan_pdf"])
def test_paper_can_be_read_aloud(cast: Cast, name: str) -> None:
    """PDF/UA: tagged, with a language, a neutral title, and headings that are headings."""
    reader = pdf(signed_in(cast.users["jan"], crash=True), name)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value
    assert root["/Lang"] == "nl"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value
    assert reader.metadata is not None
    assert reader.metadata.title in ("Kaart", "Plan")
    assert not reader.metadata.author
    assert "pdfuaid:part" in str(reader.xmp_metadata.stream.get_data() if reader.xmp_metadata else "")
    kinds = set(re.findall(r"'/S': '(/\w+)'", str(_tree(root["/StructTreeRoot"]))))
    assert {"/H1", "/P"} <= kinds


def _tree(node: Any, depth: int = 0) -> Any:
    """The structure as plain dictionaries, without the ways back up."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [_tree(each, depth) for each in node]
    if isinstance(node, dict) and depth < 12:
        return {key: _tree(node[key], depth + 1) for key in ("/S", "/K") if key in node}
    return str(node)


HOSTILE = {
    "long words": "W" * 200,
    "lines": "\n".join("ab" * 33)[:200],
    "emoji": "😀👩‍👩‍👧 rustig 日本 x",
    "names": "Çağrı Łukasz ő ḥ شمس",
    "markup": '#panic("x") *a* $x$ `b` <c> @d \\ ]',
    "hidden": "a\u202eb\u0007c\u200fd\ufeffe\ud7ff",
}


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_whatever_somebody_wrote_fits_on_the_card(cast: Cast, words: str) -> None:
    jan = signed_in(cast.users["jan"], crash=True)
    kept_card(jan, **dict.fromkeys(("call", "sees", "helps", "not_want", "practical"), words[:200]))
    reader = pdf(jan, "supportgroups:card_pdf")
    assert len(reader.pages) == 1
    squeezed = re.sub(r"[\W_]", "", text_in(reader))
    for word in re.findall(r"[a-zA-Z]{3,}", words.replace("\n", "")):
        assert squeezed.count(word) >= 5, word


def test_the_card_is_of_its_owner_alone(cast: Cast) -> None:
    """Others get it on paper, or not at all."""
    kept_card(signed_in(cast.users["jan"], crash=True), sees="Ik praat niet meer")
    for name in ("ans", "mo", "lotte", "administrator"):
        client = signed_in(cast.users[name], crash=True)
        for url in ("card", "card_edit", "card_pdf", "plan_pdf"):
            answer = client.get(reverse(f"supportgroups:{url}"))
            assert b"Ik praat niet meer" not in answer.content
            if answer["Content-Type"] == "application/pdf":
                assert not cast.leaked(name, text_in(PdfReader(io.BytesIO(answer.content))))


def test_two_tabs_with_a_card_lose_nothing(cast: Cast) -> None:
    jan = signed_in(cast.users["jan"], crash=True)
    kept_card(jan, sees="Ene tab")
    answer = jan.post(reverse("supportgroups:card_edit"), {**CARD, "sees": "Andere tab"})
    assert answer.status_code == 409
    assert "Ene tab" in answer.text
    assert "Andere tab" in answer.text
