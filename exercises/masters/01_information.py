# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 01 · What is worth asking? Customer information · 练习：客户信息
#
# **The decision.** Pinefold, a seller of things for the home, prints a new form for its card holders. Which questions
# belong on it?
#
# **What you practise**
#
# - measure how complete (完整性) and how old a field is;
# - find out whom a call would reach;
# - look up what the law calls sensitive (敏感个人信息);
# - see how far the orders alone carry;
# - take a decision, in euros.
#
# **Before you start:** lesson 01. **Time:** about 60 minutes. **Points:** 35, of which 5 are given by hand.
#
# The firm is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_01", "locked": false, "schema_version": 3, "solution": false, "task": false}
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("01", student=student)

# %% [markdown]
# ## What you have
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.customer_fields` 字段记录 | one form, staff note or questionnaire | `customer_id`; `recorded_on`: the day it was written; and one column for each field, such as `phone` (电话) or `income_band` (收入档次). An empty box is a missing value |
# | `data.orders` 订单 | one order, or one refund (negative) | `customer_id`, `order_date`, `margin_eur` (毛利) |
# | `data.form` 表格 | one field of a form that somebody has drawn up | `field` |
# | `data.trial` 试验 | one field that was tried out | `field`; `gain_share`: how much more of the margin the call list captured; `answer_cost_eur`: cost of one answer |
# | `data.as_of` 报告日 | | the **reporting day**, 31 December 2023. It is the last day that counts |
#
# A **card holder** is a customer with at least one row in `data.customer_fields` up to and including the reporting day.
# The tables go on after that day; those days are the future.

# %%
data.customer_fields.head()

# %%
data.form

# %%
data.trial

# %% [markdown]
# ## Task 1 · How complete is a field?
#
# Of which share of the card holders is the `income_band` known? Use records up to and including `data.as_of`.
#
# - **Unit:** a share between 0 and 1
# - **Form:** one number, four decimals or more
#
# A small example: of 4 card holders one wrote the income band on the form, one in two questionnaires, two nowhere. The
# answer is `2 / 4`, that is `0.5`: customers count, not records.
#
# <details><summary>Hint 1</summary>
#
# You need the records up to the reporting day again, so give them a name:
# `seen = data.customer_fields[data.customer_fields["recorded_on"] <= data.as_of]`. The number of card holders is
# `n = seen["customer_id"].nunique()`: `nunique` counts different customers.
# </details>
# <details><summary>Hint 2</summary>
#
# `seen.dropna(subset=["income_band"])` keeps the rows in which it is known. So:
# `answer_01_1 = seen.dropna(subset=["income_band"])["customer_id"].nunique() / n`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_01_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
seen = data.customer_fields[data.customer_fields["recorded_on"] <= data.as_of]
n = seen["customer_id"].nunique()
answer_01_1 = seen.dropna(subset=["income_band"])["customer_id"].nunique() / n
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_01_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("01.1", answer_01_1)

# %% [markdown]
# ## Task 2 · How old are the phone numbers?
#
# For each card holder who has left a phone number, take the **latest** record with a phone. How many days before the
# reporting day was it written? Give the **median** (中位数: half are younger, half are older).
#
# - **Unit:** days
# - **Form:** one number
#
# A small example, reporting day 31 December: phone numbers written on 1 December and 11 December by the same customer, and
# on 1 December by another. The ages are 20 and 30 days; the median is `25`.
#
# <details><summary>Hint 1</summary>
#
# `with_phone = seen.dropna(subset=["phone"])`, then the last day for each customer:
# `last = with_phone.groupby("customer_id")["recorded_on"].max()`.
# </details>
# <details><summary>Hint 2</summary>
#
# `age = (data.as_of - last).dt.days` makes days of it; `answer_01_2 = age.median()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_01_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
with_phone = seen.dropna(subset=["phone"])
last = with_phone.groupby("customer_id")["recorded_on"].max()
age = (data.as_of - last).dt.days
answer_01_2 = age.median()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_01_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("01.2", answer_01_2)

