# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 00 · Your first table · 练习：从这里开始
#
# **The decision.** You are new at Pinefold, a seller of things for the home. Which customers would you call, and why?
# First you need to find your way in the tables.
#
# **What you practise**
#
# - choose rows (行) and count them;
# - take the mean of a column (列);
# - count for each customer (groupby, 分组);
# - join two tables by a key (键);
# - give each customer a relationship state (客户关系状态) by a rule.
#
# **Before you start:** lesson 00. No programming is needed; each task takes one to five lines, and the hints show them.
# **Time:** about 45 minutes. **Points:** 30, of which 5 are given by hand.
#
# The firm is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# A grey box is a cell (单元格). Click into it, then press <kbd>Shift</kbd> + <kbd>Enter</kbd>: it runs. Write your name between
# the quotation marks in the next cell and run it. Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_00", "locked": false, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("00", student=student)

# %% [markdown]
# ## What you have
#
# `data` holds several tables (表). You need two of them, and one day:
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.orders` 订单 | one order, or one refund (退款) | `customer_id`; `order_date`: the day; `amount_eur`: money paid, **negative for a refund** |
# | `data.customers` 客户 | one customer | `customer_id`; `customer_kind`: "consumer" (a home) or "business" (a firm) |
# | `data.as_of` 报告日 | | the **reporting day**, 31 December 2023. It is the last day that counts |
#
# A **purchase** (购买) is a row with `amount_eur` of 0 or more. A refund is never a purchase. The tables go on after the
# reporting day; those days are the future, and on 31 December 2023 nobody knows them.

# %%
data.orders.head()

# %%
data.customers.head()

# %% [markdown]
# ## Task 1 · How many purchases?
#
# How many purchases are there up to and including `data.as_of`? You need these rows in every task, so keep them under the
# name `purchases`.
#
# - **Form:** one whole number
#
# A small example, with the reporting day 31 December 2023:
#
# | customer_id | order_date | amount_eur |
# |---|---|---|
# | C1 | 2022-03-01 | 100 |
# | C1 | 2023-12-21 | 40 |
# | C1 | 2023-12-29 | -40 |
# | C2 | 2022-11-30 | 50 |
# | C3 | 2024-01-02 | 80 |
#
# The answer is `3`: the refund is no purchase, and 2 January 2024 is the future.
#
# <details><summary>Hint 1</summary>
#
# Two questions together, each in its own round brackets, with `&` (and) between them:
#
# ```python
# orders = data.orders
# purchases = orders[(orders["amount_eur"] >= 0) & (orders["order_date"] <= data.as_of)]
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `len(purchases)` counts the rows.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_00_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
orders = data.orders
purchases = orders[(orders["amount_eur"] >= 0) & (orders["order_date"] <= data.as_of)]
answer_00_1 = len(purchases)
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_00_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("00.1", answer_00_1)

# %% [markdown]
# ## Task 2 · The mean purchase
#
# What is the mean (平均) amount of a purchase? Use the rows of task 1.
#
# - **Unit:** EUR
# - **Form:** one number, two decimals or more
#
# In the small example: (100 + 40 + 50) / 3 = `63.33`.
#
# <details><summary>Hint</summary>
#
# A column is chosen with square brackets: `purchases["amount_eur"]`. Its mean is `purchases["amount_eur"].mean()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_00_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
answer_00_2 = purchases["amount_eur"].mean()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_00_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("00.2", answer_00_2)

# %% [markdown]
# ## Task 3 · Purchases of each customer
#
# How many purchases has each customer made? Use the rows of task 1.
#
# - **Form:** a Series (one column with names at its left side) with one whole number per customer; the names are `customer_id`
#
# In the small example: `pd.Series({"C1": 2, "C2": 1})`. C3 has not bought yet on that day and is not in it.
#
# <details><summary>Hint</summary>
#
# `groupby` makes one group for each customer, and `.size()` counts the rows of each group:
# `n = purchases.groupby("customer_id").size()`. Then `answer_00_3 = n`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_00_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
n = purchases.groupby("customer_id").size()
answer_00_3 = n
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_00_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("00.3", answer_00_3)

