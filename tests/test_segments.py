"""Segments: features, clusters, names, agreement, their number, and what treating them differently earns."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

import crmlab as crm
from crmlab.contracts import DataError
from crmlab.plots import segments as pictures


def blobs(n: int = 40, *, rng: int = 1) -> pd.DataFrame:
    """Three clear groups in two dimensions."""
    g = np.random.default_rng(rng)
    middle = np.array([[0, 0], [10, 0], [0, 12]])[np.arange(3 * n) % 3]
    points = middle + g.normal(0, 0.6, (3 * n, 2))
    return pd.DataFrame(points, columns=["x", "y"], index=pd.Index([f"c{i:03d}" for i in range(3 * n)]))


# ------------------------------------------------------------------ features


def test_behaviour_leaves_refunds_and_later_orders_aside() -> None:
    log = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a", "b", "a"],
            "order_date": pd.to_datetime(
                ["2024-01-01", "2024-01-05", "2024-01-08", "2024-01-02", "2024-03-01"]
            ),
            "amount_eur": [10.0, 30.0, -30.0, 5.0, 99.0],
        }
    )
    kept = log.copy()
    table = crm.behaviour_table(log, as_of="2024-01-10")
    assert table.to_dict("list") == {
        "customer_id": ["a", "b"], "recency_days": [5, 8], "n_orders": [2, 1], "mean_order_eur": [20.0, 5.0],
    }  # fmt: skip
    pd.testing.assert_frame_equal(log, kept)


def test_scaled_features_have_mean_0_and_spread_1_in_any_unit_and_order() -> None:
    g = np.random.default_rng(3)
    table = pd.DataFrame({"customer_id": [f"c{i}" for i in range(50)], "eur": g.lognormal(3, 1, 50), "n": 1})
    made = crm.scaled_features(table, columns=["eur", "n"], cut=0.05)
    assert made["eur"].mean() == pytest.approx(0) and made["eur"].std(ddof=0) == pytest.approx(1)
    assert (made["n"] == 0).all()  # no spread
    cents = table.assign(eur=table["eur"] * 100).sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(crm.scaled_features(cents, columns=["eur", "n"], cut=0.05), made)
    raw = crm.scaled_features(table, columns=["eur"], log=["eur"], scale="none")
    assert raw.loc["c7", "eur"] == pytest.approx(np.log1p(table["eur"][7]))


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"scale": "max"}, "scale must be 'sd' or 'none'; found 'max'."),
        ({"cut": 0.5}, "cut must be a share from 0 to 0.25; found 0.5. Hint: cut=0.01"),
        ({"log": ["y"]}, "log names 'y', which is not one of columns: x."),
        (
            {"log": ["x"]},
            "table: 1 value(s) of 'x' are negative, which has no logarithm. Hint: leave 'x' out of log.",
        ),
    ],
)
def test_features_refuse_what_cannot_be(how: dict[str, object], message: str) -> None:
    table = pd.DataFrame({"customer_id": ["a", "b"], "x": [-1.0, 2.0]})
    with pytest.raises(DataError) as caught:
        crm.scaled_features(table, columns=["x"], **how)  # type: ignore[arg-type]
    assert str(caught.value) == message


# ------------------------------------------------------------------ clusters


@pytest.mark.parametrize("method", ["k-means", "mixture"])
def test_clear_groups_are_found_whatever_the_order_of_rows(method: str) -> None:
    features = blobs()
    kept = features.copy()
    found = crm.find_segments(features, k=3, method=method)
    right = pd.Series(np.arange(120) % 3, index=features.index)
    assert crm.segment_agreement(found, right) == 1.0
    shuffled = crm.find_segments(features.sample(frac=1, random_state=2), k=3, method=method)
    pd.testing.assert_series_equal(shuffled.sort_index(), found.sort_index())
    pd.testing.assert_frame_equal(features, kept)
    sizes = crm.find_segments(features.iloc[:-7], k=3, method=method).value_counts()
    assert sizes.index.tolist() == [1, 2, 3] and sizes.is_monotonic_decreasing


def test_k_means_is_at_a_fixed_point() -> None:
    features = blobs(30, rng=4)
    found = crm.find_segments(features, k=3)
    centres = features.groupby(found).mean()
    distance = ((features.to_numpy()[:, None, :] - centres.to_numpy()) ** 2).sum(axis=2)
    assert (distance.argmin(axis=1) + 1 == found.to_numpy()).all()


def test_membership_sums_to_one_and_agrees_with_the_mixture() -> None:
    features = blobs()
    likely = crm.segment_membership(features, k=3, rng=5)
    assert likely.sum(axis=1).to_numpy() == pytest.approx(1)
    found = crm.find_segments(features, k=3, method="mixture", rng=5)
    assert (likely.idxmax(axis=1) == found).all()


def test_clusters_refuse_what_cannot_be() -> None:
    features = pd.DataFrame({"x": [1.0, 1.0, 2.0]}, index=list("abc"))
    for k in (0, 3, True):
        with pytest.raises(DataError) as caught:
            crm.find_segments(features, k=k)
        assert str(caught.value) == (
            f"k must be a whole number from 1 to 2, the number of different customers; found {k!r}."
        )
    with pytest.raises(DataError, match=r"^method must be one of k-means, mixture; found 'ward'\.$"):
        crm.find_segments(features, k=2, method="ward")
    with pytest.raises(DataError, match=r"^features hold 1 missing or infinite value\(s\)\. Hint: leave"):
        crm.find_segments(features.assign(x=[np.nan, 1, 2]), k=2)


def test_matching_undoes_any_renumbering() -> None:
    found = crm.find_segments(blobs(), k=3)
    for new in ({1: 2, 2: 3, 3: 1}, {1: 3, 2: 2, 3: 1}):
        pd.testing.assert_series_equal(crm.match_segments(found.map(new), found), found)
    more = found.where(found.index != "c000", 9)
    assert set(crm.match_segments(more, found)) == {1, 2, 3, 4}
    with pytest.raises(DataError, match=r"^no customer is in both"):
        crm.match_segments(found, pd.Series([1], index=["z"]))


def test_profile_counts_everybody_once() -> None:
    table = blobs().rename_axis("customer_id").reset_index()
    found = crm.find_segments(blobs(), k=3)
    profile = crm.segment_profile(table, found, columns=["x", "y"])
    assert profile["customers"].sum() == 120 and profile["share_of_customers"].sum() == pytest.approx(1)
    weighted = (profile["x_index"] * profile["customers"]).sum()
    assert weighted == pytest.approx(0)


def test_names_are_never_alike_and_small_differences_get_none() -> None:
    profile = pd.DataFrame(
        {"segment": [1, 2, 3, 4], "a_index": [1.0, 1.1, -0.1, 0.2], "b_index": [0.5, 0.4, 0.2, 0]}
    )
    words = {"a": ("low a", "high a"), "b": ("low b", "high b")}
    names = crm.name_segments(profile, words, most=1)
    assert names.tolist() == [
        "high a, high b (1)",
        "high a, high b (2)",
        "like the average (3)",
        "like the average (4)",
    ]
    with pytest.raises(DataError, match=r"^most must be a whole number of 1 or more; found 0\.$"):
        crm.name_segments(profile, words, most=0)


# ------------------------------------------------------------------ how many, how alike


def test_agreement_is_the_adjusted_rand_index() -> None:
    from sklearn.metrics import adjusted_rand_score

    g = np.random.default_rng(7)
    for _ in range(20):
        a, b = g.integers(0, 4, 60), g.integers(0, 3, 60)
        mine = crm.segment_agreement(pd.Series(a), pd.Series(b))
        assert mine == pytest.approx(adjusted_rand_score(a, b))
    assert crm.segment_agreement(pd.Series([1, 1]), pd.Series([5, 5])) == 1.0
    with pytest.raises(DataError, match=r"^two customers or more must be in both groupings; found 0\."):
        crm.segment_agreement(pd.Series([1, 2], index=["a", "b"]), pd.Series([1, 2], index=["c", "d"]))


def test_yardsticks_find_three_clear_groups() -> None:
    table = crm.count_segments(blobs(), ks=range(2, 6), repeats=3)
    assert table.loc[table["silhouette"].idxmax(), "k"] == 3
    assert table.loc[table["bic"].idxmin(), "k"] == 3
    assert table.loc[table["k"] == 3, "stability"].item() == 1.0
    assert (table["within"].diff().dropna() < 0).all()
    gap = crm.gap_statistic(blobs(), ks=range(1, 6), references=5)
    assert gap.loc[gap["chosen"], "k"].tolist() == [3]


def test_the_gap_sees_no_groups_in_a_cloud() -> None:
    g = np.random.default_rng(2)
    cloud = pd.DataFrame(g.uniform(size=(300, 2)), index=[f"c{i:03d}" for i in range(300)])
    gap = crm.gap_statistic(cloud, ks=range(1, 5), references=8)
    assert gap.loc[gap["chosen"], "k"].tolist() == [1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda f: crm.count_segments(f, ks=[1, 2]),
            "ks must be whole numbers of 2 or more; found [1, 2]. Hint: ks=range(2, 9)",
        ),
        (lambda f: crm.count_segments(f, repeats=1), "repeats must be a whole number of 2 or more; found 1."),
        (
            lambda f: crm.gap_statistic(f, ks=[2, 3]),
            "ks must be 1, 2, ... without a gap; found [2, 3]. Hint: ks=range(1, 9)",
        ),
        (lambda f: crm.gap_statistic(f, most=3), "most must be a whole number of 50 or more; found 3."),
    ],
)  # fmt: skip
def test_yardsticks_refuse_what_cannot_be(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError) as caught:
        call(blobs())
    assert str(caught.value) == message


# ------------------------------------------------------------------ money


def trial(n: int = 4000, *, rng: int = 1) -> pd.DataFrame:
    """Two kinds, two offers that suit one each: 3 EUR for the right one, 1 for the wrong one."""
    g = np.random.default_rng(rng)
    kind, offer = g.integers(0, 2, n), g.permutation(n) % 2
    return pd.DataFrame(
        {
            "customer_id": [f"c{i:04d}" for i in range(n)], "all": "everybody", "kind": kind,
            "lot": g.integers(0, 8, n), "offer": np.array(["guide", "coupon"])[offer],
            "net_eur": np.where(kind == offer, 3.0, 1.0) + g.normal(0, 2, n),
        }
    )  # fmt: skip


def test_the_right_segments_earn_what_the_closed_form_says() -> None:
    rows = trial()
    judged = crm.judge_plans(rows, plans=["all", "kind", "lot"], mailings=2, programme_cost_eur=100, draws=60)
    judged = judged.set_index("plan")
    assert judged.loc["kind", "net_eur"] == pytest.approx(3, abs=0.15)
    assert judged.loc["all", "net_eur"] == pytest.approx(2, abs=0.15)
    assert judged.loc["kind", "profit_eur"] == pytest.approx(judged.loc["kind", "net_eur"] * 8000 - 200)
    assert judged.loc["all", ["gain_eur", "gain_low", "gain_high"]].tolist() == [0, 0, 0]
    assert judged.loc["kind", "gain_low"] > 0
    assert judged.loc["lot", "gain_low"] < 0  # segments by lot earn nothing and cost programmes
    again = crm.judge_plans(
        rows.sample(frac=1, random_state=3),
        plans=["all", "kind", "lot"],
        mailings=2,
        programme_cost_eur=100,
        draws=60,
    )
    pd.testing.assert_frame_equal(again.set_index("plan"), judged)


def test_the_interval_covers_as_often_as_it_says() -> None:
    hits = 0
    for seed in range(40):
        judged = crm.judge_plans(trial(600, rng=seed), plans=["all", "kind"], draws=40, rng=seed).set_index(
            "plan"
        )
        low, high = judged.loc["kind", ["low", "high"]]
        hits += low <= 3 * 600 <= high
    assert hits >= 34


def test_choosing_afresh_takes_the_luck_of_the_winner_away() -> None:
    lots = [f"lot {i}" for i in range(12)]
    winners, fair = [], []
    for seed in range(30):
        g = np.random.default_rng(100 + seed)
        rows = trial(400, rng=seed).assign(**{name: g.integers(0, 3, 400) for name in lots})
        rows["net_eur"] = 2 + g.normal(0, 3, 400)  # both offers earn the same from everybody: no true gain
        judged = crm.judge_plans(rows, plans=["all", *lots], choose_from=lots, draws=20, rng=seed)
        winners.append(judged["gain_eur"].iloc[1:-1].max())
        fair.append(judged["gain_eur"].iloc[-1])
    error = np.std(fair, ddof=1) / np.sqrt(len(fair))
    assert np.mean(winners) > 4 * error  # the best of twelve lots looks good
    assert abs(np.mean(fair)) < 2.5 * error


def test_one_plan_chosen_afresh_is_that_plan() -> None:
    judged = crm.judge_plans(trial(500), plans=["all", "kind"], choose_from=["kind"], draws=20)
    assert judged["plan"].tolist() == ["all", "kind", "best, chosen afresh"]
    one, other = judged.iloc[1, 1:].astype(float), judged.iloc[2, 1:].astype(float)
    assert one.to_numpy() == pytest.approx(other.to_numpy())
    assert judged["segments"].tolist() == [1, 2, 2]


def test_nothing_is_sent_where_nothing_pays() -> None:
    rows = trial().assign(net_eur=lambda t: t["net_eur"].where(t["kind"] == 0, -1.0))
    plan = crm.plan_offers(rows, by="kind").set_index("kind")
    assert plan["offer"].tolist() == ["guide", "nothing"] and plan.loc[1, "net_eur"] == 0
    net = crm.judge_plans(rows, plans=["kind"], draws=20)["net_eur"].item()
    assert net == pytest.approx(1.5, abs=0.15)  # 3 EUR from one half, nothing lost on the other


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"folds": 1}, "folds must be a whole number of 2 or more; found 1."),
        ({"draws": 5}, "draws must be a whole number of 20 or more; found 5."),
        ({"mailings": -1}, "mailings must be a whole number of 0 or more; found -1."),
        ({"programme_cost_eur": -1.0}, "programme_cost_eur must be 0 or more; found -1.0."),
        ({"confidence": 1}, "confidence must lie between 0 and 1; found 1."),
        ({"choose_from": ["kind"]}, "choose_from names 'kind', which is not one of plans: all."),
    ],
)
def test_judging_refuses_what_cannot_be(how: dict[str, object], message: str) -> None:
    with pytest.raises(DataError) as caught:
        crm.judge_plans(trial(100), plans=["all"], **how)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_a_customer_without_a_segment_is_named() -> None:
    rows = trial(100).assign(kind=lambda t: t["kind"].where(t.index > 2).astype("Int64"))
    with pytest.raises(DataError) as caught:
        crm.plan_offers(rows, by="kind")
    assert str(caught.value) == (
        "trial: 3 value(s) of 'kind' are missing. Hint: give these customers a segment of their own, "
        "such as 'no answer'."
    )


# ------------------------------------------------------------------ pictures


@pytest.fixture
def ax() -> Axes:
    fig, ax = plt.subplots()
    yield ax  # type: ignore[misc]
    plt.close(fig)


def test_plot_clusters_draws_every_customer(ax: Axes) -> None:
    table = blobs().abs().assign(segment=crm.find_segments(blobs(), k=3).to_numpy())
    assert pictures.plot_clusters(table, x="x", y="y", log=["y"], ax=ax) is ax
    assert sum(len(line.get_xdata()) for line in ax.lines) == 120
    assert [t.get_text() for t in ax.texts] == ["1", "2", "3"] and ax.get_yscale() == "log"
    assert len({line.get_marker() for line in ax.lines}) == 3
    with pytest.raises(DataError, match=r"^table: 'x' is negative, which has no logarithm\. Hint: log=\(\)$"):
        pictures.plot_clusters(table.assign(x=-1.0), x="x", y="y", log=["x"], ax=ax)


def test_plot_segment_counts_marks_its_favourite(ax: Axes) -> None:
    table = pd.DataFrame({"k": [2, 3, 4], "bic": [5.0, 3.0, 4.0], "silhouette": [0.1, 0.2, 0.3]})
    pictures.plot_segment_counts(table, measure="bic", ax=ax)
    assert ax.lines[0].get_ydata().tolist() == [5, 3, 4] and ax.texts[0].get_text() == "k = 3"
    assert "low is good" in ax.get_ylabel() and ax.get_xlabel() == "Number of segments k"
    with pytest.raises(
        DataError, match=r"^measure must be one of silhouette, bic, stability, within, gap; found 'aic'"
    ):
        pictures.plot_segment_counts(table, measure="aic", ax=ax)


def test_plot_segment_profile_writes_every_cell(ax: Axes) -> None:
    profile = pd.DataFrame(
        {"segment": [1, 2], "customers": [6, 4], "a_index": [0.0, 1.26], "b_index": [-0.5, 0.5]}
    )
    pictures.plot_segment_profile(profile, columns=["a", "b"], names=["one", "two"], ax=ax)
    assert sorted(t.get_text() for t in ax.texts) == sorted(["0", "+1.3", "−0.5", "+0.5"])
    assert {t.get_text() for t in ax.get_yticklabels()} == {"one (6)", "two (4)"}
    assert "standard deviations" in ax.get_xlabel()


def test_plot_plans_draws_estimate_interval_and_truth(ax: Axes) -> None:
    table = pd.DataFrame(
        {"plan": ["a", "b"], "segments": [2, 5], "gain_eur": [1.0, -2.0], "gain_low": [0.0, -4.0],
         "gain_high": [2.0, 0.0], "true_gain_eur": [0.5, -1.0]}
    )  # fmt: skip
    pictures.plot_plans(table, currency="USD", ax=ax)
    assert ax.lines[1].get_xdata().tolist() == [1, -2] and ax.lines[2].get_xdata().tolist() == [0.5, -1]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a (2)", "b (5)"] and "USD" in ax.get_xlabel()
