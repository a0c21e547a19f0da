from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest

from crmlab import kernels, runs
from crmlab.contracts import DataError
from crmlab.course import lessons, read_notebook
from crmlab.parameters import parse_parameters, ranges_of
from crmlab.runs import run

pytestmark = pytest.mark.usefixtures("course")

ORDERS = "customer_id,order_date,amount_eur\nA,2023-01-02,10\nB,2023-02-03,5.5\n,2023-02-04,1\n"


def output(folder: Path, name: str) -> str:
    cells = [cell for cell in read_notebook(folder / f"{name}.ipynb").cells if cell.cell_type == "code"]
    return "".join(out.get("text", "") for cell in cells for out in cell.outputs)


def test_runs_all_and_a_failure_stops_only_itself(course: Path, notebook, tmp_path: Path) -> None:
    notebook(
        course / "notebooks/07_bad.ipynb", "# Bad", "1", "raise ValueError('too\\nbig')", "print('never')"
    )
    said: list[str] = []
    out = tmp_path / "out {x}"
    table = run(parameters={"seed": "8", "bands": "3"}, out=out, say=said.append)
    assert table["lesson"].tolist() == ["05", "06", "07"]
    assert table["status"].tolist() == ["ok", "ok", "failed"]
    assert table["failed_cell"].tolist() == [pd.NA, pd.NA, 2]
    assert table["error"].tolist() == ["", "", "ValueError: too …"]
    assert (table["seconds"] > 0).all()
    assert output(out, "05_abc") == "16\n"
    assert output(out, "06_rfm") == "3\n"
    assert "never" not in output(out, "07_bad")
    assert said == [
        "seed goes to 05_abc, 06_rfm only: the others have no such parameter",
        "bands goes to 06_rfm only: the others have no such parameter",
    ]
    names = [f"{stem}{end}" for stem in ("05_abc", "06_rfm", "07_bad") for end in (".html", ".ipynb")]
    assert sorted(path.name for path in out.iterdir()) == [*names, "findings.csv", "index.html"]
    index = (out / "index.html").read_text()
    assert "3 notebooks, 1 failed." in index
    assert "✗ failed" in index and "Cell In [2]: ValueError: too …" in index
    assert '<a href="05_abc.html">Abc</a>' in index
    assert re.search(r"<code>seed</code></th><td><code>8</code>", index)
    assert "pandas " + pd.__version__ in index
    assert "stopped at a cell with an error" in (out / "07_bad.html").read_text()


def test_kernel_is_this_python_and_works_in_the_run_folder(notebook, tmp_path: Path, monkeypatch) -> None:
    spec = tmp_path / "jupyter/kernels/python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(
        '{"argv": ["/nowhere/python"], "display_name": "other", "language": "python"}'
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    code = "import sys, os; print(sys.executable); print(os.getcwd()); print(os.environ.get('MPLBACKEND'))"
    out = tmp_path / "out"
    assert run([notebook("a.ipynb", code)], out=out)["status"].tolist() == ["ok"]
    executable, folder, backend = output(out, "a").split()
    assert (executable, folder) == (sys.executable, str(out))
    assert backend.startswith("module://matplotlib_inline")


def test_a_dead_kernel_is_a_failed_notebook(notebook, tmp_path: Path) -> None:
    source = notebook("a.ipynb", "1", "import os; os._exit(3)", "2")
    row = run([source], out=tmp_path / "out").iloc[0]
    assert (row.status, row.failed_cell) == ("failed", 2)
    assert row.error == "DeadKernelError: Kernel died"
    assert (tmp_path / "out/a.html").exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"sed": "1"},
            "no chosen notebook has a parameter 'sed'; they have seed, orders, bands. "
            "Hint: did you mean seed?",
        ),
        (
            {"zzz": "1"},
            "no chosen notebook has a parameter 'zzz'; they have seed, orders, bands. Hint: leave it out",
        ),
        (
            {"seed": "many"},
            "the parameter 'seed' must be a whole number; it is 'many'. Hint: its own value is 7",
        ),
        ({"seed": "1.5"}, "the parameter 'seed' must be a whole number; it is 1.5. Hint: its own value is 7"),
        ({"seed": True}, "the parameter 'seed' must be a whole number; it is True. Hint: its own value is 7"),
        ({"seed": ""}, "the parameter 'seed' must be a whole number; it is ''. Hint: its own value is 7"),
        ({"orders": 5}, "the parameter 'orders' must be text; it is 5. Hint: its own value is \"retail\""),
    ],
)
def test_wrong_parameters_are_refused_before_anything_starts(tmp_path: Path, given, message) -> None:
    with pytest.raises(DataError) as error:
        run(parameters=given, out=tmp_path / "out")
    assert str(error.value) == message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (["seed"], "'seed' is not a parameter; it must read name=value. Hint: -p seed=8"),
        (["=5"], "'=5' is not a parameter; it must read name=value. Hint: -p seed=8"),
        (["a b=5"], "'a b=5' is not a parameter; it must read name=value. Hint: -p seed=8"),
        (["a=1", "a=2"], "the parameter 'a' is given twice. Hint: give it once"),
    ],
)
def test_parameter_texts(text: list[str], message: str) -> None:
    with pytest.raises(DataError) as error:
        parse_parameters(text)
    assert str(error.value) == message


