# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 19 · Who gets which offer, and from what do we know? · 练习：客户个性化
#
# **The decision.** A seller of software offers Pinefold a system that chooses an offer for each customer, for 5,000 EUR a year. Before
# you sign, you test with your own data what the firm knows and what an offer adds.
#
# **What you practise**
#
# - mix what one customer did with what all do (base rate 基准率);
# - measure a rule by confidence 置信度 and lift 提升度;
# - score a best-seller list on baskets that it has not seen;
# - judge a plan that was never sent (inverse propensity 逆概率加权);
# - find the number of customers from which a system pays (break-even 盈亏平衡).
#
# **Before you start:** lesson 19. **Time:** about 60 minutes. **Points:** 30, of which 5 are given by hand.
#
# The firm is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_19", "locked": false, "schema_version": 3, "solution": false, "task": false}
import math

import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("19", student=student)

# %% [markdown]
# ## What you have
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.orders` 订单 | one order or refund | `order_id`; `customer_id`; `order_date`; `amount_eur`: **below 0 for a refund** |
# | `data.checkouts` 结账 | one order | `order_id`; `payment`: "card", "phone wallet", "invoice" or "cash" |
# | `data.basket_lines` 购物篮 | one product in one order | `order_id`; `product_id`; `quantity`: pieces |
# | `data.offer_log` 优惠投放 | one customer in one mailing | `assigned_by`: "lot" or "rule" (the old rule, in November); `offer`; `propensity`: the chance of this offer; `recent_mails`: mails in the eight weeks before, drawn by lot; `margin_eur`: of what they then ordered, 0 if nothing |
# | `data.offer_menu` 优惠清单 | one offer | `offer`; `cost_eur`: cost of sending it |
# | `data.as_of` 报告日 | | the **reporting day**, 31 December 2023. It is the last day that counts as the past |

# %%
data.offer_log.head()

# %% [markdown]
# ## Task 1 · Paid how, next time?
#
# For each customer with an order by `data.as_of`: the chance that the next payment is by **card**,
#
# chance = (own orders paid by card + 2 × base rate) / (own orders + 2)
#
# The base rate is the share of **all orders** by `data.as_of` that were paid by card. Refunds are no orders.
#
# - **Form:** a Series with one number between 0 and 1 per customer; the index (the left side) is `customer_id`
#
# With a base rate of 0.4, somebody who paid 3 of 3 orders by card has a chance of (3 + 0.8) / 5 = 0.76.
#
# <details><summary>Hint 1</summary>
#
# ```python
# sold = data.orders[(data.orders["amount_eur"] >= 0) & (data.orders["order_date"] <= data.as_of)]
# paid = sold.merge(data.checkouts, on="order_id")
# card = paid["payment"] == "card"
# ```
#
# `merge` puts the two tables side by side by `order_id`.
# </details>
# <details><summary>Hint 2</summary>
#
# `base = card.mean()` and `own = card.groupby(paid["customer_id"]).agg(["sum", "size"])`. Then
# `(own["sum"] + 2 * base) / (own["size"] + 2)`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_19_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
sold = data.orders[(data.orders["amount_eur"] >= 0) & (data.orders["order_date"] <= data.as_of)]
paid = sold.merge(data.checkouts, on="order_id")
card = paid["payment"] == "card"
base = card.mean()
own = card.groupby(paid["customer_id"]).agg(["sum", "size"])
answer_19_1 = (own["sum"] + 2 * base) / (own["size"] + 2)
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_19_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("19.1", answer_19_1)

