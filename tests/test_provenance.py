"""An executed notebook says how it was made, and `crmlab run --from` makes it again."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import shlex
import shutil
import sys
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest

from crmlab import cli
from crmlab.contracts import DataError
from crmlab.course import lessons, read_notebook
from crmlab.findings import recorded
from crmlab.parameters import as_given, match, parse_parameters
from crmlab.provenance import notebook_sha256, read_provenance, source_of, stamp
from crmlab.repeats import repeat_run
from crmlab.runs import run

CODE = """
import os, random
import pandas as pd
from crmlab import record
from crmlab.datasets.lesson import lesson_data
log = lesson_data(orders, columns=columns, as_of=as_of).orders
random.seed(seed)
record("05", rows=len(log), sum_eur=log["amount_eur"].sum(), draw=random.random(), lot=os.environ.get("LOT", ""))
"""
KNOBS = 'orders = "retail"\ncolumns = ""\nas_of = ""\nseed = 7  # 0 or more\ncuts = (0.8, 0.95)'
SHOP = "Client;Day;Sum\nA;02/01/2023;10,5\nB;13/02/2023;5\n;14/02/2023;1\nA;14/02/2023;-2\n"
COLUMNS = "customer_id=Client,order_date=Day,amount_eur=Sum"


def sha(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def top(file: Path) -> str:
    """Text of the provenance cell, its hour left out."""
    cells = [c for c in read_notebook(file).cells if "provenance" in c.metadata.get("tags", [])]
    assert len(cells) == 1
    return re.sub(r"\(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\)", "(then)", cells[0].source)


def write_notebook(file: Path, *cells: str, parameters: str = KNOBS) -> Path:
    from nbformat import v4, write

    made = v4.new_notebook(cells=[v4.new_markdown_cell("# Shop\n\nA lesson.", id="title")])
    made.cells.append(v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}, id="knobs"))
    made.cells += [v4.new_code_cell(text, id=f"cell-{i}") for i, text in enumerate(cells)]
    write(made, file)
    return file


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a notebook, an order file and the run they made; copy it before changing it."""
    folder = tmp_path_factory.mktemp("first")
    (folder / "shop.csv").write_text(SHOP)
    own = write_notebook(folder / "own.ipynb", CODE)
    table = run(
        [own],
        parameters={"as_of": "2023-02-13", "cuts": (0.5, 0.9), "seed": "3"},
        orders=folder / "shop.csv",
        columns=COLUMNS,
        refunds="drop",
        out=folder / "run",
    )
    assert table["error"].tolist() == [""] and table["remark"].tolist() == [""]
    return folder


@pytest.fixture
def place(first: Path, tmp_path: Path) -> Path:
    """The first run in a folder of its own, with the paths in it turned to that folder."""
    target = tmp_path / "place"
    shutil.copytree(first, target)
    for name in ("run/own.ipynb",):
        text = (target / name).read_text().replace(str(first), str(target))
        (target / name).write_text(text)
    return target


@pytest.fixture
def crmlab(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    import signal

    before = signal.getsignal(signal.SIGTERM)

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["crmlab", *map(str, words)])
        code = cli.main()
        said = capsys.readouterr()
        return code, said.out, said.err

    yield call
    signal.signal(signal.SIGTERM, before)


