# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 02 · Would they use it? Collecting information · 练习：收集客户信息
#
# **The decision.** A carrier offers Pinefold, a seller of things for the home, a delivery in the evening. The carrier wants a
# fee for every customer on the list. Pinefold earns something only from customers who use it. Do we take the offer?
#
# **What you practise**
#
# - say how many of those invited answered (answer rate, 回答率);
# - compute a margin of error (误差范围);
# - weight answers by group (事后分层);
# - plan how many to invite;
# - put the silent into the estimate (追访), and decide in euros.
#
# **Before you start:** lesson 02. **Time:** about 75 minutes. **Points:** 30, of which 5 are given by hand.
#
# The firm is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_02", "locked": false, "schema_version": 3, "solution": false, "task": false}
import math

import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("02", student=student)

# %% [markdown]
# ## What you have
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.people` 客户名单 | one customer on the list | `customer_id`; `group`: "business", or the age group of a consumer |
# | `data.survey_invitations` 邀请 | one customer who was invited online | `customer_id`; `group`; `reached`: the invitation was seen; `answered` |
# | `data.survey_answers` 回答 | one answer | `customer_id`; `would_use`: "yes" or "no" to the evening delivery |
# | `data.follow_up` 追访 | one customer who had **kept silent**, was drawn by lot and then asked until they answered | `customer_id`; `would_use` |
# | `data.offer` 报价 | the carrier's offer, one row | `fee_eur_year`: fee for **every** customer on the list and year; `gain_eur_year`: margin that one **user** adds a year |
#
# Guess first: will the share of yes be higher among those who answered at once, or among those who kept silent?

# %%
data.people.head()

# %%
data.survey_invitations.head()

# %%
data.survey_answers.head()

# %%
data.offer

# %% [markdown]
# ## Task 1 · The answer rate
#
# What share of the customers who were **invited** answered?
#
# - **Unit:** a share between 0 and 1
# - **Form:** one number, four decimals or more
#
# A small example: 500 are invited, 300 see the invitation, 60 answer. The answer is `60 / 500`, that is `0.12`.
#
# <details><summary>Hint 1</summary>
#
# `len(table)` counts rows. Each answer is one row of `data.survey_answers`.
# </details>
# <details><summary>Hint 2</summary>
#
# `rate = len(data.survey_answers) / len(data.survey_invitations)`; you need it again in tasks 4 and 5.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_02_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
rate = len(data.survey_answers) / len(data.survey_invitations)
answer_02_1 = rate
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_02_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("02.1", answer_02_1)

# %% [markdown]
# ## Task 2 · The margin of error
#
# How far may the share of *yes* be off by chance alone? p is the share of yes among the answers, n the number of answers, N the
# number of customers on the list.
#
# margin = 1.96 × √( p (1 − p) / n × (N − n) / (N − 1) )
#
# - **Unit:** a share (0.05 means 5 percentage points to each side)
# - **Form:** one number, four decimals or more
#
# A small example: 100 answers, half of them yes, 1,000 on the list. 0.5 × 0.5 / 100 × 900 / 999 is 0.002252; its root is 0.04746;
# times 1.96 is `0.0930`.
#
# <details><summary>Hint 1</summary>
#
# `p = (data.survey_answers["would_use"] == "yes").mean()`: the mean of True and False is the share of True.
# </details>
# <details><summary>Hint 2</summary>
#
# `n = len(data.survey_answers)` and `N = len(data.people)`. Then
# `1.96 * math.sqrt(p * (1 - p) / n * (N - n) / (N - 1))`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_02_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
p = (data.survey_answers["would_use"] == "yes").mean()
n = len(data.survey_answers)
N = len(data.people)
answer_02_2 = 1.96 * math.sqrt(p * (1 - p) / n * (N - n) / (N - 1))
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_02_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("02.2", answer_02_2)

# %% [markdown]
# ## Task 3 · Weights by group
#
# Some groups answer more often than others. Let each group count as much as it does on the **list** (`data.people`).
#
# weight of a group = its share of the list ÷ its share of the answers
#
# weighted share = sum over the groups of: share of the list × share of yes in the group
#
# - **Form:** a dict with `"weight_under_35"` (the weight of the group "under 35") and `"share"` (the weighted share of yes)
#
# A small example with two groups:
#
# | group | of the list | of the answers | yes in the group | weight |
# |---|---|---|---|---|
# | young | 0.20 | 0.50 | 0.60 | 0.20 / 0.50 = 0.40 |
# | old | 0.80 | 0.50 | 0.10 | 0.80 / 0.50 = 1.60 |
#
# The weighted share is 0.20 × 0.60 + 0.80 × 0.10, that is `0.20`; the plain share was 0.35.
#
# <details><summary>Hint 1</summary>
#
# The answers do not hold the group. Bring it from the list, and add a column of True and False:
#
# ```python
# answers = data.survey_answers.merge(data.people[["customer_id", "group"]], on="customer_id")
# answers["yes"] = answers["would_use"] == "yes"
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `of_list = data.people["group"].value_counts(normalize=True)` gives the share of each group; with
# `of_answers = answers["group"].value_counts(normalize=True)` the same for the answers. Then
# `(of_list / of_answers)["under 35"]` is the weight.
# </details>
# <details><summary>Hint 3</summary>
#
# `yes = answers.groupby("group")["yes"].mean()`. pandas multiplies two Series where their index is the same:
# `(of_list * yes).sum()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_02_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
answers = data.survey_answers.merge(data.people[["customer_id", "group"]], on="customer_id")
answers["yes"] = answers["would_use"] == "yes"
of_list = data.people["group"].value_counts(normalize=True)
of_answers = answers["group"].value_counts(normalize=True)
yes = answers.groupby("group")["yes"].mean()
answer_02_3 = {"weight_under_35": (of_list / of_answers)["under 35"], "share": (of_list * yes).sum()}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_02_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("02.3", answer_02_3)

