"""crmlab: a course that runs, on knowing, choosing and keeping customers.

``import crmlab as crm`` loads nothing heavy and sets nothing; each name below is loaded at its first use.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "contracts": ("DataError", "check_table", "data_dictionary"),
    "intake": ("read_orders",),
    "datasets": (
        "load_retail", "make_retail", "RetailSettings", "load_cdnow", "lesson_data", "true_value",
        "true_letter",
    ),
    "orders": ("rfm_table", "customer_value", "btyd_summary", "calibration_holdout", "cohorts"),
    "costs": ("service_cost",),
    "pareto": (
        "abc_classes", "lorenz", "gini", "concentration", "whale_curve", "whale_summary", "class_moves",
        "abc_summary", "class_stability",
    ),
    "rfm": ("rfm_scores", "band_sizes", "hughes_cells", "merge_cells"),
    "rfm_map": ("rfm_segments", "segment_summary", "segment_map"),
    "targeting": (
        "wilson_interval", "response_table", "difference_table", "break_even_rate", "choose", "profit_curve",
    ),
    "plots": (
        "plot_abc", "plot_lorenz", "plot_whale", "plot_class_moves", "plot_rfm_grid", "plot_segments",
        "plot_band_sizes", "plot_response", "plot_estimate_truth", "plot_profit_curve", "plot_history",
        "plot_cohorts", "plot_distribution",
    ),
    "btyd": ("fit_btyd", "intervals"),
    "btyd_predict": ("predict", "expected_repeats", "residual_purchases"),
    "btyd_next": ("chance_to_buy",),
    "btyd_bootstrap": ("bootstrap",),
    "btyd_simulate": ("simulate_btyd",),
    "bgbb": ("fit_bgbb",),
    "spend": ("fit_spend", "expected_spend"),
    "clv_btyd": ("clv", "broad_clv"),
    "clv_bounds": ("clv_interval",),
    "clv_simple": (
        "period_rate", "simple_clv", "simple_clv_now", "simple_clv_in_a_year", "finite_clv", "historic_value",
    ),
    "sbg": ("sbg_fit", "sbg_survival", "sbg_clv"),
    "tiers": ("value_tiers", "tier_summary", "customer_equity"),
    "btyd_paths": ("tracking", "alive_path", "history_grid"),
    "plots.btyd": ("plot_btyd_grid", "plot_tracking", "plot_alive_history", "plot_iso_value"),
    "compare": ("race_table", "top_chance", "hit_rate", "accuracy", "total_error"),
    "contestants": ("by_abc", "by_rfm", "by_recency", "by_status_quo", "by_btyd", "by_regression"),
    "plots.compare": ("plot_race",),
    "checks": ("check", "my_data"),
    "notebook": ("say", "show", "figure", "record", "within"),
}  # fmt: skip
_WHERE = {name: module for module, names in _HOME.items() for name in names}
__all__ = ["__version__", *_WHERE]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'crmlab' has no attribute {name!r}")
    module = importlib.import_module(f"crmlab.{_WHERE[name]}")
    value = getattr(module, "check" if name == "check_table" else name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
