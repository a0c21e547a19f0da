# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 13 · Content, loyal, or held? · 练习：客户满意与忠诚
#
# **The decision.** Pinefold tested a reward for loyalty. Before it is given to everybody you look at what customers say, what they
# do, and for whom the reward pays.
#
# **What you practise**
#
# - read the step from 4 to 5 in the satisfaction-loyalty curve (满意–忠诚曲线);
# - compute a net promoter score (净推荐值) and its error by hand;
# - sort customers into loyalists 忠诚者, mercenaries 图利者, hostages 人质型 and defectors 背叛者;
# - measure a reward by lot, with what it costs.
#
# **Before you start:** lesson 13. **Time:** about 60 minutes. **Points:** 30, of which 5 are given by hand.
#
# The firm is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_13", "locked": false, "schema_version": 3, "solution": false, "task": false}
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("13", student=student)

# %% [markdown]
# ## What you have
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.ratings` 满意度调查 | one customer in one survey | `customer_id`; `wave`: 2022 or 2023; `answered`: True or False; `satisfaction`: 1 to 5; `recommend`: 0 to 10; both empty without an answer |
# | `data.switching` 转换成本 | one customer | `customer_id`; `market`: "competitive", "few rivals" or "monopoly" |
# | `data.next_purchases` 再次购买 | one customer in one year | `customer_id`; `year`; `bought_again`: True or False; `share_of_wallet` (钱包份额): 0 to 1 |
# | `data.programme` 忠诚计划 | one customer | `customer_id`; `treated`: got the reward of 2024, **by lot**; `spend_before_eur`: 2023; `spend_after_eur`: 2024 |
#
# **Use the survey of 2023 and the purchases of 2023** in all tasks, and only customers who answered.

# %%
data.ratings.head()

# %% [markdown]
# ## Task 1 · The step from 4 to 5
#
# In the **competitive** market: which share of those who said 4 bought again, and which share of those who said 5?
#
# - **Form:** a dict, `{"rate_4": ..., "rate_5": ...}`, shares between 0 and 1
#
# If 200 customers said 4 and 20 of them bought again, `rate_4` is 0.1.
#
# <details><summary>Hint 1</summary>
#
# One row per customer who answered; `merge` puts tables side by side by `customer_id`:
#
# ```python
# survey = data.ratings[(data.ratings["wave"] == 2023) & data.ratings["answered"]]
# year = data.next_purchases[data.next_purchases["year"] == 2023]
# people = survey.merge(year, on="customer_id").merge(data.switching, on="customer_id")
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `free = people[people["market"] == "competitive"]`, then `rates = free.groupby("satisfaction")["bought_again"].mean()`. The rate of
# those who said 4 is `rates[4]`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_13_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
survey = data.ratings[(data.ratings["wave"] == 2023) & data.ratings["answered"]]
year = data.next_purchases[data.next_purchases["year"] == 2023]
people = survey.merge(year, on="customer_id").merge(data.switching, on="customer_id")
free = people[people["market"] == "competitive"]
rates = free.groupby("satisfaction")["bought_again"].mean()
answer_13_1 = {"rate_4": rates[4], "rate_5": rates[5]}
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_13_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("13.1", answer_13_1)

# %% [markdown]
# ## Task 2 · The net promoter score
#
# All three markets together, survey of 2023: the share who said 9 or 10 (promoters) less the share who said 0 to 6 (detractors),
# times 100.
#
# - **Unit:** points, between -100 and 100
# - **Form:** one number
#
# With 10 answers, 5 of them 9 or 10 and 2 of them 0 to 6, the score is 30.
#
# <details><summary>Hint 1</summary>
#
# With `said = people["recommend"].astype(float)`, the share of promoters is `p = (said >= 9).mean()`: the mean of True and False is the share of True.
# </details>
# <details><summary>Hint 2</summary>
#
# `d = (said <= 6).mean()`, and the score is `100 * (p - d)`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_13_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
said = people["recommend"].astype(float)
p = (said >= 9).mean()
d = (said <= 6).mean()
answer_13_2 = 100 * (p - d)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_13_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("13.2", answer_13_2)

# %% [markdown]
# ## Task 3 · Its error
#
# One answer counts +1, 0 or −1; its variance is p + d − (p − d)². How large is **half of the 95 % interval** of your score? That is 1.96
# standard errors.
#
# - **Unit:** points
# - **Form:** one number
#
# With p of 0.5, d of 0.2 and 400 answers, one standard error is 3.91 points and the answer 7.65.
#
# <details><summary>Hint 1</summary>
#
# `variance = p + d - (p - d) ** 2`; the error of a mean of n answers is the root of variance / n, here `(variance / len(said)) ** 0.5`.
# </details>
# <details><summary>Hint 2</summary>
#
# `100 * 1.96 * (variance / len(said)) ** 0.5` is in points.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_13_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
variance = p + d - (p - d) ** 2
answer_13_3 = 100 * 1.96 * (variance / len(said)) ** 0.5
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_13_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("13.3", answer_13_3)

