# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 14 · What the complaint file hides · 练习：客户互动与投诉
#
# **The decision.** Pinefold may open a fast lane (快速通道) for complaints. Does it pay? And what does the complaint file not tell?
#
# **What you practise**
#
# - measure the load (话务量) of a call centre and who gives up;
# - follow complaints (投诉) to the step where they get stuck;
# - recover how many problems there were from how many were told;
# - compare by lot (随机分组) and not as it came;
# - draw the limits of a control chart (控制图) whose denominator changes.
#
# **Before you start:** lesson 14. **Time:** about 75 minutes. **Points:** 30, of which 5 are given by hand.
#
# The firm is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_14", "locked": false, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("14", student=student)

# %% [markdown]
# ## What you have
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.calls` 来电 | one call of one week | `call_date`; `arrived_min`: minutes from midnight; `answered`: True or False; `handled_s`: seconds the agent was busy, missing if not answered |
# | `data.cases` 投诉 | one complaint of 2022 or 2023 | `customer_id`, `opened_on`; `stake_eur`: money at stake; `judgement`: founded, unfounded or open; `remedied_days`: days until the remedy, missing if there was none; `lot`: fast, usual or no lot |
# | `data.repurchase` 复购 | one customer and year | `customer_id`, `year`; `bought_again`: True or False, in the year after |
# | `data.delivery_weeks` 周配送量 | one week, 104 in all | `week`: its Monday; `deliveries` |
#
# Guess first: of all problems that customers had, what share was told to the firm? Then work through the tasks.

# %%
data.calls.head()

# %%
data.cases.head()

# %% [markdown]
# ## Task 1 · The queue
#
# Two numbers: the share of callers who gave up, and the **load** of the busiest half-hour.
#
# A half-hour starts at minute 0, 30, 60, … of the day. The busiest one has most calls over all days together (the earliest, if two
# are equal). Its load in Erlang = calls in it **per day** × mean of `handled_s` of all answered calls ÷ 1,800 seconds.
#
# - **Form:** a dict with `"abandoned"` (a share, 0 to 1) and `"load"` (Erlang)
#
# A small example with two days: 90 calls from 10:30 to 10:59, 180 seconds each. The load is 90 / 2 × 180 / 1800 = `4.5`.
#
# <details><summary>Hint 1</summary>
#
# `half = (data.calls["arrived_min"] // 30 * 30).astype(int)` is the start of the half-hour (`//` divides and drops the rest).
# `per_half = half.value_counts()` counts the calls of each.
# </details>
# <details><summary>Hint 2</summary>
#
# `days = data.calls["call_date"].nunique()` is the number of days, `seconds = data.calls["handled_s"].mean()` the mean. Then
#
# ```python
# answer_14_1 = {
#     "abandoned": (~data.calls["answered"]).mean(),
#     "load": per_half.max() / days * seconds / 1800,
# }
# ```
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_14_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
half = (data.calls["arrived_min"] // 30 * 30).astype(int)
per_half = half.value_counts()
days = data.calls["call_date"].nunique()
seconds = data.calls["handled_s"].mean()
answer_14_1 = {
    "abandoned": (~data.calls["answered"]).mean(),
    "load": per_half.max() / days * seconds / 1800,
}
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_14_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("14.1", answer_14_1)

# %% [markdown]
# ## Task 2 · Where complaints get stuck
#
# Only a **founded** complaint is due a remedy. Of the founded ones: what share got a remedy, and after how many days (the
# **median**, 中位数: half were faster)?
#
# - **Form:** a dict with `"remedied"` (a share, 0 to 1) and `"median_days"` (days)
#
# A small example: four founded complaints with 3, 4, 20 days and none. The answer is `{"remedied": 0.75, "median_days": 4.0}`.
#
# <details><summary>Hint 1</summary>
#
# `due = data.cases[data.cases["judgement"] == "founded"]` keeps the founded ones.
# </details>
# <details><summary>Hint 2</summary>
#
# `notna()` is True where there is a number; its mean is a share:
#
# ```python
# answer_14_2 = {
#     "remedied": due["remedied_days"].notna().mean(),
#     "median_days": due["remedied_days"].median(),
# }
# ```
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_14_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
due = data.cases[data.cases["judgement"] == "founded"]
answer_14_2 = {
    "remedied": due["remedied_days"].notna().mean(),
    "median_days": due["remedied_days"].median(),
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_14_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("14.2", answer_14_2)

# %% [markdown]
# ## Task 3 · How many problems were there?
#
# A survey found who complains. Take these chances as given:
#
# | money at stake (EUR) | chance that the problem is told |
# |---|---|
# | up to 15 | 0.10 |
# | over 15, up to 40 | 0.25 |
# | over 40, up to 100 | 0.45 |
# | over 100 | 0.65 |
#
# How many problems do all the complaints of your file (both years) stand for?
#
# - **Form:** one number
#
# A small example: two complaints, one about 10 EUR, one about 200 EUR. They stand for 1 / 0.10 + 1 / 0.65 = `11.54` problems.
#
# <details><summary>Hint 1</summary>
#
# `pd.cut` sorts numbers into classes; each class gets its chance as its label:
#
# ```python
# borders, chances = [0, 15, 40, 100, np.inf], [0.10, 0.25, 0.45, 0.65]
# chance = pd.cut(data.cases["stake_eur"], borders, labels=chances).astype(float)
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# Each complaint counts 1 / chance: `answer_14_3 = (1 / chance).sum()`
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_14_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
chance = pd.cut(data.cases["stake_eur"], [0, 15, 40, 100, np.inf], labels=[0.10, 0.25, 0.45, 0.65]).astype(
    float
)
answer_14_3 = (1 / chance).sum()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_14_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("14.3", answer_14_3)

# %% [markdown]
# ## Task 4 · Does the fast lane pay?
#
# For some complaints a lot chose the lane (`lot` is *fast* or *usual*). Compare the shares who bought again in the year after.
#
# - `effect`: share of *fast* less share of *usual*
# - `net_eur`: if **all** complaints of your file went through the fast lane: number of complaints × (effect × 70 EUR − 6 EUR). A
#   customer who comes back brings 70 EUR; the lane costs 6 EUR a case
# - `choose`: `"fast"` if the net gain is above 0, otherwise `"usual"`
# - **Form:** a dict with these three
#
# A small example: 60 % of *fast* and 50 % of *usual* bought again, 200 complaints. The effect is 0.1, the net gain
# 200 × (0.1 × 70 − 6) = `200.0`, the choice `"fast"`.
#
# <details><summary>Hint 1</summary>
#
# Bring the two tables together, by customer and year:
#
# ```python
# cases = data.cases.assign(year=data.cases["opened_on"].dt.year)
# both = cases.merge(data.repurchase, on=["customer_id", "year"])
# share = both.groupby("lot")["bought_again"].mean()
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# ```python
# effect = share["fast"] - share["usual"]
# net = len(data.cases) * (effect * 70 - 6)
# answer_14_4 = {"effect": effect, "net_eur": net, "choose": "fast" if net > 0 else "usual"}
# ```
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_14_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
cases = data.cases.assign(year=data.cases["opened_on"].dt.year)
both = cases.merge(data.repurchase, on=["customer_id", "year"])
share = both.groupby("lot")["bought_again"].mean()
effect = share["fast"] - share["usual"]
net = len(data.cases) * (effect * 70 - 6)
answer_14_4 = {"effect": effect, "net_eur": net, "choose": "fast" if net > 0 else "usual"}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_14_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("14.4", answer_14_4)

# %% [markdown]
# ## Task 5 · A control chart
#
# Chart complaints per delivery, week by week (104 weeks; the first Monday is the first entry of `week`).
#
# - `centre`: all complaints of the **first 52 weeks** ÷ all deliveries of these weeks
# - The upper limit of a week is centre + **2** × √(centre ÷ deliveries of that week) (2, not 3: an early warning)
# - `alarms`: how many of the 104 weeks have a rate (complaints ÷ deliveries) above their own limit
# - **Form:** a dict with `"centre"` (complaints per delivery) and `"alarms"` (whole number)
#
# A small example: centre 0.03 and 100 deliveries give the limit 0.03 + 2 × √(0.03 / 100) = `0.0646`; 8 complaints in that week
# are an alarm, 6 are not.
#
# <details><summary>Hint 1</summary>
#
# Number the weeks from 0, count the complaints of each, and put in 0 where there are none:
#
# ```python
# weeks = data.delivery_weeks
# number = (data.cases["opened_on"] - weeks["week"].iloc[0]).dt.days // 7
# count = number.value_counts().reindex(range(104)).fillna(0)
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# ```python
# centre = count[:52].sum() / weeks["deliveries"][:52].sum()
# limit = centre + 2 * np.sqrt(centre / weeks["deliveries"])
# answer_14_5 = {"centre": centre, "alarms": (count / weeks["deliveries"] > limit).sum()}
# ```
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_14_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
weeks = data.delivery_weeks
number = (data.cases["opened_on"] - weeks["week"].iloc[0]).dt.days // 7
count = number.value_counts().reindex(range(104)).fillna(0)
centre = count[:52].sum() / weeks["deliveries"][:52].sum()
limit = centre + 2 * np.sqrt(centre / weeks["deliveries"])
answer_14_5 = {"centre": centre, "alarms": (count / weeks["deliveries"] > limit).sum()}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_14_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("14.5", answer_14_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_14_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · A page for the head of service
#
# Write about 150 words, with numbers from your own data: should the fast lane be opened, what does the complaint file hide, and what
# would you measure next? There is no single right answer. Your teacher reads it.
#
# You may read `data.case_texts` in the next cell.
#
# | points | what is looked for |
# |---|---|
# | 1 | a recommendation on the lane, with the effect by lot and its money |
# | 1 | how sure that is: the lots are small; what the comparison as it came would have said, and why it misleads |
# | 1 | complaints against problems, and which sizes the file hides |
# | 1 | one thing from the queue or the steps that costs little to repair |
# | 1 | what would change the recommendation, and how it could be measured |
#
# === BEGIN MARK SCHEME ===
# A good answer gives the effect by lot (often between 0.03 and 0.2, from some two hundred cases in each lot, so the interval is wide,
# about plus or minus 0.1) and says that at 6 EUR a case the lane pays from an effect of about 0.086 on. Quick against slow as it came
# looks several times as large: easy cases are quick, and the lane makes only some of the cases quick. The file holds about a third of the problems; small ones are hidden
# most. Cheap repairs: agents moved to the peaks, a follow-up call after each remedy. Next: a longer trial by lot, or the survey
# repeated each year.
# === END MARK SCHEME ===

# %%
# your code here: read some texts

# %% [markdown]
# *Write your thoughts here: double-click this cell, and replace this sentence.*