def test_the_top_of_a_notebook_says_how_it_was_made(first: Path) -> None:
    notebook = read_notebook(first / "run/own.ipynb")
    digits = notebook_sha256(read_notebook(first / "own.ipynb"))
    numbers = " · ".join(f"{n} {version(n)}" for n in ("crmlab", "pandas", "numpy", "duckdb", "scikit-learn"))
    command = (
        f"crmlab run {first}/own.ipynb --orders {first}/shop.csv --columns {COLUMNS} --refunds drop "
        "-p as_of=2023-02-13 -p 'cuts=[0.5, 0.9]' -p seed=3"
    )
    assert top(first / "run/own.ipynb").splitlines() == [
        "**How this run was made** (then)",
        "",
        "- Parameters given: `as_of = '2023-02-13'`, `cuts = [0.5, 0.9]`, `seed = 3`",
        "- The notebook's own: none",
        "- Seed: 3",
        f"- Data: `{first}/shop.csv`, columns `{COLUMNS}`, SHA-256 `{sha(first / 'shop.csv')[:12]}`",
        f"- Versions: python {platform.python_version()} · {numbers}",
        f"- Notebook: `{first}/own.ipynb`, SHA-256 of its cells `{digits[:12]}`",
        f"- The same again: `{command}`",
    ]
    assert "# Shop" in notebook.cells[0].source
    assert notebook.cells[1].metadata == {"tags": ["provenance"], "slideshow": {"slide_type": "skip"}} | {
        k: v for k, v in notebook.cells[1].metadata.items() if k == "papermill"
    }
    made = notebook.metadata["crmlab"]
    assert made["data"]["sha256"] == sha(first / "shop.csv")
    assert made["data"]["copy_sha256"] == sha(first / "run/orders.csv")
    assert made["parameters"] == {
        "orders": f"{first}/shop.csv", "columns": COLUMNS, "as_of": "2023-02-13", "seed": 3, "cuts": [0.5, 0.9],
    }  # fmt: skip
    assert made["given"] == {"as_of": "2023-02-13", "cuts": [0.5, 0.9], "seed": 3} and made["seed"] == 3
    assert made["command"] == command and made["notebook_sha256"] == digits
    page = (first / "run/own.html").read_text()
    assert "How this run was made" in page and sha(first / "shop.csv")[:12] in page
    assert pd.read_csv(first / "run/findings.csv")["orders_sha256"].tolist() == [sha(first / "shop.csv")[:12]]


def test_the_command_makes_the_same_again(crmlab, place: Path, monkeypatch) -> None:
    monkeypatch.chdir(place)
    _, made = read_provenance("run/own.ipynb")
    words = shlex.split(made["command"])
    assert words[:2] == ["crmlab", "run"]
    assert crmlab(*words[1:], "--out", "again")[0] == 0
    again = read_provenance("again/own.ipynb")[1]
    assert {k: v for k, v in again.items() if k != "started"} == {
        k: v for k, v in made.items() if k != "started"
    }
    assert recorded(Path("again/own.ipynb")) == recorded(Path("run/own.ipynb"))


def test_a_run_is_repeated_and_compared(crmlab, place: Path) -> None:
    code, out, err = crmlab("run", "--from", place / "run/own.ipynb", "--out", place / "again")
    assert code == 0 and out.startswith("✓ ok      own  ")
    assert err.splitlines()[-1] == "findings: all 4 are equal"
    for name in ("orders.csv", "refused.csv", "orders.source.json"):
        assert (place / "again" / name).read_bytes() == (place / "run" / name).read_bytes()
    assert top(place / "again/own.ipynb") == top(place / "run/own.ipynb")


def test_a_finding_that_differs_is_named(crmlab, place: Path, monkeypatch) -> None:
    monkeypatch.setenv("LOT", "other")
    code, _, err = crmlab("run", "--from", place / "run/own.ipynb", "--out", place / "again")
    assert code == 1
    assert err.splitlines()[-2:] == ["findings: 1 of 4 differ", 'lot was "" and is "other"']


def test_other_versions_and_another_source_are_told_and_the_cells_of_that_time_run(place: Path) -> None:
    file = place / "run/own.ipynb"
    old = json.loads(file.read_text())
    old["metadata"]["crmlab"]["versions"]["pandas"] = "1.0"
    file.write_text(json.dumps(old))
    before = notebook_sha256(read_notebook(place / "own.ipynb"))[:12]
    write_notebook(place / "own.ipynb", "raise ValueError('another lesson')")
    after = notebook_sha256(read_notebook(place / "own.ipynb"))[:12]
    said: list[str] = []
    table = repeat_run(file, out=place / "again", say=said.append)
    assert table["error"].tolist() == [""] and table.attrs["differing"] == []
    assert said[:2] == [
        f"versions differ, so findings may: pandas 1.0 then, {pd.__version__} now",
        f"{place}/own.ipynb has changed since (SHA-256 of its cells {before}, now {after}): "
        "the cells kept in own.ipynb are run",
    ]
    assert said[-1] == "findings: all 4 are equal"
    assert (
        notebook_sha256(read_notebook(place / "again/own.ipynb"))
        == old["metadata"]["crmlab"]["notebook_sha256"]
    )


def test_a_changed_order_file_stops_the_repetition_and_names_the_cure(crmlab, place: Path) -> None:
    file, shop, copy = place / "run/own.ipynb", place / "shop.csv", place / "run/orders.csv"
    before = sha(shop)[:12]
    shop.write_text(SHOP + "C;15/02/2023;1\n")
    said = f"crmlab: {shop} is not what '{file}' was made from: SHA-256 {before} then, {sha(shop)[:12]} now. "
    again = place / "again"
    assert crmlab("run", "--from", file, "--out", again) == (
        2,
        "",
        f"{said}Hint: crmlab run --from {file} --orders {copy} repeats it on the copy of that time\n",
    )
    copy.write_text("spoilt")
    cure = f"Hint: bring it back: crmlab run --from {file} --orders FILE\n"
    assert crmlab("run", "--from", file, "--out", again)[2] == said + cure
    assert not again.exists()


