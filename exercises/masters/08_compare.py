# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 08 · Judge a race of methods · 练习：三种方法的比较
#
# **The decision.** Pinefold can look after 100 customers. It may sort a spreadsheet by *all* the money a customer brought,
# or pay 150 EUR a year for a system that sorts by the money of the *last* year. Is the newer list worth its fee?
#
# **What you practise**
#
# - divide time fairly: what was known, and what came (校准期, 验证期);
# - judge a list of the best, when many customers are equal (命中率);
# - judge a rule against a guess that looks at nobody (准确率, 基准率);
# - measure how wrong a total is;
# - turn a better method into money.
#
# **Before you start:** lesson 08. **Time:** about 75 minutes. **Points:** 30, of which 5 are given by hand.
#
# The firm is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_08", "locked": false, "schema_version": 3, "solution": false, "task": false}
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("08", student=student)
orders = data.orders
purchases = orders[orders["amount_eur"] >= 0]  # no refunds

# %% [markdown]
# ## What you have
#
# You need one table (表) and one day:
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.orders` 订单 | one order, or one refund (退款) | `customer_id`; `order_date`: the day; `amount_eur`: money paid, **negative for a refund**; `margin_eur` (毛利): the amount less the cost of the goods |
# | `orders` | the same table, with a shorter name | the same |
# | `purchases` 购买 | one order: `orders` without the refunds | the same |
# | `data.as_of` 报告日 | | the **starting line**, 31 December 2023: the last day that a method may know |
#
# A **purchase** (购买) is a row with `amount_eur` of 0 or more; a refund is never a purchase. A **purchase day** is a day on
# which a customer bought at least once. The days after the starting line, up to 31 December 2024, are **the race**: they
# judge, and no method may know them.
#
# Guess first: a list of the 20 % who will buy most often. How many of them will be right?

# %%
data.orders.head()

# %% [markdown]
# ## Task 1 · What came, for everybody on the line
#
# On the line stand all customers with at least one purchase up to and including `data.as_of`. On how many **purchase days**
# did each of them buy **after** `data.as_of`?
#
# - **Unit:** purchase days (whole numbers; 0 for those who did not come)
# - **Form:** a Series with one number per customer on the line; the index (the left side) is `customer_id`
#
# A small example, with the starting line 31 December 2023:
#
# | customer_id | order_date | amount_eur |
# |---|---|---|
# | C1 | 2023-12-31 | 100 |
# | C1 | 2024-02-01 | 40 |
# | C1 | 2024-02-01 | 15 |
# | C1 | 2024-02-20 | -15 |
# | C2 | 2023-05-30 | 50 |
# | C3 | 2024-03-02 | 80 |
#
# The answer is `pd.Series({"C1": 1, "C2": 0})`. Two orders of one day are one purchase day, the refund is none, the
# purchase on the line belongs to the past, and C3 was not known on the line.
#
# <details><summary>Hint 1</summary>
#
# Divide the purchases at the starting line, and keep the ids of all who were known by then:
#
# ```python
# before = purchases[purchases["order_date"] <= data.as_of]
# after = purchases[purchases["order_date"] > data.as_of]
# known = before["customer_id"].unique()
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `days = after.drop_duplicates(["customer_id", "order_date"])` keeps one row per customer and day.
# `counts = days.groupby("customer_id").size()` counts these rows.
# </details>
# <details><summary>Hint 3</summary>
#
# `counts.reindex(known, fill_value=0)` brings a Series into the order of the ids in `known`, puts 0 where there is nothing,
# and drops all others.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_08_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
before = purchases[purchases["order_date"] <= data.as_of]
after = purchases[purchases["order_date"] > data.as_of]
known = before["customer_id"].unique()
days_after = after.drop_duplicates(["customer_id", "order_date"]).groupby("customer_id").size()
answer_08_1 = days_after.reindex(known, fill_value=0)
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_08_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("08.1", answer_08_1)

