from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import duckdb
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import psutil
import pytest
import yaml
from nbformat import v4

from crmlab import sweep_cluster
from crmlab.contracts import DataError
from crmlab.course import find_lesson, read_notebook
from crmlab.parameters import defaults_of
from crmlab.plots.sweep import plot_sweep
from crmlab.sources import source_sha256
from crmlab.sweep_grid import read_grid
from crmlab.sweep_run import data_hash
from crmlab.sweep_table import runs_table, summarise, unit_of
from crmlab.sweeps import UNASKED, sweep

BENCH = Path(__file__).resolve().parents[1] / "benchmarks"

PARAMETERS = """x = 1  # a number: 0 to 100
rate = 0.5  # a share: 0 to 1
seed = 1
orders = ""
log = ""
door = ""
wait = 0.0
touch = ""
"""
BODY = """
import os, random, time
from IPython.display import display
if log:
    with open(log, "a") as file:
        file.write(f"{x} {seed}\\n")
time.sleep(wait)
if door and x == 2 and not os.path.exists(door):
    raise ValueError("the door is\\nshut")
if touch:
    with open(orders, "a") as file:
        file.write("new\\n")
y = random.Random(1000 * x + seed).random()
found = {"gain_eur": 10 * x + y, "even": x % 2 == 0, "word": "a", "x": 7, "gap": None if x == 1 else 2.5}
display({"application/vnd.crmlab.record+json": {"lesson": "05", "findings": found}}, raw=True)
"""


READS = """
import pandas as pd
from IPython.display import display
total = float(pd.read_csv(orders)["amount_eur"].sum())
display({"application/vnd.crmlab.record+json": {"lesson": "05", "findings": {"total_eur": total}}}, raw=True)
"""
COLUMNS = "customer_id=who,order_date=day,amount_eur=eur"


def tiny(folder: Path, body: str = BODY) -> Path:
    made = v4.new_notebook()
    made.cells = [v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}), v4.new_code_cell(body)]
    nbformat.write(made, folder / "tiny.ipynb")
    return folder / "tiny.ipynb"


def message(call: Any) -> str:
    with pytest.raises(DataError) as error:
        call()
    return str(error.value)


# ------------------------------------------------------------------ the grid


def test_a_grid_is_read_from_yaml(tmp_path: Path) -> None:
    (tmp_path / "g.yaml").write_text(
        "parameters:\n  worlds: 0\n  as_of: [2023-06-30, 2023-12-31]\n  bands: {range: [3, 8], step: 2}\n"
        "  cost: {range: [0, 0.3], step: 0.1}\n  small: {range: [1e-3, 2]}\n  cuts: [[0.5, 0.9]]\nseeds: {count: 2, start: 5}\n"
    )
    grid = read_grid(tmp_path / "g.yaml")
    assert grid.axes == {
        "worlds": [0], "as_of": ["2023-06-30", "2023-12-31"], "bands": [3, 5, 7], "cost": [0.0, 0.1, 0.2, 0.3],
        "small": [0.001, 1.001], "cuts": [[0.5, 0.9]], "seed": [5, 6],
    }  # fmt: skip
    assert grid.count == len(list(grid.combinations())) == 2 * 3 * 4 * 2 * 2
    assert grid.varied == ["as_of", "bands", "cost", "small"]
    assert read_grid(grid.text).axes == grid.axes  # what is kept beside the results says the same


def test_the_grid_of_the_guide_is_one_that_runs() -> None:
    guide = (BENCH.parent / "docs" / "researcher.md").read_text(encoding="utf-8")
    text = re.search(r"```yaml\n(.*?)```", guide, re.DOTALL)
    assert text
    told = yaml.safe_load(text[1])
    own = defaults_of(read_notebook(find_lesson("06")))
    assert set(told["parameters"]) <= set(own) and 100 < read_grid(told).count <= UNASKED


