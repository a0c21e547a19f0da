# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 15 · Who stays, and whom do we call? · 练习：客户流失与保持
#
# **The decision.** Pinefold Home called half of its subscribers in January 2024, by lot, and offered 20 EUR off the next bill. Whom should
# it call the next time?
#
# **What you practise**
#
# - count months of service without looking into the future;
# - estimate how many stay a year while most have not left yet (生存曲线);
# - read what a call changed from a trial by lot (增量);
# - see that it differs between groups, and decide in euros.
#
# **Before you start:** lesson 15. **Time:** about 75 minutes. **Points:** 30, of which 5 are given by hand.
#
# The firm is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_15", "locked": false, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("15", student=student)

# %% [markdown]
# ## What you have
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.subscribers` 订阅客户 | one subscriber | `customer_id`; `start_date`: the first of a month; `left_date`: last day of the last month, missing if there is none |
# | `data.subscriber_months` 月度记录 | one subscriber in one month | `customer_id`, `month` (its first day), `uses`, `plan_questions` |
# | `data.retention_offers` 挽留试验 | one subscriber of the trial | `customer_id`; `treated`: was called, by lot; `accepted`: took the offer; `left`: left within six months |
#
# The reporting day is `data.as_of`, 30 June 2024. The file goes on to the end of 2024: do not use what came after.
#
# Guess first: did the call, on the whole, keep people? Then look.

# %%
data.subscribers.head()

# %%
data.retention_offers.head()

# %% [markdown]
# ## Task 1 · Months of service
#
# For each subscriber: how many months of service up to `data.as_of`? A month begun counts. Whoever left **on or before** that day counts up to
# `left_date`, everybody else up to `data.as_of`.
#
# - **Form:** a Series with one whole number per subscriber; the index is `customer_id`
#
# A small example: start 1 March 2024, left 31 May 2024: three months. Start 1 March 2024, still there on 30 June: four months.
#
# <details><summary>Hint 1</summary>
#
# ```python
# rows = data.subscribers.set_index("customer_id")
# left = rows["left_date"] <= data.as_of  # a missing date gives False
# # the leaving day where left is True, else the reporting day:
# end = rows["left_date"].where(left, data.as_of)
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# ```python
# start = rows["start_date"]
# answer_15_1 = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month + 1
# ```
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_15_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
rows = data.subscribers.set_index("customer_id")
left = rows["left_date"] <= data.as_of
end = rows["left_date"].where(left, data.as_of)
start = rows["start_date"]
answer_15_1 = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month + 1
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_15_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("15.1", answer_15_1)

# %% [markdown]
# ## Task 2 · Still there after a year
#
# What share is still there after 12 months, by **Kaplan–Meier**? For each month t from 1 to 12: of those who reached it (months of service t
# or more), the share who left in it. Multiply the twelve shares who did **not** leave.
#
# - **Unit:** a share between 0 and 1 · **Form:** one number, four decimals or more
#
# A small example: 10 reach month 1 and 1 leaves; 6 reach month 2 (3 have not been there so long yet) and 1 leaves. After two months:
# 0.9 × 5/6 = 0.75.
#
# <details><summary>Hint 1</summary>
#
# For one month: `reached = (answer_15_1 >= t).sum()` and `lost = ((answer_15_1 == t) & left).sum()`.
# </details>
# <details><summary>Hint 2</summary>
#
# ```python
# share = 1.0
# for t in range(1, 13):
#     reached = (answer_15_1 >= t).sum()
#     lost = ((answer_15_1 == t) & left).sum()
#     share = share * (1 - lost / reached)
# answer_15_2 = share
# ```
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_15_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
share = 1.0
for t in range(1, 13):
    reached = (answer_15_1 >= t).sum()
    lost = ((answer_15_1 == t) & left).sum()
    share = share * (1 - lost / reached)
answer_15_2 = share
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_15_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("15.2", answer_15_2)

# %% [markdown]
# ## Task 3 · What the call changed
#
# Share who **stayed** among the called, less the share who stayed among those not called.
#
# - **Form:** one number, such as 0.021 for 2.1 percentage points more; it may be negative
#
# A small example: of 100 called 12 left, of 100 not called 15 left. 0.88 − 0.85 = 0.03.
#
# <details><summary>Hint 1</summary>
#
# `rate = data.retention_offers.groupby("treated")["left"].mean()` gives the share who **left**: `rate[True]` of the called, `rate[False]` of the others.
# </details>
# <details><summary>Hint 2</summary>
#
# `answer_15_3 = rate[False] - rate[True]`: those who stayed more are those who left less.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_15_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
rate = data.retention_offers.groupby("treated")["left"].mean()
answer_15_3 = rate[False] - rate[True]
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_15_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("15.3", answer_15_3)

