# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 20 · A customer plan of your own · 练习：客户计划
#
# **The project.** Pinefold gives you its orders and **250 EUR** for the first weeks of the year. You hand in **one page** for the manager:
# whom to call, whom to write to, what it brings, how sure you are, and how to follow it. Four checked steps bring you to the numbers; the page
# itself is read by your teacher.
#
# **What you practise**
#
# - say in one line what the data can carry (数据质量);
# - find customers who are at risk and worth a call (挽留);
# - split a budget by gain per euro (预算分配);
# - replay a forecast on an earlier day (回测), and write the page.
#
# **Before you start:** lesson 20. **Time:** two evenings: about 90 minutes for the steps, then one evening for the page. **Points:** 25, of which 5 are given by hand.
#
# The firm is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results. You may do the page (task 5)
# on an order file of your own firm instead; say so in its first line.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_20", "locked": false, "schema_version": 3, "solution": false, "task": false}
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("20", student=student)

# %% [markdown]
# ## What you have
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.orders` 订单 | one order, or one refund (退款) | `customer_id`; `order_date`: the day; `amount_eur`: money paid, **negative for a refund**; `margin_eur` (毛利): the amount less the cost of the goods, **negative for a refund** |
# | `data.as_of` 报告日 | | the **reporting day**, 31 December 2023 |
#
# The orders go on after the reporting day. **No task may look there.** A *purchase* is a row with `amount_eur` of 0 or more.

# %%
data.orders.head()

# %% [markdown]
# ## Task 1 · The line on data quality
#
# Up to and including the reporting day: how many customers have bought, what **share of them** bought exactly once, and what **share of
# the purchase money** went back as refunds?
#
# - **Form:** a dict, `{"customers": ..., "once_share": ..., "refund_share": ...}`; shares lie between 0 and 1
#
# Example: purchases of 100 (C1), 60 (C2) and 40 (C2), and a refund of -50 (C1): 2 customers, once_share 0.5, refund_share 50 / 200 = 0.25.
#
# <details><summary>Hint 1</summary>
#
# ```python
# rows = data.orders[data.orders["order_date"] <= data.as_of]
# bought, back = rows[rows["amount_eur"] >= 0], rows[rows["amount_eur"] < 0]
# n_orders = bought.groupby("customer_id").size()
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `(n_orders == 1).mean()` is a share of customers; `-back["amount_eur"].sum() / bought["amount_eur"].sum()` is a share of money.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_20_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
rows = data.orders[data.orders["order_date"] <= data.as_of]
bought, back = rows[rows["amount_eur"] >= 0], rows[rows["amount_eur"] < 0]
n_orders = bought.groupby("customer_id").size()
answer_20_1 = {
    "customers": len(n_orders),
    "once_share": (n_orders == 1).mean(),
    "refund_share": -back["amount_eur"].sum() / bought["amount_eur"].sum(),
}
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_20_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("20.1", answer_20_1)

# %% [markdown]
# ## Task 2 · At risk and worth it
#
# Make the list of customers to call. A customer is on it if **all** of this holds up to the reporting day:
#
# 1. purchases on **3 or more different days**;
# 2. silent (days since the last purchase) for **more than twice their usual gap**, and for **at most 365 days**. The usual gap: days from the first to the
#    last purchase, divided by the number of gaps (purchase days less 1);
# 3. **100 EUR or more of margin** so far, refunds taken off.
#
# - **Form:** a list of customer ids
#
# Example: purchase days 1 March, 1 May and 1 July: 122 days, 2 gaps, usual gap 61. On 31 December silent for 183 days: more than 122, so at risk.
#
# <details><summary>Hint 1</summary>
#
# One row per customer and purchase day, then first, last and number of days:
#
# ```python
# days = bought.drop_duplicates(["customer_id", "order_date"])
# table = days.groupby("customer_id")["order_date"].agg(["min", "max", "size"])
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `table["gap"] = (table["max"] - table["min"]).dt.days / (table["size"] - 1)` and `table["silent"] = (data.as_of - table["max"]).dt.days`. For the margin of all rows, refunds too:
# `table["margin"] = rows.groupby("customer_id")["margin_eur"].sum()`.
# </details>
# <details><summary>Hint 3</summary>
#
# ```python
# risk = (table["size"] >= 3) & (table["silent"] > 2 * table["gap"]) & (table["silent"] <= 365)
# answer_20_2 = list(table.index[risk & (table["margin"] >= 100)])
# ```
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_20_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
days = bought.drop_duplicates(["customer_id", "order_date"])
table = days.groupby("customer_id")["order_date"].agg(["min", "max", "size"])
table["gap"] = (table["max"] - table["min"]).dt.days / (table["size"] - 1)
table["silent"] = (data.as_of - table["max"]).dt.days
table["margin"] = rows.groupby("customer_id")["margin_eur"].sum()
risk = (table["size"] >= 3) & (table["silent"] > 2 * table["gap"]) & (table["silent"] <= 365)
answer_20_2 = list(table.index[risk & (table["margin"] >= 100)])
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_20_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("20.2", answer_20_2)