def test_more_draws_keep_the_first_ones() -> None:
    told = {
        "parameters": {
            "n": {"uniform": [1, 3]}, "rate": {"uniform": [0, 1]}, "cost": {"loguniform": [1, 100]},
            "rule": {"choice": ["a", "b"]},
        },
        "seeds": [4],
    }  # fmt: skip
    few = list(read_grid(told | {"random": {"draws": 50, "seed": 3}}, whole={"n"}).combinations())
    many = read_grid(told | {"random": {"draws": 3000, "seed": 3}}, whole={"n"})
    drawn = pd.DataFrame(many.combinations())
    assert few == drawn.head(50).to_dict("records")
    assert drawn["n"].value_counts(normalize=True).sub(1 / 3).abs().max() < 0.03
    assert abs(drawn["rate"].mean() - 0.5) < 0.02
    assert abs((drawn["cost"] < 10).mean() - 0.5) < 0.03
    assert drawn[["n", "rate", "cost"]].corr().abs().where(~np.eye(3, dtype=bool)).max().max() < 0.06
    other = read_grid(told | {"random": {"draws": 50, "seed": 4}}, whole={"n"})
    assert list(other.combinations()) != few


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "the grid is empty: there is nothing to run. Hint: parameters: {bands: [3, 5]}, and seeds: 10"),
        ({"parametrs": {}}, "the grid has the key 'parametrs'; it may have parameters, seeds, random. Hint: did you mean parameters?"),
        ({"bands": [3]}, "the grid has the key 'bands'; it may have parameters, seeds, random. Hint: write 'bands' under parameters:"),
        ({"parameters": [1]}, "parameters of the grid must be names with values; found [1]. Hint: bands: [3, 5]"),
        ({"parameters": {"x": []}}, "the grid gives 'x' no value, so there is nothing to run. Hint: x: [a, b], or take the line out"),
        ({"parameters": {"x": None}}, "the grid gives 'x' an empty value, so there is nothing to run. Hint: x: [a, b], or take the line out"),
        ({"parameters": {"x": [1, 2, 1]}}, "the grid gives 'x' the value 1 twice. Hint: use seeds to repeat a run"),
        ({"parameters": {"x": {"range": [5, 1]}}}, "range of 'x' goes from 5 down to 1, so it holds no value. Hint: x: {range: [1, 5]}"),
        ({"parameters": {"x": {"range": [5]}}}, "range of 'x' must be two numbers, the first and the last; found [5]. Hint: x: {range: [1, 10]}"),
        ({"parameters": {"x": {"range": [1, 5], "step": 0}}}, "the step of 'x' must be a number above 0; found 0. Hint: step: 1"),
        ({"parameters": {"x": {"range": [0, 1], "step": 1e-9}}}, "the grid gives 'x' 1,000,000,001 values; at most 1,000,000 can be. Hint: fewer"),
        ({"parameters": {"x": {"rnge": [1, 5]}}}, "the grid gives 'x' {'rnge': [1, 5]}; it may have range and step, or one of uniform, loguniform, choice. Hint: x: {range: [0, 10], step: 5}"),
        ({"parameters": {"x": {"uniform": [1, 5]}}}, "'x' is drawn at random, so the grid must say how often; random is {}. Hint: random: {draws: 50, seed: 1}"),
        ({"parameters": {"x": {"loguniform": [0, 5]}}, "random": {"draws": 2}}, "loguniform of 'x' must begin above 0; found 0. Hint: use uniform"),
        ({"parameters": {"x": {"uniform": [0.2, 0.8]}}, "random": {"draws": 2}}, "uniform of 'x' holds no whole number; found [0.2, 0.8]. Hint: [1, 10]"),
        ({"parameters": {"x": {"uniform": [1, 2], "step": 1}}, "random": {"draws": 2}}, "the grid gives 'x' {'uniform': [1, 2], 'step': 1}; it must have one of uniform, loguniform, choice alone. Hint: x: {uniform: [0, 1]}"),
        ({"parameters": {"x": 1}, "random": {"draws": 2}}, "the grid has random draws, but draws no parameter. Hint: rate: {uniform: [0, 1]}, or take random out"),
        ({"seeds": 0}, "seeds must be a list of whole numbers, a number of 1 or more, or count and start; found 0. Hint: seeds: 10"),
        ({"seeds": ["a"]}, "seeds must be a list of whole numbers, a number of 1 or more, or count and start; found ['a']. Hint: seeds: 10"),
        ({"seeds": 2, "parameters": {"seed": 1}}, "the grid has seeds and also a parameter 'seed'. Hint: keep one of them"),
    ],
)  # fmt: skip
def test_a_grid_that_cannot_be(told: dict[str, Any], said: str) -> None:
    assert message(lambda: read_grid(told, whole={"x"})) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("parameters: [1", "the grid '{}' is not YAML (line 2: did not find expected ',' or ']'). Hint: see crmlab sweep --help"),
        ("parameters:\n  x: 1\n  x: 2\n", "the grid '{}' has 'x' twice. Hint: put all its values into one list"),
        ("", "the grid '{}' must hold names with values; it holds nothing. Hint: begin with parameters: and one line for each"),
        (None, "cannot read the grid '{}': No such file or directory. Hint: check the path"),
    ],
)  # fmt: skip
def test_a_grid_file_that_cannot_be(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "g.yaml"
    if text is not None:
        file.write_text(text)
    told = message(lambda: read_grid(file))
    if "YAML" in said:  # the words between the brackets are those of the parser
        assert told.startswith(f"the grid '{file}' is not YAML (line ")
    else:
        assert told == said.format(file)


# ------------------------------------------------------------------ the tables


def runs(findings: list[dict[str, Any]]) -> pd.DataFrame:
    kept = [
        {"lesson": "05", "run": f"k{i}", "status": "ok", "seconds": 1.0, "versions": {"crmlab": "1"}, "orders_sha256": "", "findings": own}
        for i, own in enumerate(findings)
    ]  # fmt: skip
    return runs_table(
        kept, [{"seed": i % 2, "bands": 3 + i // 2, "cuts": [0.5, 0.9]} for i in range(len(kept))]
    )


def test_one_row_per_run_and_one_type_per_column() -> None:
    table = runs(
        [{"a": 1, "b": "", "run": 3}, {"a": 2.5, "b": 4, "ok": True}, {"ok": False, "c": "x"}, {"c": 1}]
    )
    assert table.columns.tolist() == [
        "lesson", "run", "status", "seconds", "crmlab", "orders_sha256", "seed", "p_seed", "p_bands", "p_cuts",
        "a", "b", "finding_run", "ok", "c",
    ]  # fmt: skip
    assert table["p_cuts"].unique().tolist() == ["[0.5, 0.9]"]
    assert table["a"].tolist()[:2] == [1.0, 2.5] and table["b"].isna().tolist() == [True, False, True, True]
    assert table["ok"].tolist() == [pd.NA, True, False, pd.NA]
    assert table["c"].tolist()[2:] == ["x", "1"]


def test_the_summary_is_that_of_a_textbook() -> None:
    table = runs([{"a_eur": 1.0, "b": 1}, {"a_eur": 3.0, "b": 1}, {"a_eur": 5.0, "b": 2}, {"b": 4}])
    found = summarise(table, by=["p_bands"], findings=["a_eur", "b - a_eur"]).set_index(
        ["finding", "p_bands"]
    )
    first = found.loc[("a_eur", 3)]
    assert (first["n"], first["mean"], first["unit"], first["missing"]) == (2, 2.0, "EUR", 0)
    assert np.allclose([first["sd"], first["mc_error"]], [2**0.5, 1.0])
    assert np.allclose([first["low"], first["high"]], [2 - 12.7062047362, 2 + 12.7062047362])  # t, 1 df
    second = found.loc[("a_eur", 4)]
    assert (second["n"], second["missing"], second["mean"]) == (1, 1, 5.0) and second[
        ["sd", "low"]
    ].isna().all()
    assert found.loc[("b - a_eur", 3), "mean"] == -1.0
    assert summarise(table, by=[], findings=["b"])["mean"].tolist() == [2.0]
    assert message(lambda: summarise(table, by=[], findings=["a_eu"])) == (
        "no run recorded a number 'a_eu'; the numbers are a_eur, b. Hint: did you mean a_eur?"
    )


@pytest.mark.parametrize(
    ("name", "values", "unit"),
    [("a_eur", [1.5], "EUR"), ("best_share", [0.1], "share, 0 to 1"), ("recency_days", [3], "days"), ("a_eur", ["x"], "text"),
     ("ok", [True], "true or false"), ("customers", [5], "number"), ("nps_points", [], "points")],
)  # fmt: skip
def test_units(name: str, values: list[Any], unit: str) -> None:
    assert unit_of(name, values) == unit


def test_the_picture_shows_means_and_intervals() -> None:
    summary = pd.DataFrame(
        {"p_bands": [5, 3, 3, 5], "p_rule": ["a", "a", "b", "b"], "finding": "hit_share - top_share", "unit": "share, 0 to 1",
         "mean": [0.1, 0.2, -0.1, 0.0], "low": [0.0, 0.1, -0.2, -0.1], "high": [0.2, 0.3, 0.0, 0.1]}
    )  # fmt: skip
    ax = plot_sweep(summary, x="p_bands", series="p_rule")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Bands", "Hit less top (percentage points)")
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert np.allclose(lines["Rule a"].get_xydata(), [[3, 20], [5, 10]])
    assert np.allclose(lines["Rule b"].get_xydata(), [[3, -10], [5, 0]])
    reach = [path.vertices[:, 1].tolist() for path in ax.collections[0].get_paths()]
    assert np.allclose(sorted(reach), [[0, 20], [10, 30]])
    given = plt.figure().subplots()
    assert plot_sweep(summary.head(2), x="p_rule", ax=given) is given
    assert [t.get_text() for t in given.get_xticklabels()] == ["a"]
    assert message(lambda: plot_sweep(summary.assign(mean=np.nan), x="p_bands")) == (
        "no run gave this finding, so there is nothing to draw. Hint: choose another"
    )
    many = pd.concat([summary.head(1).assign(p_rule=f"r{i}") for i in range(5)])
    assert message(lambda: plot_sweep(many, x="p_bands", series="p_rule")) == (
        "series must have at most 4 values; 'p_rule' has 5."
    )
    two = summary.assign(finding=["a", "b", "a", "b"])
    assert message(lambda: plot_sweep(two, x="p_bands")).startswith(
        "summary must hold one finding; it holds a, b."
    )


# ------------------------------------------------------------------ a sweep from first to last


def test_a_sweep_grows_and_does_nothing_twice(tmp_path: Path) -> None:
    source, out, said = tiny(tmp_path), tmp_path / "out", list[str]()
    fixed = {"log": str(tmp_path / "log"), "door": str(tmp_path / "door")}

    def go(x: list[int], **more: Any) -> pd.DataFrame:
        return sweep(
            source, grid={"parameters": {"x": x, **fixed}, "seeds": 2}, out=out, say=said.append, **more
        )

    def log() -> list[str]:
        return (tmp_path / "log").read_text().splitlines()

    table = go([1, 2], finding="gain_eur")
    assert table[["lesson", "p_x", "seed", "status"]].values.tolist() == [
        ["tiny", 1, 1, "ok"], ["tiny", 1, 2, "ok"], ["tiny", 2, 1, "failed"], ["tiny", 2, 2, "failed"],
    ]  # fmt: skip
    assert table["gain_eur"].notna().tolist() == [True, True, False, False]
    assert table.attrs["failures"].drop(columns="run").values.tolist() == [
        ["tiny", f"notebooks/{key}.ipynb", 3, "ValueError: the door is …", 2, seed]
        for key, seed in zip(table["run"][2:], (1, 2), strict=True)
    ]
    assert all((out / name).exists() for name in table.attrs["failures"]["notebook"])
    assert sorted(log()) == ["1 1", "1 2", "2 1", "2 2"]

    grown = go([3, 1, 2])  # the two that failed stay as they are
    assert sorted(log()[4:]) == ["3 1", "3 2"]
    assert grown["p_x"].tolist() == [3, 3, 1, 1, 2, 2]
    same = grown.set_index("run").loc[table["run"], "gain_eur"]
    pd.testing.assert_series_equal(same, table.set_index("run")["gain_eur"])

    (tmp_path / "door").touch()
    whole = go([1, 2, 3], again=True, keep=True)
    assert sorted(log()[6:]) == ["2 1", "2 2"] and set(whole["status"]) == {"ok"}
    assert said == [
        "4 runs: 4 to do",
        "6 runs: 2 to do, 4 finished before (2 of them failed: --again does these once more)",
        "6 runs: 2 to do, 4 finished before",
    ]
    assert sorted(p.name for p in out.iterdir()) == [
        "failures.csv", "findings_units.csv", "notebooks", "runs", "summary.csv", "sweep.csv", "sweep.json",
        "sweep.parquet", "sweep.png", "sweep_alt.txt",
    ]  # fmt: skip
    text = pd.read_csv(out / "sweep.csv")
    stored = duckdb.read_parquet(str(out / "sweep.parquet")).df()
    assert text.columns.tolist() == stored.columns.tolist() == whole.columns.tolist()
    assert text["gain_eur"].tolist() == stored["gain_eur"].tolist() == whole["gain_eur"].tolist()
    assert "finding_x" not in text and (text["x"] == 7).all()  # the parameter is p_x: no clash
    assert pd.read_csv(out / "findings_units.csv").values.tolist() == [
        ["even", "true or false"], ["gain_eur", "EUR"], ["gap", "number"], ["word", "text"], ["x", "number"],
    ]  # fmt: skip
    summary = pd.read_csv(out / "summary.csv")
    assert summary.loc[summary["finding"] == "gain_eur", ["p_x", "n"]].values.tolist() == [
        [1, 2],
        [2, 2],
        [3, 2],
    ]
    assert pd.read_csv(out / "failures.csv").empty
    assert (out / "sweep.png").read_bytes().startswith(b"\x89PNG")
    assert (out / "sweep_alt.txt").read_text().startswith(
        "Even (% of runs) against x: means of 2 runs each, with 95 % intervals of the mean (Monte-Carlo error). x 1: 0 (0 to 0); "
    )  # fmt: skip

    # what does not belong to this folder is refused, and nothing in it changes
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    touched = "Hint: another folder with --out begins a new sweep; nothing in this one was touched"
    assert message(lambda: go([1, 3])) == (
        f"'{out}' holds a sweep of another grid: 2 of its runs are not in this one, first x=2, log={fixed['log']!r}, "
        f"door={fixed['door']!r}, seed=1. A grid may grow, not change. {touched}"
    )
    other = tmp_path / "other.ipynb"
    shutil.copy(source, other)
    assert message(lambda: sweep(other, grid={"seeds": 1}, out=out)) == (
        f"'{out}' holds a sweep of 'tiny', not of 'other'. {touched}"
    )
    tiny(tmp_path, BODY + "# new")
    told = message(lambda: go([1, 2, 3]))
    assert (
        told.startswith(f"'tiny' was changed after the sweep in '{out}' began: its hash was ")
        and touched in told
    )
    tiny(tmp_path)
    manifest = json.loads((out / "sweep.json").read_text())
    manifest["versions"]["numpy"] = "1.0"
    (out / "sweep.json").write_text(json.dumps(manifest))
    assert message(lambda: go([1, 2, 3])) == (
        f"'{out}' was begun with numpy 1.0; here is numpy {np.__version__}, so the runs could not be compared. {touched}"
    )
    (out / "sweep.json").write_bytes(before[out / "sweep.json"])
    lock = {
        "pid": os.getpid(),
        "since": psutil.Process().create_time(),
        "host": __import__("socket").gethostname(),
    }
    (out / "sweep.lock").write_text(json.dumps(lock))
    assert message(lambda: go([1, 2, 3])) == (
        f"a sweep is at work in '{out}' (process {os.getpid()} on {lock['host']}). "
        f"Hint: wait for it, or stop it; if it is gone for sure, remove {out / 'sweep.lock'}"
    )
    (out / "sweep.lock").write_text(json.dumps(lock | {"since": 1.0}))  # that process is another one now
    (out / "runs" / ".x.part").touch()
    go([1, 2, 3])
    assert not (out / "sweep.lock").exists() and not (out / "runs" / ".x.part").exists()
    assert {p: p.read_bytes() for p in before if p.parent.name == "runs"} == {
        p: b for p, b in before.items() if p.parent.name == "runs"
    }
    assert len(log()) == 8


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ({"parameters": {"sed": 1}}, "no chosen notebook has a parameter 'sed'; they have x, rate, seed, orders, log, door, wait, touch. Hint: did you mean seed?"),
        ({"parameters": {"x": [1, 2.5]}}, "the parameter 'x' must be a whole number; it is 2.5. Hint: its own value is 1"),
        ({"parameters": {"x": [1, 101]}}, "the parameter 'x' of tiny must be 0 to 100; it is 101. Hint: its own value is 1"),
        ({"parameters": {"rate": {"uniform": [0.5, 2]}}, "random": {"draws": 9}}, None),
        ({"parameters": {"orders": "no.csv"}}, None),
        ({"seeds": 1001}, "the grid makes 1,001 runs, more than the 1,000 that begin unasked. Hint: make the grid smaller, or allow them with ask=lambda runs: True"),
        ({"parameters": {"x": {"range": [1, 100]}, "rate": {"range": [0.0, 1.0], "step": 0.01}}, "seeds": 100_000}, "the grid makes 1,010,000,000 runs, more than the 1,000 that begin unasked. Hint: make the grid smaller, or allow them with ask=lambda runs: True"),
    ],
)  # fmt: skip
def test_all_is_checked_before_anything_starts(
    tmp_path: Path, grid: dict[str, Any], said: str | None
) -> None:
    told = message(lambda: sweep(tiny(tmp_path), grid=grid, out=tmp_path / "out"))
    assert told == said or (
        said is None and ("must be 0 to 1; it is 1." in told or "no.csv does not exist" in told)
    )
    assert not (tmp_path / "out").exists()


def test_it_asks_and_takes_no_for_an_answer(tmp_path: Path) -> None:
    asked: list[int] = []
    message(
        lambda: sweep(
            tiny(tmp_path), grid={"seeds": 2000}, out=tmp_path / "out", ask=lambda n: asked.append(n) or False
        )
    )
    assert asked == [2000]


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "letter.txt").write_text("mine")
    assert message(lambda: sweep(tiny(tmp_path), grid={"seeds": 1}, out=out)) == (
        f"'{out}' holds letter.txt and is no sweep. Hint: choose an empty folder with --out"
    )
    assert [p.name for p in out.iterdir()] == ["letter.txt"]


