# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 05 · Who matters most? ABC analysis · 练习：ABC 分析法
#
# **The decision.** Pinefold sells things for the home. It can give special care to some customers, but care costs
# money. Which customers are worth it?
#
# **What you practise**
#
# - add up money per customer with `groupby`, up to a reporting day;
# - measure how much the best customers bring (concentration, 集中度);
# - put every customer into class A, B or C;
# - find customers who buy much and still cost more than they bring;
# - take a decision, in euros.
#
# **Before you start:** lesson 05. **Time:** about 60 minutes. **Points:** 30, of which 5 are given by hand.
#
# The firm is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_05", "locked": false, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("05", student=student)

# %% [markdown]
# ## What you have
#
# `data` holds several tables (表). You need three of them, and one day:
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.orders` 订单 | one order, or one refund (退款) | `customer_id`; `order_date`: the day; `amount_eur`: money paid, **negative for a refund**; `margin_eur` (毛利): the amount less the cost of the goods |
# | `data.contacts` 客户接触 | one phone call, e-mail, chat or visit | `customer_id`; `contact_date`; `cost_eur`: what it cost the firm |
# | `data.returns` 退货 | one refund | `customer_id`; `return_date`; `handling_cost_eur`: transport and checking |
# | `data.as_of` 报告日 | | the **reporting day**, 31 December 2023. It is the last day that counts |
#
# The tables go on after the reporting day. Those days are the future: on 31 December 2023 nobody knows them.
#
# Guess first: what share of the revenue comes from the best fifth of the customers? Then look at the first rows.

# %%
data.orders.head()

# %%
pd.DataFrame(
    {
        "table": ["contacts", "returns"],
        "rows": [len(data.contacts), len(data.returns)],
    }
)

# %% [markdown]
# ## Task 1 · Net revenue of each customer
#
# Net revenue (净收入) is everything a customer paid **less the refunds**. Add it up for each customer, from the
# first day up to and including `data.as_of`.
#
# - **Unit:** EUR
# - **Form:** a Series with one number per customer; the index (the left side) is `customer_id`
#
# A small example. From these four rows, with the reporting day 31 December 2023,
#
# | customer_id | order_date | amount_eur |
# |---|---|---|
# | C1 | 2023-05-01 | 100 |
# | C1 | 2023-05-20 | -30 |
# | C2 | 2023-12-31 | 50 |
# | C2 | 2024-01-02 | 80 |
#
# the answer is `pd.Series({"C1": 70.0, "C2": 50.0})`. The order of 2 January 2024 does not count.
#
# <details><summary>Hint 1</summary>
#
# Two steps. First keep the rows you want, the reporting day included:
# `rows = data.orders[data.orders["order_date"] <= data.as_of]`.
# </details>
# <details><summary>Hint 2</summary>
#
# Then one group for each customer, `rows.groupby("customer_id")["amount_eur"]`, and the word that adds up: `.sum()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_05_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
rows = data.orders[data.orders["order_date"] <= data.as_of]
answer_05_1 = rows.groupby("customer_id")["amount_eur"].sum()
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_05_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("05.1", answer_05_1)

