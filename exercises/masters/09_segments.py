# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 09 · One offer for all, or one for each segment? · 练习：客户细分
#
# **The decision.** Pinefold asked its customers what they look for, and tried five offers on them. Should it run one programme for
# each segment next year, or the same offer for all?
#
# **What you practise**
#
# - take the unit off a measure (standardise, 标准化);
# - put each customer into a segment (客户群) by a rule;
# - say of whom a share is a share;
# - find the best offer for each segment in a trial drawn by lot;
# - take a decision, in euros, without fooling yourself.
#
# **Before you start:** lesson 09. **Time:** about 75 minutes. **Points:** 30, of which 5 are given by hand.
#
# The firm is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_09", "locked": false, "schema_version": 3, "solution": false, "task": false}
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("09", student=student)

# %% [markdown]
# ## What you have
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.needs` 需求调查 | one customer who answered the survey | `customer_id` and ten statements, 1 = not at all, 7 = fully |
# | `data.offer_trial` 优惠试验 | one customer of the trial, answered or not | `customer_id`; `offer`: which offer, drawn by lot; `margin_eur`: margin of what they bought, 0 if nothing; `offer_cost_eur`: cost of the invitation |
# | `data.habits` 购物习惯 | one customer: how they shop | not needed here |
#
# The lecture's four types, each with its pair of statements:
#
# | type | the pair |
# |---|---|
# | lighthouse 灯塔型 | `wants_new`, `own_style` |
# | follower 跟随型 | `follows_friends`, `trusts_reviews` |
# | rational 理性型 | `compares_prices`, `reads_specs` |
# | profit-seeking 逐利型 | `waits_for_sales`, `uses_coupons` |
#
# Guess first: which of the four is the largest? Then look.

# %%
data.needs.head()

# %%
data.offer_trial.head()

# %% [markdown]
# ## Task 1 · A statement without its unit
#
# People agree with some statements more than with others. To compare statements, **standardise** each: take off its mean, then divide by
# its standard deviation (标准差). Do this for all ten, and answer with the column `wants_new`.
#
# - **Form:** a Series with one number per customer who answered; the index is `customer_id`
#
# A small example: three answers 1, 4 and 7 have the mean 4 and the standard deviation 2.449 (of all three). Standardised they are −1.225, 0 and 1.225.
#
# <details><summary>Hint 1</summary>
#
# `answers = data.needs.set_index("customer_id")` leaves only numbers in the columns.
# </details>
# <details><summary>Hint 2</summary>
#
# pandas works on all columns at once: `z = (answers - answers.mean()) / answers.std(ddof=0)`. The answer is `z["wants_new"]`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_09_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
answers = data.needs.set_index("customer_id")
z = (answers - answers.mean()) / answers.std(ddof=0)
answer_09_1 = z["wants_new"]
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_09_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("09.1", answer_09_1)

# %% [markdown]
# ## Task 2 · A segment for each answer
#
# Give each customer the type in whose **pair** of standardised statements they lie highest (the mean of the two).
#
# - **Form:** a Series with one of the words `lighthouse`, `follower`, `rational`, `profit-seeking` for each customer; the index is
#   `customer_id`
#
# A small example: a customer with means 0.2, 1.1, −0.4 and 0.9 for the four pairs, in the order of the table above, is a `follower`.
#
# <details><summary>Hint 1</summary>
#
# Write the pairs down once:
#
# ```python
# pairs = {
#     "lighthouse": ["wants_new", "own_style"],
#     "follower": ["follows_friends", "trusts_reviews"],
#     "rational": ["compares_prices", "reads_specs"],
#     "profit-seeking": ["waits_for_sales", "uses_coupons"],
# }
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `means = pd.DataFrame({name: z[two].mean(axis=1) for name, two in pairs.items()})` has one column for each type; `means.idxmax(axis=1)`
# gives the name of the highest.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_09_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
pairs = {
    "lighthouse": ["wants_new", "own_style"],
    "follower": ["follows_friends", "trusts_reviews"],
    "rational": ["compares_prices", "reads_specs"],
    "profit-seeking": ["waits_for_sales", "uses_coupons"],
}
means = pd.DataFrame({name: z[two].mean(axis=1) for name, two in pairs.items()})
answer_09_2 = means.idxmax(axis=1)
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_09_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("09.2", answer_09_2)

# %% [markdown]
# ## Task 3 · How many are followers?
#
# What share of the customers **who answered** is in the segment `follower`?
#
# - **Unit:** a share between 0 and 1
# - **Form:** one number, four decimals or more
#
# A small example: 30 of 120 answers are followers. The answer is `30 / 120`, that is `0.25`, even if the firm has 400 customers.
#
# <details><summary>Hint</summary>
#
# The mean of True and False is the share of True: `(answer_09_2 == "follower").mean()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_09_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
answer_09_3 = (answer_09_2 == "follower").mean()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_09_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("09.3", answer_09_3)

