"""One set of dependencies: pyproject.toml, environment.yml and requirements.txt say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WANTED = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
EXTRAS = [
    text
    for extra in ("cluster", "docs", "grading", "postgres", "present", "spark")
    for text in PROJECT["optional-dependencies"][extra]
]
EXTRA_PINS = (ROOT / "requirements-extras.txt").read_text(encoding="utf-8")
PINS = (ROOT / "requirements.txt").read_text(encoding="utf-8")


def test_environment_lists_the_same_ranges() -> None:
    (pip,) = [entry["pip"] for entry in CONDA if isinstance(entry, dict)]
    assert sorted(pip) == sorted([*WANTED, "-e ."])


def test_environment_asks_for_the_same_python() -> None:
    (python,) = [entry for entry in CONDA if str(entry).startswith("python")]
    assert python.removeprefix("python") == PROJECT["requires-python"]


def pinned_in(pins: str) -> dict[str, list[Version]]:
    pinned: dict[str, list[Version]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\n]+)", pins, flags=re.MULTILINE):
        pinned.setdefault(canonicalize_name(name), []).append(Version(version))
    return pinned


@pytest.mark.parametrize(
    ("wanted_texts", "pins"), [(WANTED, PINS), (EXTRAS, EXTRA_PINS)], ids=["course", "extras"]
)
def test_every_dependency_is_pinned_inside_its_range(wanted_texts: list[str], pins: str) -> None:
    pinned = pinned_in(pins)
    for text in wanted_texts:
        wanted = Requirement(text)
        versions = pinned.get(canonicalize_name(wanted.name))
        assert versions, f"{wanted.name} is not pinned; run make lock"
        assert all(v in wanted.specifier for v in versions), text


def test_the_extras_disturb_no_pin_of_the_course() -> None:
    course, extras = pinned_in(PINS), pinned_in(EXTRA_PINS)
    assert {name: versions for name, versions in extras.items() if name in course} == {
        name: versions for name, versions in course.items() if name in extras
    }


@pytest.mark.parametrize("pins", [PINS, EXTRA_PINS], ids=["course", "extras"])
def test_requirements_hold_no_address(pins: str) -> None:
    assert "://" not in pins
    assert not re.search(r"^(-i|--index|--extra-index|--find-links)", pins, flags=re.MULTILINE)


def test_the_given_packages_are_required() -> None:
    names = {canonicalize_name(Requirement(text).name) for text in PROJECT["dependencies"]}
    assert names >= {"jupyterlab", "pandas", "matplotlib", "lifetimes", "scikit-learn", "nbval", "papermill"}
