"""What the look promises: readable colours, no inline code, pictures that exist, little to fetch."""

import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
# No page of the house: it travels in a file by itself, so its style is inside it.
IN_A_FILE = ROOT / "templates" / "participants" / "copy.html"
TEMPLATES = sorted(set((ROOT / "templates").rglob("*.html")) - {IN_A_FILE})
TOKENS = (STATIC / "css" / "tokens.css").read_text()


def sprite(name: str) -> set[str]:
    return set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "img" / name).read_text()))


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--kring-([\w-]+): (#[0-9A-Fa-f]{6})", block))


LIGHT = colours(TOKENS[: TOKENS.index('[data-kleur="donker"]')])
CHOSEN_DARK = colours(TOKENS[TOKENS.index('[data-kleur="donker"]') : TOKENS.index("@media (prefers-color-scheme")])
DEVICE_DARK = colours(TOKENS[TOKENS.index("@media (prefers-color-scheme") : TOKENS.index("@media (prefers-contrast")])


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


AAA = [
    ("ink", "paper"), ("ink", "surface"), ("ink", "sunk"), ("ink", "petrol-soft"), ("ink", "honey-soft"),
    ("ink-soft", "paper"), ("ink-soft", "surface"), ("petrol", "paper"), ("petrol", "surface"), ("on-petrol", "petrol"),
]  # fmt: skip
AA = [
    (text, ground)
    for text in ("ink", "ink-soft")
    for ground in ("paper", "surface", "petrol-soft", "honey-soft")
] + [("on-petrol", "petrol"), ("petrol", "surface"), ("petrol", "paper"), ("ink", "sunk")]  # fmt: skip
AA = [
    ("clay", "clay-soft"), ("slate", "slate-soft"), ("plum", "plum-soft"), ("error", "surface"), ("error", "paper"),
    ("error", "error-soft"), ("ok", "surface"), ("petrol", "petrol-soft"), ("petrol", "sunk"),
    ("ink-soft", "sunk"), ("ink-soft", "petrol-soft"), ("ink-soft", "honey-soft"),
    ("on-person", "clay"), ("on-person", "slate"), ("on-person", "plum"),
    ("ink", "ok-soft"), ("ink", "clay-soft"), ("ink", "slate-soft"), ("ink", "plum-soft"),
    ("ink", "ring-1"), ("ink", "ring-2"), ("ink-soft", "ring-1"), ("ink-soft", "ring-3"),
]  # fmt: skip
EDGES = [("line-strong", "surface"), ("line-strong", "paper"), ("clay", "ring-1"), ("slate", "ring-3")]


@pytest.mark.parametrize("scheme", [LIGHT, LIGHT | CHOSEN_DARK], ids=["light", "dark"])
class TestContrast:
    @pytest.mark.parametrize(("text", "ground"), AAA)
    def test_what_is_read_a_lot(self, scheme: dict[str, str], text: str, ground: str) -> None:
        assert ratio(scheme[text], scheme[ground]) >= 7

    @pytest.mark.parametrize(("text", "ground"), AA)
    def test_other_text(self, scheme: dict[str, str], text: str, ground: str) -> None:
        assert ratio(scheme[text], scheme[ground]) >= 4.5

    @pytest.mark.parametrize(("edge", "ground"), EDGES)
    def test_edges_and_shapes(self, scheme: dict[str, str], edge: str, ground: str) -> None:
        assert ratio(scheme[edge], scheme[ground]) >= 3

    @pytest.mark.parametrize("ground", ["paper", "surface", "petrol", "petrol-soft", "honey-soft"])
    def test_focus_is_seen_on_every_ground(self, scheme: dict[str, str], ground: str) -> None:
        inner = scheme.get("focus-in", scheme["ink"])  # light: the ink itself
        assert max(ratio(inner, scheme[ground]), ratio(scheme["honey"], scheme[ground])) >= 3


def test_dark_is_the_same_when_chosen_and_when_the_device_asks() -> None:
    assert CHOSEN_DARK == DEVICE_DARK


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
class TestTemplate:
    def test_has_no_inline_style_or_code(self, template: Path) -> None:
        text = template.read_text()
        if "mail" not in template.parts:
            assert not re.search(r"""\sstyle\s*=|<style\b|\son[a-z]+\s*=\s*["']|javascript:""", text)
            assert not re.search(r"<script(?![^>]*\bsrc=)", text)

    def test_fetches_nothing_from_elsewhere(self, template: Path) -> None:
        assert not re.search(r"""<(?:script|link|img|iframe|source)\b[^>]*["']https?://""", template.read_text())

    def test_uses_pictures_and_scripts_that_exist(self, template: Path) -> None:
        text = template.read_text()
        assert set(re.findall(r'{% icon "([^"]+)"', text)) <= sprite("icons.svg")
        assert set(re.findall(r'{% pictogram "([^"]+)"', text)) <= sprite("pictograms.svg")
        for name in re.findall(r'{% script "([^"]+)"', text):
            assert (STATIC / "js" / f"{name}.js").exists()


def test_every_pictogram_has_a_drawing() -> None:
    from herstel.pictograms import PICTOGRAMS

    assert set(PICTOGRAMS) == sprite("pictograms.svg")
    assert 24 <= len(PICTOGRAMS) <= 80


def test_every_menu_icon_has_its_filled_form() -> None:
    from herstel.context import MENU

    icons = {icon for items in MENU.values() for _, _, icon in items}
    assert {f"{icon}-fill" for icon in icons} | icons <= sprite("icons.svg")


def test_the_stylesheets_stay_small() -> None:
    together = b"".join(path.read_bytes() for path in sorted((STATIC / "css").glob("*.css")))
    assert len(gzip.compress(together, 9)) <= 12_000


def test_the_letters_stay_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (STATIC / "fonts").glob("*.woff2")}
    assert sizes["noto-sans-latin-ext.woff2"] < 35_000
    assert sum(sizes.values()) < 60_000


def test_what_was_taken_from_packages_is_unchanged() -> None:
    for entry in json.loads((STATIC / "vendor" / "manifest.json").read_text()):
        assert hashlib.sha256((ROOT / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], entry["file"]


def test_styles_use_tokens_for_colours() -> None:
    for name in ("base.css", "components.css"):
        text = (STATIC / "css" / name).read_text()
        before_paper = text.split("@media print")[0]
        assert not re.findall(r":[^;{]*#[0-9A-Fa-f]{3,6}\b", before_paper), name