def test_an_order_file_that_is_gone_or_moved(place: Path) -> None:
    file, shop, copy = place / "run/own.ipynb", place / "shop.csv", place / "run/orders.csv"
    shop.rename(place / "elsewhere.csv")
    said: list[str] = []
    table = repeat_run(file, out=place / "one", say=said.append)
    assert (
        said[0] == f"{shop} does not exist. Hint: paths start at {Path.cwd()}. Then: the copy {copy} is taken"
    )
    assert said[-1] == "findings: all 4 are equal" and table["error"].tolist() == [""]
    said.clear()
    repeat_run(file, out=place / "two", orders=place / "elsewhere.csv", say=said.append)
    assert said[-1] == "findings: all 4 are equal" and (place / "two/refused.csv").exists()
    said.clear()
    repeat_run(file, out=place / "three", orders=copy, say=said.append)
    assert said == ["findings: all 4 are equal"]
    copy.unlink()
    with pytest.raises(DataError) as error:
        repeat_run(file, out=place / "four")
    assert str(error.value) == f"{shop} does not exist. Hint: paths start at {Path.cwd()}."


def test_what_was_not_made_here_is_refused(crmlab, place: Path) -> None:
    own, made = place / "own.ipynb", place / "run/own.ipynb"
    assert crmlab("run", "--from", own)[::2] == (
        2,
        f"crmlab: '{own}' does not say how it was made: crmlab run has not made it. "
        "Hint: --from takes a notebook out of the folder of a run\n",
    )
    assert crmlab("run", "--from", place)[2] == (
        f"crmlab: '{place}' is a folder. Hint: name one notebook in it, such as {place}/05_abc.ipynb\n"
    )
    command = read_provenance(made)[1]["command"]
    made.write_text(made.read_text().replace("random.seed(seed)", "random.seed(5)"))
    assert crmlab("run", "--from", made)[2] == (
        f"crmlab: '{made}' was changed after its run: its cells are not those that were run. Hint: {command}\n"
    )
    for more in (["05"], ["-p", "seed=1"], ["--refunds", "drop"], ["--table", "x"], ["--jobs", "1"]):
        assert crmlab("run", "--from", made, *more)[2] == (
            "crmlab: --from repeats a run as it was, with its own lesson, parameters and options. "
            "Hint: leave all others out but --out, and --orders for a file that was moved\n"
        )


def test_options_of_an_order_file_need_one(crmlab) -> None:
    assert crmlab("run", "05", "--date-format", "%d/%m/%Y") == (
        2, "", "crmlab: --date-format means nothing without --orders. Hint: add --orders SOURCE, or leave it out\n",
    )  # fmt: skip


def test_a_file_that_changes_under_the_run_is_told(crmlab, tmp_path: Path) -> None:
    """One notebook reads the copy, the other the file itself; both change the file while they run."""
    shop = tmp_path / "shop.csv"
    more = f"open({str(shop)!r}, 'a').write('C,2023-02-15,1\\n')"
    own = write_notebook(tmp_path / "own.ipynb", more)
    shop.write_text("customer_id,order_date,amount_eur\nA,2023-01-02,10\n")
    before = sha(shop)[:12]
    code, out, err = crmlab("run", own, "--orders", shop, "-p", "as_of=2023-01-02", "--out", tmp_path / "one")
    after = sha(shop)[:12]
    said = (
        f"{shop} changed during the run (SHA-256 {before}, now {after}): "
        "the notebooks worked on the state of the start, kept in orders.csv"
    )
    assert code == 1 and out.startswith("✓ ok") and err.splitlines()[-1] == said
    assert said in (tmp_path / "one/index.html").read_text()
    assert top(tmp_path / "one/own.ipynb").splitlines()[-1] == f"- **Mind:** {said}"
    assert said in (tmp_path / "one/own.html").read_text()
    assert pd.read_csv(tmp_path / "one/findings.csv")["orders_sha256"].tolist() == [before]
    table = run([own], parameters={"orders": str(shop)}, out=tmp_path / "two")
    assert table["status"].tolist() == ["ok"]
    assert table["remark"].tolist() == [
        f"{shop} changed during the run (SHA-256 {after}, now {sha(shop)[:12]}): "
        "a notebook may have read either state; run it again"
    ]
    gone = write_notebook(tmp_path / "gone.ipynb", f"import os; os.remove({str(shop)!r})")
    table = run([gone], parameters={"orders": str(shop)}, out=tmp_path / "three")
    assert table["remark"].tolist() == [
        f"could not be read again after the run: {shop} does not exist. Hint: paths start at {Path.cwd()}. "
        "Then: a notebook may have read either state; run it again"
    ]


