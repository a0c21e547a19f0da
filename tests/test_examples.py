"""The example sweeps: what their page says is what their tables of means hold."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).resolve().parents[1] / "examples" / "sweeps"
PAGE = " ".join((FOLDER / "README.md").read_text(encoding="utf-8").split())
FIGURES = (FOLDER / "irregular_buying_alt.txt", FOLDER / "rfm_or_btyd_alt.txt")


def test_irregular_buying_says_what_its_table_holds() -> None:
    table = pd.read_csv(FOLDER / "irregular_buying_summary.csv")
    wrong = table[table["finding"] == "lost_wrongly_share"].set_index(["p_silent_days", "p_regularity"])[
        "mean"
    ]
    said = {
        days: [f"{wrong[days, k]:.0%}".replace("%", " %") for k in (8.0, 1.0, 0.25)] for days in (90, 180)
    }
    near, chance, bursts = said[90]
    assert f"call {near} lost when buying is regular, {chance} at pure chance, and {bursts} when" in PAGE
    assert f"({said[180][0]}, {said[180][1].removesuffix(' %')} % and {said[180][2]})" in PAGE


def test_rfm_or_btyd_says_what_its_picture_holds() -> None:
    words = (FOLDER / "rfm_or_btyd_alt.txt").read_text(encoding="utf-8")

    def lead(day: str, weeks: int) -> tuple[float, float]:
        part = words.split(f"as of {day}, holdout weeks {weeks}: ")[1].split(";")[0]
        mean, interval = part.split(" (", 1)
        return float(mean), float(interval.split(" to ")[0])

    for day, said in (("2023-06-30", "by {} to {} percentage points"), ("2023-12-31", "by {} to {};")):
        found = sorted(lead(day, weeks) for weeks in (13, 52))
        assert said.format(*(f"{mean:.1f}" for mean, _ in found)) in PAGE
        assert all(low > 0 for _, low in found), "the page says that these intervals lie above zero"


def test_every_picture_has_its_words() -> None:
    for words in FIGURES:
        assert len(words.read_text(encoding="utf-8")) > 100
        assert (FOLDER / f"{words.name.removesuffix('_alt.txt')}.png").stat().st_size > 10_000
