# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 17 · Firm, or soft? · 练习：严厉的爱
#
# **The decision.** Quillmoor's trial is over. On Monday the board decides between the soft and the firm policy towards late bills. The
# chair has added a rule: *a fee from somebody who is already in debt does not count as a success.*
#
# **What you practise**
#
# - count bills on time without losing the worst ones;
# - compare the arms of a trial by lot (随机试验);
# - find the windfall (意外之财) in a reward;
# - see who sits in the dark, and decide with and without the fees.
#
# **Before you start:** lesson 17. **Time:** about 75 minutes. **Points:** 30, of which 5 are given by hand.
#
# The firm is simulated. Your town is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_17", "locked": false, "schema_version": 3, "solution": false, "task": false}
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("17", student=student)

# %% [markdown]
# ## What you have
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.households` 家庭表 | one household | `household_id`; `policy`: drawn by lot for 2024 (who left in 2023 has one on paper only); `on_register`: needs electricity for health or age; `left_date`: missing if still there |
# | `data.status` 账单状态 | one bill of 2023 or 2024 | `household_id`, `bill_date`, `days_to_settle` (missing: never settled), `on_time` (within 16 days) |
# | `data.energy_cutoffs` 断电记录 | one disconnection | `household_id`, `days_off`: days without electricity, 30 if never connected again |
# | `data.energy_payments`, `data.energy_contacts` | one payment, one contact | used as they are in task 5 |
#
# The trial runs from 1 January to 31 December 2024. Policies: `"soft"`, `"reward"`, `"firm"`, `"firm + reward"`, `"instalments"`.
#
# Guess first: which policy has more bills paid on time, soft or firm? Then look.

# %%
data.households.head()

# %%
data.status.head()

# %% [markdown]
# ## Task 1 · On time
#
# Of **all bills of 2024**: what share was settled within 16 days, in the arms `soft` and `firm`? A bill never settled was not on time.
#
# - **Unit:** shares between 0 and 1 · **Form:** a dict, `{"soft": ..., "firm": ...}`
#
# A small example: ten bills, eight on time, one late, one never settled: 0.8.
#
# <details><summary>Hint 1</summary>
#
# ```python
# year = data.status[data.status["bill_date"] >= "2024-01-01"]
# arm = year["household_id"].map(data.households.set_index("household_id")["policy"])
# ```
# `map` looks up the policy of each household.
# </details>
# <details><summary>Hint 2</summary>
#
# ```python
# share = year["on_time"].groupby(arm).mean()
# answer_17_1 = {"soft": share["soft"], "firm": share["firm"]}
# ```
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_17_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
year = data.status[data.status["bill_date"] >= "2024-01-01"]
arm = year["household_id"].map(data.households.set_index("household_id")["policy"])
share = year["on_time"].groupby(arm).mean()
answer_17_1 = {"soft": share["soft"], "firm": share["firm"]}
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_17_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("17.1", answer_17_1)

# %% [markdown]
# ## Task 2 · Who leaves
#
# Among the households that were customers on 1 January 2024: which share left during 2024? Give **firm less soft**.
#
# - **Unit:** percentage points (8 % against 5 % is 3) · **Form:** one number
#
# <details><summary>Hint 1</summary>
#
# ```python
# rows = data.households
# people = rows[rows["left_date"].isna() | (rows["left_date"] >= "2024-01-01")]
# ```
# `|` means or. Whoever left in 2023 was never in the trial.
# </details>
# <details><summary>Hint 2</summary>
#
# ```python
# left = people["left_date"].notna().groupby(people["policy"]).mean()
# answer_17_2 = 100 * (left["firm"] - left["soft"])
# ```
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_17_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
rows = data.households
people = rows[rows["left_date"].isna() | (rows["left_date"] >= "2024-01-01")]
left = people["left_date"].notna().groupby(people["policy"]).mean()
answer_17_2 = 100 * (left["firm"] - left["soft"])
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_17_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("17.2", answer_17_2)

# %% [markdown]
# ## Task 3 · The windfall
#
# The arm `reward` pays every household that **is still there at the end of 2024 and had twelve bills on time** in that year. Some would have
# been so punctual anyway: as many as in the arm `soft`. What share of the reward money is windfall? That is: share of the punctual in `soft`, divided by the share of the
# punctual in `reward`. Count the households that were customers on 1 January 2024.
#
# - **Unit:** a share between 0 and 1 · **Form:** one number, three decimals or more
#
# A small example: 45 of 100 in soft, 50 of 100 with a reward: 0.45 / 0.50 = 0.9. Of 10 EUR, 9 change nothing.
#
# <details><summary>Hint 1</summary>
#
# ```python
# good = year.groupby("household_id")["on_time"].sum()
# twelve = people["household_id"].map(good) == 12
# punctual = twelve & people["left_date"].isna()
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `clean = punctual.groupby(people["policy"]).mean()` and `answer_17_3 = clean["soft"] / clean["reward"]`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_17_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
good = year.groupby("household_id")["on_time"].sum()
twelve = people["household_id"].map(good) == 12
punctual = twelve & people["left_date"].isna()
clean = punctual.groupby(people["policy"]).mean()
answer_17_3 = clean["soft"] / clean["reward"]
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_17_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("17.3", answer_17_3)

