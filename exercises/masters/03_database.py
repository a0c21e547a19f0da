# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 03 · Who is who? The customer database · 练习：客户数据库
#
# **The decision.** Pinefold's three lists hold the same people more than once. From which agreement on are two records
# one customer, and how many customers does the firm then have?
#
# **What you practise**
#
# - audit a column: what is filled and still says nothing;
# - bring a field into one form before you compare it;
# - measure a rule with precision (查准率) and recall (查全率, also 召回率);
# - choose a threshold by what both mistakes cost;
# - join pairs into customers, chains included.
#
# **Before you start:** lesson 03. **Time:** about 75 minutes. **Points:** 30, of which 5 are given by hand.
#
# Everybody in these data is invented. Your data set is your own: your friends have other numbers, so compare ways, not
# results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_03", "locked": false, "schema_version": 3, "solution": false, "task": false}
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("03", student=student)

# %% [markdown]
# ## What you have
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.shop_cards` 会员卡 | one loyalty card, as it was typed | `record_id`; `phone`; `birth_date`: text, day first |
# | `data.records` 记录 | one cleaned record of one of the three sources | `record_id` |
# | `data.pairs` 记录对 | two records that share something | `record_id_l`, `record_id_r`: the two; six columns `same_…` (given, family, birth_date, phone, email, street): **1** equal, **−1** different, **0** one side is not known; `one_person`: two clerks looked at the pair, True: one person |
# | `data.field_checks` 核实 | one recorded value that was verified again | `field`, `age_years`, `still_valid` (for task 6) |
#
# Guess first: how many records does your best customer have?

# %%
data.shop_cards.head()

# %%
data.pairs.head()

# %% [markdown]
# ## Task 1 · Dates of birth that nobody can use
#
# What share of **all** shop cards has a `birth_date` that is **empty** or is **01/01/1900**? (Whoever did not know the
# date typed that.) Leave the other strange dates aside.
#
# - **Unit:** a share between 0 and 1
# - **Form:** one number, four decimals or more
#
# A small example: of 10 cards, 2 are empty and 1 says 01/01/1900. The answer is `0.3`.
#
# <details><summary>Hint 1</summary>
#
# `birth = data.shop_cards["birth_date"]`. Then `birth.isna()` is True for the empty ones, and
# `birth == "01/01/1900"` is True for the others.
# </details>
# <details><summary>Hint 2</summary>
#
# The sign `|` means or; the mean of True and False is the share of True:
# `(birth.isna() | (birth == "01/01/1900")).mean()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_03_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
birth = data.shop_cards["birth_date"]
answer_03_1 = (birth.isna() | (birth == "01/01/1900")).mean()
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_03_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("03.1", answer_03_1)

# %% [markdown]
# ## Task 2 · Cards that share a phone number
#
# How many shop cards have a phone number that is **also on another** shop card? Compare the **digits** only:
# 000-1234-567 and 000 1234567 are one number. Empty phones are not equal to each other, and the number 0000000000 of the
# test entries does not count. And what share of **all** shop cards is that?
#
# - **Form:** a dict with `"cards"` (a whole number) and `"share"` (between 0 and 1)
#
# A small example:
#
# | card | phone |
# |---|---|
# | 1 | 000-1234-567 |
# | 2 | 000 1234567 |
# | 3 | 000-7777-777 |
# | 4 | (empty) |
# | 5 | (empty) |
#
# The answer is `{"cards": 2, "share": 0.4}`: the cards 1 and 2 of five.
#
# <details><summary>Hint 1</summary>
#
# `digits = data.shop_cards["phone"].dropna().str.replace("[^0-9]", "", regex=True)` drops the empty ones and keeps the
# digits only.
# </details>
# <details><summary>Hint 2</summary>
#
# Take the test number out: `digits = digits[digits != "0000000000"]`. Then `digits.duplicated(keep=False)` marks every
# card whose number comes more than once: `cards = digits.duplicated(keep=False).sum()`. The share is
# `cards / len(data.shop_cards)`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_03_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
digits = data.shop_cards["phone"].dropna().str.replace("[^0-9]", "", regex=True)
digits = digits[digits != "0000000000"]
cards = digits.duplicated(keep=False).sum()
answer_03_2 = {"cards": cards, "share": cards / len(data.shop_cards)}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_03_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("03.2", answer_03_2)

# %% [markdown]
# ## Task 3 · Precision and recall of a rule
#
# The **agreement score** of a pair is the sum of its six columns `same_…`. The rule: join all pairs with a score of
# **2 or more**. How good is it?
#
# precision = pairs that are joined **and** one person ÷ pairs that are joined
#
# recall = pairs that are joined **and** one person ÷ pairs that are one person
#
# - **Form:** a dict with `"precision"` and `"recall"`, two shares between 0 and 1
#
# A small example: 50 pairs are joined, 45 of them are one person; 60 pairs are one person in all. The answer is
# `{"precision": 0.9, "recall": 0.75}`.
#
# <details><summary>Hint 1</summary>
#
# ```python
# same = ["same_given", "same_family", "same_birth_date", "same_phone", "same_email", "same_street"]
# score = data.pairs[same].sum(axis=1)
# joined = score >= 2
# one = data.pairs["one_person"]
# ```
# `axis=1` adds along the row.
# </details>
# <details><summary>Hint 2</summary>
#
# `one[joined]` are the answers of the clerks for the joined pairs; its mean is the precision. `joined[one].mean()` is the
# recall.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_03_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
same = ["same_given", "same_family", "same_birth_date", "same_phone", "same_email", "same_street"]
score = data.pairs[same].sum(axis=1)
joined = score >= 2
one = data.pairs["one_person"]
answer_03_3 = {"precision": one[joined].mean(), "recall": joined[one].mean()}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_03_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("03.3", answer_03_3)

