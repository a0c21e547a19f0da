from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from crmlab import cli
from crmlab.cli_orders import as_flags

pytestmark = pytest.mark.usefixtures("course")

ORDERS = "customer_id,order_date,amount_eur\nA,2023-01-02,10\nB,2023-02-03,5.5\n,2023-02-04,1\n"


@pytest.fixture
def crmlab(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Call the command line in this process: exit code, what it said, what it complained of."""
    import signal

    before = signal.getsignal(signal.SIGTERM)

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["crmlab", *map(str, words)])
        code = cli.main()
        said = capsys.readouterr()
        return code, said.out, said.err

    yield call
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize(
    "words",
    [["--help"], *([name, "--help"] for name in ("run", "lab", "slides", "check-data", "data", "doctor"))],
)
def test_help(crmlab, words: list[str]) -> None:
    code, out, err = crmlab(*words)
    assert (code, err) == (0, "")
    assert "Usage: crmlab" in out


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['crmlab', '--help']; from crmlab.cli import main; main();"
        "print({'pandas', 'numpy', 'papermill', 'nbconvert', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_version(crmlab) -> None:
    assert crmlab("--version") == (0, "crmlab 0.1.0\n", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["run", "05_abd"],
            "there is no notebook '05_abd'; the course has 05_abc, 06_rfm. Hint: did you mean 05_abc?",
        ),
        (["run", "-p", "seed"], "'seed' is not a parameter; it must read name=value. Hint: -p seed=8"),
        (
            ["run", "-p", "seed=x"],
            "the parameter 'seed' must be a whole number; it is 'x'. Hint: its own value is 7",
        ),
        (
            ["slides", "9"],
            "there is no notebook '9'; the course has 05_abc, 06_rfm. "
            "Hint: give a number, as in 'crmlab run 05'",
        ),
        (["lab", "x", "--port", "0"], "the port is 0; it must be 1 to 65535. Hint: --port 8890"),
        (["data", "retial"], "there is no world 'retial'; there is retail. Hint: crmlab data retail"),
        (["data", "--format", "xls"], "the format is 'xls'; it must be csv or parquet. Hint: --format csv"),
        (["data", "--seed", "-1"], "the seed is -1; it must be 0 or more. Hint: --seed 7"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(crmlab, tmp_path: Path, monkeypatch, words, message) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert crmlab(*words) == (2, "", f"crmlab: {message}\n")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "words", [["rnu"], ["run", "--joobs", "2"], ["run", "--jobs", "many"], ["check-data"]]
)
def test_usage_errors(crmlab, words: list[str]) -> None:
    code, out, err = crmlab(*words)
    assert (code, out) == (2, "")
    assert "Usage: crmlab" in err and "Traceback" not in err
    assert {"rnu": "'run'", "--joobs": "--jobs"}.get(words[-2 if len(words) > 2 else 0], "") in err


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\x00\xff" * 50, b"", b"a,b\n1,2\n"])
def test_files_that_are_no_orders(crmlab, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    for words in (
        ["check-data", tmp_path / "x.csv"],
        ["check-data", tmp_path / "none.csv"],
        ["check-data", tmp_path],
    ):
        code, out, err = crmlab(*words)
        assert (code, out) == (2, "")
        assert err.startswith("crmlab: ") and "Traceback" not in err


def test_run_says_what_failed(crmlab, course: Path, notebook, tmp_path: Path) -> None:
    notebook(course / "notebooks/07_bad.ipynb", "1 / 0")
    code, out, err = crmlab("run", "05", "07", "-p", "seed=3", "--out", tmp_path / "out")
    lines = out.splitlines()
    assert code == 1
    assert lines[0].startswith("✓ ok      05_abc  ")
    assert lines[1].startswith("✗ failed  07_bad  ") and lines[1].endswith(
        " s  In [1]: ZeroDivisionError: division by zero"
    )
    assert lines[2] == f"index: {tmp_path}/out/index.html"
    assert "seed goes to 05_abc only: the others have no such parameter" in err
    assert "TCP" not in err


def test_check_data(crmlab, tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    file.write_text(ORDERS)
    code, out, err = crmlab("check-data", file)
    assert (code, err) == (1, "")
    assert "3 read: 2 used, 1 refused" in out
    file.write_text("".join(ORDERS.splitlines(keepends=True)[:3]))
    assert crmlab("check-data", file)[0] == 0


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_data_is_written_and_kept(crmlab, tmp_path: Path, kind: str) -> None:
    import duckdb

    out = tmp_path / "it's"
    words = ["data", "retail", "--customers", "50", "--seed", "3", "--out", out, "--format", kind]
    code, said, err = crmlab(*words)
    assert (code, err) == (0, "")
    assert (out / "truth" / f"truth.{kind}").exists()
    table = (
        duckdb.read_csv(str(out / "customers.csv"))
        if kind == "csv"
        else duckdb.read_parquet(str(out / "customers.parquet"))
    )
    assert len(table) == 50
    assert f"{out}/customers.{kind}  50 rows" in said
    first = {path: path.read_bytes() for path in out.rglob("*.*")}
    refusal = f"crmlab: '{out}/customers.{kind}' is there already and stays. "
    assert crmlab(*words) == (2, "", refusal + "Hint: choose another --out, or add --force\n")
    assert crmlab(*words, "--force")[0] == 0
    if kind == "csv":
        assert {path: path.read_bytes() for path in out.rglob("*.*")} == first


def test_slides_and_a_full_disk(crmlab, tmp_path: Path, monkeypatch) -> None:
    out = tmp_path / "decks"
    assert crmlab("slides", "05", "--out", out) == (0, f"{out}/05_abc.slides.html\n", "")
    before = (out / "05_abc.slides.html").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr(os, "fdopen", full)
    code, said, err = crmlab("slides", "05", "--out", out)
    assert (code, said) == (2, "")
    assert err == (
        f"crmlab: No space left on device '{out}/05_abc.slides.html'. "
        "Hint: check the path, the rights and the free space\n"
    )
    assert [path.name for path in out.iterdir()] == ["05_abc.slides.html"]
    assert (out / "05_abc.slides.html").read_bytes() == before


def test_out_is_a_file(crmlab, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for words in (["run", "05"], ["slides", "05"], ["data", "--customers", "50"]):
        code, out, err = crmlab(*words, "--out", tmp_path / "file")
        assert (code, out) == (2, "")
        assert "Hint: " in err and err.count("\n") == 1
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(("status", "code"), [("ok", 0), ("hint", 0), ("problem", 1)])
def test_doctor(crmlab, monkeypatch, status: str, code: int) -> None:
    found = pd.DataFrame([("kernel", status, "[x]", "mend it")], columns=["check", "status", "found", "cure"])
    monkeypatch.setattr("crmlab.doctor.diagnose", lambda: found)
    ended, out, err = crmlab("doctor")
    assert (ended, err) == (code, "")
    assert "kernel" in out and "[x]" in out and "mend it" in out


def test_a_closed_pipe_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "crmlab.cli", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize(
    ("python", "shell"),
    [
        ("Hint: name one, table='my orders'.", "Hint: name one, --table 'my orders'"),
        ('kept (repeated="drop" refuses them)', "kept (--repeated drop refuses them)"),
        (
            'Hint: refunds="net" lets them, refunds="drop" puts them aside.',
            "Hint: --refunds net lets them, --refunds drop puts them aside.",
        ),
        (
            "Hint: date_format='%d/%m/%Y' or date_format='%m/%d/%Y'.",
            "Hint: --date-format %d/%m/%Y or --date-format %m/%d/%Y",
        ),
        ('Hint: decimal="." or decimal=",".', "Hint: --decimal . or --decimal ,"),
        ("refunds must be one of 'net'; found 'x'.", "--refunds must be one of 'net'; found 'x'."),
        (
            "date_format 'x' does not fix a calendar day. Hint: date_format='%Y'.",
            "--date-format 'x' does not fix a calendar day. Hint: --date-format %Y",
        ),
        (
            "Hint: as_of='2024-01-19' keeps the last third; as_of='2024-01-28' uses everything.",
            "Hint: -p as_of=2024-01-19 keeps the last third; -p as_of=2024-01-28 uses everything.",
        ),
        ("has a year of two digits (give date_format)", "has a year of two digits (give --date-format)"),
        ("order lines, give order_id=...", "order lines, give --columns order_id=..."),
        ("nothing of that kind, as table=5", "nothing of that kind, as table=5"),
    ],
)
def test_hints_speak_the_language_of_the_command_line(python: str, shell: str) -> None:
    assert as_flags(python) == shell


def test_check_data_speaks_in_flags_and_leaves_the_rows_as_they_are(crmlab, tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    file.write_text(ORDERS.replace("\n,", "\n,table='x'") + "A,2023-01-02,10\n")
    code, out, _ = crmlab("check-data", file)
    assert code == 1
    assert "    line 4: , table='x'2023-02-04, 1" in out
    assert "1, kept (--repeated drop refuses them)" in out
    assert crmlab("check-data", file, "--repeated", "refuse")[2].endswith(
        "--repeated drop if they are copies.\n"
    )


def test_check_data_of_a_folder_gives_a_command_that_runs(crmlab, tmp_path: Path, monkeypatch) -> None:
    """The order file may be a Parquet folder or a DuckDB table: the command can be pasted as it is."""
    import shlex

    import duckdb

    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "my shop" / "month=1"
    folder.mkdir(parents=True)
    rows = "SELECT 'c' || i AS client, DATE '2024-01-01' + i::INT AS order_date, i * 1.5 AS total FROM range(9) r(i)"
    with duckdb.connect("shop.db") as con:
        con.execute(
            f"CREATE SCHEMA sales; CREATE TABLE sales.lines AS {rows}; CREATE TABLE other AS SELECT 1 AS a"
        )
        con.sql(rows).write_parquet(str(folder / "1.parquet"))
    for words, kind in (
        (["my shop"], "Parquet folder, 1 file, partitioned by month"),
        (["shop.db", "--table", "sales.lines"], "DuckDB table 'sales.lines'"),
    ):
        code, out, err = crmlab("check-data", *words)
        assert (code, err) == (0, "")
        lines = out.splitlines()
        assert lines[1] == f"Kind       {kind}"
        assert "Column     order_date = order_date   ('2024-01-01' is 2024-01-01)" in lines
        command = lines[-1].removeprefix("Next       ")
        columns = "customer_id=client,order_date=order_date,amount_eur=total"
        table = " --table sales.lines" if kind.startswith("DuckDB") else ""
        place = shlex.quote(words[0])
        assert command == f"crmlab run 05 --orders {place} --columns {columns}{table} -p as_of=2024-01-09"
        out_dir = tmp_path / kind[:4]
        words = shlex.split(command)[1:-2]  # the small notebook of this test has no as_of
        assert crmlab(*words, "--out", out_dir)[0] == 0
    assert crmlab("check-data", "shop.db")[2] == (
        "crmlab: shop.db holds 2 tables: 'other', 'sales.lines'. Hint: name one, --table other\n"
    )
    assert crmlab("run", "05", "-p", "orders=shop.db")[2] == (
        "crmlab: shop.db holds 2 tables: 'other', 'sales.lines'; a lesson's own parameter cannot name one. "
        "Hint: crmlab run 05 --orders shop.db --table other; crmlab sweep takes the same\n"
    )
    assert crmlab("run", "05", "-p", "orders=my shop", "--out", "own")[0] == 0
    assert "my shop" in (tmp_path / "own" / "05_abc.ipynb").read_text()
