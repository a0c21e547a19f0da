# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 11 · Who owes us too much? Credit management · 练习：客户信用管理
#
# **The decision.** Pinefold sells to dealers who pay later. How much may one of them owe?
#
# **What you practise**
#
# - find what is owed on a day (receivables, 应收账款), and how old it is (ageing, 账龄);
# - measure how fast money comes in (DSO, 应收账款周转天数);
# - say in one number how much a fact speaks for a firm (weight of evidence, 证据权重);
# - set a limit per name (信用额度), in euros.
#
# **Before you start:** lesson 11. **Time:** about 75 minutes. **Points:** 30, of which 5 are given by hand.
#
# The firm is simulated. Your data set is your own: your friends have other numbers, so compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_11", "locked": false, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("11", student=student)

# %% [markdown]
# ## What you have
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.invoices` 发票 | one invoice | `dealer_id`, `invoice_id`; `issue_date`: day of the invoice; `due_date`: last day to pay in time; `amount_eur` |
# | `data.payments` 收款 | one payment; an invoice may be paid in parts | `invoice_id`, `payment_date`, `amount_eur` |
# | `data.dealers` 经销商 | one dealer | `dealer_id`; `years_in_business`; `failed_date`: day of the failure, missing (NaT) if there was none |
# | `data.as_of` 报告日 | | the **reporting day**, 31 December 2023; the last day that counts |
#
# All tables go on after the reporting day. Those days are the future: on 31 December 2023 nobody knows them.
#
# Guess first: what share of all that is owed does the largest debtor owe? Then look.

# %%
data.invoices.head()

# %%
data.payments.head()

# %%
data.dealers.head()

# %% [markdown]
# ## Task 1 · What is owed on the reporting day?
#
# Take the invoices issued up to and including `data.as_of`. What is **open** of an invoice is its amount less all that was paid for
# it up to and including `data.as_of`. Add up what is open.
#
# - **Unit:** EUR
# - **Form:** one number
#
# A small example, with the reporting day 31 December 2023:
#
# | invoice | issued | amount | paid |
# |---|---|---|---|
# | V1 | 2023-10-01 | 100 | 40 on 2023-12-01, 60 on 2024-01-15 |
# | V2 | 2023-12-20 | 50 | nothing |
# | V3 | 2024-01-05 | 70 | nothing |
#
# The answer is 60 + 50 = `110.0`. The payment of 15 January and the invoice V3 are the future.
#
# <details><summary>Hint 1</summary>
#
# Tear off the future in both tables:
#
# ```python
# inv = data.invoices[data.invoices["issue_date"] <= data.as_of].copy()
# pay = data.payments[data.payments["payment_date"] <= data.as_of]
# ```
# </details>
# <details><summary>Hint 2</summary>
#
# `paid = pay.groupby("invoice_id")["amount_eur"].sum()` is what came for each invoice. Look it up for every invoice:
# `inv["open"] = (inv["amount_eur"] - inv["invoice_id"].map(paid).fillna(0)).round(2)`. Then
# `answer_11_1 = inv["open"].sum()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_11_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
inv = data.invoices[data.invoices["issue_date"] <= data.as_of].copy()
pay = data.payments[data.payments["payment_date"] <= data.as_of]
paid = pay.groupby("invoice_id")["amount_eur"].sum()
inv["open"] = (inv["amount_eur"] - inv["invoice_id"].map(paid).fillna(0)).round(2)
answer_11_1 = inv["open"].sum()
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_11_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("11.1", answer_11_1)

# %% [markdown]
# ## Task 2 · How much of it is old?
#
# Days overdue are the days from `due_date` to `data.as_of`. What share of the open **euros** is **more than 30 days overdue**?
#
# - **Unit:** a share between 0 and 1
# - **Form:** one number, four decimals or more
#
# A small example: 60 EUR are 45 days overdue, 40 EUR are not due yet. The answer is `0.6`.
#
# <details><summary>Hint 1</summary>
#
# `inv["overdue"] = (data.as_of - inv["due_date"]).dt.days` counts the days (negative: not due yet).
# </details>
# <details><summary>Hint 2</summary>
#
# `answer_11_2 = inv.loc[inv["overdue"] > 30, "open"].sum() / inv["open"].sum()`
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_11_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
inv["overdue"] = (data.as_of - inv["due_date"]).dt.days
answer_11_2 = inv.loc[inv["overdue"] > 30, "open"].sum() / inv["open"].sum()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_11_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("11.2", answer_11_2)

# %% [markdown]
# ## Task 3 · DSO
#
# DSO = receivables of task 1 ÷ credit sales of the last 90 days × 90
#
# The last 90 days are those with `issue_date` **after** `data.as_of` less 90 days, up to and including `data.as_of`.
#
# - **Unit:** days
# - **Form:** one number
#
# A small example: 200 EUR are open, and 150 EUR were sold in the last 90 days. The answer is 200 / 150 × 90 = `120.0`.
#
# <details><summary>Hint 1</summary>
#
# `start = data.as_of - pd.Timedelta(days=90)` is a day. `sold = inv.loc[inv["issue_date"] > start, "amount_eur"].sum()`, for
# `inv` holds nothing after the reporting day.
# </details>
# <details><summary>Hint 2</summary>
#
# `answer_11_3 = answer_11_1 / sold * 90`
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_11_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
start = data.as_of - pd.Timedelta(days=90)
sold = inv.loc[inv["issue_date"] > start, "amount_eur"].sum()
answer_11_3 = answer_11_1 / sold * 90
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_11_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("11.3", answer_11_3)