def test_values_take_the_type_of_the_default(notebook, tmp_path: Path) -> None:
    source = notebook(
        "a.ipynb",
        "print([day, rate, flag, cuts, free])",
        parameters='day = ""  # YYYY-MM-DD\nrate = 0.5\nflag = False\ncuts = (0.8, 0.95)\nfree = None',
    )
    given = parse_parameters(["day=2023-12-31", "rate=1", "flag=true", "cuts=(0.5, 0.9)", "free=abc"])
    run([source], parameters=given, out=tmp_path / "out")
    assert output(tmp_path / "out", "a") == "['2023-12-31', 1.0, True, [0.5, 0.9], 'abc']\n"


def test_own_orders_go_to_the_notebooks_that_take_them(course: Path, notebook, tmp_path: Path) -> None:
    code = "print(open(orders).read().splitlines()[1]); print(repr(columns), as_of)"
    notebook(
        course / "notebooks/05_abc.ipynb", code, parameters='orders = "retail"\ncolumns = "x"\nas_of = ""'
    )
    file = tmp_path / "shop.csv"
    file.write_text(ORDERS)
    said: list[str] = []
    with pytest.raises(DataError) as error:
        run(orders=file, out=tmp_path / "out")
    assert str(error.value) == (
        "a file of your own needs a reporting day. Hint: add -p as_of=2023-02-03, the last day in the file"
    )
    table = run(orders=file, out=tmp_path / "out", parameters={"as_of": "2023-02-03"}, say=said.append)
    assert table["lesson"].tolist() == ["05"]
    assert said[:2] == [
        "left out: 06_rfm does not take an order file",
        f"{file}: 3 rows read, 2 used (orders.csv), 1 refused (refused.csv)",
    ]
    assert output(tmp_path / "out", "05_abc") == "A,2023-01-02,10.0000\n'' 2023-02-03\n"
    assert "customer_id is missing" in (tmp_path / "out/refused.csv").read_text()
    with pytest.raises(DataError) as error:
        run(["06"], orders=file)
    assert (
        str(error.value) == "'06_rfm' has no parameter 'orders', so it cannot use a file. Hint: leave it out"
    )


def test_nothing_there_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "05_abc.html").write_text("mine")
    with pytest.raises(DataError) as error:
        run(["05"], out=tmp_path)
    assert str(error.value) == (
        f"'{tmp_path}' already has 05_abc.html, which stays. Hint: choose another folder with --out"
    )
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match=r"cannot write to .*file': File exists"):
        run(["05"], out=tmp_path / "file")


def test_two_notebooks_of_one_name_and_bad_jobs(
    notebook,
) -> None:
    one, two = notebook("a/x.ipynb", "1"), notebook("b/x.ipynb", "1")
    with pytest.raises(DataError) as error:
        run([one, two])
    assert str(error.value) == "two notebooks are named 'x'. Hint: run them one after the other"
    with pytest.raises(DataError) as error:
        run([one, one], jobs=0)
    assert str(error.value) == "jobs is 0; it must be 1 or more. Hint: leave it out to use your processors"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DataError, match=r"cannot write to .*Permission denied"):
        run(["05"], out=tmp_path / "out")