# %% [markdown]
# ## Task 4 · The decision: from which score on?
#
# A **wrong** pair (joined, and two people) costs **25 EUR** a year: a wrong letter, an apology, trouble with privacy. A
# **missed** pair (not joined, and one person) costs **4 EUR** a year: two catalogues, and a good customer who looks half as good.
# Look at the least scores 0, 1, 2, 3 and 4. Which costs least in all, and how much a year?
#
# cost a year = 25 × wrong pairs + 4 × missed pairs
#
# - **Form:** a dict with `"least_score"` (a whole number) and `"cost_eur"` (EUR a year)
#
# A small example: joining from 1 on makes 6 wrong and 5 missed pairs, 170 EUR a year; from 2 on 2 wrong and 20 missed
# pairs, 130 EUR a year. Of these two the answer is `{"least_score": 2, "cost_eur": 130}`.
#
# <details><summary>Hint 1</summary>
#
# The sign `~` turns True and False round, and `&` means and. Wrong pairs at least score `k`:
# `((score >= k) & ~one).sum()`. Missed pairs: `((score < k) & one).sum()`.
# </details>
# <details><summary>Hint 2</summary>
#
# ```python
# cost = {k: 25 * ((score >= k) & ~one).sum() + 4 * ((score < k) & one).sum() for k in range(5)}
# best = min(cost, key=cost.get)
# ```
# `best` is the score with the lowest cost, and `cost[best]` is that cost.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_03_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
cost = {k: 25 * ((score >= k) & ~one).sum() + 4 * ((score < k) & one).sum() for k in range(5)}
best = min(cost, key=cost.get)
answer_03_4 = {"least_score": best, "cost_eur": cost[best]}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_03_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("03.4", answer_03_4)

# %% [markdown]
# ## Task 5 · How many customers?
#
# Join the pairs from your score of task 4 on into customers. If A is joined to B and B to C, all three are **one**
# customer (transitive closure, 传递闭包). How many customers do the records make, how many records has the largest, and what
# share of the customers has one record only?
#
# - **Form:** a dict with `"customers"` and `"largest"`, two whole numbers, and `"alone"`, a share between 0 and 1
#
# A small example: five records a, b, c, d, e and the pairs a–b and b–c. The customers are {a, b, c}, {d} and {e}; the
# answer is `{"customers": 3, "largest": 3, "alone": 2 / 3}`.
#
# <details><summary>Hint 1</summary>
#
# `made = crm.link_clusters(data.records, data.pairs.assign(score=score), threshold=best, by="score")` gives each record its
# `customer_id`.
# </details>
# <details><summary>Hint 2</summary>
#
# `sizes = made["customer_id"].value_counts()` counts the records of each customer. `len(sizes)` is the number of customers,
# `sizes.max()` the largest, and `(sizes == 1).mean()` the share with one record.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_03_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
made = crm.link_clusters(data.records, data.pairs.assign(score=score), threshold=best, by="score")
sizes = made["customer_id"].value_counts()
answer_03_5 = {"customers": len(sizes), "largest": sizes.max(), "alone": (sizes == 1).mean()}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_03_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("03.5", answer_03_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_03_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · A plan for the next year
#
# Write about 150 words to the head of sales, with numbers from your own data: which pairs are joined at once, which should a
# clerk look at (0.80 EUR a pair), which value do you verify again first, and which records may go? There is no single right
# answer. Your teacher reads it.
#
# First look at two tables in the next cell: `data.pairs.assign(score=score).groupby("score")["one_person"].agg(["size", "mean"])`
# (how many pairs have which score, and which share is one person), and `crm.half_life(data.field_checks)`.
#
# | points | what is looked for |
# |---|---|
# | 1 | the share of one person at your least score, and one below and above it |
# | 1 | a grey zone, with the number of its pairs and what a clerk costs |
# | 1 | why relatives in one home are the hard case, and what would tell them apart |
# | 1 | half-life, use and value together decide what is verified first |
# | 1 | one reason of money and one of law why a record may have to go |
#
# === BEGIN MARK SCHEME ===
# A good answer names the table: at a score of 3 and more nearly all pairs are one person, at 2 most, at 0 and 1 about
# half or fewer; below, few. Grey zone: scores 1 and 2, a hundred pairs or two, about 100 to 200 EUR, against 25 EUR for each
# wrong pair that is kept apart. Relatives share family name, street and often the phone; the given name and the date of
# birth tell them apart, except parent and child of one name whose date of birth is missing. The email has the shortest
# half-life (about five years) and is used most, but its use is worth little; the address of a good customer comes first.
# Money: no order for years, and keeping costs more than the margin. Law: kept no longer than the purpose needs (GDPR
# article 5(1)(e), PIPL article 19). In the simulated truth an email lasts half as long as a phone number.
# === END MARK SCHEME ===

# %%
# your code here: the two tables

# %% [markdown]
# *Write your thoughts here: double-click this cell, and replace this sentence.*
