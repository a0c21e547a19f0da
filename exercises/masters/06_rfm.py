# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 06 · Who gets the next letter? RFM analysis · 练习：RFM 分析法
#
# **The decision.** Pinefold, a seller of things for the home, sends letters with an offer. A letter costs 1.10 EUR.
# Who should get the next one?
#
# **What you practise**
#
# - measure how long ago each customer bought (recency, 最近一次消费);
# - turn a measure into a fair score from 1 to 5;
# - find good customers who stay away;
# - measure what a letter really did, with a control group (对照组);
# - take a decision, in euros.
#
# **Before you start:** lesson 06. **Time:** about 60 minutes. **Points:** 30, of which 5 are given by hand.
#
# The firm is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_06", "locked": false, "schema_version": 3, "solution": false, "task": false}
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("06", student=student)

# %% [markdown]
# ## What you have
#
# `data` holds several tables (表). You need three of them, and one day:
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.orders` 订单 | one order, or one refund (退款) | `customer_id`; `order_date`: the day; `amount_eur`: money paid, **negative for a refund**; `margin_eur` (毛利): the amount less the cost of the goods |
# | `data.letters` 信件 | one customer in the draw of one mailing | `campaign_id`: the mailing; `customer_id`; `treated`: True = got the letter, False = drawn by lot to get none (control group) |
# | `data.campaigns` 营销活动 | one mailing | `campaign_id`; `start_date`, `end_date`: first and last day of the window in which we wait for purchases; `letter_cost_eur` |
# | `data.as_of` 报告日 | | the **reporting day**, 31 December 2023. It is the last day that counts |
#
# A **purchase** (购买) is a row with `amount_eur` of 0 or more. A refund is never a purchase. The tables go on after the
# reporting day; those days are the future, and on 31 December 2023 nobody knows them.
#
# Guess first: does a letter do more for somebody who bought once, or for somebody who buys every month? Then look.

# %%
data.orders.head()

# %%
data.campaigns

# %%
data.letters.head()

# %% [markdown]
# ## Task 1 · Days since the last purchase
#
# How many days lie between each customer's last purchase and the reporting day? Use purchases up to and including
# `data.as_of`.
#
# - **Unit:** days (whole numbers; 0 means: bought on the reporting day)
# - **Form:** a Series with one number per customer; the index (the left side) is `customer_id`
#
# A small example, with the reporting day 31 December 2023:
#
# | customer_id | order_date | amount_eur |
# |---|---|---|
# | C1 | 2023-12-01 | 100 |
# | C1 | 2023-12-21 | 40 |
# | C1 | 2023-12-29 | -40 |
# | C2 | 2023-12-30 | 50 |
# | C2 | 2024-01-02 | 80 |
#
# The answer is `pd.Series({"C1": 10, "C2": 1})`. The refund of 29 December is not a purchase, and 2 January is the future.
#
# <details><summary>Hint 1</summary>
#
# Two conditions together, each in its own brackets. You need these rows again, so give them a name:
#
# ```python
# orders = data.orders
# purchases = orders[(orders["amount_eur"] >= 0) & (orders["order_date"] <= data.as_of)]
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# The last day of each customer: `last = purchases.groupby("customer_id")["order_date"].max()`. The reporting day less
# the last day is a span of time; `(data.as_of - last).dt.days` makes it a number.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_06_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
orders = data.orders
purchases = orders[(orders["amount_eur"] >= 0) & (orders["order_date"] <= data.as_of)]
answer_06_1 = (data.as_of - purchases.groupby("customer_id")["order_date"].max()).dt.days
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_06_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("06.1", answer_06_1)

# %% [markdown]
# ## Task 2 · The R score of each customer
#
# Now turn the days into a score (评分) from 1 to 5. **5 is good**: bought a short time ago. The rule:
#
# score = 1 + (5 × number of customers who are **strictly worse**) // number of customers
#
# Strictly worse means: their last purchase is longer ago, not equally long ago. The sign `//` divides and rounds down.
# So two customers with the same days always get the same score.
#
# - **Form:** a Series with 1, 2, 3, 4 or 5 for each customer; the index is `customer_id`
#
# A small example with five customers:
#
# | customer_id | recency_days | strictly worse | score |
# |---|---|---|---|
# | C1 | 3 | 4 | 5 |
# | C2 | 40 | 2 | 3 |
# | C3 | 40 | 2 | 3 |
# | C4 | 90 | 1 | 2 |
# | C5 | 400 | 0 | 1 |
#
# C2 and C3 share a score, so here nobody has a 4. That is right.
#
# <details><summary>Hint 1</summary>
#
# `goodness.rank(method="min")` gives rank 1 to the worst and the same rank to equals. How many are strictly worse? The
# rank less 1. For recency few days are good, so put a minus sign in front: `goodness = -answer_06_1`.
# </details>
# <details><summary>Hint 2</summary>
#
# Write a function; you need it again in tasks 3 and 5. Its input: **large = good**.
#
# ```python
# def score(goodness):
#     worse = goodness.rank(method="min") - 1
#     return 1 + 5 * worse // len(goodness)
#
# # R: score(-days)  F: score(number_of_purchases)
# ```
# </details>