# %% [markdown]
# ## Task 2 · The hit rate of the best fifth
#
# A method ranks the customers on the line by their **number of purchases** up to `data.as_of` (orders, not days). Which
# share of the truly best fifth (task 1) does it name? The best fifth are `k = number of customers // 5`.
#
# Many customers are equal, in both lists. Equals are ordered **by lot** (抽签), in each list apart. So give each customer a
# **chance** to be among the best k:
#
# - 1, if they are above the value of the k-th best
# - 0, if they are below it
# - (places left) ÷ (number of equals), if they are equal to it
#
# hit rate = sum over customers of (chance to be named × chance to be truly best) ÷ k
#
# - **Unit:** a share between 0 and 1
# - **Form:** one number, four decimals or more
#
# A small example, k = 1, with four customers. Purchases before: 5, 5, 1, 1. Purchase days after: 3, 0, 0, 0. The first two
# have a chance of 0.5 each to be named; only the first is truly best. The answer is `(0.5 * 1) / 1`, that is `0.5`.
#
# <details><summary>Hint 1</summary>
#
# The number of purchases of everybody on the line (`before` and `known` are in the hints of Task 1):
# `score = before.groupby("customer_id").size().reindex(known)`. The places: `k = len(known) // 5`.
# </details>
# <details><summary>Hint 2</summary>
#
# You need the chance twice, so write it as a function. `edge` is the value of the k-th best. The places left are
# `k - above.sum()`. True counts as 1 and False as 0:
#
# ```python
# def chance(values, k):
#     edge = values.nlargest(k).iloc[-1]
#     above, equal = values > edge, values == edge
#     return above + equal * (k - above.sum()) / equal.sum()
# ```
# </details>
# <details><summary>Hint 3</summary>
#
# `chance(score, k)` is the chance to be named, `chance(answer_08_1, k)` the chance to be truly best.
# </details>


# %% nbgrader={"grade": false, "grade_id": "task_08_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
def chance(values, k):
    """Chance of each customer to be among the best k, equals by lot."""
    edge = values.nlargest(k).iloc[-1]
    above, equal = values > edge, values == edge
    return above + equal * (k - above.sum()) / equal.sum()


k = len(known) // 5
score = before.groupby("customer_id").size().reindex(known)
answer_08_2 = (chance(score, k) * chance(answer_08_1, k)).sum() / k
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_08_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("08.2", answer_08_2)

# %% [markdown]
# ## Task 3 · The hiatus rule, and a guess that looks at nobody
#
# The hiatus rule (休眠规则) says: whoever has been silent for **less than 26 weeks** on the starting line is active and will
# come; the others will not. A customer **came** if they have at least one purchase day in task 1.
#
# 1. **accuracy**: for which share of *all* customers on the line is the rule right?
# 2. **base rate**: for which share would the guess "nobody comes" be right?
#
# - **Form:** a dict with `"accuracy"` and `"base_rate"`, shares between 0 and 1
#
# A small example: five customers, silent for 10, 100, 150, 200 and 300 days; the first and the fourth came. The rule says
# active, active, active, inactive, inactive. It is right for the first and the last: `0.4`. "Nobody" is right for three of
# five: `0.6`. The answer is `{"accuracy": 0.4, "base_rate": 0.6}`.
#
# <details><summary>Hint</summary>
#
# The last purchase of everybody on the line: `last_day = before.groupby("customer_id")["order_date"].max().reindex(known)`.
# Days of silence: `silent_days = (data.as_of - last_day).dt.days`. Two Series of True and False are compared with `==`; the
# mean of the result is the share. (`.reindex(known)` puts both in the same order of customers.)
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_08_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
silent_days = (data.as_of - before.groupby("customer_id")["order_date"].max()).dt.days.reindex(known)
came = answer_08_1 > 0
answer_08_3 = {"accuracy": ((silent_days < 26 * 7) == came).mean(), "base_rate": (~came).mean()}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_08_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("08.3", answer_08_3)

# %% [markdown]
# ## Task 4 · How wrong is the total?
#
# The status quo (照旧) says: everybody goes on as before. A customer's rate is
#
# rate = (purchase days up to `data.as_of` − 1) ÷ (days from the first purchase to `data.as_of`)
#
# (The first purchase day is where the age begins, so it is not counted. Whoever joined on `data.as_of` itself has age 0:
# expect 0 of them.) The race lasts 366 days: forecast = rate × 366. What is the error of the **total** forecast?
#
# error = total forecast ÷ total that came (task 1) − 1
#
# - **Unit:** a share (0.25 means 25 % too high; below 0 means too low)
# - **Form:** one number, three decimals or more
#
# A small example: two customers, forecasts 3 and 1, and 2 and 0 came. The answer is `4 / 2 - 1`, that is `1.0`.
#
# <details><summary>Hint 1</summary>
#
# Purchase days before the line, less the first one:
# `repeats = before.drop_duplicates(["customer_id", "order_date"]).groupby("customer_id").size() - 1`
# </details>
# <details><summary>Hint 2</summary>
#
# Age in days: `age = (data.as_of - before.groupby("customer_id")["order_date"].min()).dt.days`
# </details>
# <details><summary>Hint 3</summary>
#
# `age.where(age > 0)` puts a missing value where the age is 0; `.fillna(0)` after the division turns it into 0.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_08_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
repeats = before.drop_duplicates(["customer_id", "order_date"]).groupby("customer_id").size() - 1
age = (data.as_of - before.groupby("customer_id")["order_date"].min()).dt.days
forecast = (repeats / age.where(age > 0) * 366).fillna(0)
answer_08_4 = forecast.sum() / answer_08_1.sum() - 1
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_08_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("08.4", answer_08_4)