def test_an_order_file_that_changes(tmp_path: Path) -> None:
    source, file, out = tiny(tmp_path), tmp_path / "o.csv", tmp_path / "out"
    file.write_text("customer_id,order_date,amount_eur\nA,2023-01-02,10\n")
    digits = data_hash(str(file))
    grid: dict[str, Any] = {"parameters": {"orders": str(file), "touch": ["", "yes"]}, "seeds": [1]}
    told = message(lambda: sweep(source, grid=grid, out=out, jobs=1))
    now = data_hash(str(file))
    assert told == (
        f"the order file '{file}' changed under the sweep: its hash was {digits} and is {now}. What finished before is kept. "
        "Hint: put the old file back, or begin another sweep with another --out"
    )
    kept = pd.read_csv(out / "sweep.csv")
    assert kept[["orders_sha256", "status"]].values.tolist() == [[digits, "ok"]]
    assert message(lambda: sweep(source, grid=grid, out=out)) == (
        f"the order file '{file}' changed after the sweep in '{out}' began: its hash was {digits} and is {now}. "
        "Hint: another folder with --out begins a new sweep; nothing in this one was touched"
    )


def test_a_source_is_read_once_and_its_copy_stays(tmp_path: Path) -> None:
    """A file with columns of its own; it changes, goes, comes back: the runs see the state of the start."""
    source, shop, out = tiny(tmp_path, READS), tmp_path / "shop.csv", tmp_path / "out"
    shop.write_text("who,day,eur\nA,2024-01-02,10\nB,2024-01-05,20\nB,?,5\n")
    began, said = source_sha256(shop), list[str]()

    def go(x: list[int], path: Path = shop, columns: str = COLUMNS, **more: Any) -> pd.DataFrame:
        return sweep(
            source,
            grid={"parameters": {"x": x}},
            out=out,
            orders=path,
            columns=columns,
            say=said.append,
            **more,
        )

    table = go([1, 2])
    assert table["total_eur"].tolist() == [30, 30] and set(table["orders_sha256"]) == {began[:12]}
    assert set(table["p_orders"]) == {str(shop)} and table.attrs["remark"] == ""
    assert said[0] == f"{shop}: 3 rows read, 2 used (orders.csv), 1 refused (refused.csv)"
    assert (out / "refused.csv").read_text().count("\n") == 2

    shop.write_text("who,day,eur\nA,2024-01-02,1000\n")
    changed = (
        f"{shop} has changed since the sweep began (SHA-256 {began[:12]}, now {source_sha256(shop)[:12]})"
    )
    grown = go([1, 2, 3], refunds="net", intake={"repeated": "keep", "table": None})  # the usual, spelt out
    assert grown["total_eur"].tolist() == [30, 30, 30] and set(grown["orders_sha256"]) == {began[:12]}
    told = f"{changed}: the runs work on the state of the start, kept in orders.csv"
    assert grown.attrs["remark"] == told == said[-1]
    shop.unlink()
    gone = go([1, 2, 3, 4])
    assert gone["total_eur"].tolist() == [30] * 4
    assert gone.attrs["remark"].startswith(f"could not be read again: {shop} does not exist")

    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    untouched = "Hint: another folder with --out begins a new sweep; nothing in this one was touched"
    assert message(lambda: go([1, 2, 3, 4], path=tmp_path / "other.csv")) == (
        f"'{out}' holds a sweep over {shop}, not over {tmp_path / 'other.csv'}. {untouched}"
    )
    assert message(lambda: go([1, 2, 3, 4], refunds="drop")) == (
        f"the sweep in '{out}' read its orders with refunds left out; here it is 'drop'. {untouched}"
    )
    bare = message(lambda: sweep(source, grid={"parameters": {"x": [1, 2, 3, 4]}}, out=out))
    assert bare == f"'{out}' holds a sweep over {shop}, not over the notebook's own data. {untouched}"
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before

    (out / "orders.csv").write_text("customer_id,order_date,amount_eur\n")
    assert "is not the copy of the orders with which the sweep began" in message(lambda: go([1, 2, 3, 4]))
    (out / "orders.csv").unlink()
    shop.write_text("who,day,eur\nA,2024-01-02,1000\n")
    assert message(lambda: go([1, 2, 3, 4])).startswith(
        f"{shop} is not what the sweep in '{out}' began with (SHA-256 {began[:12]}, now "
    )
    shop.write_text("who,day,eur\nA,2024-01-02,10\nB,2024-01-05,20\nB,?,5\n")
    assert go([1, 2, 3, 4, 5])["total_eur"].tolist() == [30] * 5  # the copy is made again
    assert (out / "orders.csv").read_bytes() == before[out / "orders.csv"]


