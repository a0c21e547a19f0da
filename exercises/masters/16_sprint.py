# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 16 · A list on the desk · 练习：解雇客户
#
# **The decision.** It is Wednesday. A list of customers who call care very often lies on your desk, with a draft: "we are unable to
# meet your needs". On Friday the head of customer care wants it signed, or wants to know what to do instead.
#
# **What you practise**
#
# - bring numbers about calls to one unit;
# - compute break-even calls (盈亏平衡通话次数);
# - correct what agents noted by an audit (误差校正), and find whom a letter must spare;
# - see what a list does by itself in the next quarter (回归均值);
# - weigh ending customers (解雇客户) against better first calls (首次解决率).
#
# **Before you start:** lesson 16. **Time:** about 60 minutes. **Points:** 30, of which 5 are given by hand.
#
# The carrier is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_16", "locked": false, "schema_version": 3, "solution": false, "task": false}
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("16", student=student)

# %% [markdown]
# ## What you have
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.phone_subscribers` 移动用户 | one subscriber | `customer_id`; `revenue_eur`: monthly bill; `margin_eur`: per month, before any call is paid; `left_on`: day of leaving, empty if still a customer |
# | `data.care_calls` 客服来电 | one call, January to June 2023 | `call_id`; `customer_id`; `issue_id`: what it is about, several calls may be about one; `call_date`; `cause_coded`: what the agent noted; `resolved`: True if the issue ended with this call; `cost_eur` |
# | `data.care_audit` 来电复核 | one call, drawn by lot, read again | `call_id`; `cause_audited`: the cause that the auditor found, taken for true |
# | `data.acquaintances` 熟人关系 | two subscribers who talk to each other | `customer_id`, `friend_id`; only for task 6, if you like |
#
# **The list** is everybody with **30 calls or more in the first quarter** (January to March 2023). A quarter has 3 months: divide by
# exactly 3, here and below. (`crm.callers` of the lesson counts days, and gives a little more or less.)

# %%
data.care_calls.head()

# %% [markdown]
# ## Task 1 · Bring it to one unit
#
# Somebody says "they call like mad". In the first quarter: how many calls **per head and month** did the list make, and how many **times
# the average** of all subscribers is that? The average counts every subscriber, also those who did not call.
#
# - **Form:** a dict, `{"calls_per_head": ..., "times_average": ...}`
#
# With 600 calls of 10 customers in a quarter, `calls_per_head` is 20. If 2,000 subscribers made 3,000 calls in all, the average is 0.5
# and `times_average` is 40.
#
# <details><summary>Hint 1</summary>
#
# ```python
# calls = data.care_calls
# first = calls[calls["call_date"] < "2023-04-01"]
# n = first.groupby("customer_id").size()
# the_list = n[n >= 30].index
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `per_head = n[the_list].mean() / 3` and `average = len(first) / len(data.phone_subscribers) / 3`; then
# `answer_16_1 = {"calls_per_head": per_head, "times_average": per_head / average}`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_16_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
calls = data.care_calls
first = calls[calls["call_date"] < "2023-04-01"]
n = first.groupby("customer_id").size()
the_list = n[n >= 30].index
per_head = n[the_list].mean() / 3
average = len(first) / len(data.phone_subscribers) / 3
answer_16_1 = {"calls_per_head": per_head, "times_average": per_head / average}
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_16_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("16.1", answer_16_1)

# %% [markdown]
# ## Task 2 · Break-even calls
#
# How many calls a month does the **mean margin** of all subscribers pay for, at the **mean cost of a call** (all calls, both quarters)?
#
# - **Unit:** calls a month
# - **Form:** one number
#
# With a margin of 24 EUR and 10 EUR a call the answer is 2.4.
#
# <details><summary>Hint 1</summary>
#
# `margin = data.phone_subscribers["margin_eur"].mean()`
# </details>
# <details><summary>Hint 2</summary>
#
# `cost = data.care_calls["cost_eur"].mean()`; then `answer_16_2 = margin / cost`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_16_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
margin = data.phone_subscribers["margin_eur"].mean()
cost = data.care_calls["cost_eur"].mean()
answer_16_2 = margin / cost
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_16_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("16.2", answer_16_2)