# %% [markdown]
# ## Task 5 · The decision: what is the better list worth?
#
# Pinefold looks after **100 customers**. We assume that care adds **0.10** of the margin that they bring in the race. Two
# lists, both made on the starting line:
#
# - **total**: the 100 customers with the highest revenue of all time up to `data.as_of`
# - **year**: the 100 customers with the highest revenue from 1 January 2023 to `data.as_of`; the system costs **150 EUR**
#
# Revenue and margin are sums with refunds taken off, so use *all* rows of `data.orders`.
#
# 1. **better**: which list brings more, before the fee: `"total"` or `"year"`?
# 2. **lead_eur**: how much more does the list *year* bring than the list *total*? That is 0.10 × (margin of the list *year* −
#    margin of the list *total*) in the race; below 0 if it brings less. The fee is not taken off.
# 3. **pays**: is the lead higher than the fee of 150 EUR: `"yes"` or `"no"`?
#
# - **Form:** a dict with `"better"`, `"lead_eur"` (EUR) and `"pays"`
#
# A small example: the customers of *total* bring a margin of 20,000 EUR in the race, those of *year* 22,000. The lead is
# 0.10 × 2,000 = 200, more than 150. The answer is `{"better": "year", "lead_eur": 200.0, "pays": "yes"}`.
#
# <details><summary>Hint 1</summary>
#
# All rows up to the line, refunds too: `past = orders[orders["order_date"] <= data.as_of]`. Only those of the last year:
# `last_year = past[past["order_date"] >= "2023-01-01"]`. Revenue of each customer:
# `revenue = past.groupby("customer_id")["amount_eur"].sum()`, and the same for `last_year`. The ids of the 100 best:
# `revenue.nlargest(100).index`.
# </details>
# <details><summary>Hint 2</summary>
#
# All rows of the race: `race = orders[orders["order_date"] > data.as_of]`. Their margin:
# `margin_after = race.groupby("customer_id")["margin_eur"].sum()`. Not everybody on a list comes back, so put in a 0 for
# those who did not: `margin_after = margin_after.reindex(known, fill_value=0)`.
# </details>
# <details><summary>Hint 3</summary>
#
# `margin_after[ids].sum()` is the margin of a list, if `ids` are the ids on it.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_08_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
past, race = orders[orders["order_date"] <= data.as_of], orders[orders["order_date"] > data.as_of]
margin_after = race.groupby("customer_id")["margin_eur"].sum().reindex(known, fill_value=0)
by_total = past.groupby("customer_id")["amount_eur"].sum().nlargest(100).index
last_year = past[past["order_date"] >= "2023-01-01"]
by_year = last_year.groupby("customer_id")["amount_eur"].sum().nlargest(100).index
lead = 0.10 * (margin_after[by_year].sum() - margin_after[by_total].sum())
answer_08_5 = {
    "better": "year" if lead > 0 else "total",
    "lead_eur": lead,
    "pays": "yes" if lead > 150 else "no",
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_08_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("08.5", answer_08_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_08_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · "Our model is right in 72 % of cases"
#
# A seller tells you this about a model that says who will come back, and shows one table: one firm, one year. Write about
# 150 words, with numbers from your own data: what do you ask before you believe it, and before you pay? There is no single
# right answer. Your teacher reads it.
#
# | points | what is looked for |
# |---|---|
# | 1 | the base rate of your own data (task 3) beside the 72 %, and what is left of it |
# | 1 | how you would make sure that the model knew nothing from after the starting line |
# | 1 | which question it answers (who is best, who is active, how much in total) and which one you need |
# | 1 | luck: ties, another year, an interval of the difference to a simple rule, or other firms |
# | 1 | what being better is worth in money, beside the fee (task 5) |
#
# === BEGIN MARK SCHEME ===
# A good answer: "nobody comes" is right for about two thirds, and the hiatus rule for about 0.72 too, so the model may add
# nothing to the simple rule. Ask for the forecast made from a file that ends on the starting line: an honest one does
# not change. Right about "active" says nothing about who will be best or about the total, where the status quo is half too
# high. One firm and one year can be luck: ask for the interval of the difference to the simple rule, on several firms. A
# lead of about 100 EUR on 100 customers does not pay a fee of 150; with more customers on the list it may.
# (In the simulated truth no method can be right about everybody: chance decides a good part of every year.)
# === END MARK SCHEME ===

# %% [markdown]
# *Write your thoughts here: double-click this cell, and replace this sentence.*
