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
    "facts": ("case_facts", "lecture_corrections"),
    "datasets": (
        "load_retail", "make_retail", "RetailSettings", "load_cdnow", "lesson_data", "true_value",
        "true_letter",
    ),
    "engine": ("memory_limit",),
    "orders": ("rfm_table", "customer_value", "btyd_summary", "calibration_holdout", "cohorts"),
    "costs": ("service_cost",),
    "pareto": (
        "abc_classes", "lorenz", "gini", "concentration", "whale_curve", "whale_summary", "class_moves",
        "abc_summary", "class_stability",
    ),
    "lifecycle": (
        "relationship_rules", "relationship_states", "life_cycle_rules", "life_cycle", "phase_profit",
    ),
    "plots.lifecycle": ("plot_states", "plot_phases", "plot_table_map"),
    "rfm": ("rfm_scores", "band_sizes", "hughes_cells", "merge_cells"),
    "rfm_map": ("rfm_segments", "segment_summary", "segment_map"),
    "targeting": (
        "wilson_interval", "response_table", "difference_table", "break_even_rate", "choose", "profit_curve",
    ),
    "activities": ("activity_use", "activity_rates", "activity_cost"),
    "profits": ("customer_profit", "channel_profit"),
    "selection": ("sherden_customers", "fit_potential", "lift_table", "death_spiral"),
    "actions": ("action_effects", "action_values", "action_draws"),
    "plots.selection": ("plot_waterfall", "plot_lift", "plot_spiral"),
    "plots": (
        "plot_abc", "plot_lorenz", "plot_whale", "plot_class_moves", "plot_rfm_grid", "plot_segments",
        "plot_band_sizes", "plot_response", "plot_estimate_truth", "plot_profit_curve", "plot_history",
        "plot_cohorts", "plot_distribution",
    ),
    "btyd": ("fit_btyd", "intervals", "distinct_histories"),
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
    "grading": ("grade_scores", "customer_grades", "weight_moves", "key_chance"),
    "grade_moves": ("grade_path", "path_summary"),
    "service_levels": ("service_plan", "grade_plan", "customers_per_arm"),
    "standard": ("grading_standard",),
    "plots.grading": ("plot_grades", "plot_weight_moves", "plot_lines", "plot_group_shares"),
    "compare": ("race_table", "top_chance", "hit_rate", "accuracy", "total_error"),
    "contestants": ("by_abc", "by_rfm", "by_recency", "by_status_quo", "by_btyd", "by_regression"),
    "plots.compare": ("plot_race",),
    "surveys": (
        "margin_of_error", "sample_size", "design_effect", "strata_table", "post_stratify", "survey_error",
        "value_of_answers",
    ),
    "datasets.fieldwork": (
        "survey_population", "make_survey", "expected_survey", "answer_chances", "make_fieldwork",
    ),
    "datasets.collecting": ("channel_records", "make_visits", "load_fieldwork"),
    "plots.surveys": (
        "plot_channels", "plot_sampling", "plot_answer_rates", "plot_survey_estimates", "plot_total_error",
        "plot_value_of_answers",
    ),
    "datasets.loyalty": ("make_loyalty", "repurchase_chance"),
    "datasets.loyalty_file": ("load_loyalty",),
    "satisfaction": ("nps_error", "nps_table", "nps_answers_needed", "nps_swaps", "satisfaction_curve"),
    "drivers": ("driver_importance", "driver_flips"),
    "loyalty_types": ("loyalty_rules", "type_customers"),
    "rewards": ("reward_value",),
    "plots.satisfaction": (
        "plot_satisfaction_curve", "plot_nps", "plot_drivers", "plot_loyalty_map", "plot_rewards",
    ),
    "datasets.needs": ("make_needs", "true_offers"),
    "segments": (
        "behaviour_table", "scaled_features", "find_segments", "segment_membership", "match_segments",
        "segment_profile", "name_segments",
    ),
    "segment_count": ("segment_agreement", "count_segments", "gap_statistic"),
    "segment_offers": ("plan_offers", "judge_plans"),
    "plots.segments": ("plot_clusters", "plot_segment_counts", "plot_segment_profile", "plot_plans"),
    "datasets.three_sources": ("make_sources",),
    "datasets.sources_file": ("load_sources",),
    "cleaning": ("profile_source", "shape_of", "read_birth", "clean_sources"),
    "linkage": (
        "candidate_pairs", "link_records", "link_clusters", "merge_records", "score_pairs", "linkage_errors",
    ),
    "database": ("write_database", "database_answer"),
    "freshness": ("half_life", "chance_stale"),
    "plots.linkage": ("plot_match_weights", "plot_link_costs", "plot_decay", "plot_updates"),
    "datasets.dealers": ("make_dealers",),
    "datasets.bundled": ("load_dealers", "load_complaint_world", "load_personal"),
    "credit": (
        "open_items", "ageing_table", "dso", "dso_count_back", "collection_curve", "roll_rates",
        "loss_chances", "provisions",
    ),
    "ledger": ("read_ledger",),
    "credit_risk": ("expected_loss", "portfolio_losses", "early_payment_rate"),
    "scorecard": ("fit_scorecard", "score_firms", "ranking_quality"),
    "credit_control": ("exposure_at_issue", "early_signals", "signal_report"),
    "letters_out": ("collection_ladder", "statement", "reminder", "refusal"),
    "plots.credit": (
        "plot_ageing", "plot_collection", "plot_roll_rates", "plot_calibration", "plot_losses", "plot_points",
    ),
    "information": ("field_catalogue",),
    "fields": ("latest_fields", "field_quality", "half_lives", "still_right"),
    "predictive": (
        "behaviour", "known_values", "forecast", "cross_forecast", "captured", "compare_lists", "found_table",
    ),
    "masterfile": ("master_file", "customer_card"),
    "datasets.organisations": ("make_organisations", "describe_customers"),
    "datasets.organisations_file": ("load_organisations",),
    "plots.information": ("plot_field_quality", "plot_half_lives", "plot_lists", "plot_customer_card"),
    "privacy": (
        "group_sizes", "privacy_levels", "generalise", "generalisation_lattice", "suppress", "linking_attack",
        "expected_alone", "read_people",
    ),
    "access": ("check_access", "score_alarms"),
    "registers": ("register_clues", "clue_table", "evidence_score"),
    "datasets.protected": ("make_protected",),
    "plots.privacy": (
        "plot_uniqueness", "plot_group_sizes", "plot_attack", "plot_frontier", "plot_alarms",
    ),
    "queues": ("erlang_c", "erlang_a", "service_level", "agents_needed", "simulate_queue"),
    "datasets.complaint_world": ("make_complaint_world",),
    "complaint_handling": ("handling_funnel", "fit_speaking_up", "incidence", "control_chart"),
    "complaint_talks": ("mistake_rules", "find_mistakes", "score_mistakes"),
    "plots.complaints": (
        "plot_queue_day", "plot_cost_of_agents", "plot_speaking_up", "plot_control_chart", "plot_two_paretos",
        "plot_confusion", "plot_learning", "plot_effects",
    ),
    "datasets.subscriptions": ("make_subscriptions",),
    "datasets.subscriptions_file": ("load_subscriptions",),
    "survival": ("kaplan_meier", "service_months"),
    "uplift": ("fit_uplift", "uplift_scores", "cross_uplift", "qini_curve", "qini_coefficient"),
    "retention": ("subscriber_features", "judge_warnings", "split_budget"),
    "plots.retention": ("plot_survival", "plot_hazard", "plot_promise", "plot_qini"),
    "customer_plan": ("customer_outlook",),
    "customer_plan_draws": ("outlook_draws",),
    "plan_actions": (
        "plan_assumptions", "plan_groups", "plan_customers", "plan_summary", "plan_draws",
    ),
    "plan_backtest": ("replay_forecasts", "learned_factor"),
    "plan_scorecard": ("scorecard_history", "scorecard_alarms", "past_alarms"),
    "plan_page": ("plan_report",),
    "plots.plan": (
        "plot_plan_map", "plot_plan_budget", "plot_plan_doubt", "plot_scorecard", "plot_replays",
        "plot_false_alarms",
    ),
    "datasets.let_go": ("make_let_go", "storm_shares"),
    "datasets.let_go_file": ("load_let_go",),
    "exposure": (
        "fit_varying_chance", "refit_varying_chance", "shock_spread", "book_losses", "layer_cover",
        "loss_summary",
    ),
    "returners": ("return_estimate", "piece_profit", "break_even_return_rate"),
    "letting_go": (
        "let_go_tree", "let_go_actions", "trace_let_go", "let_go_errors", "let_go_groups",
    ),
    "plots.letting": (
        "plot_shock_years", "plot_shock_spread", "plot_loss_options", "plot_return_rates", "plot_terms",
        "plot_visits",
    ),
    "plots.letting_tree": ("plot_let_go_tree",),
    "plots.sweep": ("plot_sweep",),
    "sweeps": ("sweep",),
    "datasets.personal": ("make_personal",),
    "datasets.personal_truth": ("true_offer_profit",),
    "demand": ("demand_profile", "demand_coverage"),
    "demand_answers": ("demand_events",),
    "next_purchase": ("interval_chance", "chance_scores"),
    "recommend": ("pair_rules", "popular_scores", "partner_scores", "similar_scores", "hits_at"),
    "offers": ("fit_offers", "offer_chances", "offer_profits"),
    "offers_plan": ("bundle_gains", "plan_greedy", "plan_lp"),
    "offers_judge": ("judge_offers",),
    "offers_signals": ("customer_signals",),
    "bandit": ("race_policies",),
    "plots.demand": ("plot_demand_coverage", "plot_chance_check", "plot_hits"),
    "plots.offers": ("plot_offer_gains", "plot_budgets", "plot_lost"),
    "plots.offers_pay": ("plot_break_even", "plot_signals"),
    "datasets.energy": ("EnergyPolicy", "PayRule"),
    "datasets.energy_world": ("make_energy", "true_policies"),
    "datasets.energy_file": ("load_energy",),
    "bills": ("bill_status", "trial_outcomes", "policy_profit"),
    "bills_late": ("late_features", "fit_pay_rule", "pay_score", "score_errors"),
    "bills_trial": ("policy_effects", "policy_frontier"),
    "plots.bills": ("plot_account", "plot_policy_effects", "plot_months"),
    "plots.bills_frontier": ("plot_score_errors", "plot_policy_frontier"),
    "datasets.telecom": ("make_telecom",),
    "datasets.telecom_file": ("load_telecom",),
    "care": ("claim_table", "callers", "first_call_resolution"),
    "care_chance": ("fall_chance",),
    "care_fault": ("fault_share",),
    "care_firing": ("next_period", "firing_curve"),
    "care_options": ("option_values",),
    "plots.care": (
        "plot_claims", "plot_next_period", "plot_firing", "plot_care_options", "plot_yearly_scores",
        "plot_spill_over",
    ),
    "checks": ("check", "my_data"),
    "notebook": ("say", "show", "show_facts", "figure", "record", "within"),
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
