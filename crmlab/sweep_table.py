"""The tables of a sweep: one row per run, the units, the failures, and what many seeds say together."""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from crmlab.contracts import DataError
from crmlab.course import write_file

FILES = ("sweep.csv", "sweep.parquet", "findings_units.csv", "summary.csv", "failures.csv")
FAILURES = ("run", "lesson", "notebook", "failed_cell", "error")
UNITS = {  # last words of a name: its unit
    "eur": "EUR",
    "days": "days",
    "weeks": "weeks",
    "months": "months",
    "years": "years",
    "hours": "hours",
    "minutes": "minutes",
    "seconds": "seconds",
    "share": "share, 0 to 1",
    "points": "points",
}


def unit_of(name: str, values: Iterable[Any]) -> str:
    """Read the unit of a finding off the end of its name.

    Parameters
    ----------
    name : str
        Such as ``profit_eur``.
    values : iterable
        What runs recorded under it; they say whether it is text or true-or-false.

    Returns
    -------
    str
        ``"EUR"``, ``"days"``, ``"weeks"``, ``"months"``, ``"years"``, ``"hours"``, ``"minutes"``,
        ``"seconds"``, ``"share, 0 to 1"`` or ``"points"`` for these endings; ``"text"``,
        ``"true or false"``, and ``"number"`` for all other numbers.

    Examples
    --------
    >>> unit_of("profit_eur", [3.5]), unit_of("best_rule", ["RFM"]), unit_of("customers", [800])
    ('EUR', 'text', 'number')
    """
    known = [v for v in values if v is not None and v != ""]
    if known and all(isinstance(v, bool) for v in known):
        return "true or false"
    if any(isinstance(v, str) for v in known):
        return "text"
    return UNITS.get(name.rsplit("_", 1)[-1], "number")