# %% [markdown]
# ## Task 2 · The share of the best fifth
#
# Take the best fifth (五分之一) of your customers: the number of customers divided by 5, **rounded down**, with the
# highest net revenue. What share of all net revenue do they bring?
#
# - **Unit:** a share between 0 and 1 (write 0.5, not 50)
# - **Form:** one number, three decimals or more
#
# A small example: ten customers bring 40, 20, 10, 10, 5, 5, 4, 3, 2 and 1 EUR, together 100. The best fifth are two
# customers; they bring 60. The answer is `0.6`.
#
# <details><summary>Hint 1</summary>
#
# `len(answer_05_1) // 5` divides and rounds down. `x.nlargest(3)` gives the three largest values of a Series `x`.
# </details>
# <details><summary>Hint 2</summary>
#
# A share is a part divided by the whole: the sum of the best, divided by `answer_05_1.sum()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_05_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
best = answer_05_1.nlargest(len(answer_05_1) // 5)
answer_05_2 = best.sum() / answer_05_1.sum()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_05_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("05.2", answer_05_2)

# %% [markdown]
# ## Task 3 · The class of each customer
#
# Put the customers in a row, from the largest net revenue to the smallest. Go along the row and add up their shares
# of the revenue. A customer belongs to
#
# - class **A** while the customers *before* them have less than 80 % together,
# - class **B** while the customers before them have less than 95 %,
# - class **C** after that.
#
# So the customer who crosses the line of 80 % is still A.
#
# - **Form:** a Series with "A", "B" or "C" for each customer; the index is `customer_id`, in any order
#
# A small example:
#
# | customer_id | revenue | share before | class |
# |---|---|---|---|
# | C7 | 70 | 0 % | A |
# | C2 | 20 | 70 % | A |
# | C5 | 6 | 90 % | B |
# | C1 | 4 | 96 % | C |
#
# The answer is `pd.Series({"C7": "A", "C2": "A", "C5": "B", "C1": "C"})`.
#
# <details><summary>Hint 1</summary>
#
# `ranked = answer_05_1.sort_values(ascending=False)` puts the largest first. `ranked.cumsum()` adds up along the row, and
# the customer's own revenue is in that sum: take it off again to get those before.
# </details>
# <details><summary>Hint 2</summary>
#
# Those before, as a share: `before = (ranked.cumsum() - ranked) / ranked.sum()`.
# </details>
# <details><summary>Hint 3</summary>
#
# `np.where(condition, this, that)` gives `this` where the condition holds, and `that` everywhere else. It has no
# customer ids, so put them back:
#
# ```python
# letters = np.where(before < 0.80, "A", np.where(before < 0.95, "B", "C"))
# answer_05_3 = pd.Series(letters, index=before.index)
# ```
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_05_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
ranked = answer_05_1.sort_values(ascending=False)
before = (ranked.cumsum() - ranked) / ranked.sum()
letters = np.where(before < 0.80, "A", np.where(before < 0.95, "B", "C"))
answer_05_3 = pd.Series(letters, index=before.index)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_05_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("05.3", answer_05_3)

# %% [markdown]
# ## Task 4 · Class A, and yet a loss
#
# Much revenue is not much profit (利润). For each customer of **class A**, all up to and including `data.as_of`:
#
# profit = margin − cost of the contacts − cost of handling refunds
#
# The margin of a refund is negative: keep it in the sum. Which customers of class A have a profit **below 0**?
#
# - **Form:** a list of customer ids, in any order
#
# A small example:
#
# | customer_id | class | margin | contacts | handling | profit |
# |---|---|---|---|---|---|
# | C7 | A | 40 | 55 | 8 | −23 |
# | C2 | A | 60 | 10 | none | 50 |
# | C5 | B | 2 | 9 | none | −7 |
#
# The answer is `["C7"]`. C5 has a loss too, but is not in class A.
#
# <details><summary>Hint 1</summary>
#
# You need three sums per customer: `margin_eur`, `cost_eur` and `handling_cost_eur`. Each table has its own day column:
# `contacts = data.contacts[data.contacts["contact_date"] <= data.as_of]`, and the returns by `return_date`.
# </details>
# <details><summary>Hint 2</summary>
#
# Many customers have no refund, and a plain `a - b` then gives NaN (missing). `a.sub(b, fill_value=0)` takes 0 instead.
# You need it twice.
# </details>
# <details><summary>Hint 3</summary>
#
# To keep class A: `a_ids = answer_05_3[answer_05_3 == "A"].index`, then `of_a = profit.loc[a_ids]`. And
# `list(of_a[of_a < 0].index)` gives ids.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_05_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
contacts = data.contacts[data.contacts["contact_date"] <= data.as_of]
returns = data.returns[data.returns["return_date"] <= data.as_of]
margin = rows.groupby("customer_id")["margin_eur"].sum()
profit = margin.sub(contacts.groupby("customer_id")["cost_eur"].sum(), fill_value=0)
profit = profit.sub(returns.groupby("customer_id")["handling_cost_eur"].sum(), fill_value=0)
of_a = profit.loc[answer_05_3[answer_05_3 == "A"].index]
answer_05_4 = list(of_a[of_a < 0].index)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_05_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("05.4", answer_05_4)

# %% [markdown]
# ## Task 5 · The decision: for which classes does care pay?
#
# Pinefold plans a care programme (客户关怀): a call and a small gift. It costs **5.00 EUR per customer and year**. A
# test says that it raises a customer's margin of a year by **20 %**. A class is taken as a whole or not at all.
#
# For each class of task 3:
#
# gain = 20 % of the class's margin in the year 2023 − 5.00 EUR × number of customers in the class
#
# The year 2023 runs from 1 January to 31 December. Customers who bought nothing in 2023 are cared for too, so they
# cost, too. Choose the classes whose gain is above 0, and add their gains up.
#
# - **Form:** a dict with `"classes"` (a list of letters) and `"net_gain_eur"` (one number, in EUR for a year)
#
# A small example: class A has 10 customers and a margin of 900 EUR in 2023, class B 10 customers and 200 EUR. The gain
# of A is 180 − 50 = 130, that of B 40 − 50 = −10. The answer is `{"classes": ["A"], "net_gain_eur": 130.0}`.
#
# <details><summary>Hint 1</summary>
#
# First the margin of 2023 for each customer: `year = rows[rows["order_date"] >= "2023-01-01"]`, if your `rows` end with
# `data.as_of`; then `x = year.groupby("customer_id")["margin_eur"].sum()`.
# </details>
# <details><summary>Hint 2</summary>
#
# `x.groupby(answer_05_3).sum()` adds up by class. `answer_05_3.value_counts()` counts all customers of each class, also
# those who bought nothing in 2023.
# </details>
# <details><summary>Hint 3</summary>
#
# If `gain` is a Series with one number for each class, `paying = gain[gain > 0]` keeps the good ones;
# `list(paying.index)` are their letters.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_05_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
year = rows[rows["order_date"] >= "2023-01-01"]
x = year.groupby("customer_id")["margin_eur"].sum()
gain = 0.20 * x.groupby(answer_05_3).sum() - 5.00 * answer_05_3.value_counts()
paying = gain[gain > 0]
answer_05_5 = {"classes": list(paying.index), "net_gain_eur": paying.sum()}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_05_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("05.5", answer_05_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_05_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · Your advice
#
# A manager says: "Let us look after class A only, and forget the rest." Write about 150 words, with numbers from your
# own data: what is right about it, what does ABC not see, and what would you do? There is no single right answer. Your
# teacher reads it.
#
# | points | what is looked for |
# |---|---|
# | 1 | at least two numbers from tasks 1 to 5, each with its unit |
# | 1 | something that is right about the manager's idea |
# | 1 | class A customers with a loss: what you would do with them, and why |
# | 1 | ABC looks at the past: somebody whom it puts into the wrong class (a new customer, say) |
# | 1 | one clear piece of advice that could be carried out next Monday |
#
# === BEGIN MARK SCHEME ===
# A good answer: the best fifth bring about 70 % of the revenue, so attention there reaches most of the money. But class
# A holds customers with a loss (about one in six): first find out what their contacts are about and make them
# needless, or offer a cheaper channel; do not send them away yet. ABC adds up the past, so somebody who came in
# December stands in C although they may become A; class by margin, and look at how long they have been customers. Advice:
# care for the classes that pay in task 5, test it on half of them drawn by lot, and look again in a year.
# === END MARK SCHEME ===

# %% [markdown]
# *Write your advice here: double-click this cell, and replace this sentence.*
