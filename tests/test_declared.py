"""What the product imports is declared, and what is declared is used: the image holds nothing else."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution, entry_points, packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
APPS = PROJECT["tool"]["mypy"]["files"]
# Starts servers on a developer's machine; the group of that name is not in the image.
DEMO = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependency-groups"]["demo"]}
DECLARED = [Requirement(line) for line in PROJECT["project"]["dependencies"]]


@cache
def sources() -> dict[Path, ast.Module]:
    """Everything that the image runs: the apps, their commands, and what deploy/ holds."""
    files = [file for app in [*APPS, "deploy"] for file in (ROOT / app).rglob("*.py")]
    return {file: ast.parse(file.read_text()) for file in [*files, ROOT / "manage.py"]}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def named(tree: ast.AST) -> Iterator[str]:
    """What the settings and find_spec() name as text: "whitenoise.middleware.WhiteNoiseMiddleware"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and re.fullmatch(r"[a-z_]+(\.\w+)*", str(node.value)):
            yield str(node.value).split(".")[0]


def brought(requirement: Requirement) -> Iterator[str]:
    """The distribution itself, and what the extras that are asked for add to it."""
    yield canonicalize_name(requirement.name)
    for line in distribution(requirement.name).requires or []:
        other = Requirement(line)
        if other.marker and any(other.marker.evaluate({"extra": extra}) for extra in requirement.extras):
            yield from brought(other)


# Reading what is installed takes seconds, so it is read once.
INSTALLED = packages_distributions()


def distributions(module: str) -> set[str]:
    return {canonicalize_name(name) for name in INSTALLED.get(module, [])}


@cache
def foreign() -> dict[str, Path]:
    """Each module that is neither Python's nor ours, and a file that imports it."""
    # A program of its own finds what lies beside it without a package name (herstel/decoders).
    beside = {file.stem for file in sources() if (file.parent / "__main__.py").exists()}
    own = {*APPS, "bench", *beside, *sys.stdlib_module_names}
    return {name: file for file, tree in sources().items() for name in imported(tree) if name not in own}


@pytest.mark.parametrize("module", sorted(foreign()))
def test_what_the_product_imports_is_declared(module: str) -> None:
    available = {name for requirement in DECLARED for name in brought(requirement)} | DEMO
    assert distributions(module) & available, f"{foreign()[module]} imports {module}"


@pytest.mark.parametrize("requirement", DECLARED, ids=lambda r: r.name)
def test_what_is_declared_is_used(requirement: Requirement) -> None:
    assert canonicalize_name(requirement.name) in used()


@cache
def used() -> set[str]:
    modules = {name for tree in sources().values() for name in [*imported(tree), *named(tree)]}
    return {name for module in modules for name in distributions(module)} | programs()


def programs() -> set[str]:
    """Distributions whose program a container starts."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].values()
    started = {word for service in compose for word in service.get("command", [])[:1]}
    started |= set(re.findall(r'^CMD \["(\w+)"', (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    scripts = {
        script.name: canonicalize_name(script.dist.name)
        for script in entry_points(group="console_scripts")
        if script.dist is not None
    }
    return {scripts[name] for name in started if name in scripts}
