# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 10 · Which customers, and what with the others? · 练习：选择客户
#
# **The decision.** Some customers of Pinefold, a seller of things for the home, cost more than they bring. Migrate them
# to cheaper service, end the relationship, or leave them alone?
#
# **What you practise**
#
# - charge each customer for the activities used (activity-based costing, 作业成本法);
# - find who lost money, and what the best fifth makes;
# - look a year later at those who lost money;
# - value two actions, customer by customer, in euros.
#
# **Before you start:** lesson 10. **Time:** about 75 minutes. **Points:** 30, of which 5 are given by hand.
#
# The firm is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_10", "locked": false, "schema_version": 3, "solution": false, "task": false}
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("10", student=student)

# %% [markdown]
# ## What you have
#
# `data` holds several tables (表). You need four of them, and one day:
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.customers` 客户 | one customer | `customer_id`; `join_date`: day of the first purchase |
# | `data.orders` 订单 | one order, or one refund (退款) | `customer_id`; `order_date`; `amount_eur`: **negative for a refund**; `margin_eur` (毛利): negative for a refund too; `channel`: "shop", "online" or "sales visit" |
# | `data.contacts` 接触 | one call, e-mail, chat or visit | `customer_id`; `contact_date`; `cost_eur` |
# | `data.returns` 退货 | one return | `customer_id`; `return_date`; `handling_cost_eur` |
# | `data.as_of` 报告日 | | the **reporting day**, 31 December 2023 |
#
# **The customers** of this exercise are all with a `join_date` up to and including `data.as_of`. **The year** is 2023, from
# 2023-01-01 to 2023-12-31, both included. The tables go on after it; only task 4 looks there.
#
# Guess first: how many of 100 loss-makers of one year lose money in the next year too? Then work it out.

# %%
data.orders.head()

# %%
data.contacts.head()

# %% [markdown]
# ## Task 1 · What serving each customer cost
#
# For each customer: cost in 2023 = `cost_eur` of all contacts + `handling_cost_eur` of all returns + **6 EUR for each
# delivery**. A delivery is a purchase (`amount_eur` of 0 or more) in another channel than "shop".
#
# - **Unit:** EUR
# - **Form:** a Series with one number per customer, 0 for those without any cost; the index (the left side) is `customer_id`
#
# A small example: C1 called once (9 EUR) and bought once online; C2 bought once in the shop and sent it back (8 EUR); C3 was
# silent. The answer is `pd.Series({"C1": 15, "C2": 8, "C3": 0})`.
#
# <details><summary>Hint 1</summary>
#
# You need "the rows of a year, added up by customer" often, so write a function:
#
# ```python
# ids = data.customers.loc[data.customers["join_date"] <= data.as_of, "customer_id"]
#
# def added(table, day, column, first="2023-01-01", last="2023-12-31"):
#     rows = table[table[day].between(pd.Timestamp(first), pd.Timestamp(last))]
#     return rows.groupby("customer_id")[column].sum().reindex(ids, fill_value=0)
# ```
#
# `reindex` puts the customers in the order of `ids`, and 0 where there was nothing.
# </details>
# <details><summary>Hint 2</summary>
#
# A delivery is a row with a cost of 6:
#
# ```python
# sent = (data.orders["amount_eur"] >= 0) & (data.orders["channel"] != "shop")
# delivered = data.orders[sent].assign(cost=6)
# ```
# </details>
# <details><summary>Hint 3</summary>
#
# ```python
# contact = added(data.contacts, "contact_date", "cost_eur")
# handling = added(data.returns, "return_date", "handling_cost_eur")
# delivery = added(delivered, "order_date", "cost")
# cost = contact + handling + delivery
# ```
# </details>


# %% nbgrader={"grade": false, "grade_id": "task_10_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
ids = data.customers.loc[data.customers["join_date"] <= data.as_of, "customer_id"]
delivered = data.orders[(data.orders["amount_eur"] >= 0) & (data.orders["channel"] != "shop")].assign(cost=6)


