from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
import types

import pytest

import crmlab

NAMES = [name for name in crmlab.__all__ if name != "__version__"]
HEAVY = ("pandas", "numpy", "matplotlib", "sklearn", "scipy", "lifetimes", "duckdb", "pandera", "IPython",
         "papermill", "nbconvert", "nbformat", "typer", "rich")  # fmt: skip


def fresh(code: str) -> str:
    """What a new interpreter writes; warnings are errors there too."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_there_and_is_no_module(name: str) -> None:
    value = getattr(crmlab, name)
    assert not isinstance(value, types.ModuleType)
    assert inspect.isclass(value) or inspect.isfunction(value)
    assert value.__module__.startswith("crmlab.")
    home = importlib.import_module(f"crmlab.{crmlab._WHERE[name]}")
    assert value is getattr(home, "check" if name == "check_table" else name)
    assert value.__name__ == ("check" if name == "check_table" else name)


def test_names_are_unique_and_hide_no_module() -> None:
    """A function named like a module would change its meaning once the module is imported."""
    assert len(set(crmlab.__all__)) == len(crmlab.__all__)
    modules = {module.name for module in pkgutil.iter_modules(crmlab.__path__)}
    assert modules and not modules & set(crmlab.__all__)
    assert sum(len(names) for names in crmlab._HOME.values()) == len(NAMES)


def test_dir_lists_the_names_before_they_are_used() -> None:
    assert dir(crmlab) == sorted(crmlab.__all__)
    assert fresh("import crmlab; print(dir(crmlab) == sorted(crmlab.__all__))") == "True"


def test_version_is_that_of_the_package() -> None:
    from importlib.metadata import version

    assert crmlab.__version__ == version("crmlab")


def test_another_name() -> None:
    with pytest.raises(AttributeError, match=r"^module 'crmlab' has no attribute 'rfm_tabel'$"):
        crmlab.rfm_tabel  # noqa: B018


def test_star_gives_every_name() -> None:
    code = "from crmlab import *; import crmlab; print(set(crmlab.__all__) - set(globals()))"
    assert fresh(code) == "set()"


def test_import_loads_nothing_heavy() -> None:
    assert fresh(f"import sys, crmlab; print([m for m in {HEAVY} if m in sys.modules])") == "[]"


def test_import_changes_no_setting() -> None:
    code = """
import os, sys, warnings
import numpy, pandas
def state():
    options = pandas.get_option
    return (list(warnings.filters), dict(os.environ), os.getcwd(), list(sys.path),
            {k: options(k) for k in ("display.width", "display.max_columns", "mode.sim_interactive")},
            numpy.geterr(), numpy.random.get_state()[1].tolist())
before = state()
import crmlab
print(state() == before)
"""
    assert fresh(code) == "True"


def test_the_first_use_of_a_table_function_loads_no_picture_or_model() -> None:
    used = "crmlab.rfm_table, crmlab.abc_classes, crmlab.rfm_scores, crmlab.load_retail, crmlab.say"
    unused = ("matplotlib", "sklearn", "lifetimes", "IPython", "papermill", "pandera")
    assert fresh(f"import sys, crmlab; {used}; print([m for m in {unused} if m in sys.modules])") == "[]"