def test_a_full_disk_ends_the_run_and_leaves_nothing(tmp_path: Path, monkeypatch) -> None:
    def full(path: Path, _: object) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(kernels, "write_file", full)
    with pytest.raises(OSError, match="No space left"):
        run(out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not kernels_of(psutil.Process())


def test_a_page_that_cannot_be_made_is_told(notebook, tmp_path: Path) -> None:
    source = notebook("a.ipynb", "![x](https://example.org/x.png)", "1")
    row = run([source], out=tmp_path / "out").iloc[0]
    assert row.status == "failed"
    assert row.error.startswith("page: 'a.ipynb' asks for https://example.org/x.png from the network.")
    assert row.page == ""
    assert "a.html" not in (tmp_path / "out/index.html").read_text()


def kernels_of(process: psutil.Process) -> list[psutil.Process]:
    found = []
    for child in process.children(recursive=True):
        try:
            if (
                any("ipykernel" in part for part in child.cmdline())
                and child.status() != psutil.STATUS_ZOMBIE
            ):
                found.append(child)
        except psutil.NoSuchProcess:
            pass
    return found


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_no_kernel_and_no_half_written_file(notebook, tmp_path: Path, number: int) -> None:
    fast = notebook("fast.ipynb", "print(1)")
    slow = notebook(
        "slow.ipynb", "open('started', 'w').close()\nimport subprocess\nsubprocess.run(['sleep', '99'])"
    )
    more = notebook("more.ipynb", "print(1)")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "crmlab.cli", "run", str(fast), str(slow), str(more), "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        parent = psutil.Process(process.pid)
        deadline = time.monotonic() + 30
        while not ((out / "started").exists() and (out / "fast.html").exists()):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
        children = parent.children(recursive=True)
        assert kernels_of(parent)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    assert stderr.strip().splitlines()[-1] == "crmlab: stopped"
    assert "Traceback" not in stdout + stderr
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
    left = {path.name for path in out.iterdir()} - {"more.html", "more.ipynb"}
    assert left == {"fast.html", "fast.ipynb", "started", "index.html", "findings.csv"}
    index = (out / "index.html").read_text()
    assert "notebooks had finished." in index and '<a href="fast.html">' in index
    assert "slow" not in index
    assert pd.read_csv(out / "findings.csv")["notebook"].tolist()[0] == "fast.ipynb"
    assert f"finished before the stop: {out}/index.html" in stderr


def test_default_folder_is_named_by_the_time(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    first, _ = runs._folder(None, ["a"], with_orders=False)
    second, _ = runs._folder(None, ["a"], with_orders=False)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_\d{6}", first.name)
    assert first != second
    assert first.parent == tmp_path / "runs"


def test_a_folder_inside_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError) as error:
        run(["05"], out=tmp_path / "file/out")
    assert str(error.value) == (
        f"cannot write to '{tmp_path}/file/out': Not a directory. Hint: choose another folder with --out"
    )


def test_findings_are_one_row_per_notebook(notebook, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "foo.csv").write_text(ORDERS)
    found = (
        "from crmlab import record\nprint(open(orders).readline().strip())\n"
        "record('05', gini=0.5, customers=3, status='fine', name='a, \"b\"')"
    )
    one = notebook("05_a.ipynb", found, parameters='orders = "retail"\nseed = 7\ncuts = (0.8, 0.95)')
    two = notebook("x.ipynb", "1 / 0", parameters="bands = 5  # bands: 2 to 10")
    out = tmp_path / "out"
    run([one, two], parameters={"orders": "foo.csv", "cuts": (0.5, 0.9), "bands": "3"}, out=out)
    table = pd.read_csv(out / "findings.csv", keep_default_na=False, dtype=str)
    assert list(table) == [
        *["lesson", "notebook", "status", "seconds", "crmlab", "python", "orders_sha256", "seed"],
        *["p_orders", "p_seed", "p_cuts", "p_bands"],
        *["customers", "gini", "name", "finding_status"],
    ]
    digits = hashlib.sha256(ORDERS.encode()).hexdigest()[:12]
    rows = table.drop(columns=["seconds", "crmlab", "python"]).values.tolist()
    assert rows == [
        [
            *["05", "05_a.ipynb", "ok", digits, "7", str(tmp_path / "foo.csv"), "7", "[0.5, 0.9]", ""],
            *["3", "0.5", 'a, "b"', "fine"],
        ],
        ["x", "x.ipynb", "failed", "", "", "", "", "", "3", "", "", "", ""],
    ]
    assert table["python"].tolist() == [platform.python_version()] * 2
    assert '<a href="findings.csv">findings.csv</a>' in (out / "index.html").read_text()
    assert output(out, "05_a").startswith("customer_id,order_date,amount_eur\n")


def test_findings_of_a_file_are_those_of_the_file_itself(notebook, tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    file.write_text(ORDERS)
    source = notebook("a.ipynb", "1", parameters='orders = "retail"\nrefunds = "net"\ncolumns = ""')
    run([source], orders=file, refunds="drop", out=tmp_path / "out")
    row = pd.read_csv(tmp_path / "out/findings.csv", dtype=str).iloc[0]
    assert row["p_orders"] == str(file) and row["p_refunds"] == "drop"
    assert row["p_columns"] == "customer_id=customer_id,order_date=order_date,amount_eur=amount_eur"
    assert row["orders_sha256"] == hashlib.sha256(ORDERS.encode()).hexdigest()[:12]
    assert '"n_read": 3' in (tmp_path / "out/orders.source.json").read_text()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("shop.csv", "shop.csv does not exist. Hint: paths start at {here}."),
        (
            "retial",
            "orders must be 'retail', 'cdnow' or the path of an order file; found 'retial'. "
            "Hint: -p orders=retail",
        ),
        (
            "",
            "orders must be 'retail', 'cdnow' or the path of an order file; found ''. Hint: -p orders=retail",
        ),
    ],
)
def test_an_order_file_that_is_not_there_stops_first(tmp_path: Path, monkeypatch, value, message) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(DataError) as error:
        run(["05"], parameters={"orders": value})
    assert str(error.value) == message.format(here=tmp_path / "here")
    assert list(Path().iterdir()) == []