# %% [markdown]
# ## Task 3 · Whose fault, and who is spared?
#
# Which share of the **list's calls in the first quarter** does the firm cause itself ("billing error by firm")? Agents err, so correct what they
# noted: q is the share noted among the list's calls; in the audit, s is the share noted among calls that *are* the firm's error, f the share
# noted among calls that are *not*. The corrected share is (q − f) / (s − f).
#
# Then look at people: **spare** is everybody on the list of whose own calls in the first quarter more than (s + f) / 2 are noted as the firm's
# error. At that line the corrected share is one half; above it the firm makes most of the calls itself, and no letter may go out.
#
# - **Form:** a dict, `{"share": ..., "spare": ...}`; `share` between 0 and 1, `spare` a list of customer ids
#
# With q of 0.4, s of 0.8 and f of 0.05 the share is 0.467, and the line is 0.425.
#
# <details><summary>Hint 1</summary>
#
# The audit beside the agents' notes; `merge` puts tables side by side:
#
# ```python
# audit = data.care_audit.merge(data.care_calls, on="call_id")
# noted = audit["cause_coded"] == "billing error by firm"
# real = audit["cause_audited"] == "billing error by firm"
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `s = noted[real].mean()` and `f = noted[~real].mean()`; `~` turns True into False.
# </details>
# <details><summary>Hint 3</summary>
#
# `mine = first[first["customer_id"].isin(the_list)]` with `first` and `the_list` from task 1; `q = (mine["cause_coded"] == "billing error by firm").mean()`.
# Then `share = (q - f) / (s - f)`.
# </details>
# <details><summary>Hint 4</summary>
#
# The share noted for each customer: `groupby` takes the calls of one customer together.
#
# ```python
# noted_each = (mine["cause_coded"] == "billing error by firm").groupby(mine["customer_id"]).mean()
# spare = noted_each[noted_each > (s + f) / 2].index
# answer_16_3 = {"share": share, "spare": list(spare)}
# ```
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_16_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
audit = data.care_audit.merge(data.care_calls, on="call_id")
noted = audit["cause_coded"] == "billing error by firm"
real = audit["cause_audited"] == "billing error by firm"
s = noted[real].mean()
f = noted[~real].mean()
mine = first[first["customer_id"].isin(the_list)]
q = (mine["cause_coded"] == "billing error by firm").mean()
noted_each = (mine["cause_coded"] == "billing error by firm").groupby(mine["customer_id"]).mean()
answer_16_3 = {"share": (q - f) / (s - f), "spare": list(noted_each[noted_each > (s + f) / 2].index)}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_16_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("16.3", answer_16_3)

# %% [markdown]
# ## Task 4 · One quarter later
#
# Nobody wrote to the list. How many calls per head and month did **the same customers** make in the second quarter (April to June), and
# what is the change against task 1? Customers of the list who did not call, or had left, count with 0.
#
# - **Form:** a dict, `{"calls_after": ..., "change": ...}`; a fall by a third is a change of -0.333
# - **Rounding:** at least two decimals
#
# <details><summary>Hint 1</summary>
#
# ```python
# second = calls[calls["call_date"] >= "2023-04-01"]
# later = second[second["customer_id"].isin(the_list)]
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `after = len(later) / len(the_list) / 3` and `change = after / (n[the_list].mean() / 3) - 1`, with `n` from task 1; then
# `answer_16_4 = {"calls_after": after, "change": change}`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_16_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
second = calls[calls["call_date"] >= "2023-04-01"]
later = second[second["customer_id"].isin(the_list)]
after = len(later) / len(the_list) / 3
answer_16_4 = {"calls_after": after, "change": after / (n[the_list].mean() / 3) - 1}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_16_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("16.4", answer_16_4)

