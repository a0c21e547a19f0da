"""The tables of the letting-go world: home policies and storms, returns, credit terms, visits and fees."""

from __future__ import annotations

from crmlab.schema import Column, Table

COASTS = {  # which counties lie on which coast; all of them are invented
    "east coast": ("Gull", "Heron", "Osprey", "Pelican"),
    "west coast": ("Curlew", "Plover", "Tern"),
    "inland": ("Meadow", "Orchard", "Quarry"),
}
COUNTIES = tuple(name for names in COASTS.values() for name in names)
FITS = ("usual", "hard to fit")
RETURNERS = ("usual", "hard to fit", "serial")
INCOMES = ("low", "middle", "high")
TERMS = ("pay later", "prepay")

_customer = Column("customer_id", "id", "", "who: one customer, the same in every table", "客户编号")
_county = Column("county", "category", "", "where the house stands", "县", allowed=COUNTIES)


def _count(name: str, unit: str, meaning: str, zh: str, *, high: float | None = None) -> Column:
    return Column(name, "count", unit, meaning, zh, low=0, high=high)


def _money(name: str, meaning: str, zh: str, *, low: float | None = 0) -> Column:
    return Column(name, "money", "EUR", meaning, zh, low=low)


def _share(name: str, meaning: str, zh: str) -> Column:
    return Column(name, "share", "share", meaning, zh, low=0, high=1)


TABLES: tuple[Table, ...] = (
    Table(
        "storm_counties", ("county",), "one row per county: where the insurer's book of policies lies",
        "县与保单表",
        (
            _county,
            Column("coast", "category", "", "the coast it lies on", "海岸", allowed=tuple(COASTS)),
            _count("policies_in_force", "policies", "home policies in the book", "有效保单数"),
            _money("storm_premium_eur", "yearly premium of one policy for storm damage", "风暴险年保费"),
            _money("mean_claim_eur", "mean payment for one storm claim", "平均赔款"),
        ),
    ),
    Table(
        "storm_years", ("county", "year"), "one row per county and year, 1995 to 2024", "历年风暴赔付表",
        (
            _county,
            Column("year", "count", "year", "calendar year", "年份", low=1995, high=2024),
            _count("policies_in_force", "policies", "home policies in the book, at today's size",
                "有效保单数"),
            _count("storm_claimants", "policies", "policies with a storm claim in the year", "出险保单数"),
        ),
    ),
    Table(
        "home_policies", ("customer_id",), "one row per policy of a sample by lot: its claims of ten years",
        "房屋保单表",
        (
            _customer, _county,
            _count("storm_early", "claims", "storm claims 2015 to 2019", "前五年风暴索赔", high=5),
            _count("storm_late", "claims", "storm claims 2020 to 2024", "后五年风暴索赔", high=5),
            _count("own_early", "claims", "claims for fire, water or theft 2015 to 2019", "前五年其他索赔"),
            _count("own_late", "claims", "claims for fire, water or theft 2020 to 2024", "后五年其他索赔"),
        ),
    ),
    Table(
        "wear_customers", ("customer_id",), "one row per customer of the clothes shop: one year",
        "服装客户表",
        (
            _customer,
            Column("fit", "category", "", "size on file: usual, or outside the shop's cut", "合身情况",
                   allowed=FITS),
            _count("items_bought", "items", "pieces bought", "购买件数"),
            _count("items_returned", "items", "pieces returned", "退货件数"),
            _count("fault_returns", "items", "of these, returned as wrong size or damaged",
                "因尺码或质量退货"),
            _count("complaint_talks", "talks", "complaints that the staff had to deal with", "投诉次数"),
        ),
    ),
    Table(
        "tv_trial", ("customer_id",),
        "one row per applicant for television; the terms were drawn by lot", "付费方式试验表",
        (
            _customer,
            Column("credit_points", "count", "300 to 850", "points of a credit bureau; high is good",
                   "信用分", low=300, high=850),
            Column("income", "category", "", "income that the applicant stated", "收入", allowed=INCOMES),
            Column("terms", "category", "", "the terms offered, by lot", "付费方式", allowed=TERMS),
            Column("took", "flag", "", "the applicant took the service", "是否接受"),
            _count("months_paid", "months", "months that were paid, of the first twelve", "已付月数",
                high=12),
            _money("unpaid_eur", "bills and equipment never paid", "未付款"),
            _money("first_year_eur", "margin of the first year less what was not paid", "首年利润", low=None),
        ),
    ),
    Table(
        "fee_trial", ("customer_id",),
        "one row per customer of the electronics shop; the restocking fee was drawn by lot", "返货费试验表",
        (
            _customer,
            _count("visits_before", "visits", "visits in the year before the trial", "试验前到店次数"),
            _count("bad_visits", "visits", "of these, visits that lost money", "亏损到店次数"),
            Column("fee_charged", "flag", "", "pays the fee on opened goods, by lot", "是否收返货费"),
            _count("opened_returns", "items", "opened goods returned in the trial year", "拆封退货件数"),
            Column("gone", "flag", "", "did not come in the second half of the trial year", "是否流失"),
            _money("trial_margin_eur", "margin of the trial year: visits, returns, fees", "试验年利润",
                low=None),
        ),
    ),
    Table(
        "truth_counties", ("county",), "one row per county: how likely storms truly are", "县真值表",
        (
            _county,
            _share("storm_chance", "chance of a storm claim of one policy in one year", "年风暴索赔概率"),
            _share("shock_share", "correlation of the claims of two policies of the county in one year",
                   "同年索赔相关系数"),
        ),
    ),
    Table(
        "truth_policies", ("customer_id",), "one row per policy: its own claims to be expected", "保单真值表",
        (
            _customer,
            _share("own_chance", "claims for fire, water or theft to be expected in one year",
                "其他索赔年率"),
        ),
    ),
    Table(
        "truth_returners", ("customer_id",), "one row per customer of the clothes shop: the habit",
        "退货真值表",
        (
            _customer,
            Column("returner", "category", "", "who returns much, and why", "退货类型", allowed=RETURNERS),
            _share("true_return_rate", "chance that a piece comes back", "真实退货率"),
            _share("worn_share", "share of returned pieces that come back worn", "穿过后退货占比"),
        ),
    ),
    Table(
        "truth_applicants", ("customer_id",), "one row per applicant: what each of the terms would bring",
        "申请人真值表",
        (
            _customer,
            _share("default_chance", "chance not to pay when paying later", "违约概率"),
            _money("later_eur", "first-year profit to be expected when paying later", "后付期望利润",
                low=None),
            _money("prepay_eur", "first-year profit to be expected with prepayment", "预付期望利润",
                low=None),
        ),
    ),
    Table(
        "truth_fee", ("customer_id",), "one row per customer of the electronics shop: what the fee does",
        "返货费真值表",
        (
            _customer,
            _share("bad_visit_rate", "chance that a visit loses money", "亏损到店概率"),
            _share("leave_more", "chance to leave that the fee adds", "返货费增加的流失率"),
        ),
    ),
)  # fmt: skip