def runs_table(runs: Sequence[Mapping[str, Any]], effective: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Put the runs into one tidy table.

    Parameters
    ----------
    runs : sequence of mapping
        What :func:`crmlab.sweep_run.do_run` gave, in the order of the grid.
    effective : sequence of mapping
        All parameters of each run.

    Returns
    -------
    DataFrame
        One row per run: ``lesson``, ``run`` (its key), ``status`` ("ok" or "failed"), ``seconds``,
        ``crmlab``, ``python`` and other versions, ``orders_sha256`` (first 12 digits,
        or ""), ``seed``, each parameter as ``p_<name>`` (a list as JSON text), and each finding under its own
        name (with ``finding_`` before it where that name is taken). The attribute ``attrs["findings"]`` lists
        the columns of the findings.
    """
    own = [
        {name: run[name] for name in ("lesson", "run", "status", "seconds")}
        | dict(run["versions"])
        | {"orders_sha256": run["orders_sha256"], "seed": values.get("seed")}
        for run, values in zip(runs, effective, strict=True)
    ]
    asked = [{f"p_{name}": _cell(value) for name, value in values.items()} for values in effective]
    taken = {name for row in (*own, *asked) for name in row}
    found = [
        {f"finding_{n}" if n in taken else n: _cell(v) for n, v in run["findings"].items()} for run in runs
    ]
    findings = list(dict.fromkeys(name for row in found for name in row))
    columns = [*dict.fromkeys(n for row in own for n in row), *dict.fromkeys(n for row in asked for n in row)]
    rows = [a | b | c for a, b, c in zip(own, asked, found, strict=True)]
    columns += findings
    table = pd.DataFrame({name: _column([row.get(name) for row in rows]) for name in columns})
    table.attrs["findings"] = findings
    return table


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | tuple | dict) else value


def _column(values: list[Any]) -> pd.Series[Any]:
    """Give a column the one type that holds all its values; among numbers, empty text is missing."""
    kinds = {type(v) for v in values if v is not None and v != ""}
    if kinds <= {str} and (kinds or "" in values):
        return pd.Series(values, dtype="str")
    if kinds == {bool}:
        return pd.Series([None if v == "" else v for v in values], dtype="boolean")
    if kinds <= {int, float, bool}:
        whole = kinds == {int} and all(abs(v) < 2**63 for v in values if v not in (None, ""))
        numbers = [None if v == "" else v for v in values]
        return pd.Series(numbers, dtype="Int64" if whole else "float64")
    return pd.Series([None if v is None else str(v) for v in values], dtype="str")


def numeric_findings(table: pd.DataFrame) -> list[str]:
    """Name the findings that are numbers, or true or false, in the order of the table."""
    findings = table.attrs.get("findings", [])
    return [name for name in findings if pd.api.types.is_numeric_dtype(table[name].dtype)]


def summarise(
    table: pd.DataFrame, *, by: Sequence[str], findings: Iterable[str] | None = None
) -> pd.DataFrame:
    """Summarise the findings of runs that differ in their seed only.

    Parameters
    ----------
    table : DataFrame
        From :func:`runs_table`. Failed runs and missing findings are left out and counted.
    by : sequence of str
        The columns whose every combination gets a row; none: all runs together.
    findings : iterable of str, optional
        Which findings: columns, or ``"a - b"``, the difference inside each run. Default: all numbers.

    Returns
    -------
    DataFrame
        The columns of `by`, ``finding``, ``unit``, ``n`` (runs counted), ``missing`` (runs without it),
        ``mean``, ``sd`` (of single runs, n - 1 in its root), ``mc_error`` (Monte-Carlo standard error of the
        mean, sd / sqrt(n)), ``low`` and ``high`` (95 % interval of the mean by Student's t with n - 1 degrees
        of freedom). With one run the last four are missing.

    Raises
    ------
    DataError
        If a finding is not there or is no number.

    Examples
    --------
    >>> table = pd.DataFrame({"p_bands": [3, 3, 5], "status": "ok", "gini": [0.6, 0.7, 0.5]})
    >>> summarise(table, by=["p_bands"], findings=["gini"])[["p_bands", "n", "mean", "mc_error"]].round(3)
       p_bands  n  mean  mc_error
    0        3  2  0.65      0.05
    1        5  1  0.50       NaN
    """
    import numpy as np
    from scipy import stats

    code = table.groupby(list(by), sort=False, dropna=False).ngroup() if by else table["status"].map(len) * 0
    groups = [code.index[code == number] for number in code.unique()]
    summary = []
    for name in numeric_findings(table) if findings is None else findings:
        values = finding_values(table, name)
        unit = unit_of(*_first(table, name))
        for rows in groups:
            known = values.loc[rows].dropna().to_numpy(dtype=float)
            n = len(known)
            sd = float(known.std(ddof=1)) if n > 1 else np.nan
            error = sd / n**0.5 if n > 1 else np.nan
            mean = float(known.mean()) if n else np.nan
            reach = float(stats.t.ppf(0.975, n - 1)) * error if n > 1 else np.nan
            summary.append(
                {c: table.loc[rows[0], c] for c in by}
                | {"finding": name, "unit": unit}
                | {"n": n, "missing": len(rows) - n, "mean": mean, "sd": sd, "mc_error": error}
                | {"low": mean - reach, "high": mean + reach}
            )
    columns = [*by, "finding", "unit", "n", "missing", "mean", "sd", "mc_error", "low", "high"]
    return pd.DataFrame(summary, columns=columns)


def _first(table: pd.DataFrame, name: str) -> tuple[str, list[Any]]:
    first = name if name in table else name.partition(" - ")[0].strip()
    return first, table[first].dropna().tolist()


def finding_values(table: pd.DataFrame, name: str) -> pd.Series[Any]:
    """Give a finding of each run as a number; ``"a - b"`` is the difference of two."""
    parts = [part.strip() for part in name.split(" - ")] if name not in table else [name]
    known = numeric_findings(table) or [c for c in table if pd.api.types.is_numeric_dtype(table[c].dtype)]
    for part in parts:
        if part not in known or len(parts) > 2:
            import difflib

            close = difflib.get_close_matches(part, known, n=2)
            hint = f"did you mean {' or '.join(close)}?" if close else 'one of these, or "a - b" of two'
            listed = ", ".join(known) or "none"
            raise DataError(f"no run recorded a number '{part}'; the numbers are {listed}. Hint: {hint}")
    numbers = [pd.to_numeric(table[part]).astype("float64") for part in parts]
    return numbers[0] if len(parts) == 1 else numbers[0] - numbers[1]


def write_tables(folder: Path, table: pd.DataFrame, failures: pd.DataFrame, *, varied: Sequence[str]) -> None:
    """Write the tables of a sweep, each whole.

    Parameters
    ----------
    folder : Path
        The folder of the sweep.
    table : DataFrame
        From :func:`runs_table`.
    failures : DataFrame
        One row per failed run.
    varied : sequence of str
        The parameters, without the seed, that are not the same in all runs.
    """
    units = [{"finding": n, "unit": unit_of(n, table[n].dropna().tolist())} for n in table.attrs["findings"]]
    summary = summarise(table, by=[f"p_{name}" for name in varied])
    for name, content in (
        ("sweep.csv", table),
        ("findings_units.csv", pd.DataFrame(units, columns=["finding", "unit"])),
        ("summary.csv", summary),
        ("failures.csv", failures),
    ):
        text = io.StringIO()
        content.to_csv(text, index=False, lineterminator="\n")
        write_file(folder / name, text.getvalue())
    _write_parquet(table, folder / "sweep.parquet")


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    from crmlab.engine import connection

    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    os.close(handle)
    cursor = connection().cursor()
    cursor.register("runs", table)
    try:
        cursor.table("runs").write_parquet(name)
        Path(name).replace(path)
    finally:
        cursor.unregister("runs")
        Path(name).unlink(missing_ok=True)