# %% [markdown]
# ## Task 4 · How many must be invited?
#
# Next year the margin of error shall be **4 percentage points** to each side, whatever the share will be (so take p = 0.5). How many
# answers are needed, and how many customers must be invited, if the answer rate stays as in task 1?
#
# n0 = (1.96 / 0.04)² × 0.25, and for a list of N customers n = n0 / (1 + (n0 − 1) / N), **rounded up**
#
# invitations = answers ÷ answer rate, rounded up (a number larger than the list means: it cannot be done online)
#
# - **Form:** a dict with `"answers"` and `"invitations"`, both whole numbers
#
# A small example: for N = 3,200 n0 is 600.25, and 600.25 / (1 + 599.25 / 3200) = 505.6, so 506 answers. With an answer rate of 0.20,
# 506 / 0.20 = 2,530 invitations.
#
# <details><summary>Hint 1</summary>
#
# `n0 = (1.96 / 0.04) ** 2 * 0.25`, then `needed = math.ceil(n0 / (1 + (n0 - 1) / N))`. `math.ceil` rounds up.
# </details>
# <details><summary>Hint 2</summary>
#
# `math.ceil(needed / rate)`, with the rate of task 1.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_02_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
n0 = (1.96 / 0.04) ** 2 * 0.25
needed = math.ceil(n0 / (1 + (n0 - 1) / N))
answer_02_4 = {"answers": needed, "invitations": math.ceil(needed / rate)}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_02_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("02.4", answer_02_4)

# %% [markdown]
# ## Task 5 · The decision: do we take the offer?
#
# Those in `data.follow_up` stand for **all** who were invited and kept silent. (To keep it short we leave out the weights of task 3.)
#
# **Step 1.** share of all = answer rate × share of yes among the answers + (1 − answer rate) × share of yes in the follow-up
#
# **Step 2.** profit a year = N × (share of all × gain of a user − fee), for all N customers on the list
#
# **Step 3.** Take the offer ("yes") if the profit is 0 or more; otherwise "no".
#
# - **Form:** a dict with `"share"` (step 1), `"profit_eur"` (step 2, EUR a year) and `"decision"` (step 3)
#
# A small example: the answer rate is 0.20, of the answers 0.50 say yes, of the follow-up 0.25. Share of all: 0.20 × 0.50 + 0.80 × 0.25
# = 0.30. With 1,000 customers, a gain of 20 EUR and a fee of 7 EUR the profit is 1000 × (0.30 × 20 − 7) = −1,000 EUR.
# The answer is `{"share": 0.30, "profit_eur": -1000.0, "decision": "no"}`. (The answers alone would have said yes: 0.50 × 20 is 10.)
#
# <details><summary>Hint 1</summary>
#
# `silent = (data.follow_up["would_use"] == "yes").mean()`, and then `share = rate * p + (1 - rate) * silent`, with the `rate` of
# task 1 and the `p` of task 2.
# </details>
# <details><summary>Hint 2</summary>
#
# `offer = data.offer.iloc[0]` is the only row. `profit = N * (share * offer["gain_eur_year"] - offer["fee_eur_year"])`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_02_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
silent = (data.follow_up["would_use"] == "yes").mean()
share = rate * p + (1 - rate) * silent
offer = data.offer.iloc[0]
profit = N * (share * offer["gain_eur_year"] - offer["fee_eur_year"])
answer_02_5 = {"share": share, "profit_eur": profit, "decision": "yes" if profit >= 0 else "no"}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_02_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("02.5", answer_02_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_02_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · What would you tell the head of sales?
#
# The head of sales says: "The survey has a margin of error of a few points, so we are safe. And let us ask next time: *Do you agree that
# our wonderful evening delivery is useful?*" Write about 150 words, with numbers from your own data. There is no single
# right answer. Your teacher reads it.
#
# | points | what is looked for |
# |---|---|
# | 1 | what the margin of error counts, and what it does not |
# | 1 | the share of yes among the answers, after weighting, and with the follow-up, and why they differ |
# | 1 | how sure the follow-up is: it is small; a margin for it, or a sentence on it |
# | 1 | what is wrong with the new question, and a better one |
# | 1 | one piece of advice: how to ask next time, in which channel, how many, at about what cost |
#
# === BEGIN MARK SCHEME ===
# A good answer: the margin counts chance only. Those who answered at once are more often content or young, and both would use
# the delivery more; weighting mends the age, not the feeling. The follow-up (90 people, a margin of 8 to 10 points) is honest
# but wide: if the profit is near zero, more of the silent should be asked. The new question leads ("wonderful") and asks for
# agreement; better: "Would you use a delivery in the morning, in the evening, or neither?" Advice: fewer invitations,
# money for the silent, a neutral question, no asking by those who sell it.
# === END MARK SCHEME ===

# %%
# your code here, if you want to compute something

# %% [markdown]
# *Write your thoughts here: double-click this cell, and replace this sentence.*
