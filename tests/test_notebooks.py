"""Every lesson keeps the form that the three users rely on, and runs with other numbers than its own.

What a lesson prints is compared by nbval (``make test`` runs it next); here its form, its figures and its
behaviour with other parameters are tested.
"""

from __future__ import annotations

import html
import itertools
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

import crmlab as crm
from crmlab.notebook import RECORD
from crmlab.runs import run

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
NAMES = [path.stem for path in LESSONS]


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def tags(cell: Any) -> list[str]:
    return list(cell.metadata.get("tags", []))


def slide(cell: Any) -> str:
    return str(cell.metadata.get("slideshow", {}).get("slide_type", ""))


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def parameters(path: Path) -> dict[str, Any]:
    (cell,) = [c for c in code(read(path)) if "parameters" in tags(c)]
    found: dict[str, Any] = {}
    exec(cell.source, {}, found)
    return found


every_lesson = pytest.mark.parametrize("path", LESSONS, ids=NAMES)


def test_there_are_lessons() -> None:
    assert {"05_abc", "06_rfm"} <= set(NAMES)


@every_lesson
def test_title_and_parts_come_in_order(path: Path) -> None:
    text = "\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")
    first = text.splitlines()[0]
    assert re.fullmatch(rf"# {path.name[:2]} · .+ · .*[\u4e00-\u9fff]+.*", first), first
    wanted = [
        "**The decision.**", "## What you will be able to do", "## The knobs", "## 1 ·", "Predict",
        "misleads", "Against the truth", "decision", "## Findings of this run", "## Key terms",
        "## Summary", "## References", "**Next:**",
    ]  # fmt: skip
    places = []
    for part in wanted:
        found = text.find(part, places[-1] if places else 0)
        assert found >= 0, f"{path.name} lacks {part!r} after {wanted[len(places) - 1]!r}"
        places.append(found)
    assert "doi.org" in text