# %% [markdown]
# ## Task 2 · Frames and hooks
#
# The rule "who buys a picture frame (`P24`) buys frame hooks (`P25`) in the same order". Use orders by `data.as_of`.
#
# - **confidence**: of the orders with a frame, the share that also holds hooks
# - **lift**: confidence divided by the share of **all** orders that hold hooks
# - **Form:** a dict, `{"confidence": ..., "lift": ...}`; if you round, keep three decimals
#
# With 200 orders in all, 20 with a frame, 10 with hooks and 4 with both: confidence 0.2, lift 0.2 / 0.05 = 4.
#
# <details><summary>Hint 1</summary>
#
# ```python
# lines = data.basket_lines.merge(sold[["order_id", "customer_id", "order_date"]], on="order_id")
# frames = set(lines[lines["product_id"] == "P24"]["order_id"])
# hooks = set(lines[lines["product_id"] == "P25"]["order_id"])
# ```
#
# `sold` is from task 1; `frames & hooks` are the orders in both sets.
# </details>
# <details><summary>Hint 2</summary>
#
# `confidence = len(frames & hooks) / len(frames)`; all orders are `lines["order_id"].nunique()`; the lift is
# `confidence / (len(hooks) / lines["order_id"].nunique())`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_19_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
lines = data.basket_lines.merge(sold[["order_id", "customer_id", "order_date"]], on="order_id")
frames = set(lines[lines["product_id"] == "P24"]["order_id"])
hooks = set(lines[lines["product_id"] == "P25"]["order_id"])
confidence = len(frames & hooks) / len(frames)
answer_19_2 = {"confidence": confidence, "lift": confidence / (len(hooks) / lines["order_id"].nunique())}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_19_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("19.2", answer_19_2)

# %% [markdown]
# ## Task 3 · The best-seller list
#
# Make the list of the three products that **most customers** bought by `data.as_of`: it must not have seen what it is to guess. Then take each customer's **first order after**
# that day (if two fall on one day, the one with the smaller `order_id`). In which share of these orders is at least one of the three?
#
# - **Form:** one number between 0 and 1
#
# If 50 customers order after that day and 20 of their first orders hold one of the three, the answer is 0.4. New customers count too.
# This is simpler than in the lesson: there, what a customer owns already is left out of the list; here it stays.
#
# <details><summary>Hint 1</summary>
#
# `top = lines.groupby("product_id")["customer_id"].nunique().nlargest(3).index` (with `lines` of task 2, which end on the reporting day).
# </details>
# <details><summary>Hint 2</summary>
#
# ```python
# later = data.orders[(data.orders["amount_eur"] >= 0) & (data.orders["order_date"] > data.as_of)]
# first = later.sort_values(["order_date", "order_id"]).drop_duplicates("customer_id")
# baskets = data.basket_lines.merge(first[["order_id", "customer_id"]], on="order_id")
# ```
#
# `drop_duplicates` keeps the first row of each customer.
# </details>
# <details><summary>Hint 3</summary>
#
# `hit = baskets["product_id"].isin(top)`; one True per customer is enough: `hit.groupby(baskets["customer_id"]).any().mean()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_19_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
top = lines.groupby("product_id")["customer_id"].nunique().nlargest(3).index
later = data.orders[(data.orders["amount_eur"] >= 0) & (data.orders["order_date"] > data.as_of)]
first = later.sort_values(["order_date", "order_id"]).drop_duplicates("customer_id")
baskets = data.basket_lines.merge(first[["order_id", "customer_id"]], on="order_id")
hit = baskets["product_id"].isin(top)
answer_19_3 = hit.groupby(baskets["customer_id"]).any().mean()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_19_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("19.3", answer_19_3)

