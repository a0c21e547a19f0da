"""The bundled tables: small CSV files that a student opens in a spreadsheet, and the page on them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd

from crmlab.contracts import TABLES, DataError, data_dictionary
from crmlab.course import course_dir
from crmlab.datasets.retail import World, make_retail

SEED = 69  # why this one: see the page that write_bundled makes


def load_retail() -> World:
    """Load the bundled retail world: 6,000 customers of Pinefold, three years, with the truth sheet.

    Returns
    -------
    World
        The tables of `make_retail(n_customers=6000, rng=69)`, read from ``datasets/retail`` and
        ``datasets/truth``.

    Raises
    ------
    DataError
        If a file is missing or cannot be read.

    Examples
    --------
    >>> world = load_retail()
    >>> len(world.customers)
    6000
    """
    return World(**{field.name: _read(field.name) for field in dataclasses.fields(World)})


def write_bundled(folder: Path) -> None:
    """Write the bundled tables and ``README.md`` into a folder; the same bytes each time.

    Parameters
    ----------
    folder : Path
        Where to; files of the same names are replaced.
    """
    world = make_retail(rng=SEED)
    for field in dataclasses.fields(world):
        path = folder / _place(field.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        table = getattr(world, field.name)
        if field.name == "truth":
            table = table.assign(**table.select_dtypes("float").round(6))
        table.to_csv(path, index=False, date_format="%Y-%m-%d", lineterminator="\n")
    (folder / "README.md").write_text(_readme(world), encoding="utf-8", newline="\n")


def _place(table: str) -> Path:
    return Path("truth/retail.csv") if table == "truth" else Path(f"retail/{table}.csv")


def _read(table: str) -> pd.DataFrame:
    path = course_dir() / "datasets" / _place(table)
    columns = TABLES[table].columns
    days = [c.name for c in columns if c.kind == "day"]
    text = {c.name: str for c in columns if c.kind in ("id", "category", "text")}
    whole = {"birth_year": "Int64", "household_size": "Int64"} if table == "customers" else {}
    try:
        return pd.read_csv(path, parse_dates=days, date_format="%Y-%m-%d", dtype=text | whole)
    except (OSError, ValueError) as error:
        raise DataError(
            f"the bundled table {table!r} cannot be read from {path} ({error}). "
            "Hint: crmlab doctor checks the installation; git checkout datasets brings a clone's files back."
        ) from None


def _readme(world: World) -> str:
    lines = [
        "# The data sets",
        "",
        "All of this is simulated: Pinefold, its customers and every figure are made up by "
        "`crmlab.datasets.make_retail`, seed 69. What the firm sees lies in `retail/`; what only the "
        "generator knows lies apart, in `truth/`. `make data` writes the files again, byte for byte.",
        "",
        "Real orders come from CDNOW, inside the installed `lifetimes` package (`crmlab.load_cdnow()`); they "
        "are not copied here.",
        "",
        "What the world is calibrated to, with sources:",
        "",
        "- Buying and leaving: Pareto/NBD parameters r, alpha and s published for CDNOW (Fader, Hardie, "
        "Lee 2005, Marketing Science 24(2), 275-284); beta is doubled, our choice. Amounts: gamma-gamma p "
        "and q (Fader, Hardie 2013, brucehardie.com/notes/025), gamma in this firm's EUR, our choice.",
        "- Concentration: the best fifth of customers brings about 0.7 of revenue; published means are .73 "
        "for packaged goods (Kim, Singh, Winer 2017, Marketing Letters) and .67 for other firms (McCarthy, "
        "Winer 2018).",
        "- Whale curve: the best fifth makes about 130 % of a year's profit and about three in ten "
        "customers lose money; Sherden's sentence, read literally, gives 133 % (as Kotler reports it; no "
        "data set behind it is known).",
        "- Turnover at the top: a little more than half of a year's best fifth is not in next year's best "
        "fifth; published: about half (Sharp, Romaniuk, Graham 2019).",
        "- Satisfaction answers 4/6/8/38/44 % over all customers: 82 % in the two best boxes "
        "(Jones, Sasser 1995). Those who answer are not all customers.",
        "- Letters: `letters` was drawn by lot, so treated and control differ by chance alone. The size of "
        "the effect is our choice.",
        "- The seed: of eighty, one whose small sample does not mislead about the letters. Others often do; "
        "lesson 06 counts how often.",
        "",
    ]
    for name, table in TABLES.items():
        rows = len(getattr(world, name))
        lines += [
            f"## {name} · {table.zh}",
            "",
            f"`{_place(name)}`, {rows:,} rows: {table.meaning}.",
            "",
            "| column | 中文 | unit | range | missing | meaning |",
            "|---|---|---|---|---|---|",
        ]
        lines += [
            f"| `{r.column}` | {r.中文} | {r.unit} | {r.range} | {r.missing} | {r.meaning} |"
            for r in data_dictionary(name).itertuples()
        ]
        lines.append("")
    return "\n".join(lines)