# %% [markdown]
# ## Task 3 · Whom would a call reach?
#
# Phone numbers change. Take a half-life (半衰期) of **4 years**: a number written `years` ago is still right with the chance
# `0.5 ** (years / 4)`. A year has 365.25 days. What share of **all card holders** should a call reach? Whoever has left no number
# cannot be reached.
#
# - **Unit:** a share between 0 and 1
# - **Form:** one number, four decimals or more
#
# A small example: three card holders; one number is new (chance 1), one is 4 years old (chance 0.5), one was never given.
# The answer is `(1 + 0.5) / 3`, that is `0.5`.
#
# <details><summary>Hint 1</summary>
#
# `still_right = 0.5 ** (age / 365.25 / 4)` gives a chance for each number; `age` is from task 2.
# </details>
# <details><summary>Hint 2</summary>
#
# Add them up and divide by all card holders: `answer_01_3 = still_right.sum() / n`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_01_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
still_right = 0.5 ** (age / 365.25 / 4)
answer_01_3 = still_right.sum() / n
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_01_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("01.3", answer_01_3)

# %% [markdown]
# ## Task 4 · What does the law call sensitive?
#
# Somebody has drawn up `data.form` from an old list. Which of its fields are **sensitive personal information under PIPL**
# (个人信息保护法, article 28)? `crm.field_catalogue()` has one row per field; look at its column `sensitive_pipl`.
#
# - **Form:** a list of names, spelled as in the column `field`
#
# A small example: for a form with "name", "religion" and "hobby" the answer is `["religion"]`.
#
# <details><summary>Hint 1</summary>
#
# Join the two tables: `both = data.form.merge(crm.field_catalogue(), on="field", how="left")`. Look at the `note` too.
# </details>
# <details><summary>Hint 2</summary>
#
# `answer_01_4 = list(both[both["sensitive_pipl"] == "sensitive"]["field"])`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_01_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
both = data.form.merge(crm.field_catalogue(), on="field", how="left")
answer_01_4 = list(both[both["sensitive_pipl"] == "sensitive"]["field"])
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_01_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("01.4", answer_01_4)

# %% [markdown]
# ## Task 5 · How far do the orders carry?
#
# Rank the card holders by their margin in the **365 days up to the reporting day** (refunds taken off). Take the best fifth:
# `round(0.2 * n)` customers. Which share of the card holders' margin **after** the reporting day do they bring?
#
# - **Unit:** a share between 0 and 1
# - **Form:** one number, four decimals or more
#
# A small example with five card holders: the best of last year brings 30 EUR next year, all five together 50 EUR. The answer
# is `0.6`. Choose by the past, judge by the future: never the other way round.
#
# <details><summary>Hint 1</summary>
#
# The margin of a period, for every card holder; whoever has no order gets 0:
#
# ```python
# holders = seen["customer_id"].unique()
#
# def margin(rows):
#     return rows.groupby("customer_id")["margin_eur"].sum().round(2).reindex(holders, fill_value=0)
#
# day = data.orders["order_date"]
# past = margin(data.orders[(day <= data.as_of) & (day > data.as_of - pd.Timedelta(days=365))])
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `future = margin(data.orders[day > data.as_of])`. The best fifth:
# `best = past.sort_values(ascending=False).head(round(0.2 * n)).index`. Then
# `answer_01_5 = future[best].sum() / future.sum()`.
# </details>


# %% nbgrader={"grade": false, "grade_id": "task_01_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
holders = seen["customer_id"].unique()


def margin(rows):
    """Margin of each card holder in these rows."""
    return rows.groupby("customer_id")["margin_eur"].sum().round(2).reindex(holders, fill_value=0)


day = data.orders["order_date"]
past = margin(data.orders[(day <= data.as_of) & (day > data.as_of - pd.Timedelta(days=365))])
future = margin(data.orders[day > data.as_of])
best = past.sort_values(ascending=False).head(round(0.2 * n)).index
answer_01_5 = future[best].sum() / future.sum()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_01_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("01.5", answer_01_5)