# %% [markdown]
# ## Task 4 · What the call changed for whom
#
# Put each customer of the trial into one of three groups, by what was known **before** the call (October to December 2023):
#
# - `asks`: one plan question or more in these months (sum of `plan_questions`);
# - `hardly uses`: not in `asks`, and a mean of `uses` below 4;
# - `uses`: all others.
#
# For each group: share who stayed among the called, less the share among the others.
#
# - **Form:** a dict, `{"asks": ..., "hardly uses": ..., "uses": ...}`
#
# <details><summary>Hint 1</summary>
#
# ```python
# months = data.subscriber_months
# before = (months["month"] >= "2023-10-01") & (months["month"] <= "2023-12-31")
# known = months[before].groupby("customer_id")
# people = data.retention_offers.set_index("customer_id")
# uses = known["uses"].mean().reindex(people.index)
# asked = known["plan_questions"].sum().reindex(people.index)
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `people["group"] = np.select([asked >= 1, uses < 4], ["asks", "hardly uses"], "uses")` takes the first condition that holds.
# </details>
# <details><summary>Hint 3</summary>
#
# `by = people.groupby(["group", "treated"])["left"].mean().unstack()` has a row per group; `uplift = by[False] - by[True]` is a Series, and
# `answer_15_4 = uplift.to_dict()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_15_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
months = data.subscriber_months
known = months[(months["month"] >= "2023-10-01") & (months["month"] <= "2023-12-31")].groupby("customer_id")
people = data.retention_offers.set_index("customer_id")
uses = known["uses"].mean().reindex(people.index)
asked = known["plan_questions"].sum().reindex(people.index)
people["group"] = np.select([asked >= 1, uses < 4], ["asks", "hardly uses"], "uses")
by = people.groupby(["group", "treated"])["left"].mean().unstack()
uplift = by[False] - by[True]
answer_15_4 = uplift.to_dict()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_15_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("15.4", answer_15_4)

# %% [markdown]
# ## Task 5 · Whom to call
#
# A kept customer is worth **150 EUR**. A call costs **5 EUR**; an offer that is taken costs **20 EUR** more. The gain of one call in a group:
#
# *uplift × 150 − 5 − 20 × (share of the called in the group who took the offer)*
#
# Which groups should be called, and what does calling **everybody of the trial** in these groups bring?
#
# - **Form:** a dict, `{"groups": [...], "net_eur": ...}`, with some of the words of task 4
#
# A small example: uplift 0.10 and half of the called take the offer: 15 − 5 − 10 = 0 EUR for a call.
#
# <details><summary>Hint 1</summary>
#
# `taken = people[people["treated"]].groupby("group")["accepted"].mean()` and `net = 150 * uplift - 5 - 20 * taken`.
# </details>
# <details><summary>Hint 2</summary>
#
# ```python
# size = people["group"].value_counts()
# pays = net[net > 0]
# answer_15_5 = {"groups": list(pays.index), "net_eur": (pays * size.reindex(pays.index)).sum()}
# ```
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_15_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
taken = people[people["treated"]].groupby("group")["accepted"].mean()
net = 150 * uplift - 5 - 20 * taken
size = people["group"].value_counts()
pays = net[net > 0]
answer_15_5 = {"groups": list(pays.index), "net_eur": (pays * size.reindex(pays.index)).sum()}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_15_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("15.5", answer_15_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_15_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · The call list you would sign
#
# Write about 150 words to the head of the service desk, with numbers from your own data: whom to call, whom not to call and why, how sure you
# are, and what you would do next month so that you know more. There is no single right answer. Your teacher reads it.
#
# | points | what is looked for |
# |---|---|
# | 1 | the groups to call, with the gain of one call and the number of customers |
# | 1 | the difference between who leaves and whom a call keeps, with numbers for both |
# | 1 | a group that is better left in peace, and why |
# | 1 | how sure the uplift is: an interval, or the number of leavers it rests on |
# | 1 | what would change the decision, and a part drawn by lot in the next round |
#
# === BEGIN MARK SCHEME ===
# A good answer calls those who ask, leaves those who hardly use the service in peace (their risk is not low, yet the call makes more of them
# leave), and weighs the large group of users by cost: their uplift is small and many take the offer although they would have stayed. It says that
# an uplift rests on few leavers (crm.response_table gives the interval), that the value of 150 EUR is assumed, and keeps a share uncalled by lot.
# === END MARK SCHEME ===

# %% [markdown]
# *Write your thoughts here: double-click this cell, and replace this sentence.*