@every_lesson
def test_headings_do_not_skip_a_level(path: Path) -> None:
    texts = [c.source for c in read(path).cells if c.cell_type == "markdown"]
    levels = [len(marks) for text in texts for marks in re.findall(r"^(#+) ", text, flags=re.M)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@every_lesson
def test_every_parameter_says_what_it_may_be(path: Path) -> None:
    (cell,) = [c for c in code(read(path)) if "parameters" in tags(c)]
    for line in cell.source.splitlines():
        name, _, rest = line.partition("=")
        value, _, comment = rest.partition("  # ") if "  # " in rest else rest.partition(" # ")
        assert len(comment) > 10, f"{name.strip()} has no comment"
        assert "=" not in comment, f"papermill cannot read the comment of {name.strip()}"
        assert value.strip()


@every_lesson
def test_executed_without_error_or_noise(path: Path) -> None:
    counts = []
    for cell in code(read(path)):
        assert cell.execution_count, f"a cell was never run: {cell.source[:60]!r}"
        counts.append(cell.execution_count)
        for output in cell.outputs:
            assert output.output_type != "error", output.get("evalue")
            assert output.get("name") != "stderr", output.get("text")
    assert counts == sorted(counts)


@every_lesson
def test_every_figure_has_alternative_text(path: Path) -> None:
    pictures = [o for c in code(read(path)) for o in c.outputs if "image/png" in o.get("data", {})]
    assert len(pictures) >= 4
    for picture in pictures:
        alt = picture.metadata["image/png"]["alt"]
        assert len(alt) > 40
        assert f'alt="{html.escape(alt)}"' in picture.data["text/html"]
        assert not re.search(r"\bnan\b", alt)


@every_lesson
def test_no_output_says_nan_or_shows_an_object(path: Path) -> None:
    for cell in code(read(path)):
        for output in cell.outputs:
            data = output.get("data", {})
            text = data.get("text/markdown", "") + data.get("text/html", "")
            assert not re.search(r"\b(nan|inf|NaT)\b", text), text[:300]
            assert not re.search(r"<[A-Za-z_.]+ (object )?at 0x", data.get("text/plain", "")), cell.source[
                :80
            ]


@every_lesson
def test_tables_fit_a_slide(path: Path) -> None:
    for cell in code(read(path)):
        for output in cell.outputs:
            table = output.get("data", {}).get("text/html", "")
            head = table.split("</thead>")[0]
            assert head.count("<th") <= 10, f"too wide for a slide: {cell.source[:80]!r}"


@every_lesson
def test_slides(path: Path) -> None:
    cells = read(path).cells
    starts = [c for c in cells if slide(c) in ("slide", "subslide")]
    assert 15 <= len(starts) <= 25, f"{len(starts)} slides"
    notes = [c for c in cells if slide(c) == "notes"]
    assert len(notes) >= 5
    for cell in cells:
        assert slide(cell) in ("slide", "subslide", "fragment", "skip", "notes", "-"), cell.source[:60]
        if slide(cell) == "notes":
            assert "notes" in tags(cell)
            assert re.match(r"<details><summary>For the instructor \(\d+ min\)</summary>\n\n", cell.source)
            assert cell.source.endswith("\n\n</details>")
    assert sum(int(m) for c in notes for m in re.findall(r"instructor \((\d+) min\)", c.source)) >= 25


@every_lesson
def test_record_is_kept(path: Path) -> None:
    outputs = [o for cell in code(read(path)) for o in cell.outputs]
    (record,) = [o.data[RECORD] for o in outputs if RECORD in o.get("data", {})]
    record = json.loads(record) if isinstance(record, str) else record
    assert record["lesson"] == path.name[:2]
    assert len(record["findings"]) >= 8


# papermill, through crmlab's own runner


@pytest.fixture(scope="module")
def own_orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An order file as a stranger would bring it: other names, day-first dates, refunds, a gap."""
    log = crm.make_retail(n_customers=400, rng=11).orders
    mine = pd.DataFrame(
        {
            "Client": log["customer_id"],
            "Invoice Date": log["order_date"].dt.strftime("%d/%m/%Y"),
            "Total": log["amount_eur"].map("{:.2f}".format),
        }
    )
    mine.loc[3, "Client"] = ""
    path = tmp_path_factory.mktemp("own") / "sales.csv"
    mine.to_csv(path, index=False)
    return path


SMALL = {"n_customers": 250, "n_people": 250, "n_dealers": 150, "seed": 5}
TAKING_ORDERS = [path.stem for path in LESSONS if "orders" in parameters(path)]


def test_most_lessons_take_an_order_file() -> None:
    assert {"05_abc", "06_rfm", "07_clv", "08_compare", "09_segments", "10_selection"} <= set(TAKING_ORDERS)


@pytest.mark.parametrize("setting", ["small", "cdnow", "own"])
def test_lessons_run_with_other_parameters(setting: str, own_orders: Path, tmp_path: Path) -> None:
    extra: dict[str, Any] = {}
    names = NAMES if setting == "small" else TAKING_ORDERS
    if setting == "small":
        values: dict[str, Any] = dict(SMALL)
    elif setting == "cdnow":
        values = {"orders": "cdnow"}
    else:
        values = {"as_of": "2023-12-31"}
        extra = {
            "orders": own_orders,
            "columns": "customer_id=Client,order_date=Invoice Date,amount_eur=Total",
        }
    table = run(names, parameters=values, out=tmp_path / "out", progress=False, **extra)
    assert list(table["status"]) == ["ok"] * len(names), table[["lesson", "error"]].to_string()
    for name in names:
        executed = nbformat.read(tmp_path / "out" / f"{name}.ipynb", as_version=4)
        said = "\n".join(
            o.get("data", {}).get("text/markdown", "") for c in code(executed) for o in c.outputs
        )
        assert not re.search(r"\bnan\b|\binf\b", said), said
        noise = [o.text for c in code(executed) for o in c.outputs if o.get("name") == "stderr"]
        assert not noise
    if setting == "own":
        refused = pd.read_csv(tmp_path / "out" / "refused.csv")
        assert len(refused) == 1


@every_lesson
def test_a_bad_parameter_stops_at_once(path: Path, tmp_path: Path) -> None:
    with pytest.raises(crm.DataError, match=r"'seed' of .* must be 0 or more; it is -1\."):
        run([path.stem], parameters={"seed": -1}, out=tmp_path / "out", progress=False)
    assert not (tmp_path / "out").exists()
