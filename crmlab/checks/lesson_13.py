"""Lesson 13, satisfaction and loyalty: the right answers and the well-known wrong ones, in plain pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.checks.card import Form, Mistake, StudentData, Task
from crmlab.datasets.loyalty import make_loyalty

CUSTOMERS = 2500  # enough mercenaries among those who answered
AS_OF = pd.Timestamp("2024-12-31")
TYPES = ("loyalist", "mercenary", "hostage", "defector")
MARGIN, REWARD = 0.35, 0.05


def make(n: int, rng: np.random.Generator) -> tuple[pd.Timestamp, dict[str, pd.DataFrame]]:
    """Make the tables of the loyalty world that a firm sees."""
    world = make_loyalty(n, rng=rng)
    return AS_OF, {
        name: getattr(world, name) for name in ("ratings", "switching", "next_purchases", "programme")
    }


def fits(data: StudentData) -> bool:
    """Say whether the data tells right from wrong: rates, scores and the gain differ from every mistake."""
    right, gains = rates(data), gain(data)
    others = [rates(data, market=None), rates(data, wave=2022), _upside(data)]
    rate_gaps = [max(abs(right[k] - o[k]) for k in right) for o in others]
    score = nps(data)
    scores = [nps(data, answered=False), nps(data, promoter=8), nps(data, detractor=5), _mean_said(data)]
    errors = [error(data, z=1.0), error(data, z=2 * 1.96), _error_of_share(data)]
    wrong = [
        gain(data, control=False),
        gain(data, change=False),
        *(gain(data, cost=c) for c in ("none", "extra", "both")),
    ]
    sizes = types(data).value_counts()
    return bool(
        min(rate_gaps) > 0.02
        and min(abs(score - s) for s in scores) > 0.5
        and min(abs(error(data) - e) for e in errors) > 0.1
        and min(abs(gains["gain_mercenary"] - w["gain_mercenary"]) for w in wrong) > 0.3
        and abs(gains["gain_mercenary"]) > 1
        and len(sizes) == 4
        and sizes.min() >= 15
        and all(abs(g) > 0.3 for g in _gains(data))
    )


def _people(data: StudentData, wave: int = 2023) -> pd.DataFrame:
    survey = data.ratings[(data.ratings["wave"] == wave) & data.ratings["answered"]]
    year = data.next_purchases[data.next_purchases["year"] == wave]
    people = survey.merge(year, on="customer_id").merge(data.switching, on="customer_id")
    return people.astype({"satisfaction": int, "recommend": int})


def rates(data: StudentData, *, market: str | None = "competitive", wave: int = 2023) -> dict[str, float]:
    """Task 1: the share who bought again among those who said 4, and among those who said 5."""
    people = _people(data, wave)
    if market is not None:
        people = people[people["market"] == market]
    by = people.groupby("satisfaction")["bought_again"].mean()
    return {"rate_4": float(by[4]), "rate_5": float(by[5])}


def _upside(data: StudentData) -> dict[str, float]:
    """Of those who bought again, the share who said 4 or 5: the wrong way round."""
    people = _people(data)
    again = people[(people["market"] == "competitive") & people["bought_again"]]
    return {f"rate_{s}": float((again["satisfaction"] == s).mean()) for s in (4, 5)}


def nps(data: StudentData, *, promoter: int = 9, detractor: int = 6, answered: bool = True) -> float:
    """Task 2: the net promoter score of 2023, in points."""
    said = _people(data)["recommend"]
    of = len(said) if answered else int((data.ratings["wave"] == 2023).sum())
    return float(100 * ((said >= promoter).sum() - (said <= detractor).sum()) / of)


def _mean_said(data: StudentData) -> float:
    return float(_people(data)["recommend"].mean())


def error(data: StudentData, *, z: float = 1.96) -> float:
    """Task 3: half the width of the 95 % interval of the score, in points."""
    said = _people(data)["recommend"]
    p, d = (said >= 9).mean(), (said <= 6).mean()
    return float(100 * z * np.sqrt((p + d - (p - d) ** 2) / len(said)))


def _error_of_share(data: StudentData) -> float:
    said = _people(data)["recommend"]
    p = (said >= 9).mean()
    return float(100 * 1.96 * np.sqrt(p * (1 - p) / len(said)))


def types(data: StudentData, *, content: int = 4, by: str = "share_of_wallet") -> pd.Series:
    """Task 4: the type of everybody who answered in 2023."""
    people = _people(data).set_index("customer_id")
    happy, stays = people["satisfaction"] >= content, people[by].astype(float) >= 0.5
    kinds = pd.Series("defector", index=people.index)
    return kinds.mask(happy, "mercenary").mask(stays, "hostage").mask(happy & stays, "loyalist")


def _crossed(data: StudentData) -> pd.Series:
    """Mercenaries and hostages taken for each other."""
    return types(data).replace({"mercenary": "hostage", "hostage": "mercenary"})


def _gains(data: StudentData, *, control: bool = True, cost: str = "all", change: bool = True) -> pd.Series:
    lot = data.programme.set_index("customer_id")
    lot = lot.assign(
        kind=types(data), moved=lot["spend_after_eur"] - lot["spend_before_eur"] * change
    ).dropna(subset="kind")  # fmt: skip
    moved = lot.groupby(["kind", "treated"])["moved"].mean().unstack()
    uplift = moved[True] - (moved[False] if control else 0.0)
    spent = lot[lot["treated"]].groupby("kind")["spend_after_eur"].mean()
    both = lot.groupby("kind")["spend_after_eur"].mean()
    paid = {"all": spent, "extra": uplift, "none": 0.0 * spent, "both": both}[cost]
    return MARGIN * uplift - REWARD * paid


def gain(
    data: StudentData, *, control: bool = True, cost: str = "all", change: bool = True
) -> dict[str, Any]:
    """Task 5: the gain of the reward per mercenary, and the types for which it pays."""
    gains = _gains(data, control=control, cost=cost, change=change)
    return {"gain_mercenary": float(gains["mercenary"]), "pays_for": sorted(gains.index[gains > 0])}


_ALL_ASKED = (
    "Those who were asked and did not answer are in the number you divide by. Divide by those who answered."
)

TASKS: tuple[Task, ...] = (
    Task(
        "13.1", "The step from 4 to 5",
        (Form("share", name="rate_4", tolerance=0.0006), Form("share", name="rate_5", tolerance=0.0006)),
        rates,
        (
            Mistake(
                "all markets", lambda d: rates(d, market=None),
                'All three markets are in it. Keep the rows whose market is "competitive".',
            ),
            Mistake(
                "the first survey", lambda d: rates(d, wave=2022),
                "This is the survey of 2022 with the purchases of 2022. Take wave 2023 and year 2023.",
            ),
            Mistake(
                "the wrong way round", _upside,
                "This is the share of 4s and 5s among those who bought again. Asked for: the share who "
                "bought again among the 4s, and among the 5s.",
            ),
        ),
    ),
    Task(
        "13.2", "The net promoter score",
        (Form("number", unit="points", tolerance=0.06),),
        nps,
        (
            Mistake(
                "a share", lambda d: nps(d) / 100,
                "This is a share. The score is in points: multiply by 100.",
                lambda value, theirs, _: abs(value - theirs) <= 0.006,
            ),
            Mistake("all who were asked", lambda d: nps(d, answered=False), _ALL_ASKED),
            Mistake("8 is a promoter", lambda d: nps(d, promoter=8),
                    "Answers of 8 are counted as promoters. Only 9 and 10 are."),
            Mistake("the mean answer", _mean_said,
                    "This is the mean of the answers. Asked for: the share of promoters less the share of "
                    "detractors, times 100."),
            Mistake("6 is no detractor", lambda d: nps(d, detractor=5),
                    "Answers of 6 are left out. Detractors are 0 to 6, with the 6."),
        ),
    ),
    Task(
        "13.3", "Its error",
        (Form("number", unit="points", tolerance=0.02),),
        error,
        (
            Mistake("one standard error", lambda d: error(d, z=1.0),
                    "This is one standard error. Half of a 95 % interval is 1.96 times as much."),
            Mistake("the whole interval", lambda d: error(d, z=2 * 1.96),
                    "This is the whole width of the interval. Asked for: half of it, 1.96 standard errors."),
            Mistake("a share", lambda d: error(d) / 100,
                    "This is a share. The score is in points: multiply by 100."),
            Mistake("the error of one share", _error_of_share,
                    "This is the error of the share of promoters alone. The score has two shares: the "
                    "variance of one answer is p + d - (p - d) ** 2."),
        ),
    ),
    Task(
        "13.4", "Four types",
        (Form("table", name="loyalty_type", allowed=TYPES),),
        types,
        (
            Mistake("only 5 is content", lambda d: types(d, content=5),
                    "Here only 5 counts as content. Answers of 4 count too: satisfaction >= 4."),
            Mistake("bought again", lambda d: types(d, by="bought_again"),
                    "Here bought_again says who stays. Use share_of_wallet >= 0.5."),
            Mistake("crossed", _crossed,
                    "Mercenaries and hostages are crossed. A mercenary is content and goes; a hostage is not "
                    "content and stays."),
        ),
    ),
    Task(
        "13.5", "Whom the reward pays for",
        (
            Form("number", name="gain_mercenary", unit="EUR", tolerance=0.02),
            Form("choice", name="pays_for", allowed=TYPES),
        ),
        gain,
        (
            Mistake("without the control group", lambda d: gain(d, control=False),
                    "This is the change of the treated alone. Take off the change of those without the "
                    "reward: the lot made them alike."),
            Mistake("spending after alone", lambda d: gain(d, change=False),
                    "Here spend_after_eur alone is compared. The lot makes that fair, but noisy. Asked for: "
                    "the change, spend_after_eur less spend_before_eur, of each customer."),
            Mistake("without its cost", lambda d: gain(d, cost="none"),
                    "The cost of the reward is missing: 5 % of everything the treated spent in 2024."),
            Mistake("paid to the others too", lambda d: gain(d, cost="both"),
                    "Here the cost is taken from the spending of all, treated or not. Only the treated were "
                    "paid: 5 % of the mean of spend_after_eur of the treated."),
            Mistake("paid on the extra only", lambda d: gain(d, cost="extra"),
                    "Here the reward costs 5 % of the added spending only. It is paid on everything they "
                    "spend: 5 % of the mean of spend_after_eur of the treated."),
        ),
    ),
)  # fmt: skip