def added(table, day, column, first="2023-01-01", last="2023-12-31"):
    """Add a column up by customer, over the days from first to last."""
    rows = table[table[day].between(pd.Timestamp(first), pd.Timestamp(last))]
    return rows.groupby("customer_id")[column].sum().reindex(ids, fill_value=0)


contact = added(data.contacts, "contact_date", "cost_eur")
cost = (
    contact + added(data.returns, "return_date", "handling_cost_eur") + added(delivered, "order_date", "cost")
)
answer_10_1 = cost
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_10_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("10.1", answer_10_1)

# %% [markdown]
# ## Task 2 · Who lost us money
#
# profit = margin of all rows of 2023 (refunds included) − cost of task 1. What **share** of the customers has a profit below 0?
#
# - **Unit:** a share between 0 and 1 of all customers of task 1
# - **Form:** one number, four decimals or more
#
# A small example: profits of 12, 0, −3 and −8 EUR. Two of four are below 0: the answer is `0.5`.
#
# <details><summary>Hint 1</summary>
#
# `margin = added(data.orders, "order_date", "margin_eur")`, then `profit = margin - cost`.
# </details>
# <details><summary>Hint 2</summary>
#
# The mean of True and False is the share of True: `(profit < 0).mean()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_10_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
margin = added(data.orders, "order_date", "margin_eur")
profit = margin - cost
answer_10_2 = (profit < 0).mean()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_10_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("10.2", answer_10_2)

# %% [markdown]
# ## Task 3 · What the best fifth makes
#
# Take the best fifth of the customers **by profit** (`int(0.2 * number of customers)` of them). Divide their profit by the
# profit of all customers together, losses taken off.
#
# - **Unit:** a ratio; 1.3 means 130 %
# - **Form:** one number, three decimals or more
#
# A small example with five customers: 90, 30, 10, −20, −40. Together 70. The best fifth is one customer: `90 / 70`, about 1.286.
#
# <details><summary>Hint 1</summary>
#
# `best = profit.sort_values(ascending=False).head(int(0.2 * len(profit)))`
# </details>
# <details><summary>Hint 2</summary>
#
# `best.sum() / profit.sum()`. It may be above 1: others lose money.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_10_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
best = profit.sort_values(ascending=False).head(int(0.2 * len(profit)))
answer_10_3 = best.sum() / profit.sum()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_10_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("10.3", answer_10_3)

# %% [markdown]
# ## Task 4 · Last year's loss-makers, a year later
#
# Now the year 2024 (2024-01-01 to 2024-12-31) has passed. Nobody did anything to the loss-makers of 2023. What share of **them** has
# a loss in 2024 again, and what is **their** profit in 2024 together? Cost and profit are worked out as before.
#
# - **Unit:** `again`: a share between 0 and 1; `profit_eur`: EUR
# - **Form:** a dict, `{"again": ..., "profit_eur": ...}`
#
# A small example: three loss-makers of 2023 make −10, 0 and 25 EUR in 2024. The answer is `{"again": 1 / 3, "profit_eur": 15}`.
#
# <details><summary>Hint 1</summary>
#
# Your function takes other days: `y = {"first": "2024-01-01", "last": "2024-12-31"}`, then `added(data.orders, "order_date", "margin_eur", **y)`
# and the three costs in the same way. (`**y` hands over both days.)
# </details>
# <details><summary>Hint 2</summary>
#
# ```python
# next_cost = (
#     added(data.contacts, "contact_date", "cost_eur", **y)
#     + added(data.returns, "return_date", "handling_cost_eur", **y)
#     + added(delivered, "order_date", "cost", **y)
# )
# next_profit = added(data.orders, "order_date", "margin_eur", **y) - next_cost
# theirs = next_profit[profit < 0]
# ```
# </details>
# <details><summary>Hint 3</summary>
#
# `{"again": (theirs < 0).mean(), "profit_eur": theirs.sum()}`
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_10_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
y = {"first": "2024-01-01", "last": "2024-12-31"}
next_cost = (
    added(data.contacts, "contact_date", "cost_eur", **y)
    + added(data.returns, "return_date", "handling_cost_eur", **y)
    + added(delivered, "order_date", "cost", **y)
)
next_profit = added(data.orders, "order_date", "margin_eur", **y) - next_cost
theirs = next_profit[profit < 0]
answer_10_4 = {"again": (theirs < 0).mean(), "profit_eur": theirs.sum()}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_10_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("10.4", answer_10_4)