def test_orders_of_ones_own_are_checked_before_anything_starts(tmp_path: Path) -> None:
    shop, out = tmp_path / "shop.csv", tmp_path / "out"
    shop.write_text("customer_id,order_date,amount_eur\nA,2024-01-02,10\nB,2024-01-05,20\n")

    def said(lesson: Any, **grid: Any) -> str:
        return message(lambda: sweep(lesson, grid={"parameters": grid}, out=out, orders=shop))

    day = "a file of your own needs a reporting day. "
    hint = 'Hint: write as_of: "2024-01-05" under parameters: in the grid, the last day in the file'
    assert said("05", share=[0.2]).startswith("no chosen notebook has a parameter 'share'")
    assert said("06", bands=[3, 5]) == day + hint
    assert said("06", orders="cdnow", as_of="2024-01-05") == (
        "the grid gives 'orders', and so does --orders. Hint: leave it out of the grid"
    )
    assert said("13", seed=[1]) == (
        "'13_loyalty' has no parameter 'orders', so it cannot use a file. Hint: leave it out, or choose another lesson"
    )
    assert not out.exists()


def test_a_real_lesson(tmp_path: Path) -> None:
    grid = {"parameters": {"n_customers": 300}, "seeds": 2}
    table = sweep("05", grid=grid, out=tmp_path / "out")
    assert table["lesson"].tolist() == ["05_abc"] * 2 and table["status"].tolist() == ["ok"] * 2
    found = table.attrs["findings"]
    assert len(found) > 3 and table[found].nunique().max() == 2
    assert table["seed"].tolist() == [1, 2] and (table["p_n_customers"] == 300).all()