# %% [markdown]
# ## Task 4 · The best offer for each segment
#
# Take the customers of the trial who answered the survey. What an offer earned from a customer is
#
# net = `margin_eur` − `offer_cost_eur`
#
# Which offer has the highest **mean net** in each segment?
#
# - **Form:** a dict with the four types as names and an offer as each value
#
# A small example: if `friends` earned 5.10 per follower and every other offer less, then `"follower": "friends"`.
#
# <details><summary>Hint 1</summary>
#
# One row per customer who answered, with the segment:
#
# ```python
# trial = data.offer_trial.set_index("customer_id")
# people = trial.loc[answer_09_2.index].copy()
# people["segment"] = answer_09_2
# people["net_eur"] = people["margin_eur"] - people["offer_cost_eur"]
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `table = people.groupby(["segment", "offer"])["net_eur"].mean().unstack()` has one row per segment and one column per offer. Then
# `table.idxmax(axis=1).to_dict()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_09_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
trial = data.offer_trial.set_index("customer_id")
people = trial.loc[answer_09_2.index].copy()
people["segment"] = answer_09_2
people["net_eur"] = people["margin_eur"] - people["offer_cost_eur"]
table = people.groupby(["segment", "offer"])["net_eur"].mean().unstack()
answer_09_4 = table.idxmax(axis=1).to_dict()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_09_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("09.4", answer_09_4)

# %% [markdown]
# ## Task 5 · The decision: does it pay?
#
# The best of five means is partly luck. So choose on one half and judge on the other.
#
# **Step 1 · Halves.** Sort `people` by `customer_id`. The first, third, fifth ... row *chooses*, the second, fourth ... row *judges*.
#
# **Step 2 · Choose.** In the half that chooses: the best offer of each segment (as in task 4), and the best offer for all together.
#
# **Step 3 · Judge.** In the half that judges: the mean net of the chosen offer in each segment, less the mean net there of the offer that was best
# for all.
#
# **Step 4 · A year.** Multiply each difference by the number of customers of the segment (both halves), add up, and multiply by **4
# mailings**.
#
# **Step 5 · Programmes.** Each segment's programme costs **500 EUR** a year. Treating all the same needs one as well, so take off 500 EUR for
# each segment *beyond the first*. That is the gain.
#
# - **Form:** a dict with `"segments"` (how many), `"gain_eur"` (step 5) and `"decision"`: `"tailor"` if the gain is above 0, else `"same for all"`
#
# A small example with two segments of 100 customers: differences 2.00 and 0.50 give 100 × 2.00 + 100 × 0.50 = 250; four mailings 1,000; less
# 500 for one more programme: `{"segments": 2, "gain_eur": 500.0, "decision": "tailor"}`.
#
# <details><summary>Hint for steps 1 and 2</summary>
#
# ```python
# rows = people.sort_index()
# choose, judge = rows.iloc[::2], rows.iloc[1::2]
# ```
#
# `best = choose.groupby(["segment", "offer"])["net_eur"].mean().unstack().idxmax(axis=1)` and
# `same = choose.groupby("offer")["net_eur"].mean().idxmax()`.
# </details>
# <details><summary>Hint for step 3</summary>
#
# `worth = judge.groupby(["segment", "offer"])["net_eur"].mean().unstack()`, and then
# `difference = pd.Series({s: worth.loc[s, best[s]] - worth.loc[s, same] for s in best.index})`.
# </details>
# <details><summary>Hint for steps 4 and 5</summary>
#
# `gain = (difference * rows["segment"].value_counts()).sum() * 4 - 500 * (len(best) - 1)`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_09_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
rows = people.sort_index()
choose, judge = rows.iloc[::2], rows.iloc[1::2]
best = choose.groupby(["segment", "offer"])["net_eur"].mean().unstack().idxmax(axis=1)
same = choose.groupby("offer")["net_eur"].mean().idxmax()
worth = judge.groupby(["segment", "offer"])["net_eur"].mean().unstack()
difference = pd.Series({s: worth.loc[s, best[s]] - worth.loc[s, same] for s in best.index})
gain = (difference * rows["segment"].value_counts()).sum() * 4 - 500 * (len(best) - 1)
answer_09_5 = {
    "segments": len(best),
    "gain_eur": gain,
    "decision": "tailor" if gain > 0 else "same for all",
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_09_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("09.5", answer_09_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_09_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · How sure are you, and what did you call them?
#
# Write about 150 words, with numbers from your own data. Is the gain safe or could it be luck? Are the four names fair to the people behind
# them? What would you do about customers who did not answer? There is no single right answer. Your teacher reads it.
#
# First look in the next cell:
#
# ```python
# customers = people.assign(all="everybody").reset_index()
# crm.judge_plans(customers, plans=["all", "segment"], mailings=4, programme_cost_eur=500)
# ```
#
# In the row `segment`, from `gain_low` to `gain_high` runs the 95 % interval (置信区间) of the gain.
#
# | points | what is looked for |
# |---|---|
# | 1 | the interval of the gain, and whether it covers zero |
# | 1 | why choosing and judging on the same customers makes the gain look too large |
# | 1 | a number behind a name: how far does a segment lie from the mean of all, in its pair? |
# | 1 | what may be different about those who did not answer |
# | 1 | one clear piece of advice for next year, with a trial in it |
#
# === BEGIN MARK SCHEME ===
# A good answer: the interval is wide, some thousands of euros to each side; where it covers zero the advice is a larger trial, not a
# decision for ever. The offer that looked best was partly lucky; judged on the same half it keeps its luck. In its own pair a segment
# lies about one standard deviation above the mean of all, so the name says something, but many customers stand near a border. Those who did not
# answer have often left and would earn less from any offer: a cheap offer or none, and ask again. (In the simulated truth each type has one offer
# that suits it, and about four in five of those who answered are found by k-means.)
# === END MARK SCHEME ===

# %%
# your code here: the interval

# %% [markdown]
# *Write your thoughts here: double-click this cell, and replace this sentence.*
