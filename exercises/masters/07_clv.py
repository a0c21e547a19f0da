# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 07 · What may a customer cost? Customer lifetime value · 练习：客户终身价值
#
# **The decision.** Four agencies offer Pinefold new customers, each at another price. Which offers should Pinefold take?
#
# **What you practise**
#
# - discount a cash flow (现金流贴现), month by month;
# - use the simple CLV formula, and say what "5 %" means;
# - sum up every customer in three numbers: frequency, t_x, T;
# - read from a model who is probably still a customer;
# - take a decision, in euros.
#
# **Before you start:** lesson 07. **Time:** about 75 minutes. **Points:** 30, of which 5 are given by hand.
#
# The firm is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_07", "locked": false, "schema_version": 3, "solution": false, "task": false}
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("07", student=student)
orders = data.orders
# no refunds; the days after data.as_of are still in it
purchases = orders[orders["amount_eur"] >= 0]

# %% [markdown]
# ## What you have
#
# You need one table and one day. The first cell has made two names for you: `orders` is `data.orders`, and `purchases` is the
# same without the refunds. **Both still hold the days after `data.as_of`.**
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.orders` 订单 | one order, or one refund (退款) | `customer_id`; `order_date`: the day; `amount_eur`: money paid, **negative for a refund**; `margin_eur` (毛利): the amount less the cost of the goods |
# | `data.as_of` 报告日 | | the **reporting day**, 31 December 2023. It is the last day that counts |
#
# A **purchase** (购买) is a row with `amount_eur` of 0 or more. A refund is never a purchase, but it takes its margin back.
# The table goes on after the reporting day; those days are the future, and on 31 December 2023 nobody knows them.
#
# Guess first: how much may one new customer cost at most? Write it down; you need it in task 6.

# %%
data.orders.head()

# %% [markdown]
# ## Task 1 · What a cash flow is worth today
#
# Take the customer with the **highest margin in 2023** (all rows of 2023 added up, refunds included). Add up this customer's
# margin for each month, January to December. Now imagine it is 31 December 2022 and you know all this money will come. What
# is it worth on that day?
#
# - The money of a month arrives at the **end** of the month. January waits 1 month, December 12.
# - The discount rate (贴现率) is 10 % **a year**: money that waits k months is divided by `1.10 ** (k / 12)`.
# - **Unit:** EUR. **Form:** one number
#
# A small example: 100 EUR in January and 50 EUR in December are worth `100 / 1.10 ** (1 / 12) + 50 / 1.10 ** (12 / 12)`,
# that is `144.66`.
#
# <details><summary>Hint 1</summary>
#
# Rows of 2023: `in_2023 = orders[orders["order_date"].dt.year == 2023]`. The best customer:
# `best = in_2023.groupby("customer_id")["margin_eur"].sum().idxmax()`.
# </details>
# <details><summary>Hint 2</summary>
#
# The rows of 2023 of this customer: `mine = in_2023[in_2023["customer_id"] == best]`. The margin of each month:
# `flow = mine.groupby(mine["order_date"].dt.month)["margin_eur"].sum()`. Its index is the number of the month, k.
# So `flow / 1.10 ** (flow.index / 12)` divides each month by its own factor.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_07_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
in_2023 = orders[orders["order_date"].dt.year == 2023]
best = in_2023.groupby("customer_id")["margin_eur"].sum().idxmax()
mine = in_2023[in_2023["customer_id"] == best]
flow = mine.groupby(mine["order_date"].dt.month)["margin_eur"].sum()
answer_07_1 = (flow / 1.10 ** (flow.index / 12)).sum()
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_07_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("07.1", answer_07_1)

# %% [markdown]
# ## Task 2 · The simple formula, and 5 %
#
# 1. **Retention rate** (保留率) r: of the customers with a purchase in 2022, the share with a purchase in 2023.
# 2. **Margin** m: the margin of 2023 (refunds included) of those who stayed, divided by their number.
# 3. **CLV** = m · r / (1 + i − r), with i = 10 % a year. (The first margin comes in a year, if they stay.)
# 4. **Gain**: 5 % **fewer** customers leave. By what share does the CLV rise? (m stays the same.)
#
# - **Form:** a dict with `"retention_rate"` (a share), `"margin_eur"`, `"clv_eur"` and `"gain_share"` (0.12 means 12 % more)
#
# A small example: r = 0.80 and m = 100 give a CLV of 100 · 0.80 / 0.30 = 266.67. If 5 % fewer leave, not 0.20 but
# 0.95 · 0.20 = 0.19 leave; r is 0.81 and the CLV 100 · 0.81 / 0.29 = 279.31. The gain is 279.31 / 266.67 − 1, that is 0.047.
#
# <details><summary>Hint 1</summary>
#
# The customers of 2022: `before = set(purchases.loc[purchases["order_date"].dt.year == 2022, "customer_id"])`. Make the set
# `after` of 2023 in the same way. Those in both sets: `stayed = before & after`. Their margin of 2023, refunds included:
# `in_2023.loc[in_2023["customer_id"].isin(stayed), "margin_eur"].sum()`.
# </details>
# <details><summary>Hint 2</summary>
#
# `crm.simple_clv(m, retention_rate=r, discount_rate=0.10)` is the formula; use it twice.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_07_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
year = purchases["order_date"].dt.year
before = set(purchases.loc[year == 2022, "customer_id"])
stayed = before & set(purchases.loc[year == 2023, "customer_id"])
r = len(stayed) / len(before)
m = in_2023.loc[in_2023["customer_id"].isin(stayed), "margin_eur"].sum() / len(stayed)
clv = crm.simple_clv(m, retention_rate=r, discount_rate=0.10)
better = crm.simple_clv(m, retention_rate=1 - 0.95 * (1 - r), discount_rate=0.10)
answer_07_2 = {"retention_rate": r, "margin_eur": m, "clv_eur": clv, "gain_share": better / clv - 1}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_07_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("07.2", answer_07_2)

# %% [markdown]
# ## Task 3 · Three numbers for each customer
#
# For every customer with a purchase up to `data.as_of`:
#
# - `frequency` (重复购买次数): the number of **different purchase days**, less the first one
# - `t_x` (末次购买时龄): the time from the first to the last purchase, **in weeks** (days / 7, not rounded)
# - `T` (客龄): the time from the first purchase to `data.as_of`, in weeks
#
# Do it by hand; `crm.btyd_summary` may check you afterwards.
#
# - **Form:** a dict with three Series, `{"frequency": ..., "t_x": ..., "T": ...}`; the index of each is `customer_id`
#
# A small example, with the reporting day 31 December 2023:
#
# | customer_id | order_date | amount_eur |
# |---|---|---|
# | C1 | 2023-12-03 | 100 |
# | C1 | 2023-12-10 | 40 |
# | C1 | 2023-12-10 | 15 |
# | C1 | 2023-12-13 | -40 |
# | C2 | 2023-12-24 | 50 |
#
# C1 has two purchase days (the refund is none), so frequency 1, t_x = 1.0 and T = 4.0. C2 has frequency 0, t_x = 0.0 and T = 1.0.
#
# <details><summary>Hint 1</summary>
#
# First the days up to the reporting day: `past = purchases[purchases["order_date"] <= data.as_of]`. Then one row per
# customer and purchase day: `rows = past[["customer_id", "order_date"]].drop_duplicates()`.
# </details>
# <details><summary>Hint 2</summary>
#
# Then `days = rows.groupby("customer_id")["order_date"]`; you need `days.size()`, `days.min()` and `days.max()`. A span of
# time becomes a number with `.dt.days`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_07_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
past = purchases[purchases["order_date"] <= data.as_of]
rows = past[["customer_id", "order_date"]].drop_duplicates()
days = rows.groupby("customer_id")["order_date"]
first = days.min()
answer_07_3 = {
    "frequency": days.size() - 1,
    "t_x": (days.max() - first).dt.days / 7,
    "T": (data.as_of - first).dt.days / 7,
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_07_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("07.3", answer_07_3)

# %% [markdown]
# ## Task 4 · Ann or Bo?
#
# Ann and Bo both bought for the first time **100 weeks** ago, and both have been silent for **40 weeks**. Ann has come back
# **2** times, Bo **12** times. Guess: who is more likely still a customer?
#
# 1. Fit the **MBG/NBD** to your own customers of task 3: `crm.fit_btyd(summary, model="mbg_nbd")`. (It is the BG/NBD with
#    one more coin: customers may also leave after their first purchase.)
# 2. Give P(alive) (存活概率) of Ann and of Bo, and say who is more likely still there.
# 3. How many purchases do you expect from **all your customers together** in the next **52 weeks**?
#
# - **Form:** a dict with `"ann"` and `"bo"` (probabilities), `"more_likely"` (`"Ann"` or `"Bo"`) and `"purchases"` (a number)
#
# <details><summary>Hint 1</summary>
#
# `summary = pd.DataFrame(answer_07_3)` makes one table of your three Series. Then
# `fit = crm.fit_btyd(summary, model="mbg_nbd")`.
# </details>
# <details><summary>Hint 2</summary>
#
# Ann and Bo make a table of two rows with the columns `frequency`, `t_x` and `T`. What is t_x? The age at the **last**
# purchase. Call the table `pair`; then `p_alive = crm.predict(fit, pair, horizon=52)["p_alive"]`.
# </details>
# <details><summary>Hint 3</summary>
#
# `crm.predict(fit, summary, horizon=52)["expected_purchases"].sum()`; the horizon is counted in the unit of the fit.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_07_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
summary = pd.DataFrame(answer_07_3)
fit = crm.fit_btyd(summary, model="mbg_nbd")
pair = pd.DataFrame({"frequency": [2, 12], "t_x": [60.0, 60.0], "T": [100.0, 100.0]}, index=["Ann", "Bo"])
p_alive = crm.predict(fit, pair, horizon=52)["p_alive"]
answer_07_4 = {
    "ann": p_alive["Ann"],
    "bo": p_alive["Bo"],
    "more_likely": p_alive.idxmax(),
    "purchases": crm.predict(fit, summary, horizon=52)["expected_purchases"].sum(),
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_07_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("07.4", answer_07_4)

# %% [markdown]
# ## Task 5 · The decision: what may a new customer cost?
#
# Four agencies offer new customers. Their prices for one customer:
#
# | offer | A | B | C | D |
# |---|---|---|---|---|
# | price (EUR) | 40 | 80 | 120 | 160 |
#
# 1. **Margin per purchase**: all margin up to `data.as_of` (refunds included) divided by all purchase days of all customers
#    (each customer's frequency + 1).
# 2. **Highest price**: a new customer makes a first purchase at once, then the repeats that your fit of task 4 expects in
#    the first **104 weeks**. Each purchase brings the margin of step 1. (No discounting and no service cost here.)
# 3. **Take** every offer whose price is below the highest price.
#
# - **Form:** a dict with `"margin_per_purchase_eur"`, `"max_price_eur"` (both EUR) and `"offers"` (a list of letters)
#
# A small example: 20 EUR of margin per purchase and 3.5 expected repeats give 4.5 · 20 = 90 EUR. The answer is
# `{"margin_per_purchase_eur": 20.0, "max_price_eur": 90.0, "offers": ["A", "B"]}`.
#
# <details><summary>Hint 1</summary>
#
# The rows up to the reporting day: `past = orders[orders["order_date"] <= data.as_of]` (refunds stay in). The purchase days
# of all customers: `(answer_07_3["frequency"] + 1).sum()`.
# </details>
# <details><summary>Hint 2</summary>
#
# `crm.expected_repeats(fit, [104])[0]` gives the repeats expected of somebody of age 0 in 104 weeks.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_07_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
past = orders[orders["order_date"] <= data.as_of]
each = past["margin_eur"].sum() / (answer_07_3["frequency"] + 1).sum()
highest = (1 + crm.expected_repeats(fit, [104])[0]) * each
prices = pd.Series({"A": 40, "B": 80, "C": 120, "D": 160})
answer_07_5 = {
    "margin_per_purchase_eur": each,
    "max_price_eur": highest,
    "offers": list(prices[prices < highest].index),
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_07_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("07.5", answer_07_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_07_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · A letter to the board
#
# Marketing wants to take all offers, finance none. Write about 150 words to the board, with numbers from your own data: which
# offers do you advise, how sure are you, and what could make you wrong? There is no single right answer. Your teacher
# reads it.
#
# | points | what is looked for |
# |---|---|
# | 1 | your highest price and your guess from the beginning, with the reason for the difference |
# | 1 | how sure: an interval of your highest price, made with the lines below |
# | 1 | what the number leaves out (service cost, discounting, the years after 104 weeks) and in which direction each works |
# | 1 | why the agencies' customers may differ from yours |
# | 1 | one clear piece of advice, with a trial that would show whether it was right |
#
# The interval (区间), for the next cell:
#
# ```python
# each = answer_07_5["margin_per_purchase_eur"]
# crm.bootstrap(fit, summary, lambda f: (1 + crm.expected_repeats(f, [104])[0]) * each)
# ```
#
# It is in EUR; the margin per purchase is taken as known. It may take half a minute.
#
# === BEGIN MARK SCHEME ===
# A good answer: the highest price is near 110 to 140 EUR, so A and B are safe, C may lie near the edge, D is too dear. The
# bootstrap interval of the highest price is some 10 to 12 % wide to each side; an offer whose price lies inside the resulting interval should be
# tried, not bought in bulk. Left out: service cost (lowers the value, in this firm by more than half), discounting (lowers it a
# little), purchases after 104 weeks (raise it). Bought customers may come for the price and leave sooner. Advice: a few
# hundred customers from A or B, drawn by lot from what the agency has, followed for a year beside customers who came by themselves.
# === END MARK SCHEME ===

# %%
# your code here: the interval

# %% [markdown]
# *Write your thoughts here: double-click this cell, and replace this sentence.*
