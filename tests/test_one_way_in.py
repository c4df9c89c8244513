"""No module of the web opens what came from outside; whoever brings a reader there is told (docs/adr/0016)."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings as house

DECODERS = house.ROOT / "herstel" / "decoders"
OF_PYTHON = {"tarfile", "gzip", "bz2", "lzma", "zlib", "wave", "plistlib", "pickle", "marshal", "shelve", "xml"}


def imported(text: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {each.name.split(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@cache
def readers() -> set[str]:
    """What the child imports besides Python itself and its own files."""
    used = set().union(*(imported(file.read_text()) for file in DECODERS.glob("*.py")))
    return used - set(sys.stdlib_module_names) - {file.stem for file in DECODERS.glob("*.py")}


def faults(text: str) -> set[str]:
    found = imported(text) & (readers() | OF_PYTHON)
    for node in ast.walk(ast.parse(text)):
        name = ast.unparse(node.func).split(".")[-1] if isinstance(node, ast.Call) else ""
        # "a" adds to a zip that we made, and unpacks nothing of it.
        if name == "ZipFile" and (len(node.args) < 2 or ast.unparse(node.args[1]) not in ("'w'", "'a'")):  # type: ignore[attr-defined]
            found.add("zipfile")
        if name in ("ImageField", "unpack_archive"):
            found.add(name)
    return found


def test_no_module_of_the_product_opens_them() -> None:
    assert readers() == {"PIL", "av"}
    ours = [Path(app.path) for app in apps.get_app_configs() if Path(app.path).parent == house.ROOT]
    files = [file for folder in ours for file in folder.rglob("*.py") if DECODERS not in file.parents]
    assert {str(file): found for file in files if (found := faults(file.read_text()))} == {}


@pytest.mark.parametrize(
    "text", ["import PIL.Image", "def f():\n    from av import open", "zipfile.ZipFile(x)", "forms.ImageField()"]
)
def test_a_planted_reader_is_noticed(text: str) -> None:
    assert faults(text)


def test_the_web_has_not_even_loaded_them() -> None:
    """A fresh process, with every address of the house."""
    program = "import django, sys; django.setup(); import herstel.urls, herstel.wsgi; print(*sys.modules)"
    environment = {"DJANGO_SETTINGS_MODULE": "herstel.settings", "HERSTEL_DEMO": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=house.ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert not readers() & set(done.stdout.split())