# %% [markdown]
# ## Task 4 · What part do firms buy?
#
# What share of all money paid for purchases came from firms (`customer_kind` is "business")? The kind stands in the other
# table: join the two by their key.
#
# - **Unit:** a share between 0 and 1
# - **Form:** one number, four decimals or more
#
# In the small example, if C2 is a firm and C1 a home: 50 / 190 = `0.2632`.
#
# <details><summary>Hint 1</summary>
#
# `both = purchases.merge(data.customers, on="customer_id")` puts the customer's row beside each purchase.
# </details>
# <details><summary>Hint 2</summary>
#
# `firms = both[both["customer_kind"] == "business"]` keeps the firms' rows (two equal signs ask a question). Then divide the two
# sums: `firms["amount_eur"].sum() / both["amount_eur"].sum()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_00_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
both = purchases.merge(data.customers, on="customer_id")
firms = both[both["customer_kind"] == "business"]
answer_00_4 = firms["amount_eur"].sum() / both["amount_eur"].sum()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_00_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("00.4", answer_00_4)

# %% [markdown]
# ## Task 5 · Where each customer stands
#
# Give every customer who has bought one state, by this rule. Ask the questions from the top; the first that fits counts.
#
# | question | state |
# |---|---|
# | Is the last purchase **more than 365 days** before `data.as_of`? | `"lost"` 流失 |
# | Is there exactly one purchase? | `"first-time"` 初次购买 |
# | Are there 2, 3 or 4 purchases? | `"repeat"` 重复购买 |
# | 5 or more | `"loyal"` 忠诚 |
#
# - **Form:** a Series with one of the four words per customer; the names at the left are `customer_id`
#
# In the small example: C1 is "repeat" (two purchases, the last ten days ago), C2 is "lost" (396 days ago).
#
# <details><summary>Hint 1</summary>
#
# The days of silence:
#
# ```python
# last = purchases.groupby("customer_id")["order_date"].max()
# silence = (data.as_of - last).dt.days
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `np.select` takes a list of questions, a list of words, and the word for the rest. The `n` is that of task 3.
#
# ```python
# words = np.select([silence > 365, n == 1, n < 5], ["lost", "first-time", "repeat"], "loyal")
# answer_00_5 = pd.Series(words, index=n.index)
# ```
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_00_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
last = purchases.groupby("customer_id")["order_date"].max()
silence = (data.as_of - last).dt.days
words = np.select([silence > 365, n == 1, n < 5], ["lost", "first-time", "repeat"], "loyal")
answer_00_5 = pd.Series(words, index=n.index)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_00_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("00.5", answer_00_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_00_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · Whom would you call?
#
# You may make 100 calls. Write about 120 words, with numbers from your own data: which state would you call, and what do you
# *not* know? There is no single right answer. Your teacher reads it.
#
# First count the states in the next cell: `answer_00_5.value_counts()`.
#
# | points | what is looked for |
# |---|---|
# | 1 | the number of customers in each state |
# | 1 | one clear choice, with a reason |
# | 1 | why "lost" is a name that the rule gives, and what could be wrong with it |
# | 1 | why the state with the most money is not always the state in which a call changes most |
# | 1 | how to find out: leave some out by lot, and compare |
#
# === BEGIN MARK SCHEME ===
# A good answer gives the four counts and chooses, say, the first-time customers: many, recent, and a second order may
# follow. It says that nobody told the shop that they have left: somebody silent for 366 days may buy tomorrow, and one
# who bought last month may be gone. Loyal customers bring most but would mostly come anyway. The way to know: call 50
# of 100, drawn by lot, and compare the orders of both halves. (In the simulated truth about a fifth of the lost are still
# customers and about a third of the others have left.)
# === END MARK SCHEME ===

# %%
# your code here: the counts

# %% [markdown]
# *Write your thoughts here: double-click this cell, and replace this sentence.*