# %% nbgrader={"grade": false, "grade_id": "task_06_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
def score(goodness):
    """Score from 1 to 5; a high value is good."""
    worse = goodness.rank(method="min") - 1
    return 1 + 5 * worse // len(goodness)


answer_06_2 = score(-answer_06_1)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_06_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("06.2", answer_06_2)

# %% [markdown]
# ## Task 3 · Good once, now away
#
# F (frequency, 消费频率) is scored by the same rule from the **number of purchases** up to `data.as_of`; here many
# purchases are good, so strictly worse means fewer. What share of all customers has **R of 2 or less and F of 4 or
# more**? They were good, and they stay away. (M, monetary value 消费金额, is not needed in this exercise.)
#
# - **Unit:** a share between 0 and 1 of all customers
# - **Form:** one number, four decimals or more
#
# A small example: of 200 customers, 9 have R of 1 or 2 and F of 4 or 5. The answer is `9 / 200`, that is `0.045`.
#
# <details><summary>Hint 1</summary>
#
# `n = purchases.groupby("customer_id").size()` counts the purchases of each customer. Many are good, so there is no minus
# sign here: `f_today = score(n)`. You need it again in task 5.
# </details>
# <details><summary>Hint 2</summary>
#
# The mean of True and False is the share of True: `((answer_06_2 <= 2) & (f_today >= 4)).mean()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_06_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
f_today = score(purchases.groupby("customer_id").size())
answer_06_3 = ((answer_06_2 <= 2) & (f_today >= 4)).mean()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_06_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("06.3", answer_06_3)

# %% [markdown]
# ## Task 4 · What the letter did
#
# In autumn 2023 a draw decided who got a letter. Look at the customers in that draw (`campaign_id` is "autumn 2023") who
# had **exactly one purchase before** `start_date`. A customer **responded** (响应) if they bought at least once from
# `start_date` to `end_date`, both days included. What is the uplift (增量响应)?
#
# uplift = share of responders among the treated − share of responders in the control group
#
# - **Unit:** a difference of two shares (0.05 means 5 percentage points)
# - **Form:** one number, four decimals or more
#
# A small example: 12 of 100 treated customers buy, and 7 of 100 in the control group. The answer is `0.12 - 0.07`, that
# is `0.05`. Seven in a hundred buy without any letter, so the letter cannot claim them.
#
# <details><summary>Hint 1</summary>
#
# `autumn = data.campaigns.set_index("campaign_id").loc["autumn 2023"]` is the row of this mailing, and
# `autumn["start_date"]` is its first day. Divide the purchases of task 1 into two tables:
# `before = purchases[purchases["order_date"] < autumn["start_date"]]`, and
# `window = purchases[purchases["order_date"].between(autumn["start_date"], autumn["end_date"])]` (with both days).
# </details>
# <details><summary>Hint 2</summary>
#
# Make a table with one row per customer in the draw:
# `people = data.letters[data.letters["campaign_id"] == "autumn 2023"].set_index("customer_id")`.
# </details>
# <details><summary>Hint 3</summary>
#
# Add two columns: the number of purchases before, and who responded.
#
# ```python
# n_before = before.groupby("customer_id").size()
# people["n_before"] = n_before.reindex(people.index, fill_value=0)
# people["responded"] = people.index.isin(window["customer_id"])
# ```
# </details>
# <details><summary>Hint 4</summary>
#
# Keep the customers with one purchase before: `one = people[people["n_before"] == 1]`. Then
# `rate = one.groupby("treated")["responded"].mean()` gives both shares; take them with `rate[True]` and `rate[False]`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_06_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
autumn = data.campaigns.set_index("campaign_id").loc["autumn 2023"]
before = purchases[purchases["order_date"] < autumn["start_date"]]
window = purchases[purchases["order_date"].between(autumn["start_date"], autumn["end_date"])]
people = data.letters[data.letters["campaign_id"] == "autumn 2023"].set_index("customer_id")
n_before = before.groupby("customer_id").size()
people["n_before"] = n_before.reindex(people.index, fill_value=0)
people["responded"] = people.index.isin(window["customer_id"])
one = people[people["n_before"] == 1]
rate = one.groupby("treated")["responded"].mean()
answer_06_4 = rate[True] - rate[False]
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_06_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("06.4", answer_06_4)

