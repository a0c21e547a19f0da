"""The house rules, read off the code itself: who imports whom, what is explained, what happens on import."""

from __future__ import annotations

import ast
import dataclasses
import fnmatch
import functools
import importlib
import inspect
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import crmlab
from crmlab.contracts import DataError, check

ROOT = Path(crmlab.__file__).parent

# Who may import whom: a module imports from earlier lines only, and within a line from earlier words. A
# package's own __init__ (such as "datasets") stands after its parts. Put a new module where it belongs; never
# move another one down to make room.
LAYERS = (
    "schema",
    "tables.* tables",
    "contracts",
    "engine",
    "course catalogue",
    "facts._fact facts.[a-z]* facts",
    "readings dates columns sources_base sources_[!b]* sources order_lines intake intake_report",
    "_lifetimes _maximise queues",
    "datasets.cdnow datasets.retail datasets.truth",
    "datasets.organisations datasets.fieldwork datasets.needs datasets.protected datasets.dealers",
    "datasets.subscriptions datasets.loyalty datasets.complaint_*",
    "datasets.telecom datasets.energy datasets.energy_world datasets.let_go datasets.personal*",
    "datasets.sources_names datasets.sources_dirt datasets.three_sources",
    "datasets.bundled datasets.energy_file datasets.let_go_file datasets.loyalty_file datasets.subscriptions_file datasets.organisations_file datasets.sources_file datasets.telecom_file datasets.collecting datasets.lesson datasets",
    "cleaning linkage database freshness",
    "orders costs lifecycle",
    "information fields predictive masterfile surveys",
    "_ranks pareto rfm rfm_map",
    "targeting",
    "privacy access registers",
    "activities profits selection actions",
    "credit ledger credit_risk scorecard credit_control letters_out",
    "tiers clv_simple",
    "segments segment_count segment_offers",
    "grading grade_moves service_levels standard",
    "_btyd_rows _btyd_likelihood _btyd_means btyd bgbb btyd_predict btyd_next btyd_bootstrap",
    "btyd_simulate btyd_paths",
    "sbg spend clv_btyd clv_bounds",
    "compare contestants",
    "satisfaction drivers loyalty_types rewards",
    "complaint_*",
    "survival uplift retention",
    "care*",
    "bills*",
    "exposure* returners* letting*",
    "demand* next_purchase recommend* offers* bandit*",
    "customer_own customer_plan* plan_*",
    "plots.palette plots.frame plots.heat",
    "plots.bands plots.btyd plots.compare plots.complaints plots.credit plots.customers plots.grading",
    "plots.information plots.lifecycle plots.linkage plots.moves plots.privacy plots.response plots.retention",
    "plots.rfm plots.satisfaction plots.segments plots.segments_map plots.selection plots.surveys plots.truth",
    "plots.care* plots.bills* plots.letting* plots.demand* plots.offers* plots.plan*",
    "plots.value plots.sweep* plots",
    "notebook",
    "checks.forms checks.card checks.lesson_* checks.mydata checks",
    "parameters pages submissions releases _grade_one autograde provenance* kernels findings run_index runs repeats lab",
    "cli_orders sweep_grid sweep_run sweep_table sweep_folder sweep_orders sweep_picture sweep_cluster sweeps sweep_cli",
    "exercise_cli worlds verify doctor",
    "cli",
)