def test_bundled_data_are_compared_table_by_table(course: Path, tmp_path: Path) -> None:
    run(["05"], parameters={"seed": 3}, out=tmp_path / "one")
    file, table = tmp_path / "one/05_abc.ipynb", course / "datasets/orders.csv"
    digits = hashlib.sha256(table.read_bytes()).hexdigest()
    assert f"- Data: the tables bundled with the course, SHA-256 `{digits[:12]}`" in top(file)
    assert "`crmlab run 05_abc -p seed=3`" in top(file)
    (course / "datasets/new.csv").write_text("b\n1\n")  # a table more does not matter
    said: list[str] = []
    repeat_run(file, out=tmp_path / "two", say=said.append)
    assert said == ["findings: the notebook records none, so there is nothing to compare"]
    table.write_text("a\n2\n")
    with pytest.raises(DataError) as error:
        repeat_run(file, out=tmp_path / "three")
    now = hashlib.sha256(table.read_bytes()).hexdigest()
    assert str(error.value) == (
        f"the bundled table orders.csv is not what '{file}' was made from: SHA-256 {digits[:12]} then, "
        f"{now[:12]} now. Hint: take the crmlab {version('crmlab')}, which has those data"
    )
    with pytest.raises(DataError) as error:
        repeat_run(file, orders="x.csv")
    assert str(error.value) == (
        f"'{file}' read the tables bundled with the course, no order file. Hint: leave --orders out"
    )


def test_an_executed_notebook_is_run_as_its_author_wrote_it(course: Path, tmp_path: Path) -> None:
    run(["05"], parameters={"seed": 3}, out=tmp_path / "one")
    executed = tmp_path / "one/05_abc.ipynb"
    assert notebook_sha256(read_notebook(executed)) == notebook_sha256(
        read_notebook(course / "notebooks/05_abc.ipynb")
    )
    run([executed], out=tmp_path / "two")
    text = (tmp_path / "two/05_abc.ipynb").read_text()
    assert '"14\\n"' in text and "injected-parameters" not in text  # 7 * 2: its own seed, not that of the run
    assert "- Seed: 7" in top(tmp_path / "two/05_abc.ipynb")


def test_the_lessons_take_the_stamp_and_lose_it_again() -> None:
    """Every lesson keeps its cells and its hash; the lesson itself is not touched."""
    record = {
        "parameters": {"a": "b`c"},
        "given": {},
        "started": "x",
        "seed": None,
        "versions": {},
        "lesson": "l",
    }
    record |= {"data": {"kind": "cdnow", "source": "CDNOW", "sha256": "0" * 64}, "command": "c"}
    for path in lessons().values():
        source = read_notebook(path)
        record["notebook_sha256"] = notebook_sha256(source)
        stamped = stamp(source, record)
        assert len(stamped.cells) == len(source.cells) + 1 and "`` a = 'b`c' ``" in stamped.cells[1].source
        assert notebook_sha256(stamped) == record["notebook_sha256"]
        assert [c.source for c in source_of(stamped).cells] == [c.source for c in source.cells]
        assert "crmlab" not in source.metadata


@pytest.mark.parametrize(
    ("value", "default", "text"),
    [
        ("a b", '""', "a b"),
        ("'a'", '""', "\"'a'\""),
        (" x ", '""', "' x '"),
        (5, "1", "5"),
        (1.0, "0.5", "1.0"),
        (True, "False", "True"),
        ([0.5, 0.9], "(0,)", "[0.5, 0.9]"),
        ("5", "None", "'5'"),
        ("it's", "None", "it's"),
    ],
)
def test_a_value_is_written_so_that_it_is_read_again(value: object, default: str, text: str) -> None:
    assert as_given("x", value, default) == text
    path = Path("a.ipynb")
    given = parse_parameters([f"x={text}"])
    assert match(given, {path: {"x": default}}, print) == {path: {"x": value}}