# %% [markdown]
# ## Task 4 · Days in the dark
#
# In the arm `firm` only (not `firm + reward`): how many days without electricity did **100 households** have in 2024, (a) on the register,
# (b) all others? Count the households that were customers on 1 January 2024; one that was never disconnected has 0 days.
#
# - **Unit:** days per 100 households · **Form:** a dict, `{"registered": ..., "others": ...}`
#
# A small example: four households with 0, 0, 0 and 12 days: a mean of 3, so 300 days per 100 households.
#
# <details><summary>Hint 1</summary>
#
# ```python
# firm = people[people["policy"] == "firm"].set_index("household_id")
# off = data.energy_cutoffs.groupby("household_id")["days_off"].sum()
# days = off.reindex(firm.index, fill_value=0)
# ```
# `reindex` gives one row to each household of the arm, 0 where there is none.
# </details>
# <details><summary>Hint 2</summary>
#
# ```python
# mean = 100 * days.groupby(firm["on_register"]).mean()
# answer_17_4 = {"registered": mean[True], "others": mean[False]}
# ```
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_17_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
firm = people[people["policy"] == "firm"].set_index("household_id")
off = data.energy_cutoffs.groupby("household_id")["days_off"].sum()
days = off.reindex(firm.index, fill_value=0)
mean = 100 * days.groupby(firm["on_register"]).mean()
answer_17_4 = {"registered": mean[True], "others": mean[False]}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_17_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("17.4", answer_17_4)

# %% [markdown]
# ## Task 5 · Firm, or soft?
#
# `crm.trial_outcomes` sums up the year of each household, and `crm.policy_profit` gives its profit (fees and rewards included):
#
# ```python
# table = crm.trial_outcomes(
#     data.households, data.status,
#     payments=data.energy_payments, contacts=data.energy_contacts, cutoffs=data.energy_cutoffs,
#     start="2024-01-01", as_of="2024-12-31", rewards={"reward": 60, "firm + reward": 60},
# )
# table["profit_eur"] = crm.policy_profit(table)
# ```
#
# Give (a) `gain_eur`: mean profit in `firm` less mean profit in `soft`; (b) `gain_without_fees_eur`: the same, less the mean of `fees_eur` in
# `firm`; (c) `choose`: `"firm"` if the gain without fees is above zero, else `"soft"`.
#
# - **Unit:** EUR per household · **Form:** a dict, `{"gain_eur": ..., "gain_without_fees_eur": ..., "choose": ...}`
#
# <details><summary>Hint 1</summary>
#
# Run the lines above first. Then `by = table.groupby("policy")[["profit_eur", "fees_eur"]].mean()`.
# </details>
# <details><summary>Hint 2</summary>
#
# ```python
# gain = by.loc["firm", "profit_eur"] - by.loc["soft", "profit_eur"]
# without = gain - by.loc["firm", "fees_eur"]
# choose = "firm" if without > 0 else "soft"
# answer_17_5 = {"gain_eur": gain, "gain_without_fees_eur": without, "choose": choose}
# ```
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_17_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
table = crm.trial_outcomes(
    data.households,
    data.status,
    payments=data.energy_payments,
    contacts=data.energy_contacts,
    cutoffs=data.energy_cutoffs,
    start="2024-01-01",
    as_of="2024-12-31",
    rewards={"reward": 60, "firm + reward": 60},
)
table["profit_eur"] = crm.policy_profit(table)
by = table.groupby("policy")[["profit_eur", "fees_eur"]].mean()
gain = by.loc["firm", "profit_eur"] - by.loc["soft", "profit_eur"]
without = gain - by.loc["firm", "fees_eur"]
answer_17_5 = {
    "gain_eur": gain,
    "gain_without_fees_eur": without,
    "choose": "firm" if without > 0 else "soft",
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_17_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("17.5", answer_17_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_17_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · A letter to the board
#
# You are the charity adviser **or** the finance chief: say which. Write about 150 words to the board, with numbers from your own data: which
# policy, who must be spared and how the firm would find them, what your side gives up, and what would change your mind. There is no single
# right answer. Your teacher reads it.
#
# | points | what is looked for |
# |---|---|
# | 1 | a policy named in full: cut-off or none, fee, reward, who is spared |
# | 1 | at least three numbers from tasks 1 to 5, with units, and one of them about hardship |
# | 1 | how sure the gain is: an interval (`crm.policy_effects`), or why the arms are small |
# | 1 | how to find those who cannot pay and are on no register, and which error that makes |
# | 1 | what one's own side gives up, and what would change one's mind |
#
# === BEGIN MARK SCHEME ===
# Good answers differ by role. They see that firm raises staff time and leaving while it lowers bad debt; that its gain is fees, paid mostly by households
# in trouble; that the reward is nearly all windfall; that days in the dark fall on the registered too, since the trial's firm arm spares nobody. They
# give the gain with an interval (it is wide), propose to spare the register and those a score or an adviser finds, and name the price of it.
# The chair's rule counts no fee at all; lesson 17 shows the decision with fees and without. Each town was drawn again until firm gained with
# its fees and lost without them, and until the rewarded were a little more punctual: do not pool the class's results, they would all lean that way.
# === END MARK SCHEME ===

# %% [markdown]
# *Write your thoughts here: double-click this cell, and replace this sentence.*