TOO_LONG = {  # module: lines of code it may have, and why more than 300
    "datasets.retail": (430, "one world is one file: its traits, tables and truth are read together"),
    "datasets.organisations": (350, "one world is one file, as in datasets.retail"),
    "checks.lesson_*": (400, "a lesson's tasks, their right and their well-known wrong answers are data"),
}
PRINTS = {  # module: why it may print
    "cli": "the command line speaks to its user",
    "verify": "a command: python -m crmlab.verify",
    "sweep_cli": "the command crmlab sweep, a part of cli",
    "exercise_cli": "the commands crmlab exercises, a part of cli",
}
NO_EXAMPLE = {  # name in the facade: why it has no doctest
    "clv_interval": "refits hundreds of times; lesson 07 shows it",
    "residual_purchases": "needs a Pareto/NBD fit, a second or more; crmlab.verify runs it against the paper",
}
UNUSED = {  # module: parameters that are asked for and not used, and why
    "cli": ({"_options(version)"}, "typer answers --version by itself, from the annotation"),
    "checks.forms": ({"_ids(form)"}, "one signature for all readers of an answer"),
}
OTHER_EXCEPTIONS = {"checks.forms.Misfit": "news for the student, caught by the card; never leaves it"}
HEAVY = (
    "matplotlib",
    "sklearn",
    "lifetimes",
    "IPython",
    "papermill",
    "nbconvert",
    "nbformat",
    "pandera",
    "duckdb",
    "splink",
    "statsmodels",
    "feature_engine",
    "pycanon",
)


def files() -> dict[str, Path]:
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if len(parts) > 1 and parts[0] in ("course", "templates"):  # a wheel carries the course here
            continue
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = path  # "" is the facade
    return found


FILES = files()
MODULES = [name for name in FILES if name]
ORDER = [
    module
    for layer in LAYERS
    for name in layer.split()
    for module in (fnmatch.filter(MODULES, name) if "*" in name else [name])  # no lesson imports another
]
every_file = pytest.mark.parametrize("module", FILES)


@functools.cache
def tree(module: str) -> ast.Module:
    return ast.parse(FILES[module].read_text(encoding="utf-8"))


def imports(code: ast.AST, importer: str = "") -> Iterator[str]:
    """Every crmlab module that is imported anywhere in the code; "" stands for the facade."""
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top, _, rest = alias.name.partition(".")
                if top == "crmlab":
                    yield rest
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield f"{importer}: write imports in full"
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "crmlab":
            package = (node.module or "").partition(".")[2]
            for alias in node.names:
                inner = f"{package}.{alias.name}".lstrip(".")
                yield inner if inner in FILES else package


# ------------------------------------------------------------------ who imports whom


def test_every_module_has_its_place() -> None:
    assert len(set(ORDER)) == len(ORDER)
    assert set(MODULES) - set(ORDER) == set(), "new modules: give them a place in ORDER"
    assert set(ORDER) - set(MODULES) == set(), "gone: take them out of ORDER"


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_upwards(module: str) -> None:
    place = ORDER.index(module)
    for imported in imports(tree(module), module):
        assert imported != "", f"{module} imports the facade"
        assert imported in ORDER[:place], f"{module} imports {imported}, which does not stand above it"
        assert not ("lesson_" in module and "lesson_" in imported), f"{module} imports another lesson"


def test_the_facade_imports_nothing_before_it_is_asked() -> None:
    assert list(imports(tree(""))) == []


def test_the_reading_of_imports_sees_them_all() -> None:
    code = """
import crmlab
import crmlab.orders as o
from crmlab import engine, rfm_table
from crmlab.datasets import cdnow, load_retail
def late():
    from crmlab.plots.frame import canvas
    from .rfm import rfm_scores
"""
    assert sorted(imports(ast.parse(code), "x")) == sorted(
        ["", "orders", "engine", "", "datasets.cdnow", "datasets", "plots.frame", "x: write imports in full"]
    )


