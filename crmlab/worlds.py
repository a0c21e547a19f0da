"""Write a simulated world to files: its tables, and its truth apart."""

from __future__ import annotations

import dataclasses
import difflib
from pathlib import Path

import pandas as pd

from crmlab.contracts import DataError
from crmlab.course import write_file

_FORMATS = ("csv", "parquet")


def write_world(
    world: str, *, n_customers: int, seed: int, folder: str | Path, format: str = "csv", force: bool = False
) -> dict[Path, int]:
    """Simulate a world and write each of its tables.

    Parameters
    ----------
    world : str
        ``"retail"``.
    n_customers : int
        How many customers; the world's own range counts.
    seed : int
        The same seed gives the same world, 0 or more.
    folder : str or Path
        Where to; the truth goes to ``truth/`` in it.
    format : {"csv", "parquet"}
        Kind of file.
    force : bool
        Whether to replace files that are there already.

    Returns
    -------
    dict
        Path written to its number of rows.

    Raises
    ------
    DataError
        If the world or format is unknown, a number is out of range, or a file is there already.
    """
    from crmlab.datasets import World, make_retail

    makers = {"retail": make_retail}
    if world not in makers:
        close = (difflib.get_close_matches(world, makers, n=1) or list(makers))[0]
        known = ", ".join(makers)
        raise DataError(f"there is no world '{world}'; there is {known}. Hint: crmlab data {close}")
    if format not in _FORMATS:
        raise DataError(f"the format is '{format}'; it must be csv or parquet. Hint: --format csv")
    if seed < 0:
        raise DataError(f"the seed is {seed}; it must be 0 or more. Hint: --seed 7")
    root = Path(folder).expanduser()
    names = [field.name for field in dataclasses.fields(World)]
    paths = {name: (root / "truth" if name == "truth" else root) / f"{name}.{format}" for name in names}
    taken = [path for path in paths.values() if path.exists()]
    if taken and not force:
        raise DataError(
            f"'{taken[0]}' is there already and stays. Hint: choose another --out, or add --force"
        )
    made = makers[world](n_customers=n_customers, rng=seed)
    for path in paths.values():
        path.parent.mkdir(parents=True, exist_ok=True)
    for name, path in paths.items():
        _write(getattr(made, name), path)
    return {path: len(getattr(made, name)) for name, path in paths.items()}


def _write(table: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".csv":
        write_file(path, table.to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n"))
        return
    import duckdb

    part = path.with_name(f".{path.name}.part")
    try:
        with duckdb.connect() as connection:
            connection.register("made", table)
            connection.execute("COPY made TO '{}' (FORMAT parquet)".format(str(part).replace("'", "''")))
        part.replace(path)
    except duckdb.IOException as error:
        raise DataError(
            f"cannot write '{path}': {error}. Hint: check the rights and the free space"
        ) from error
    finally:
        part.unlink(missing_ok=True)
