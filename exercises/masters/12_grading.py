# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 12 · Who is key? Grading customers · 练习：客户分级管理
#
# **The decision.** Pinefold wants three grades of customers. You propose them, you say which service pays, and you test
# whether the proposal is fair to those who joined late.
#
# **What you practise**
#
# - measure what customers brought in a window (时间窗口) of one year;
# - cut a ranking into key 关键, ordinary 普通 and small 小 customers;
# - add a second criterion (标准) and see whose grade changes;
# - choose a service level by what it brings after its cost;
# - look for a group that a rule grades down.
#
# **Before you start:** lesson 12. **Time:** about 60 minutes. **Points:** 30, of which 5 are given by hand.
#
# The firm is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_12", "locked": false, "schema_version": 3, "solution": false, "task": false}
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("12", student=student)

# %% [markdown]
# ## What you have
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.orders` 订单 | one order, or one refund (退款) | `customer_id`; `order_date`: the day; `amount_eur`: money paid, **negative for a refund**; `margin_eur` (毛利): the amount less the cost of the goods |
# | `data.as_of` 报告日 | | the **reporting day**, 31 December 2023. The window is the **365 days up to and including it** |
#
# The orders go on after the reporting day. Only task 5 may look there.

# %%
data.orders.head()

# %% [markdown]
# ## Task 1 · The margin of a year
#
# What margin did each customer bring in the window? Everybody who has bought by `data.as_of` is in the list; whoever bought
# nothing in the window brought 0. Refunds count: they take margin back.
#
# - **Unit:** EUR
# - **Form:** a Series with one number per customer; the index (the left side) is `customer_id`
#
# A small example with the reporting day 31 December 2023:
#
# | customer_id | order_date | amount_eur | margin_eur |
# |---|---|---|---|
# | C1 | 2022-05-01 | 80 | 30 |
# | C1 | 2023-03-01 | 100 | 40 |
# | C1 | 2023-03-09 | -50 | -20 |
# | C2 | 2022-07-01 | 60 | 25 |
# | C2 | 2024-01-05 | 90 | 35 |
#
# The answer is `pd.Series({"C1": 20.0, "C2": 0.0})`.
#
# <details><summary>Hint 1</summary>
#
# The rows of the window, and everybody's first purchase (you need both again):
#
# ```python
# orders = data.orders
# past_year = orders["order_date"] > data.as_of - pd.Timedelta(days=365)
# window = orders[past_year & (orders["order_date"] <= data.as_of)]
# bought = orders[(orders["amount_eur"] >= 0) & (orders["order_date"] <= data.as_of)]
# first = bought.groupby("customer_id")["order_date"].min()
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `window.groupby("customer_id")["margin_eur"].sum()` has only those with a row in the window.
# `.reindex(first.index, fill_value=0.0)` puts the others in with 0.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_12_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
orders = data.orders
window = orders[
    (orders["order_date"] > data.as_of - pd.Timedelta(days=365)) & (orders["order_date"] <= data.as_of)
]
bought = orders[(orders["amount_eur"] >= 0) & (orders["order_date"] <= data.as_of)]
first = bought.groupby("customer_id")["order_date"].min()
answer_12_1 = window.groupby("customer_id")["margin_eur"].sum().reindex(first.index, fill_value=0.0)
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_12_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("12.1", answer_12_1)

# %% [markdown]
# ## Task 2 · Three grades
#
# The best 5 % of the customers by margin are **key**, the next 15 % are **ordinary**, the others are **small**. Equal margins
# get the same grade: use the place of the best of them.
#
# - **Form:** a Series with `"key"`, `"ordinary"` or `"small"` for each customer; the index is `customer_id`
#
# With 20 customers: place 1 is key (1 / 20 = 5 %), places 2 to 4 are ordinary (up to 20 %), the other 16 are small.
#
# <details><summary>Hint 1</summary>
#
# `place = answer_12_1.rank(ascending=False, method="min") / len(answer_12_1)` is 0.05 for the last customer who is key.
# </details>
# <details><summary>Hint 2</summary>
#
# Write a function; you need it three times. It takes any measure where a large value is good.
#
# ```python
# def grade(values):
#     place = values.rank(ascending=False, method="min") / len(values)
#     grades = pd.Series("small", index=values.index)
#     return grades.mask(place <= 0.20, "ordinary").mask(place <= 0.05, "key")
# ```
#
# `mask` replaces the values where the condition holds. Then `answer_12_2 = grade(answer_12_1)`.
# </details>