# %% [markdown]
# ## Task 4 · Does a young firm fail more often?
#
# A dealer is **failed** (倒闭) if `failed_date` is up to and including `data.as_of`; all others are **good**. The bin: dealers with
# **5 years in business or fewer**.
#
# weight of evidence = ln( share of all good dealers who are in the bin ÷ share of all failed dealers who are in the bin )
#
# - **Form:** one number, three decimals or more; below 0 speaks against the firm
#
# A small example: 20 of 100 good dealers are in the bin, and 5 of 10 failed ones. The answer is ln(0.2 / 0.5), that is `-0.916`.
#
# <details><summary>Hint 1</summary>
#
# `failed = data.dealers["failed_date"] <= data.as_of` is True or False (a missing day gives False).
# `young = data.dealers["years_in_business"] <= 5` likewise.
# </details>
# <details><summary>Hint 2</summary>
#
# The mean of True and False is a share: `young[~failed].mean()` among the good ones (`~` means *not*), `young[failed].mean()` among
# the failed ones. Then `answer_11_4 = np.log(young[~failed].mean() / young[failed].mean())`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_11_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
failed = data.dealers["failed_date"] <= data.as_of
young = data.dealers["years_in_business"] <= 5
answer_11_4 = np.log(young[~failed].mean() / young[failed].mean())
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_11_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("11.4", answer_11_4)

# %% [markdown]
# ## Task 5 · The decision: how much may one name owe?
#
# Four small steps lead to one dict.
#
# **Step 1 · Share.** What share of all open euros does the largest debtor owe?
#
# **Step 2 · Loss.** If this debtor fails, 66 % of the debt is lost (loss given default, 违约损失率): debt × 0.66.
#
# **Step 3 · Limit.** A year's profit is 4 % of the sales of the last 365 days (days as in task 3). One failure may cost at most 5 % of
# this profit:
#
# limit = 0.05 × profit ÷ 0.66
#
# **Step 4 · Over.** How many dealers owe **more** than this limit today?
#
# - **Form:** a dict with `"share"`, `"loss_eur"`, `"limit_eur"` and `"over"` (a whole number)
#
# A small example: dealers owe 300, 100 and 20 EUR; the sales of a year are 132,000 EUR. Share 300 / 420, loss 300 × 0.66 = 198;
# profit 5,280, limit 0.05 × 5,280 / 0.66 = 400; nobody owes more. The answer is
# `{"share": 0.7143, "loss_eur": 198.0, "limit_eur": 400.0, "over": 0}`.
#
# <details><summary>Hint for steps 1 and 2</summary>
#
# `owed = inv.groupby("dealer_id")["open"].sum()` is what each dealer owes; `owed.max() / owed.sum()` and `owed.max() * 0.66`.
# </details>
# <details><summary>Hint for step 3</summary>
#
# `year = inv.loc[inv["issue_date"] > data.as_of - pd.Timedelta(days=365), "amount_eur"].sum()`, then
# `limit = 0.05 * 0.04 * year / 0.66`.
# </details>
# <details><summary>Hint for step 4</summary>
#
# `(owed > limit).sum()` counts them.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_11_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
owed = inv.groupby("dealer_id")["open"].sum()
year = inv.loc[inv["issue_date"] > data.as_of - pd.Timedelta(days=365), "amount_eur"].sum()
limit = 0.05 * 0.04 * year / 0.66
answer_11_5 = {
    "share": owed.max() / owed.sum(),
    "loss_eur": owed.max() * 0.66,
    "limit_eur": limit,
    "over": (owed > limit).sum(),
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_11_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("11.5", answer_11_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_11_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · What do you tell the boss?
#
# The largest debtor is also the best customer. Write about 150 words to the boss, with numbers from your own data: what is the
# danger, what do you propose for this debtor, and what for new dealers? There is no single right answer. Your teacher reads it.
#
# You may use `crm.ageing_table(data.invoices, data.payments, as_of=data.as_of)` in the next cell.
#
# | points | what is looked for |
# |---|---|
# | 1 | the share and the loss of the largest debtor, set against a year's profit |
# | 1 | something from the ageing table: what is old, and what that means |
# | 1 | a proposal for the largest debtor that is not simply "stop" (securities, insurance, shorter terms, a falling limit) |
# | 1 | what the weight of evidence of task 4 can say about one firm, and what it cannot (rejected firms, few failures) |
# | 1 | one clear next step with a day and a person |
#
# === BEGIN MARK SCHEME ===
# A good answer: the largest debtor owes about 30 % of everything; its failure would cost more than a year's profit, though
# its own chance of failure is small: the mean loss hides the tail. Old debts (over 180 days) are mostly lost or in the hands
# of failed dealers. Stopping deliveries at once may bring the failure about and loses the sales; better: credit insurance, a
# guarantee, shorter terms step by step, a limit that falls each quarter. A weight of evidence describes the dealers that were
# accepted, on a few dozen failures; it says nothing about the rejected and cannot see forged papers.
# === END MARK SCHEME ===

# %%
# your code here: the ageing table

# %% [markdown]
# *Write your thoughts here: double-click this cell, and replace this sentence.*