@every_file
def test_one_door_to_lifetimes(module: str) -> None:
    names = {
        (alias.name if isinstance(node, ast.Import) else node.module or "").partition(".")[0]
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert ("lifetimes" in names) == (module == "_lifetimes")


# ------------------------------------------------------------------ importing does nothing

_IMPORT_ALL = """
import importlib, os, sys, warnings
import numpy, pandas, scipy.optimize, scipy.special, scipy.stats, typer, rich.console
HEAVY = {heavy!r}
def state():
    return (list(warnings.filters), dict(os.environ), os.getcwd(), list(sys.path), sys.excepthook, sys.stdout,
            [pandas.get_option(k) for k in ("display.width", "display.max_rows", "display.max_columns")],
            numpy.geterr(), numpy.get_printoptions(), numpy.random.get_state()[1].tolist(),
            sorted(os.listdir()))
before = state()
for name in {modules!r}:
    importlib.import_module("crmlab." + name)
    if state() != before:
        print(name, "changes a setting")
    heavy = [h for h in HEAVY if h in sys.modules]
    if heavy and not name.startswith("plots"):
        print(name, "loads", heavy)
    if set(heavy) - {{"matplotlib"}}:
        print(name, "loads", heavy)
"""


def test_importing_any_module_changes_nothing_and_loads_nothing_heavy(tmp_path: Path) -> None:
    modules = sorted(MODULES, key=lambda name: name.startswith("plots"))  # pictures last
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _IMPORT_ALL.format(heavy=HEAVY, modules=modules)],
        capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr[-500:]) == (0, "", "")