# ------------------------------------------------------------------ stops, kills, clusters


def cli(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "crmlab.cli", "sweep", "tiny.ipynb", *words],
        cwd=folder, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_ctrl_c_writes_the_table_and_leaves_no_kernel(tmp_path: Path) -> None:
    tiny(tmp_path)
    (tmp_path / "g.yaml").write_text("parameters:\n  x: [1, 3]\n  wait: [0.0, 60.0]\n")
    process = cli(tmp_path, "--grid", "g.yaml", "--out", "out", "--jobs", "1")
    while not list((tmp_path / "out/runs").glob("*.json")) and process.poll() is None:
        time.sleep(0.1)
    kernels = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == "4 runs: 4 to do\n1 of 4 runs are finished and kept in out\ncrmlab: stopped\n"
    assert len(pd.read_csv(tmp_path / "out/sweep.csv")) == 1
    assert not psutil.wait_procs(kernels, timeout=10)[1]
    assert not {"work", "sweep.lock"} & {p.name for p in (tmp_path / "out").iterdir()}


def test_a_million_runs_are_not_begun_without_a_yes(tmp_path: Path) -> None:
    tiny(tmp_path)
    (tmp_path / "g.yaml").write_text("parameters:\n  x: {range: [1, 100]}\nseeds: 10000\n")
    process = cli(tmp_path, "--grid", "g.yaml", "--out", "out")
    output = process.communicate(timeout=60)
    assert (process.returncode, *output) == (
        2, "", "crmlab: the grid makes 1,000,000 runs, more than the 1,000 that begin unasked. Hint: add --yes, or make the grid smaller\n",
    )  # fmt: skip