# %% [markdown]
# ## Task 3 · Split the budget
#
# | action | for whom | gain (assumed!) | cost |
# |---|---|---|---|
# | call | everybody on the list of task 2 (**finish task 2 first**) | 15 % of the customer's margin of the last 365 days | 4.00 EUR |
# | letter | everybody who has made exactly one purchase, in the last 180 days | 8 % of the mean margin of a purchase (over all purchases so far; the same for everybody) | 1.10 EUR |
#
# Leave out whom the action does not pay for (gain not above cost). Put **all others into one queue, most gain per euro first**, and go through it until
# the **250 EUR** are used up: stop before the first one who would exceed them. How many calls, how many letters, and what is left of the gain after the cost?
#
# - **Form:** a dict, `{"calls": ..., "letters": ..., "net_eur": ...}`
#
# <details><summary>Hint 1: the calls</summary>
#
# ```python
# year = rows[rows["order_date"] > data.as_of - pd.Timedelta(days=365)]
# base = year.groupby("customer_id")["margin_eur"].sum().reindex(answer_20_2, fill_value=0.0)
# calls = pd.DataFrame({"action": "call", "gain": 0.15 * base, "cost": 4.0})
# ```
# </details>
# <details><summary>Hint 2: the letters</summary>
#
# ```python
# last = bought.groupby("customer_id")["order_date"].max()
# who = n_orders.index[(n_orders == 1) & (last > data.as_of - pd.Timedelta(days=180))]
# each = 0.08 * bought["margin_eur"].mean()
# letters = pd.DataFrame({"action": "letter", "gain": each, "cost": 1.1}, index=who)
# ```
# </details>
# <details><summary>Hint 3: the queue</summary>
#
# ```python
# queue = pd.concat([calls, letters])
# queue = queue[queue["gain"] > queue["cost"]]
# queue["per_euro"] = queue["gain"] / queue["cost"]
# queue = queue.sort_values("per_euro", ascending=False)
# taken = queue[queue["cost"].cumsum() <= 250]
# ```
#
# Then `(taken["action"] == "call").sum()` and `(taken["gain"] - taken["cost"]).sum()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_20_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
year = rows[rows["order_date"] > data.as_of - pd.Timedelta(days=365)]
base = year.groupby("customer_id")["margin_eur"].sum().reindex(answer_20_2, fill_value=0.0)
calls = pd.DataFrame({"action": "call", "gain": 0.15 * base, "cost": 4.0})
last = bought.groupby("customer_id")["order_date"].max()
who = n_orders.index[(n_orders == 1) & (last > data.as_of - pd.Timedelta(days=180))]
letters = pd.DataFrame(
    {"action": "letter", "gain": 0.08 * bought["margin_eur"].mean(), "cost": 1.1}, index=who
)
queue = pd.concat([calls, letters])
queue = queue[queue["gain"] > queue["cost"]]
queue["per_euro"] = queue["gain"] / queue["cost"]
queue = queue.sort_values("per_euro", ascending=False)
taken = queue[queue["cost"].cumsum() <= 250]
answer_20_3 = {
    "calls": (taken["action"] == "call").sum(),
    "letters": (taken["action"] == "letter").sum(),
    "net_eur": (taken["gain"] - taken["cost"]).sum(),
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_20_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("20.3", answer_20_3)

# %% [markdown]
# ## Task 4 · Replay a forecast
#
# How far to trust "they will go on as before"? Stand on **30 June 2023**.
#
# - *Expected*: the margin of the **184 days up to and including** that day (all rows, refunds too).
# - *Came*: the margin of the **184 days after** it, but only of customers who had **made a purchase by 30 June**: the forecast was about them.
# - *Error*: expected / came - 1.
#
# - **Form:** a dict, `{"expected_eur": ..., "came_eur": ..., "error": ...}`; an error of 10 % is 0.1
#
# <details><summary>Hint 1</summary>
#
# ```python
# day, span = pd.Timestamp("2023-06-30"), pd.Timedelta(days=184)
# before = rows[(rows["order_date"] <= day) & (rows["order_date"] > day - span)]
# after = rows[(rows["order_date"] > day) & (rows["order_date"] <= day + span)]
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `old = bought.loc[bought["order_date"] <= day, "customer_id"]`, then `after = after[after["customer_id"].isin(old)]`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_20_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
day, span = pd.Timestamp("2023-06-30"), pd.Timedelta(days=184)
before = rows[(rows["order_date"] <= day) & (rows["order_date"] > day - span)]
after = rows[(rows["order_date"] > day) & (rows["order_date"] <= day + span)]
old = bought.loc[bought["order_date"] <= day, "customer_id"]
after = after[after["customer_id"].isin(old)]
expected, came = before["margin_eur"].sum(), after["margin_eur"].sum()
answer_20_4 = {"expected_eur": expected, "came_eur": came, "error": expected / came - 1}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_20_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("20.4", answer_20_4)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_20_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 5 · The page
#
# Hand in one page (about 300 words, at most two tables and one figure) that a manager can read in five minutes. You may write it by hand or with `crm.plan_report`, and use
# your numbers of tasks 1 to 4 or the plan of lesson 20 (the hint). It must answer: **whom, for how much, with which gain, how
# sure, and what do we look at in March?** Your teacher reads it.
#
# | points | what is looked for |
# |---|---|
# | 1 | the decision first, in one sentence with its money; then the data quality line |
# | 1 | who gets what, with the split of the budget, and somebody named who just missed it |
# | 1 | measured and assumed kept apart; the plan with the effects at half and at double, or the share of them at which it still pays |
# | 1 | an interval for the gain or the forecast, and what the replay of task 4 says about it |
# | 1 | a scorecard of three measures with an alarm and its false alarms, and one assumption to be measured next, by lot |
#
# <details><summary>Hint: the plan of lesson 20, its interval, the scorecard and the page</summary>
#
# This plan has five actions with other effects than the table of task 3: take one of the two, and say which.
#
# ```python
# outlook = crm.customer_outlook(rows, as_of=data.as_of)
# effects = crm.plan_assumptions()  # ranges of the lesson: put your own into its rows
# plan = crm.plan_customers(crm.plan_groups(outlook.table), budget_eur=250, assumptions=effects)
# interval = crm.plan_draws(plan, outlook, assumptions=effects)["plan_eur"].quantile([0.025, 0.975])
# history = crm.scorecard_history(rows, as_of=data.as_of)
# alarms = crm.scorecard_alarms(rows, as_of=data.as_of)[["measure", "alarm_below", "false_alarm_year"]]
# whom = {"heading": "Whom", "text": ["We call **12** customers."], "table": crm.plan_summary(plan), "caption": "Money by group (EUR)"}
# page = crm.plan_report(
#     [whom], title="Customer plan", decision="Spend **250 EUR** on 12 customers.",
#     source="my data of lesson 20", origin="simulated", as_of=data.as_of, out="page.html",
# )
# ```
#
# Each part of the page is a dict like `whom`. Open `page.html` in a browser.
# </details>
#
# === BEGIN MARK SCHEME ===
# A good page begins with the decision ("Call 56 customers, write to 23, for 250 EUR; expected gain after cost about 1,700 EUR if a call keeps 15 %"). Over sixty students: 41 to
# 59 calls, 12 to 78 letters, 1,200 to 2,300 EUR after cost (now and then above 3,000); the plan pays as long as the effects reach 7 to 17 % of the table; and "as before" overshoots by 5 to 56 %, mostly
# by a fifth to a half. The page says that both lifts are assumed, so the gain is a product of a wish and a base; that calls still pay at a small part of the assumed lift for those at the
# head of the queue; and that the base itself (the margin of last year) is too high for people who have fallen silent: the replay shows it. It proposes to leave out some of the list
# by lot. The scorecard has the repeat rate beside any total, because newcomers hide losses. A page made with the plan of lesson 20 has other customers and numbers: check that its effects are named. Do not ask for a
# particular model: ask whether every number on the page has a source.
# === END MARK SCHEME ===

# %% [markdown]
# *Write your page here: double-click this cell, and replace this sentence.*