# %% nbgrader={"grade": false, "grade_id": "task_12_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
def grade(values):
    place = values.rank(ascending=False, method="min") / len(values)
    grades = pd.Series("small", index=values.index)
    return grades.mask(place <= 0.20, "ordinary").mask(place <= 0.05, "key")


answer_12_2 = grade(answer_12_1)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_12_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("12.2", answer_12_2)

# %% [markdown]
# ## Task 3 · A second criterion
#
# Sales says that orders matter too. Euros and orders cannot be added, so each is turned into a **share of rank**
# (`rank(pct=True)`: 1 for the best, near 0 for the worst). The score is the mean of the two. Grade by the score, with
# the rule of task 2. What **share of all customers** gets another grade than in task 2?
#
# - Count purchases in the window: rows with `amount_eur` of 0 or more.
# - **Form:** one number between 0 and 1
#
# <details><summary>Hint 1</summary>
#
# ```python
# n_orders = window[window["amount_eur"] >= 0].groupby("customer_id").size()
# n_orders = n_orders.reindex(first.index, fill_value=0)
# score = (answer_12_1.rank(pct=True) + n_orders.rank(pct=True)).round(10) / 2
# ```
#
# Rounding keeps customers equal who are equal.
# </details>
# <details><summary>Hint 2</summary>
#
# `(grade(score) != answer_12_2).mean()`: the mean of True and False is the share of True.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_12_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
n_orders = window[window["amount_eur"] >= 0].groupby("customer_id").size().reindex(first.index, fill_value=0)
score = (answer_12_1.rank(pct=True) + n_orders.rank(pct=True)).round(10) / 2
answer_12_3 = (grade(score) != answer_12_2).mean()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_12_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("12.3", answer_12_3)