# %% [markdown]
# ## Task 5 · Letters or first calls?
#
# Two savings, in EUR a year:
#
# 1. **Letters** to the whole list: take those of the list who are **still customers** (`left_on` is empty), for whoever has left neither calls nor pays any more:
#    4 × the cost of their calls in the *second* quarter, less 12 × their margin.
# 2. **First calls**: take the calls of all who are *not* on the list, both quarters. c is their cost times 2 (a year), r the share of their issues whose
#    first call settles them. An issue takes 1/r calls. A programme lifts r to 0.71 (T-Mobile's published rate) and costs 5 EUR (assumed) for each of all
#    subscribers: c × (1 − r / 0.71) less this cost.
#
# - **Form:** a dict, `{"firing_eur": ..., "first_calls_eur": ..., "choose": "letters" or "first calls"}`, the larger saving
#
# <details><summary>Hint 1</summary>
#
# ```python
# people = data.phone_subscribers
# stay = people[people["customer_id"].isin(the_list) & people["left_on"].isna()]
# theirs = later[later["customer_id"].isin(stay["customer_id"])]
# firing = 4 * theirs["cost_eur"].sum() - 12 * stay["margin_eur"].sum()
# ```
# `people` are the subscribers, `later` the list's calls of the second quarter from task 4.
# </details>
# <details><summary>Hint 2</summary>
#
# `usual = calls[~calls["customer_id"].isin(the_list)]`; the first call of each issue: `opened = usual.sort_values(["issue_id", "call_date"]).drop_duplicates("issue_id")`,
# and `r = opened["resolved"].mean()`.
# </details>
# <details><summary>Hint 3</summary>
#
# ```python
# c = 2 * usual["cost_eur"].sum()
# fix = c * (1 - r / 0.71) - 5 * len(people)
# choose = "letters" if firing > fix else "first calls"
# answer_16_5 = {"firing_eur": firing, "first_calls_eur": fix, "choose": choose}
# ```
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_16_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
people = data.phone_subscribers
stay = people[people["customer_id"].isin(the_list) & people["left_on"].isna()]
theirs = later[later["customer_id"].isin(stay["customer_id"])]
firing = 4 * theirs["cost_eur"].sum() - 12 * stay["margin_eur"].sum()
usual = calls[~calls["customer_id"].isin(the_list)]
opened = usual.sort_values(["issue_id", "call_date"]).drop_duplicates("issue_id")
r = opened["resolved"].mean()
c = 2 * usual["cost_eur"].sum()
fix = c * (1 - r / 0.71) - 5 * len(people)
answer_16_5 = {
    "firing_eur": firing,
    "first_calls_eur": fix,
    "choose": "letters" if firing > fix else "first calls",
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_16_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("16.5", answer_16_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_16_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · The note for Friday
#
# Write about 150 words to the head of customer care, with numbers from your own data: sign the letters or not, for whom, and what to do
# instead. There is no single right answer. Your teacher reads it.
#
# | points | what is looked for |
# |---|---|
# | 1 | a clear decision with its money per year, and what is assumed |
# | 1 | the firm's own share of the calls, and who on the list is spared |
# | 1 | what the list did by itself, and why (trouble that ends, choice of the highest, leaving) |
# | 1 | who hears of it, or another cost that is not in the table |
# | 1 | what would change the decision, or how to test it |
#
# === BEGIN MARK SCHEME ===
# A good answer does not sign for the whole list: a good part of its calls are the firm's own errors (most often a third to two thirds), and without any letter its calls fall
# by more than an eighth in one quarter; from the quarter that made the list the saving looks far larger. It puts the letters' sum beside
# that of better first calls (whatever is larger in the student's data, heavy callers being far more frequent here than at Sprint) and says that both rest on
# assumptions: 0.71 reached in full, 5 EUR a subscriber, the second quarter lasting a year, nobody else leaves. It names friends and newspapers, the
# regulator, or the staff, and a test: draw by lot whose faulty account is mended first, among all subscribers, and compare. Letters to a few (no fault of the firm, same refused request for
# months), with a true reason and the number kept, are a fair position too.
# === END MARK SCHEME ===

# %% [markdown]
# *Write your thoughts here: double-click this cell, and replace this sentence.*