# %% [markdown]
# ## Task 4 · A plan that was never sent
#
# In November the old rule chose the offers (`assigned_by` is "rule"). What would a **discount for everybody** have earned? The profit of a row is
# `margin_eur` less the `cost_eur` of its offer.
#
# 1. **naive**: the mean profit of the November rows that got a discount;
# 2. **by inverse propensity**: for these rows add up profit / `propensity`, then divide by the number of **all** November rows.
#
# - **Unit:** EUR per customer
# - **Form:** a dict, `{"naive_eur": ..., "ips_eur": ...}`
#
# Ten rows, two with a discount: profits 6 and 3, propensities 0.6 and 0.15. Naive 4.5; by inverse propensity (10 + 20) / 10 = 3.
#
# <details><summary>Hint 1</summary>
#
# ```python
# log = data.offer_log.merge(data.offer_menu, on="offer")
# log["profit"] = log["margin_eur"] - log["cost_eur"]
# november = log[log["assigned_by"] == "rule"]
# got = november[november["offer"] == "discount"]
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `got["profit"].mean()` and `(got["profit"] / got["propensity"]).sum() / len(november)`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_19_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
log = data.offer_log.merge(data.offer_menu, on="offer")
log["profit"] = log["margin_eur"] - log["cost_eur"]
november = log[log["assigned_by"] == "rule"]
got = november[november["offer"] == "discount"]
answer_19_4 = {
    "naive_eur": got["profit"].mean(),
    "ips_eur": (got["profit"] / got["propensity"]).sum() / len(november),
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_19_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("19.4", answer_19_4)

# %% [markdown]
# ## Task 5 · From how many customers on?
#
# Use the mailings **by lot** and only **fresh** customers, with `recent_mails` of 0 or 1. The gain of an offer is its mean profit less the mean
# profit of "nothing".
#
# 1. Which of discount, guide and advice has the largest gain, and how large is it?
# 2. The system costs 5,000 EUR a year; there are 8 mailings a year. Suppose it did no more than send this offer to fresh customers: how many of
#    them does it take so that 8 × gain × customers is at least 5,000 EUR? Round up. (Could you do that without a system? Task 6 asks.)
#
# - **Form:** a dict, `{"best_offer": "...", "gain_eur": ..., "customers": ...}`
#
# With a gain of 0.50 EUR it takes 5,000 / 4 = 1,250 customers. Do not round the gain before you divide.
#
# For task 6 you need to know how sure the gain is. With `s1`, `n1` the spread (`std()`) and number of rows of the best offer, and `s0`, `n0` those of
# "nothing", the interval is gain ± `1.96 * (s1**2 / n1 + s0**2 / n0) ** 0.5`. Does it hold zero?
#
# <details><summary>Hint 1</summary>
#
# ```python
# fresh = log[(log["assigned_by"] == "lot") & (log["recent_mails"] <= 1)]
# mean = fresh.groupby("offer")["profit"].mean()
# gain = mean.drop("nothing") - mean["nothing"]
# ```
#
# `log` is from task 4.
# </details>
# <details><summary>Hint 2</summary>
#
# The best offer is `gain.idxmax()`, its gain `gain.max()`, and the customers are `math.ceil(5000 / (8 * gain.max()))`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_19_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
fresh = log[(log["assigned_by"] == "lot") & (log["recent_mails"] <= 1)]
mean = fresh.groupby("offer")["profit"].mean()
gain = mean.drop("nothing") - mean["nothing"]
answer_19_5 = {
    "best_offer": gain.idxmax(),
    "gain_eur": gain.max(),
    "customers": math.ceil(5000 / (8 * gain.max())),
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_19_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("19.5", answer_19_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_19_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · Your advice
#
# Write about 150 words to your manager, with numbers from your own data: should Pinefold sign for the system, what would it use it for, and which
# signals about customers would you *not* collect? There is no single right answer. Your teacher reads it.
#
# | points | what is looked for |
# |---|---|
# | 1 | a clear decision with its gain, and the cost of the system beside it |
# | 1 | how sure the gain is (the interval at the end of task 5: does it hold zero?), and what would make it surer |
# | 1 | the simpler ways it is compared with: nothing, one offer for all, the best-seller list |
# | 1 | tired customers, or customers whom an offer harms |
# | 1 | at least one signal that is let go, with a reason |
#
# === BEGIN MARK SCHEME ===
# A good answer sees that task 5 measures *one offer for all fresh customers*: that plan needs no system, only a list without those who had two or more mails.
# The system must earn 5,000 EUR more than that. It notes that the best of three was picked by the same numbers, so its gain is a little too good, and that
# the interval (formula in task 5) is about ± 1 euro: for most students it holds zero, and a larger test would make it surer. It may use task 4: the naive number is too high because frequent buyers got the discounts.
# It compares the recommender with the best-seller list of task 3. It proposes to send the plan to one half by lot. It lets go of, for instance, year of birth or the way of paying,
# since the lesson found no profit in them, and names that data which is not collected cannot leak.
# === END MARK SCHEME ===

# %% [markdown]
# *Write your thoughts here: double-click this cell, and replace this sentence.*