def test_importing_the_plots_changes_no_rc_parameter() -> None:
    code = (
        "import matplotlib, matplotlib.pyplot; before = dict(matplotlib.rcParams)\n"
        "import importlib\n"
        f"for name in {[name for name in MODULES if name.startswith('plots')]!r}:\n"
        "    importlib.import_module('crmlab.' + name)\n"
        "assert dict(matplotlib.rcParams) == before and not matplotlib.pyplot.get_fignums()\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _runs_on_import(module: str) -> list[str]:
    """Statements at the top of a module that are calls for their effect, loops or files being opened."""
    found = []
    for node in tree(module).body:
        if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
            continue
        effect = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
        if effect or isinstance(node, ast.For | ast.While | ast.With | ast.Delete):
            found.append(ast.unparse(node).splitlines()[0])
    return found


@every_file
def test_the_top_of_a_module_only_names_things(module: str) -> None:
    assert _runs_on_import(module) == []


# ------------------------------------------------------------------ what is explained


def public(module: str) -> list[ast.FunctionDef | ast.ClassDef]:
    return [
        node
        for node in tree(module).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]


def arguments(node: ast.FunctionDef) -> list[str]:
    a = node.args
    return [x.arg for x in (*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg) if x is not None]


def sections(doc: str) -> dict[str, str]:
    """Cut a numpydoc docstring into its sections."""
    parts = re.split(r"^(\w+)\n-{3,}\n", doc, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def explained(part: str) -> set[str]:
    """Names that head an entry of a Parameters section: "a, b : kind" explains a and b."""
    heads = [line.split(":")[0] for line in part.splitlines() if line and not line.startswith(" ")]
    return {name.strip().lstrip("*") for head in heads for name in head.split(",")}


def gaps(node: ast.FunctionDef, doc: str) -> list[str]:
    part = sections(doc)
    missing = [
        f"parameter {name}" for name in arguments(node) if name not in explained(part.get("Parameters", ""))
    ]
    extra = explained(part.get("Parameters", "")) - set(arguments(node)) if "Parameters" in part else set()
    missing += [f"no parameter {name}" for name in sorted(extra)]
    gives = node.returns is not None and ast.unparse(node.returns) not in ("None", "NoReturn")
    if gives and not {"Returns", "Yields"} & set(part):
        missing.append("Returns")
    raises = any(
        isinstance(n, ast.Raise) and n.exc and "DataError" in ast.unparse(n.exc) for n in ast.walk(node)
    )
    if raises and "DataError" not in part.get("Raises", ""):
        missing.append("Raises")
    return missing


@every_file
def test_every_public_name_has_a_docstring(module: str) -> None:
    assert ast.get_docstring(tree(module)), "the file itself"
    for node in public(module):
        doc = ast.get_docstring(node)
        assert doc and doc.splitlines()[0].endswith((".", "?", ":")), node.name


@every_file
def test_a_docstring_that_begins_to_explain_explains_all(module: str) -> None:
    """One line is enough for a helper; a Parameters section must be whole."""
    for node in public(module):
        doc = ast.get_docstring(node) or ""
        if isinstance(node, ast.FunctionDef) and "Parameters" in sections(doc):
            assert gaps(node, doc) == [], node.name


FUNCTIONS = [n for n in crmlab.__all__ if n != "__version__" and inspect.isfunction(getattr(crmlab, n))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_the_facade_offers_is_explained_in_full(name: str) -> None:
    module = getattr(crmlab, name).__module__.removeprefix("crmlab.").removeprefix("crmlab")
    real = getattr(crmlab, name).__name__
    node = next(n for n in public(module) if n.name == real)
    assert isinstance(node, ast.FunctionDef)
    doc = ast.get_docstring(node) or ""
    assert gaps(node, doc) == []
    assert (">>>" in sections(doc).get("Examples", "")) != (name in NO_EXAMPLE), (
        "an example, or a reason why not"
    )


@pytest.mark.parametrize("name", [n for n in crmlab.__all__ if inspect.isclass(getattr(crmlab, n))])
def test_a_class_of_the_facade_explains_its_fields(name: str) -> None:
    kind = getattr(crmlab, name)
    fields = list(getattr(kind, "__dataclass_fields__", {}))
    part = sections(inspect.getdoc(kind) or "")
    told = explained(part.get("Parameters", "") + part.get("Attributes", ""))
    assert set(fields) <= told


def test_the_reading_of_docstrings_can_fail() -> None:
    code = '''
def f(a, *, b, **more) -> int:
    """Do.

    Parameters
    ----------
    a, c : int
        Both.
    """
    raise DataError("x")
'''
    node = ast.parse(code).body[0]
    assert isinstance(node, ast.FunctionDef)
    assert gaps(node, ast.get_docstring(node) or "") == [
        "parameter b", "parameter more", "no parameter c", "Returns", "Raises",
    ]  # fmt: skip


def test_table_functions_take_data_positionally_and_the_rest_by_name() -> None:
    """More than two positional arguments read badly: f(table, other, *, ...)."""
    for name in FUNCTIONS:
        kinds = [p.kind for p in inspect.signature(getattr(crmlab, name)).parameters.values()]
        assert sum(kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for kind in kinds) <= 3, name


# ------------------------------------------------------------------ every parameter is used


def unused(code: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(code):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            used = {n.id for inner in node.body for n in ast.walk(inner) if isinstance(n, ast.Name)}
            bare = node.args
            names = [
                x.arg for x in (*bare.posonlyargs, *bare.args, *bare.kwonlyargs, bare.vararg, bare.kwarg) if x
            ]
            found += [
                f"{node.name}({name})"
                for name in names
                if name not in used and not name.startswith("_") and name not in ("self", "cls")
            ]
    return found


@every_file
def test_every_parameter_is_used(module: str) -> None:
    allowed, _ = UNUSED.get(module, (set(), ""))
    assert set(unused(tree(module))) == allowed


def test_the_search_for_unused_parameters_finds_them() -> None:
    code = "def f(a, b, *, c=a, **d):\n    def g(e):\n        return b\n    return g\n"
    assert unused(ast.parse(code)) == [
        "f(a)", "f(c)", "f(d)", "g(e)",
    ]  # fmt: skip


# ------------------------------------------------------------------ loaders


def _loaders() -> list[str]:
    from crmlab import datasets

    return [name for name in datasets.__all__ if name.startswith(("load_", "make_"))]


@pytest.mark.parametrize("name", _loaders())
def test_a_loader_keeps_its_contract(name: str) -> None:
    from crmlab import datasets

    maker = getattr(datasets, name)
    asked = inspect.signature(maker).parameters
    given: dict[str, Any] = {"rng": 3} if name.startswith("make_") else {}
    given |= {size: 500 for size in asked if size in ("n_customers", "n_people", "n_dealers")}
    worlds = [
        datasets.load_retail() for one in asked.values() if one.default is one.empty and one.name not in given
    ]
    made = maker(*worlds, **given)
    if isinstance(made, pd.DataFrame):
        check(made, "orders")
    else:
        for field in dataclasses.fields(made):
            check(getattr(made, field.name), field.name)
    assert name in crmlab.__all__


def test_loaders_are_found_and_named_by_their_promise() -> None:
    assert set(_loaders()) >= {"load_retail", "make_retail", "load_cdnow"}
    for name in _loaders():
        parameters = inspect.signature(getattr(crmlab, name)).parameters
        assert ("rng" in parameters) == name.startswith("make_"), name


# ------------------------------------------------------------------ size and cleanliness


def code_lines(text: str) -> int:
    """Count lines that hold code: neither blank, nor a comment, nor a docstring."""
    lines: set[int] = set()
    skip = (
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    )
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in skip:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module
        if isinstance(node, kinds) and ast.get_docstring(node) is not None:
            lines -= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return len(lines)


def test_lines_are_counted_as_a_reader_would() -> None:
    assert (
        code_lines(
            '"""Doc.\n\nMore.\n"""\n\n# why\nx = (\n    1\n)\n\n\ndef f():\n    """Doc."""\n    return x\n'
        )
        == 5
    )


@every_file
def test_a_file_is_short(module: str) -> None:
    limit = next((most for name, (most, _) in TOO_LONG.items() if fnmatch.fnmatch(module, name)), 300)
    assert code_lines(FILES[module].read_text(encoding="utf-8")) <= limit


def test_exceptions_are_still_needed() -> None:
    for name in TOO_LONG:
        lines = [code_lines(FILES[m].read_text(encoding="utf-8")) for m in fnmatch.filter(FILES, name)]
        assert max(lines) > 270, name
    for module in PRINTS:
        assert "print(" in FILES[module].read_text(encoding="utf-8"), module
    assert set(NO_EXAMPLE) <= set(crmlab.__all__)


def test_the_package_stays_small(record_property: Callable[[str, int], None]) -> None:
    """Each lesson adds about 700 lines, worlds, checks and pictures included; the count goes into the test report."""
    total = sum(code_lines(path.read_text(encoding="utf-8")) for path in FILES.values())
    record_property("code_lines", total)
    assert 1_000 < total < 36_000


@every_file
def test_nothing_is_printed_but_by_commands(module: str) -> None:
    calls = [
        node.lineno
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not calls or module in PRINTS, calls


@every_file
def test_no_loose_end_and_no_path_of_one_machine(module: str) -> None:
    text = FILES[module].read_text(encoding="utf-8")
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", text)
    assert not re.search(r"(?<![\w.}])/(home|Users|work|root|tmp|mnt)/\w", text)
    assert not re.search(r"\b[A-Z]:\\\\", text)
    assert "\t" not in text and text.endswith("\n") and "\r" not in text


@every_file
def test_errors_are_ours_and_never_swallowed_whole(module: str) -> None:
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"bare except in line {node.lineno}"
        if isinstance(
            node, ast.Assert
        ):  # python -O removes it: it may tell the type checker something, no more
            assert re.search(r" is not None|isinstance\(", ast.unparse(node)), f"assert in line {node.lineno}"


def test_there_is_one_kind_of_error() -> None:
    own: set[str] = set()
    for module in MODULES:
        for node in public(module):
            if isinstance(node, ast.ClassDef) and any(
                ast.unparse(b).endswith(("Error", "Exception")) for b in node.bases
            ):
                own.add(f"{module}.{node.name}")
    assert own == {"schema.DataError", *OTHER_EXCEPTIONS} and issubclass(DataError, ValueError)


def test_every_module_imports_by_itself() -> None:
    for module in MODULES:
        assert importlib.import_module(f"crmlab.{module}").__doc__