# %% [markdown]
# ## Task 5 · Migrate, end, or leave alone?
#
# Back to 31 December 2023. Value two actions for each **loss-maker of 2023**, with the figures of 2023, against doing nothing:
#
# - **migrate** to self-service: the contact cost falls by 70 %; 12 % of the customers leave; 10 EUR for each customer
# - **end**: all of the cost and all of the margin go; 5 EUR for each customer
#
# Of each cost that goes, only **70 %** is really saved (avoidable cost, 可避免成本). So for one customer:
#
# value of migrating = 0.7 × (0.12 × cost + 0.88 × 0.7 × contact cost) − 0.12 × margin − 10
#
# value of ending = 0.7 × cost − margin − 5
#
# Give the total if **all** loss-makers are migrated, the total if **all** are ended, and the total if each gets what is best for
# them: migrate, end, or nothing (value 0).
#
# - **Unit:** EUR
# - **Form:** a dict, `{"migrate_eur": ..., "end_eur": ..., "best_each_eur": ...}`
#
# A small example, one customer with a margin of 20, a contact cost of 50 and a cost of 60: migrating is worth
# 0.7 × (7.2 + 30.8) − 2.4 − 10 = 14.2, ending 42 − 20 − 5 = 17. The answer is `{"migrate_eur": 14.2, "end_eur": 17.0, "best_each_eur": 17.0}`.
#
# <details><summary>Hint 1</summary>
#
# ```python
# bad = profit < 0
# migrate = 0.7 * (0.12 * cost + 0.88 * 0.7 * contact) - 0.12 * margin - 10
# end = 0.7 * cost - margin - 5
# ```
# Then keep the loss-makers: `migrate[bad].sum()`.
# </details>
# <details><summary>Hint 2</summary>
#
# The best of several columns in each row: `pd.concat([migrate, end], axis=1).max(axis=1).clip(lower=0)`. `clip(lower=0)` lifts
# what is below 0 up to 0: doing nothing. Then keep the loss-makers and add up.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_10_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
bad = profit < 0
migrate = 0.7 * (0.12 * cost + 0.88 * 0.7 * contact) - 0.12 * margin - 10
end = 0.7 * cost - margin - 5
best_each = pd.concat([migrate, end], axis=1).max(axis=1).clip(lower=0)
answer_10_5 = {
    "migrate_eur": migrate[bad].sum(),
    "end_eur": end[bad].sum(),
    "best_each_eur": best_each[bad].sum(),
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_10_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("10.5", answer_10_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_10_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · Your advice
#
# The director writes: "A quarter of our customers lose us money. End all these relationships by March." Answer in **120 to 180 words**. Use two of
# your numbers from tasks 2 to 5. Say what you would do first, for whom ending may be right, and what you do **not** know.
#
# | points | what is looked for |
# |---|---|
# | 1 | clear advice in the first two sentences |
# | 1 | two numbers of your own, with their unit, used correctly |
# | 1 | losses are partly chance, or end by themselves (task 4) |
# | 1 | costs that stay, or effects that are assumed and need a pilot with a control group |
# | 1 | one value that is not in these tables (reference, learning, later years) |
#
# === BEGIN MARK SCHEME ===
# A good answer (numbers differ): do not end all these relationships. About a quarter of our customers lost money in 2023, but a good part
# of them did not lose again in 2024 although we did nothing: some left, some had one bad year, and the loss became smaller. First
# move the heavy callers to self-service: choosing for each customer is worth more than ending all, because we keep
# their margin. Ending may be right for a few who cost much, buy nothing and answer no offer; it cannot be undone, so it comes last.
# Unknown: how many really leave when we migrate them (12 % is assumed), so ask for a pilot with a control group; whether these
# customers recommend us. And three tenths of the cost stay with us whoever goes. No point for a number without its unit.
# === END MARK SCHEME ===

# %% [markdown]
# *Write your advice here: double-click this cell, and replace this sentence.*
