"""Make the fonts, the icon sprite and the pictogram sprite in static/ from the npm packages in package-lock.json.

Run by `make vendor`, on a developer's machine with Node. The results are committed, so nobody else needs Node.
"""

import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from herstel.pictograms import PICTOGRAMS  # noqa: E402

MODULES = ROOT / "node_modules"
STATIC = ROOT / "static"
PHOSPHOR = "@phosphor-icons/core"
NOTO = "@fontsource-variable/noto-sans"


def words(text: str) -> list[str]:
    return text.split()


# No eye: it would say “you are being watched”. No little figure for one person: people are initials.
ICONS = words("""
arrow-clockwise arrow-left arrow-right bell book-open-text buildings calendar-blank calendar-check calendar-plus
caret-left caret-right chart-bar chat-circle check clipboard-text clock clock-counter-clockwise cloud-check copy
download-simple envelope-open envelope-simple envelope-simple-open file-csv file-text fingerprint flag flask gear
gear-six hand-heart hand-palm hand-waving handshake house house-simple identification-card image info key lifebuoy
list list-checks lock lock-simple map-pin microphone moon newspaper note-pencil notebook pause pencil-simple phone
play plus printer qr-code question share-network shield-check sign-out speaker-high stop sun-horizon text-aa
translate trash tree-structure upload-simple user-plus users-three warning-circle wifi-slash x
""")
# The filled form marks where you are in the menu.
FILLED = words("""
bell book-open-text buildings calendar-blank chart-bar chat-circle clipboard-text clock envelope-open
envelope-simple envelope-simple-open file-csv file-text flag flask gear gear-six hand-heart handshake house
house-simple identification-card info key lifebuoy list list-checks newspaper notebook question shield-check
sun-horizon tree-structure user-plus users-three warning-circle
""")

# What Dutch texts need, and the names of people in the Netherlands: Turkish, Polish, Czech, Romanian, Croatian,
# Hungarian, Latvian, and the transliterations of Arabic and Tamazight.
LATIN = "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122,U+2212,U+FEFF,U+FFFD"
LATIN_EXT = (
    "U+0100-0130,U+0132-0151,U+0154-017F,U+0190,U+0194,U+01E6-01E7,U+0218-021B,U+025B,U+0263,"
    "U+1E0C-1E0D,U+1E24-1E25,U+1E5A-1E5B,U+1E62-1E63,U+1E6C-1E6D,U+1E92-1E93,U+1E9E"
)
SCRIPTS = {"latin": LATIN, "latin-ext": LATIN_EXT}


def font(name: str, unicodes: str) -> Path:
    """One variable font with only these characters and only the weights the stylesheet uses."""
    narrow = instancer.instantiateVariableFont(cut(name, unicodes), {"wght": (400, 400, 700)})
    narrow.flavor = "woff2"
    target = STATIC / "fonts" / f"noto-sans-{name}.woff2"
    target.parent.mkdir(parents=True, exist_ok=True)
    narrow.save(target)
    return target


def paper_font(name: str, unicodes: str, weight: int) -> Path:
    """The same for paper: one weight a file, as the maker of PDFs reads them; each part of the script a family."""
    single = instancer.instantiateVariableFont(cut(name, unicodes), {"wght": weight})
    family, style = f"Kring {name}", "Bold" if weight > 500 else "Regular"
    for number, text in ((1, family), (2, style), (4, f"{family} {style}"), (6, f"Kring-{name}-{style}")):
        single["name"].setName(text, number, 3, 1, 0x409)
    for number in (16, 17, 25):
        single["name"].removeNames(nameID=number)
    single["OS/2"].usWeightClass = weight
    target = ROOT / "herstel" / "fonts" / f"{name}-{weight}.ttf"
    target.parent.mkdir(parents=True, exist_ok=True)
    single.save(target)
    return target


def cut(name: str, unicodes: str) -> TTFont:
    """The font with only these characters."""
    whole = TTFont(MODULES / NOTO / "files" / f"noto-sans-{name}-wght-normal.woff2", recalcTimestamp=False)
    options = subset.Options(layout_features=["kern", "mark", "mkmk", "ccmp", "locl", "liga", "tnum"], hinting=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=subset.parse_unicodes(unicodes))
    subsetter.subset(whole)
    # Through a file: cutting the weights needs the tables as they are written, not as they are half read.
    halfway = io.BytesIO()
    whole.flavor = None
    whole.save(halfway)
    return TTFont(halfway, recalcTimestamp=False)


def symbol(style: str, name: str, name_in_sprite: str) -> str:
    file = MODULES / PHOSPHOR / "assets" / style / (f"{name}.svg" if style == "regular" else f"{name}-{style}.svg")
    drawing = re.sub(r"^<svg[^>]*>|</svg>\s*$", "", file.read_text().strip())
    return f'<symbol id="{name_in_sprite}" viewBox="0 0 256 256">{drawing}</symbol>'


def sprite(file: str, symbols: list[str]) -> Path:
    target = STATIC / "img" / file
    target.write_text('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n")
    return target


def package(name: str) -> dict[str, str]:
    about = json.loads((MODULES / name / "package.json").read_text())
    return {"package": name, "version": about["version"], "licence": about["license"]}


def licence(name: str, short: str) -> Path:
    target = STATIC / "vendor" / "licences" / f"{short}.txt"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text((MODULES / name / "LICENSE").read_text())
    return target


def main() -> None:
    if not (ROOT / "package-lock.json").exists():
        sys.exit("package-lock.json is missing; see docs/templates.md.")
    npm = shutil.which("npm") or sys.exit("This needs Node's npm.")
    subprocess.run([npm, "ci", "--omit=optional", "--ignore-scripts", "--no-fund"], cwd=ROOT, check=True)  # noqa: S603
    icons = [symbol("regular", name, name) for name in ICONS] + [
        symbol("fill", name, f"{name}-fill") for name in FILLED
    ]
    made = {
        NOTO: [
            *(font(name, unicodes) for name, unicodes in SCRIPTS.items()),
            *(paper_font(name, unicodes, weight) for name, unicodes in SCRIPTS.items() for weight in (400, 700)),
            licence(NOTO, "noto-sans"),
        ],
        PHOSPHOR: [
            sprite("icons.svg", icons),
            sprite("pictograms.svg", [symbol("duotone", name, name) for name in PICTOGRAMS]),
            licence(PHOSPHOR, "phosphor"),
        ],
    }
    manifest = [
        {
            **package(name),
            "file": str(path.relative_to(ROOT)),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for name, paths in made.items()
        for path in paths
    ]
    (STATIC / "vendor" / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