# %% [markdown]
# ## Task 5 · The decision: who gets the next letter?
#
# The same letter goes out again in 2024. You choose who gets it by F score. Six small steps lead to one dict.
#
# Here we follow a simple rule: choose by the uplift as it was measured. In task 6 you say how far you trust it.
#
# **Step 1 · Break-even** (盈亏平衡). Take the mean margin of a purchase: the mean of `margin_eur` over all purchases up to
# `data.as_of`.
#
# break-even = cost of a letter ÷ mean margin
#
# **Step 2 · F score on the day before the letter.** Count only the purchases before `start_date`, and score them as in
# task 3. (Perhaps nobody has the F score 2, because so many customers share a single purchase. That is right.)
#
# **Step 3 · Uplift for each F score.** As in task 4, but with all customers in the draw: one uplift for each F score of
# step 2.
#
# **Step 4 · Choose.** Keep the F scores whose uplift is above break-even.
#
# **Step 5 · Count the letters.** How many customers have one of these F scores **today** (task 3)?
#
# **Step 6 · Expected net.** For each chosen F score:
#
# net = letters × (uplift × mean margin − cost of a letter)
#
# Add these up.
#
# - **Form:** a dict with `"break_even"` (step 1, a share), `"f_scores"` (step 4, a list), `"letters"` (step 5, a whole
#   number) and `"net_eur"` (step 6, EUR)
#
# A small example, step by step:
#
# | step | what | result |
# |---|---|---|
# | 1 | a letter costs 1.00 EUR, the mean margin is 25 EUR | break-even 0.04 |
# | 2, 3 | the uplift | 0.06 for F = 1, 0.01 for F = 5 |
# | 4 | above 0.04 | F = 1 |
# | 5 | customers with F = 1 today | 1,000 |
# | 6 | 1,000 × (0.06 × 25 − 1.00) | 500 EUR |
#
# The answer is `{"break_even": 0.04, "f_scores": [1], "letters": 1000, "net_eur": 500.0}`.
#
# <details><summary>Hint for step 1</summary>
#
# `cost = autumn["letter_cost_eur"]` and `margin = purchases["margin_eur"].mean()`.
# </details>
# <details><summary>Hint for step 2</summary>
#
# `people["f"] = score(n_before)` adds the score to your table of task 4. No minus sign: many purchases are good.
# </details>
# <details><summary>Hint for step 3</summary>
#
# `rates = people.groupby(["f", "treated"])["responded"].mean().unstack()` gives a table with one row per F score and the
# columns `False` and `True`. Then `uplift = rates[True] - rates[False]`.
# </details>
# <details><summary>Hint for steps 4 and 5</summary>
#
# `chosen = uplift[uplift > cost / margin]`; its index holds the F scores. Then
# `letters = f_today.value_counts().reindex(chosen.index, fill_value=0)`: one number for each chosen F score.
# </details>
# <details><summary>Hint for step 6</summary>
#
# pandas multiplies two Series where their index is the same: `(letters * (chosen * margin - cost)).sum()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_06_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
cost = autumn["letter_cost_eur"]
margin = purchases["margin_eur"].mean()
people["f"] = score(n_before)
rates = people.groupby(["f", "treated"])["responded"].mean().unstack()
uplift = rates[True] - rates[False]
chosen = uplift[uplift > cost / margin]
letters = f_today.value_counts().reindex(chosen.index, fill_value=0)
answer_06_5 = {
    "break_even": cost / margin,
    "f_scores": list(chosen.index),
    "letters": letters.sum(),
    "net_eur": (letters * (chosen * margin - cost)).sum(),
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_06_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("06.5", answer_06_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_06_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · How sure are you?
#
# Your friend has data of the same kind of firm and chose other F scores. Write about 150 words, with numbers from your own
# data: which of your choices would you bet on, which might be chance, and how would you find out? There is no single right
# answer. Your teacher reads it.
#
# First show the intervals in the next cell: `crm.response_table(people, by="f")`. Your table needs one row per customer
# and three columns: `f` (the score of step 2), `treated` and `responded` (True or False). Each row of the result is one F
# score; `treated_n` and `control_n` say how many customers are in each group. From `uplift_low` to `uplift_high` runs the
# 95 % confidence interval (置信区间): where it is wide, we know little.
#
# | points | what is looked for |
# |---|---|
# | 1 | the number of customers in the treated and in the control group of at least one F score |
# | 1 | the intervals from `crm.response_table`, and why a small group makes an uplift uncertain |
# | 1 | why the response rate alone would mislead: who would have bought anyway? |
# | 1 | what RFM does not see (what a customer costs, why somebody stays away, ...) |
# | 1 | one clear piece of advice for the next mailing, with a control group in it |
#
# === BEGIN MARK SCHEME ===
# A good answer: F = 1 holds more than a thousand customers in each group, its uplift is several points and the interval
# lies above 0; that choice is safe or nearly so. The higher scores have a few hundred in each group, their intervals
# reach from below 0 to above break-even, so they may be chance. Frequent buyers answer most often and would mostly have
# bought anyway. RFM does not know what serving a customer costs. Advice: write to F = 1, and for the other scores keep
# half back by lot once more, so that the next decision rests on more customers. (In the simulated truth the letter does
# most for rare buyers and next to nothing for the most frequent.)
# === END MARK SCHEME ===

# %%
# your code here: the intervals

# %% [markdown]
# *Write your thoughts here: double-click this cell, and replace this sentence.*