# %% [markdown]
# ## Task 4 · Which service pays
#
# | level | hours a year | lifts the margin by (assumed) |
# |---|---|---|
# | self-service | 0 | 0 % |
# | named contact | 0.5 | 6 % |
# | account manager | 5 | 20 % |
#
# An hour costs 28 EUR. Take the margin of task 1 as the margin of the next year, and 0 where it is below 0. Give each
# customer the level that brings most **after the cost of its hours**.
#
# - **Form:** a dict with `"managers"` (how many customers get an account manager), `"named"` (how many a named contact) and
#   `"hours"` (all hours together)
#
# A customer with 1,000 EUR: named contact 60 − 14 = 46, account manager 200 − 140 = 60, so an account manager. With 600 EUR: 22
# against −20, so a named contact.
#
# <details><summary>Hint 1</summary>
#
# `value = answer_12_1.clip(lower=0)`; then `named = 0.06 * value - 0.5 * 28` and `manager = 0.20 * value - 5 * 28`, one number per customer.
# </details>
# <details><summary>Hint 2</summary>
#
# `managed = (manager > named) & (manager > 0)` and `served = ~managed & (named > 0)`. The sum of True and False is a count.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_12_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
value = answer_12_1.clip(lower=0)
named = 0.06 * value - 0.5 * 28
manager = 0.20 * value - 5 * 28
managed = (manager > named) & (manager > 0)
served = ~managed & (named > 0)
answer_12_4 = {
    "managers": managed.sum(),
    "named": served.sum(),
    "hours": 5 * managed.sum() + 0.5 * served.sum(),
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_12_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("12.4", answer_12_4)

# %% [markdown]
# ## Task 5 · Are newcomers graded down?
#
# **Newcomers** made their first purchase less than 182 days before the reporting day. A sum over a year gives them less
# time to show what they are worth. Test it with what came after:
#
# 1. the **best fifth** of the later time: margin of all rows after `data.as_of`, place in the best 20 %, and above 0;
# 2. among these only: the share of newcomers who were graded up (key or ordinary, task 2), less the share of the others;
# 3. the same with another grade: `grade` of the margin **per month** as a customer. Months: days from the first purchase to
#    the reporting day, at least 90 and at most 365, divided by 30;
# 4. choose the way whose gap is nearer to 0: `"sums"` or `"per month"`.
#
# - **Form:** a dict, `{"gap_sums": ..., "gap_per_month": ..., "choose": ...}`; gaps are differences of shares, such as -0.2
#
# <details><summary>Hint for step 1</summary>
#
# ```python
# later = orders[orders["order_date"] > data.as_of].groupby("customer_id")["margin_eur"].sum()
# later = later.reindex(first.index, fill_value=0.0)
# best = (later.rank(ascending=False, method="min") <= 0.2 * len(later)) & (later > 0)
# ```
# </details>
# <details><summary>Hint for step 2</summary>
#
# ```python
# new = first > data.as_of - pd.Timedelta(days=182)
# def gap(grades):
#     up = grades != "small"
#     return up[new & best].mean() - up[~new & best].mean()
# ```
# </details>
# <details><summary>Hint for steps 3 and 4</summary>
#
# `months = (data.as_of - first).dt.days.clip(lower=90, upper=365) / 30`, then `gap(grade(answer_12_1 / months))`. `abs()` gives the
# distance from 0.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_12_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
later = orders[orders["order_date"] > data.as_of].groupby("customer_id")["margin_eur"].sum()
later = later.reindex(first.index, fill_value=0.0)
best = (later.rank(ascending=False, method="min") <= 0.2 * len(later)) & (later > 0)
new = first > data.as_of - pd.Timedelta(days=182)


def gap(grades):
    up = grades != "small"
    return up[new & best].mean() - up[~new & best].mean()


months = (data.as_of - first).dt.days.clip(lower=90, upper=365) / 30
gap_sums, gap_per_month = gap(answer_12_2), gap(grade(answer_12_1 / months))
answer_12_5 = {
    "gap_sums": gap_sums,
    "gap_per_month": gap_per_month,
    "choose": "sums" if abs(gap_sums) < abs(gap_per_month) else "per month",
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_12_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("12.5", answer_12_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_12_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · The standard you would sign
#
# Write about 150 words to your manager, with numbers from your own data: which criteria, which shares, which service for
# each grade, when grades are reviewed, and what you do not know. There is no single right answer. Your teacher reads it.
#
# | points | what is looked for |
# |---|---|
# | 1 | a criterion and a share, with the number of customers that follows |
# | 1 | what is measured, what is agreed and what is assumed, kept apart |
# | 1 | the hours that pay, and that a grade alone does not say who should get them |
# | 1 | the newcomers: who is graded down, and what the repair costs the others |
# | 1 | a rule for moving up and down, or a test that would measure the lift |
#
# === BEGIN MARK SCHEME ===
# A good answer keeps three things apart: margins are measured, shares and weights are agreed, lifts are assumed. It says that
# only a few customers earn an account manager after cost, far fewer than 5 % of all, and that a named contact pays for some
# more; so service follows the gain, not the grade. Sums grade newcomers down; margin per month turns the gap round in many
# data sets, so neither is fair by itself (a model of lesson 07 is a third way). It proposes reviews with a band against
# flapping, or keeps some customers without the service by lot, so that the lift can be measured.
# === END MARK SCHEME ===

# %% [markdown]
# *Write your thoughts here: double-click this cell, and replace this sentence.*
