# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 18 · Whom not to send away · 练习：放弃客户
#
# **The decision.** You are the new customer director of Four Winds 四风集团. Four heads of business wait with their lists. Before you sign
# anything, you look at their numbers: the storms, the returns, the bills.
#
# **What you practise**
#
# - read a common shock (共同冲击) off thirty years of claims;
# - compute what a larger book takes away, and what it does not;
# - test whether the past of a customer tells anything;
# - estimate return rates (退货率) from few purchases by shrinkage (收缩估计);
# - compare refusing, prepaying (预付) and paying later.
#
# **Before you start:** lesson 18. **Time:** about 60 minutes. **Points:** 30, of which 5 are given by hand.
#
# The group is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_18", "locked": false, "schema_version": 3, "solution": false, "task": false}
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("18", student=student)

# %% [markdown]
# ## What you have
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.storm_years` 历年赔付 | one county in one year | `county`, `year`; `policies_in_force`; `storm_claimants`: policies with a storm claim |
# | `data.storm_counties` 县 | one county | `county`; `coast`: "east coast", "west coast" or "inland" |
# | `data.home_policies` 保单 | one policy of a sample | `own_early`, `own_late`: claims for fire, water or theft in 2015–2019 and 2020–2024; `storm_early`, `storm_late` |
# | `data.wear_customers` 服装客户 | one customer, one year | `customer_id`; `items_bought`; `items_returned` |
# | `data.tv_trial` 付费试验 | one applicant | `credit_points`; `terms`: "pay later" or "prepay", **by lot**; `took`; `first_year_eur`: profit, 0 if not taken |

# %%
data.storm_years.head()

# %% [markdown]
# ## Task 1 · The worst year of a coast
#
# Take all counties of the **east coast** together. For each year: which share of the policies had a storm claim? Give the share of the worst year
# and of the **median** year (the middle one, `.median()`).
#
# - **Form:** a dict, `{"worst_share": ..., "usual_share": ...}`, shares between 0 and 1
#
# Two counties with 100 and 300 policies and 10 and 60 claimants have a share of 70 / 400 = 0.175, not the mean of 0.1 and 0.2.
#
# <details><summary>Hint 1</summary>
#
# `merge` puts the coast beside each county-year:
#
# ```python
# rows = data.storm_years.merge(data.storm_counties[["county", "coast"]], on="county")
# east = rows[rows["coast"] == "east coast"]
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# ```python
# total = east.groupby("year")[["storm_claimants", "policies_in_force"]].sum()
# share = total["storm_claimants"] / total["policies_in_force"]
# ```
#
# The answers are `share.max()` and `share.median()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_18_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
rows = data.storm_years.merge(data.storm_counties[["county", "coast"]], on="county")
east = rows[rows["coast"] == "east coast"]
total = east.groupby("year")[["storm_claimants", "policies_in_force"]].sum()
share = total["storm_claimants"] / total["policies_in_force"]
answer_18_1 = {"worst_share": share.max(), "usual_share": share.median()}
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_18_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("18.1", answer_18_1)

# %% [markdown]
# ## Task 2 · What size does not take away
#
# Two insurers have all their policies in one county of this coast: one of them 20, the other 50,000. The chance *p* is the **mean** of your thirty yearly
# shares; the correlation *ρ* of two policies is 0.08. The spread (standard deviation) of a book's yearly share is √(p(1−p) · (1/n + ρ(n−1)/n)). How large is
# it for each of the two? Look at what 2,500 times as many policies take away, and what they leave.
#
# - **Unit:** percentage points
# - **Form:** a dict, `{"small": ..., "large": ...}`
#
# With p of 0.03, n of 100 and ρ of 0.1 it is √(0.0291 × 0.109) = 0.0563, so 5.63.
#
# <details><summary>Hint 1</summary>
#
# `share` is the yearly share of task 1: `total["storm_claimants"] / total["policies_in_force"]`. So `p = share.mean()`, and `rho = 0.08`.
# </details>
# <details><summary>Hint 2</summary>
#
# ```python
# def spread(n):
#     variance = p * (1 - p) * (1 / n + rho * (n - 1) / n)
#     return 100 * variance ** 0.5
# ```
#
# The answers are `spread(20)` and `spread(50_000)`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_18_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
p = share.mean()
rho = 0.08


def spread(n):
    variance = p * (1 - p) * (1 / n + rho * (n - 1) / n)
    return 100 * variance**0.5


answer_18_2 = {"small": spread(20), "large": spread(50_000)}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_18_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("18.2", answer_18_2)