def test_killed_three_times_and_finished(tmp_path: Path) -> None:
    words = [sys.executable, str(BENCH / "kill_sweep.py"), "--runs", "40", "--kills", "3"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, timeout=500)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["exit_code"], found["rows"], found["different_rows"], found["with_finding"]) == (
        0,
        40,
        40,
        40,
    )
    assert len(found["killed_after"]) == 3 and 0 < found["killed_after"][0] < 40
    assert found["finished_runs_done_twice"] == found["kernels_left_after_15_s"] == 0
    assert found["unfinished_runs_done_again"] <= 6  # at most those at work at the kills
    assert found["kernels_at_work_at_the_kills"] > 0  # else nothing was tested
    assert (found["rubbish"], found["stderr"]) == ([], [])


def test_on_a_cluster_of_two_workers_that_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(sweep_cluster, "PATIENCE", 2.0)
    source, out, said = tiny(tmp_path), tmp_path / "out", list[str]()

    def go(x: list[int], wait: float = 0.0, **more: Any) -> pd.DataFrame:
        grid = {"parameters": {"x": x, "wait": wait, "log": str(tmp_path / "log")}, "seeds": 2}
        return sweep(source, grid=grid, out=out, say=said.append, **more)

    def cluster(**more: Any) -> Any:
        return distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None,
            silence_logs=60, **more,
        )  # fmt: skip

    with cluster() as first:
        address = first.scheduler_address
        there = go([1, 2], cluster=address)
        assert there["status"].tolist() == ["ok"] * 4
        stop = threading.Thread(target=_stop_after, args=(first, out / "runs", 5))
        stop.start()
        told = message(lambda: go([1, 2, 3, 4, 5], cluster=address))
        stop.join()
    gone = f"the cluster '{address}' went away. Every run that finished is kept. Hint: start the cluster again and repeat the command: it goes on from there"
    assert told == gone
    kept = len(pd.read_csv(out / "sweep.csv"))
    assert 5 <= kept < 10
    assert message(lambda: go([1, 2, 3, 4, 5], cluster=address)) == (
        f"no Dask scheduler answers at '{address}'. Hint: dask scheduler --host 127.0.0.1 starts one and prints its address"
    )
    whole = go([1, 2, 3, 4, 5])  # and on this machine it goes on
    assert len(whole) == 10 and said[-1] == f"10 runs: {10 - kept} to do, {kept} finished before"
    here = sweep(source, grid={"parameters": {"x": [1, 2]}, "seeds": 2}, out=tmp_path / "here")
    assert here["gain_eur"].tolist() == there["gain_eur"].tolist()
    assert message(lambda: go([1, 2, 3, 4, 5, 6], cluster="here")) == (
        "'here' is no address of a Dask scheduler. Hint: tcp://127.0.0.1:8786"
    )


def _stop_after(cluster: Any, folder: Path, runs: int) -> None:
    while len(list(folder.glob("*.json"))) < runs:
        time.sleep(0.05)
    cluster.scale(0)