# %% [markdown]
# ## Task 4 · Four types
#
# | | share of wallet 0.5 or more | below 0.5 |
# |---|---|---|
# | satisfaction 4 or 5 | loyalist | mercenary |
# | satisfaction 1 to 3 | hostage | defector |
#
# - **Form:** a Series with one of the four words for everybody who answered; the index (the left side) is `customer_id`
#
# Somebody who said 5 and has a share of wallet of 0.2 is a mercenary.
#
# <details><summary>Hint 1</summary>
#
# ```python
# who = people.set_index("customer_id")
# content = who["satisfaction"].astype(float) >= 4
# stays = who["share_of_wallet"] >= 0.5
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# ```python
# types = pd.Series("defector", index=who.index)
# types[content & stays] = "loyalist"
# types[content & ~stays] = "mercenary"
# types[~content & stays] = "hostage"
# ```
#
# `~` turns True into False. Then `answer_13_4 = types`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_13_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
who = people.set_index("customer_id")
content = who["satisfaction"].astype(float) >= 4
stays = who["share_of_wallet"] >= 0.5
types = pd.Series("defector", index=who.index)
types[content & stays] = "loyalist"
types[content & ~stays] = "mercenary"
types[~content & stays] = "hostage"
answer_13_4 = types
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_13_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("13.4", answer_13_4)

# %% [markdown]
# ## Task 5 · Whom the reward pays for
#
# The reward of 2024 was 5 % back on **everything** that the treated spent. Who was treated was drawn by lot. For each type of task 4:
#
# 1. the change of each customer: `spend_after_eur` less `spend_before_eur`;
# 2. the **uplift**: mean change of the treated less mean change of the others;
# 3. the **gain** per customer: 0.35 × uplift (the margin) less 0.05 × the mean `spend_after_eur` of the treated (the cost).
#
# - **Form:** a dict, `{"gain_mercenary": EUR per mercenary, "pays_for": list of the types whose gain is above 0}`
#
# With an uplift of 60 EUR and treated who spend 300 EUR, the gain is 21 − 15 = 6 EUR.
#
# <details><summary>Hint 1</summary>
#
# ```python
# lot = data.programme.set_index("customer_id").loc[answer_13_4.index]
# lot["type"] = answer_13_4
# lot["change"] = lot["spend_after_eur"] - lot["spend_before_eur"]
# change = lot.groupby(["type", "treated"])["change"].mean().unstack()
# ```
#
# `unstack` puts treated and others side by side.
# </details>
# <details><summary>Hint 2</summary>
#
# `uplift = change[True] - change[False]` and `spent = lot[lot["treated"]].groupby("type")["spend_after_eur"].mean()`.
# </details>
# <details><summary>Hint 3</summary>
#
# `gain = 0.35 * uplift - 0.05 * spent`; the types that pay are `list(gain[gain > 0].index)`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_13_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
lot = data.programme.set_index("customer_id").loc[answer_13_4.index]
lot["type"] = answer_13_4
lot["change"] = lot["spend_after_eur"] - lot["spend_before_eur"]
change = lot.groupby(["type", "treated"])["change"].mean().unstack()
uplift = change[True] - change[False]
spent = lot[lot["treated"]].groupby("type")["spend_after_eur"].mean()
gain = 0.35 * uplift - 0.05 * spent
answer_13_5 = {"gain_mercenary": gain["mercenary"], "pays_for": list(gain[gain > 0].index)}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_13_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("13.5", answer_13_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_13_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · Your advice
#
# Write about 150 words to your manager, with numbers from your own data: who should get the reward next year, what the survey
# can and cannot say, and what you would test next. There is no single right answer. Your teacher reads it.
#
# | points | what is looked for |
# |---|---|
# | 1 | for whom the reward pays, with the gain and how sure it is |
# | 1 | what is paid to those who would have stayed anyway |
# | 1 | which numbers rest on the lot and which only go together |
# | 1 | the score with its error, and those who did not answer |
# | 1 | a next test by lot, or what would change the advice |
#
# === BEGIN MARK SCHEME ===
# A good answer gives the reward to mercenaries only and says that small groups (hostages, defectors) are too few to tell; `crm.reward_value`
# gives the intervals. Loyalists are paid on spending that comes anyway. It keeps apart the reward (drawn by lot, causal) and the
# step from 4 to 5 (confounded: those who feel at home answer higher and stay). It says that the score has an error of some
# points and that happier customers answer more often, an error that no interval shows. It proposes, for instance, calls to some of
# the 4s drawn by lot, or giving the reward once more by lot to mercenaries, since the best group was picked by the same numbers.
# === END MARK SCHEME ===

# %% [markdown]
# *Write your thoughts here: double-click this cell, and replace this sentence.*