KNOBS = """
seed = 69  # retail only: 0 or more; another seed makes another firm
size = 0  # retail only: 0 for the bundled 6,000, or make 100 to 5,000,000
days = 365  # days that count, up to and including as_of: 1 to 3_650
rate = 1.0  # how much of the cost grows, 0 (none) to 1 (all)
weeks = 0  # weeks that are judged: 1 to 520; 0 for all days after as_of
odd = 900  # chapter and verse: 1 to 5
plain = 5  # no range here
"""


def test_ranges_are_read_from_the_comments(notebook) -> None:
    found = ranges_of(read_notebook(notebook("a.ipynb", "1", parameters=KNOBS)))
    assert {name: (r.low, r.high, r.beside) for name, r in found.items()} == {
        "seed": (0, float("inf"), None),
        "days": (1, 3650, None),
        "rate": (0, 1, None),
        "weeks": (1, 520, 0),
    }


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("seed", "-1", "0 or more; it is -1. Hint: its own value is 69"),
        ("days", "0", "1 to 3_650; it is 0. Hint: its own value is 365"),
        ("rate", "1.01", "0 (none) to 1 (all); it is 1.01. Hint: its own value is 1.0"),
        ("weeks", "-1", "1 to 520, or 0; it is -1. Hint: its own value is 0"),
        ("weeks", "521", "1 to 520, or 0; it is 521. Hint: its own value is 0"),
    ],
)
def test_a_number_outside_its_range_stops_first(notebook, tmp_path: Path, name, value, words) -> None:
    source = notebook("a.ipynb", "1", parameters=KNOBS)
    with pytest.raises(DataError) as error:
        run([source], parameters={name: value}, out=tmp_path / "out")
    assert str(error.value) == f"the parameter '{name}' of a must be {words}"
    assert not (tmp_path / "out").exists()


def test_the_lessons_own_ranges_are_found(monkeypatch) -> None:
    monkeypatch.delenv("CRMLAB_COURSE")
    for path in lessons().values():
        found = ranges_of(read_notebook(path))
        assert found["seed"].low == 0
        assert len(found) >= 5, path.name


def test_a_parameter_of_another_lesson_is_found_there() -> None:
    with pytest.raises(DataError) as error:
        run(["05"], parameters={"bands": "3"})
    assert str(error.value) == (
        "no chosen notebook has a parameter 'bands'; they have seed, orders. Hint: 06_rfm has it"
    )


def test_the_proposed_day_is_a_plausible_one(notebook, tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    file.write_text(ORDERS + "B,2023-03-01,5\nB,2099-01-01,5\n")
    source = notebook("a.ipynb", "1", parameters='orders = "retail"\nas_of = ""')
    with pytest.raises(DataError) as error:
        run([source], orders=file, out=tmp_path / "out")
    assert str(error.value).endswith("Hint: add -p as_of=2023-03-01, the last plausible day in the file")


def test_two_notebooks_with_sliders_come_to_an_end(notebook, tmp_path: Path) -> None:
    slider = "import ipywidgets\nipywidgets.interact(lambda x: print(x), x=(0, 10));"
    two = [notebook(f"{name}.ipynb", *[slider] * 40) for name in "ab"]
    command = [sys.executable, "-m", "crmlab.cli", "run", *map(str, two), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.count("✓ ok")) == (0, 2), done.stderr