# %% [markdown]
# ## Task 6 · The decision: which fields go on the form?
#
# `data.trial` says for ten fields how much more of the margin the call list captured with the field than without
# (`gain_share`) and what one answer costs. A call adds 30 % to a customer's margin.
#
# **Step 1 · Gain.** gain = gain_share × margin of all card holders in the past 365 days (`past.sum()`) × 0.3
#
# **Step 2 · Cost.** cost = answer_cost_eur × number of card holders
#
# **Step 3 · Law.** A field that `crm.field_catalogue()` calls sensitive under PIPL is out: a call is no necessity.
#
# **Step 4 · Choose** the other fields whose gain is above their cost. We add the gains of the chosen fields up, as if they did not
# overlap (in task 7 you say what you think of that).
#
# - **Form:** a dict with `"fields"` (a list), `"cost_eur"` (the cost of the chosen fields together) and `"net_eur"` (their
#   gains less their costs, together)
#
# A small example: past margin 10,000 EUR, 500 card holders. "home": gain 0.02 × 10,000 × 0.3 = 60 EUR, cost 0.04 × 500 = 20
# EUR: yes. "children": gain 0.005 × 10,000 × 0.3 = 15 EUR, cost 20 EUR: no. "religion": sensitive, no. The answer is
# `{"fields": ["home"], "cost_eur": 20.0, "net_eur": 40.0}`.
#
# <details><summary>Hint for steps 1 and 2</summary>
#
# `trial = data.trial.copy()`, then `trial["gain"] = trial["gain_share"] * past.sum() * 0.3` and
# `trial["cost"] = trial["answer_cost_eur"] * n`.
# </details>
# <details><summary>Hint for step 3</summary>
#
# `trial = trial.merge(crm.field_catalogue()[["field", "sensitive_pipl"]], on="field")` adds the law.
# </details>
# <details><summary>Hint for step 4</summary>
#
# ```python
# chosen = trial[(trial["gain"] > trial["cost"]) & (trial["sensitive_pipl"] != "sensitive")]
# net = (chosen["gain"] - chosen["cost"]).sum()
# answer_01_6 = {"fields": list(chosen["field"]), "cost_eur": chosen["cost"].sum(), "net_eur": net}
# ```
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_01_6", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
trial = data.trial.copy()
trial["gain"] = trial["gain_share"] * past.sum() * 0.3
trial["cost"] = trial["answer_cost_eur"] * n
trial = trial.merge(crm.field_catalogue()[["field", "sensitive_pipl"]], on="field")
chosen = trial[(trial["gain"] > trial["cost"]) & (trial["sensitive_pipl"] != "sensitive")]
answer_01_6 = {
    "fields": list(chosen["field"]),
    "cost_eur": chosen["cost"].sum(),
    "net_eur": (chosen["gain"] - chosen["cost"]).sum(),
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_01_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("01.6", answer_01_6)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_01_7", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 7 · Would you print it?
#
# Write about 150 words to the manager of Pinefold, with numbers from your own data: which fields would you print, which would you
# test once more, and what would you tell a customer who asks "why do you want to know this?" There is no single right answer. Your
# teacher reads it.
#
# | points | what is looked for |
# |---|---|
# | 1 | the chosen fields with their gain and cost from task 6 |
# | 1 | why a gain of one trial may be chance, and how to find out (another trial, more customers) |
# | 1 | why the gains of several fields may not be added up |
# | 1 | what an empty box means: who does not answer, and why that matters |
# | 1 | one sentence to the customer that names the purpose, and one field that is left out for the law |
#
# === BEGIN MARK SCHEME ===
# A good answer names two to six fields with their euros, says that a gain of one or two hundredths is of the size of chance in a
# trial with about a thousand customers, and asks for a second trial before it prints the weaker ones. Fields overlap: two that
# tell the same add less together. Whoever leaves a box empty is not a random customer. To the customer: what the answer is used for
# (a better call, fewer useless ones). Religion and "child under 14" are out although their trial gain was large: PIPL article 28
# asks for a specific purpose and sufficient necessity.
# === END MARK SCHEME ===

# %% [markdown] nbgrader={"grade": false, "grade_id": "text_01_7", "locked": false, "schema_version": 3, "solution": false, "task": false}
# *Write your thoughts here: double-click this cell, and replace this sentence.*