# %% [markdown]
# ## Task 3 · Does the past tell?
#
# Fire, water and theft: among the policies with at least one such claim in 2015–2019 (`own_early`), what is the **mean number** of such claims in
# 2020–2024 (`own_late`)? And among those without one?
#
# - **Form:** a dict, `{"own_with": ..., "own_without": ...}`, claims per policy
#
# Three policies with 0, 1 and 2 later claims have a mean of 1.
#
# <details><summary>Hint 1</summary>
#
# `had = data.home_policies["own_early"] > 0` is True for those with an earlier claim; `~had` turns True into False.
# </details>
# <details><summary>Hint 2</summary>
#
# `later = data.home_policies["own_late"]`; the answers are `later[had].mean()` and `later[~had].mean()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_18_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
had = data.home_policies["own_early"] > 0
later = data.home_policies["own_late"]
answer_18_3 = {"own_with": later[had].mean(), "own_without": later[~had].mean()}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_18_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("18.3", answer_18_3)

# %% [markdown]
# **Look (no points):** the same for storms, county by county.
#
# ```python
# homes = data.home_policies
# had_storm = homes["storm_early"] > 0
# homes.groupby(["county", had_storm])["storm_late"].mean().unstack()
# ```
#
# Those with an earlier storm claim live where storms come, so over all counties they may have more later ones. Among neighbours in one county the
# differences go up and down by chance: in this simulation a past storm claim tells nothing.

# %% [markdown]
# ## Task 4 · Spared by the estimate
#
# The clothes shop bans everybody with a return rate of **0.5 or more**. You estimate each rate as (a + returned) / (a + b + bought) with a = 0.9 and
# b = 6.6. Who is banned by the raw rate and has an estimate **below 0.5**?
#
# - **Form:** a list of customer ids
#
# Somebody who bought 2 and returned 1 has a raw rate of 0.5 and an estimate of 1.9 / 9.5 = 0.2: spared.
#
# <details><summary>Hint 1</summary>
#
# ```python
# wear = data.wear_customers
# raw = wear["items_returned"] / wear["items_bought"]
# estimate = (0.9 + wear["items_returned"]) / (0.9 + 6.6 + wear["items_bought"])
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `&` asks for both: `spared = (raw >= 0.5) & (estimate < 0.5)`. The ids are `list(wear.loc[spared, "customer_id"])`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_18_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
wear = data.wear_customers
raw = wear["items_returned"] / wear["items_bought"]
estimate = (0.9 + wear["items_returned"]) / (0.9 + 6.6 + wear["items_bought"])
spared = (raw >= 0.5) & (estimate < 0.5)
answer_18_4 = list(wear.loc[spared, "customer_id"])
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_18_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("18.4", answer_18_4)

# %% [markdown]
# ## Task 5 · Refuse, prepay, or trust?
#
# Applicants with **fewer than 560** credit points: what is the mean first-year profit **per applicant** under each of the two terms, which were drawn by
# lot? And which terms are better? (Refusing brings 0.)
#
# - **Form:** a dict, `{"later_eur": ..., "prepay_eur": ..., "better": "pay later" or "prepay"}`
#
# If two of four applicants take it and bring 100 EUR each, the mean per applicant is 50 EUR.
#
# <details><summary>Hint 1</summary>
#
# `few = data.tv_trial[data.tv_trial["credit_points"] < 560]`, then `mean = few.groupby("terms")["first_year_eur"].mean()`.
# </details>
# <details><summary>Hint 2</summary>
#
# `mean["pay later"]` and `mean["prepay"]` are the two means; `mean.idxmax()` is the name of the larger one. Those who did not take it are in the
# table with 0, and stay in.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_18_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
few = data.tv_trial[data.tv_trial["credit_points"] < 560]
mean = few.groupby("terms")["first_year_eur"].mean()
answer_18_5 = {"later_eur": mean["pay later"], "prepay_eur": mean["prepay"], "better": mean.idxmax()}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_18_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("18.5", answer_18_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_18_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · The letter you would sign
#
# Choose **one** of the three lists (storm houses, returners, applicants). Write about 150 words: the answer to its head, and two or three sentences to the
# customers who are concerned. Use numbers from your own data. If you put a price on a return, say whether its second buyer would otherwise have bought a
# new piece. There is no single right answer. Your teacher reads it.
#
# | points | what is looked for |
# |---|---|
# | 1 | the reason: what the customers did, or did not do |
# | 1 | an action before ending, with its money or its price |
# | 1 | who would be let go wrongly, and how one could know |
# | 1 | what is uncertain, with a number |
# | 1 | the words to the customer: notice, reason, a way to object |
#
# === BEGIN MARK SCHEME ===
# Storm houses: nobody did anything; past storm claims do not tell among neighbours; cover or another coast before leaving, a successor for those who are left; thirty
# years are few. Returners: the raw rate of few purchases is noise; sizes and faults are the firm's own; a person looks at the handful above the estimate; the cost of a wrong
# ban and of what others hear; the lesson's price of a return holds only if its second buyer would otherwise have bought a new piece. Applicants: prepaying beats refusing: a refusal also hits the many who would have paid (and in this simulation nobody can lose money prepaid: whoever sees that deserves praise); the interval of the difference; a few accepted by lot keep the
# rule honest; low income is hit more often. A letter without blame, with a reason and a way to object earns the last point; a threat does not.
# === END MARK SCHEME ===

# %% [markdown]
# *Write your thoughts here: double-click this cell, and replace this sentence.*
