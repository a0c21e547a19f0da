"""Published results beside ours: each number to half a unit of its last printed digit.

``python -m crmlab.verify`` prints the table and exits with 1 if a number disagrees. The data are CDNOW and
the donations file, both inside the installed lifetimes package, and the retention tables of one paper. A
source that ends in "(quoted)" was read where others quote it, not in the original. One quoted number is left
out because it does not come out: CLVTools' standard error of the Pareto/NBD beta, 6.2105, where the exact
curvature at the optimum gives 6.2111.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd

from crmlab._lifetimes import packaged_file
from crmlab.bgbb import fit_bgbb
from crmlab.btyd import BTYDFit, fit_btyd, intervals
from crmlab.btyd_predict import expected_repeats, predict, residual_purchases
from crmlab.datasets.cdnow import load_cdnow
from crmlab.orders import btyd_summary, calibration_holdout
from crmlab.sbg import sbg_fit
from crmlab.spend import expected_spend, fit_spend

FHL_A = "Fader, Hardie, Lee 2005a, Marketing Science 24(2)"
FHL_B = "Fader, Hardie, Lee 2005b, Journal of Marketing Research 42(4) (quoted)"
MBG = "Batislam, Denizel, Filiztekin 2007, IJRM 24(3) (quoted)"
GG = "Fader, Hardie 2013, The Gamma-Gamma Model of Monetary Value"
FHS = "Fader, Hardie, Shang 2010, Marketing Science 29(6)"
FH_07 = "Fader, Hardie 2007, Journal of Interactive Marketing 21(1)"
FH_14 = "Fader, Hardie 2014, note on the sBG model (quoted)"
CLVTOOLS = "CLVTools for R, its tests against the papers (quoted)"
VIGNETTE = "BTYD for R, vignette (quoted)"
CDNOW = "Fader, Hardie 2001, Interfaces 31(3), and the data's own notes"

# Percent still there after 0, 1, 2, ... years
REGULAR = [100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3]
HIGH_END = [100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4]

Line = tuple[str, str, str, float]
"""Quantity, source, the number as printed (its digits set the tolerance), ours."""


def published() -> pd.DataFrame:
    """Compute every published number that we can, and lay ours beside it.

    Returns
    -------
    DataFrame
        ``quantity``, ``source``, ``published``, ``digits`` (decimals printed; negative where only
        hundreds or thousands are given), ``ours`` and ``agrees`` (within half a unit of the last
        printed digit).

    Examples
    --------
    >>> table = published()
    >>> bool(table["agrees"].all())
    True
    """
    lines = [*_cdnow(), *_iso_value(), *_donations(), *_retention()]
    rows = []
    for quantity, source, text, ours in lines:
        number = Decimal(text)
        digits = -int(number.as_tuple().exponent)
        agrees = abs(ours - float(number)) <= 0.5 * 10.0**-digits * (1 + 1e-9)
        rows.append((quantity, source, float(number), digits, float(ours), bool(agrees)))
    return pd.DataFrame(rows, columns=["quantity", "source", "published", "digits", "ours", "agrees"])


def _params(fit: BTYDFit, name: str, source: str, printed: dict[str, str]) -> Iterator[Line]:
    for parameter, text in printed.items():
        yield f"{name} {parameter}", source, text, fit.params[parameter]


def _cdnow() -> Iterator[Line]:
    orders = load_cdnow()
    table = calibration_holdout(orders, calibration_end="1997-09-30", as_of="1998-06-30")
    repeats = table[table["frequency"] > 0]
    yield "CDNOW sample: customers", CDNOW, "2357", len(table)
    yield "CDNOW sample: rows", CDNOW, "6919", len(orders)
    yield "CDNOW repeat customers, weeks 1-39", GG, "946", len(repeats)
    yield "CDNOW mean spend of repeat customers", GG, "35.08", repeats["monetary_eur"].mean()
    total = table["frequency"].sum() + table["frequency_holdout"].sum()
    yield "CDNOW repeat purchases, weeks 1-78", FHL_A, "4339", total

    bg, mbg, pareto = (fit_btyd(table, model=m) for m in ("bg_nbd", "mbg_nbd", "pareto_nbd"))
    yield from _params(bg, "BG/NBD", FHL_A, {"r": "0.243", "alpha": "4.414", "a": "0.793", "b": "2.426"})
    yield "BG/NBD log-likelihood", FHL_A, "-9582.4", bg.log_likelihood
    yield from _params(mbg, "MBG/NBD", MBG, {"r": "0.525", "alpha": "6.183", "a": "0.891", "b": "1.614"})
    printed = {"r": "0.553", "alpha": "10.578", "s": "0.606", "beta": "11.669"}
    yield from _params(pareto, "Pareto/NBD", FHL_A, printed)
    yield "Pareto/NBD log-likelihood", FHL_A, "-9595.0", pareto.log_likelihood
    errors = intervals(pareto)["standard_error"]
    for parameter, text in {"r": "0.0476", "alpha": "0.8427", "s": "0.1873"}.items():
        yield f"Pareto/NBD standard error of {parameter}", CLVTOOLS, text, errors[parameter]

    at = replace(bg, params=pd.Series({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}))
    one = pd.DataFrame({"frequency": [2], "t_x": [30.43], "T": [38.86]})
    many = pd.DataFrame({"frequency": [26], "t_x": [30.86], "T": [31.0]})
    paper = "at the published parameters"
    found = predict(at, one, horizon=39).loc[0, "expected_purchases"]
    yield f"BG/NBD purchases in 39 weeks, x=2 t_x=30.43 T=38.86, {paper}", FHL_A, "1.226", found
    found = predict(at, many, horizon=52).loc[0, "expected_purchases"]
    yield f"BG/NBD purchases in 52 weeks, x=26 t_x=30.86 T=31, {paper}", VIGNETTE, "25.76", found
    at = replace(pareto, params=pd.Series({k: float(v) for k, v in printed.items()}))
    found = predict(at, many, horizon=52)
    yield (
        f"Pareto/NBD purchases in 52 weeks, x=26 t_x=30.86 T=31, {paper}",
        VIGNETTE,
        "25.46",
        found.iloc[0, 1],
    )
    yield f"Pareto/NBD P(alive), x=26 t_x=30.86 T=31, {paper}", VIGNETTE, "0.9979", found.iloc[0, 0]
    yield (
        "BG/NBD repeat purchases of a new customer in 52 weeks",
        VIGNETTE,
        "1.444",
        expected_repeats(bg, [52])[0],
    )
    yield "Pareto/NBD the same", VIGNETTE, "1.473", expected_repeats(pareto, [52])[0]

    for name, fit, error, correlation in (("BG", bg, "-4", ".626"), ("Pareto", pareto, "-2", ".630")):
        curve = expected_repeats(fit, table["T"] + table["T_holdout"]).sum()
        yield f"{name}/NBD cumulative repeats at week 78, error in %", FHL_A, error, 100 * (curve / total - 1)
        ahead = predict(fit, table, horizon=39)["expected_purchases"]
        found = np.corrcoef(ahead, table["frequency_holdout"])[0, 1]
        yield f"{name}/NBD correlation of expected and actual, weeks 40-78", FHL_A, correlation, found

    spend = fit_spend(table)
    for parameter, text in {"p": "6.25", "q": "3.74", "gamma": "15.44"}.items():
        yield f"Gamma-Gamma {parameter}", GG, text, spend.params[parameter]
    yield "Gamma-Gamma log-likelihood", CLVTOOLS, "-4055.92", spend.log_likelihood
    yield "Gamma-Gamma mean spend of all customers", GG, "35.17", spend.mean_eur
    yield "correlation of frequency and mean spend", FHL_B, "0.11", spend.correlation
    first = table.set_index("customer_id").loc[orders["customer_id"].unique()[:10]].reset_index()
    ten = ["24.65", "18.91", "35.17", "35.17", "35.17", "71.46", "18.91", "35.17", "27.28", "35.17"]
    for i, (text, found) in enumerate(
        zip(ten, expected_spend(spend, first)["expected_spend_eur"], strict=True), 1
    ):
        yield f"Gamma-Gamma expected spend of customer {i}", GG, text, found


def _iso_value() -> Iterator[Line]:
    """Value 23,570 customers after 78 weeks: 30 % margin, 15 % a year, no horizon, models of the sample."""
    sample = btyd_summary(load_cdnow(), as_of="1998-06-30")
    orders = load_cdnow("master")
    everybody = btyd_summary(orders, as_of="1998-06-30")
    buying, spend = fit_btyd(sample, model="pareto_nbd"), fit_spend(sample)
    future = residual_purchases(buying, everybody, discount_rate_annual=0.15)
    value = future * expected_spend(spend, everybody)["expected_spend_eur"] * 0.3
    zero = everybody["frequency"] == 0
    yield "CDNOW master: rows", CDNOW, "69659", len(orders)
    yield "CDNOW master: customers", CDNOW, "23570", len(everybody)
    yield "CDNOW master: without repeat purchase in 78 weeks", FHL_B, "12054", zero.sum()
    yield "mean value of a customer without repeat purchase, $", FHL_B, "4.40", value[zero].mean()
    yield "value of all customers without repeat purchase, $", FHL_B, "53E3", value[zero].sum()
    yield "value of all customers, $", FHL_B, "1.1E6", value.sum()


def _donations() -> Iterator[Line]:
    donors = pd.read_csv(packaged_file("donations.csv"))
    donors.columns = ["frequency", "t_x", "T", "customers"]
    fit = fit_bgbb(donors)
    printed = {"alpha": "1.204", "beta": "0.750", "gamma": "0.657", "delta": "2.783"}
    yield from _params(fit, "BG/BB donations", FHS, printed)
    yield "BG/BB donations log-likelihood", FHS, "-33225.6", fit.log_likelihood
    ahead = predict(fit, donors, horizon=5)["expected_purchases"] @ donors["customers"]
    yield "BG/BB donations expected 2002-2006", FHS, "12884.2", float(ahead)


def _retention() -> Iterator[Line]:
    seven = {
        "Regular": (REGULAR, "0.704", "1.182", "-1680.3"),
        "High End": (HIGH_END, "0.668", "3.806", "-1611.2"),
    }
    for name, (percent, alpha, beta, value) in seven.items():
        fit = sbg_fit([10 * p for p in percent[:8]])
        yield f"sBG {name} alpha (7 years)", FH_07, alpha, fit.params["alpha"]
        yield f"sBG {name} beta (7 years)", FH_07, beta, fit.params["beta"]
        yield f"sBG {name} log-likelihood (7 years)", FH_07, value, fit.log_likelihood
    four = sbg_fit([10 * p for p in REGULAR[:5]])
    yield "sBG Regular alpha (4 years)", FH_14, "0.764", four.params["alpha"]
    yield "sBG Regular beta (4 years)", FH_14, "1.296", four.params["beta"]


def main() -> int:
    """Print published numbers beside ours; give 1 if any disagrees, 0 otherwise."""
    from rich.console import Console
    from rich.table import Table

    found = published()
    shown = Table(title="Published results", show_lines=False)
    for name in ("quantity", "published", "ours", "agrees", "source"):
        shown.add_column(name, justify="right" if name in ("published", "ours") else "left", overflow="fold")
    for row in found.itertuples():
        digits = max(int(row.digits), 0)
        shown.add_row(
            row.quantity, f"{row.published:,.{digits}f}", f"{row.ours:,.{digits + 2}f}",
            "yes" if row.agrees else "NO", row.source,
        )  # fmt: skip
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(shown)
    bad = int((~found["agrees"]).sum())
    console.print(
        f"{len(found) - bad} of {len(found)} published numbers agree to half a unit of their last digit."
    )
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
