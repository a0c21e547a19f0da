# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 04 · May this file leave the house? · 练习：保护客户信息
#
# **The decision.** An agency asks Pinefold for a file of customers without names. Who could be found in it, and what
# must happen before it may leave?
#
# **What you practise**
#
# - hold an access log against a role matrix (权限矩阵) by a join;
# - count who is alone with their quasi-identifiers (准标识符);
# - attack a file by linking it with a public list (链接攻击);
# - look a firm up in a register;
# - measure k-anonymity (k-匿名) and l-diversity (l-多样性), and decide.
#
# **Before you start:** lesson 04. **Time:** about 70 minutes. **Points:** 30, of which 5 are given by hand.
#
# The firm is simulated, and nobody in the tables is real. Your data set is your own: your friends have other numbers, so
# compare ways, not results.

# %% [markdown]
# ## Start here
#
# Write your name between the quotation marks, then run the cell (<kbd>Shift</kbd> + <kbd>Enter</kbd>).
# Always use the same name: it makes your data.

# %% nbgrader={"grade": false, "grade_id": "setup_04", "locked": false, "schema_version": 3, "solution": false, "task": false}
import pandas as pd

import crmlab as crm

student = "your name"
data = crm.my_data("04", student=student)

# %% [markdown]
# ## What you have
#
# | name | one row is | columns you need |
# |---|---|---|
# | `data.access_log` 访问日志 | one reading of customer data | `access_id`; `role`; `field_class`: C1, C2 or C3 |
# | `data.role_rights` 权限矩阵 | one role and one class | `role`; `field_class`; `may_read`: True or False |
# | `data.people_file` 客户文件 | one customer | `person_id`; `birth_date`; `sex`; `district`: six digits as text; `reason`: the secret |
# | `data.public_list` 公开名单 | one member of a club | `member_id`; `name`; `birth_date`; `sex`; `district` |
# | `data.new_firms` 新客户 | one firm that wants credit | `firm_id`; `registration_no` |
# | `data.register_entries` 登记信息 | one entry in a register | `register`; `registration_no`; `status` |
#
# Guess first: what share of the customers is alone with year of birth, sex and district? Then look.

# %%
data.people_file.head()

# %%
data.access_log.head()

# %% [markdown]
# ## Task 1 · Readings without a right
#
# Which readings in `data.access_log` are of a class that the reader's role may **not** read?
#
# - **Form:** a list of `access_id`
#
# A small example: the matrix says that a clerk may read C1 and not C2. The log holds A1 (clerk, C1) and A2 (clerk, C2). The
# answer is `["A2"]`.
#
# <details><summary>Hint 1</summary>
#
# Put the right beside each reading: `beside = data.access_log.merge(data.role_rights, on=["role", "field_class"], how="left")`.
# </details>
# <details><summary>Hint 2</summary>
#
# The sign `~` turns True and False round: `list(beside.loc[~beside["may_read"], "access_id"])`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_04_1", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
beside = data.access_log.merge(data.role_rights, on=["role", "field_class"], how="left")
answer_04_1 = list(beside.loc[~beside["may_read"], "access_id"])
### END SOLUTION

# %% [markdown]
# Run the next cell to see what is right already. You may run it as often as you like.

# %% nbgrader={"grade": true, "grade_id": "check_04_1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("04.1", answer_04_1)

# %% [markdown]
# ## Task 2 · Alone in the file
#
# What share of the **people** in `data.people_file` is alone with their **year** of birth, sex and district (all six digits)?
#
# - **Unit:** a share between 0 and 1 of all people
# - **Form:** one number, four decimals or more
#
# A small example: two people have 1980, F, 010101; a third has 1991, M, 010101. One of three is alone: `1 / 3`. (Of the two
# *combinations* one is held by a single person; that would be a half. The question is about people.)
#
# <details><summary>Hint 1</summary>
#
# Make a table with the year: `people = data.people_file.assign(year=data.people_file["birth_date"].dt.year)`.
# </details>
# <details><summary>Hint 2</summary>
#
# `size = people.groupby(["year", "sex", "district"])["person_id"].transform("size")` writes the size of its group beside each
# person.
# </details>
# <details><summary>Hint 3</summary>
#
# The mean of True and False is a share: `(size == 1).mean()`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_04_2", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
people = data.people_file.assign(year=data.people_file["birth_date"].dt.year)
size = people.groupby(["year", "sex", "district"])["person_id"].transform("size")
answer_04_2 = (size == 1).mean()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_04_2", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("04.2", answer_04_2)

# %% [markdown]
# ## Task 3 · The attack
#
# An attacker has the file without names, with the **year** of birth, sex and district, and the club's list. How many members of
# the club fit **exactly one** row of the file? And what share of **all** members is that?
#
# - **Form:** a dict with `"members"` (a whole number) and `"share"` (between 0 and 1)
#
# A small example: member W1 fits one row, W2 fits three rows, W3 and W4 fit none. The answer is
# `{"members": 1, "share": 0.25}`.
#
# <details><summary>Hint 1</summary>
#
# The club's list needs the year too: `club = data.public_list.assign(year=data.public_list["birth_date"].dt.year)`.
# </details>
# <details><summary>Hint 2</summary>
#
# Join on what both tables know: `linked = club.merge(people, on=["year", "sex", "district"])`. A member stands in it once for
# each row that fits.
# </details>
# <details><summary>Hint 3</summary>
#
# Count the rows of each member, then the members with one: `members = (linked["member_id"].value_counts() == 1).sum()`. The
# share is `members / len(data.public_list)`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_04_3", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
club = data.public_list.assign(year=data.public_list["birth_date"].dt.year)
linked = club.merge(people, on=["year", "sex", "district"])
members = (linked["member_id"].value_counts() == 1).sum()
answer_04_3 = {"members": members, "share": members / len(data.public_list)}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_04_3", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("04.3", answer_04_3)

# %% [markdown]
# ## Task 4 · Firms without an active entry
#
# Which firms in `data.new_firms` have **no active entry** in the **trade register**? Either their number does not stand in it, or
# the register calls them dissolved.
#
# - **Form:** a list of `firm_id`
#
# A small example: the trade register has the number 1 (active) and the number 2 (dissolved). The firms N1, N2, N3 have the numbers
# 1, 2, 3. The answer is `["N2", "N3"]`.
#
# <details><summary>Hint 1</summary>
#
# First the entries that count: `active = data.register_entries.query("register == 'trade register' and status == 'active'")`.
# </details>
# <details><summary>Hint 2</summary>
#
# Who is among them? `there = data.new_firms["registration_no"].isin(active["registration_no"])`. The others:
# `list(data.new_firms.loc[~there, "firm_id"])`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_04_4", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
active = data.register_entries.query("register == 'trade register' and status == 'active'")
there = data.new_firms["registration_no"].isin(active["registration_no"])
answer_04_4 = list(data.new_firms.loc[~there, "firm_id"])
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_04_4", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("04.4", answer_04_4)

# %% [markdown]
# ## Task 5 · The decision: may the coarser file leave?
#
# The file is made coarser: birth by **ten years** (1980 stands for 1980 to 1989), sex, and the **first four digits** of the
# district. Groups of fewer than **5** people are taken out (k = 5).
#
# **Step 1.** `suppressed`: what share of the people is taken out?
#
# **Step 2.** `told`: how many people **stay** in the file although everybody in their group has the **same** `reason`? Their secret
# is told without a name.
#
# **Step 3.** `harm_eur`: a file leaks with the chance 0.02. Each secret told then costs 300 EUR. What is the expected harm?
#
# **Step 4.** `way`: ℓ = 2 (l-diversity) would take the people of step 2 out as well. A row that is left out costs 0.20 EUR of use. Is it cheaper to
# keep them in, `"k only"`, or to leave them out, `"k and l"`?
#
# - **Form:** a dict with `"suppressed"` (a share), `"told"` (a whole number), `"harm_eur"` (EUR) and `"way"` (a word)
#
# A small example: of 100 people, 8 are in small groups; 10 stay in groups with one and the same reason. The harm is
# 10 × 300 × 0.02 = 60 EUR; leaving them out costs 10 × 0.20 = 2 EUR. The answer is
# `{"suppressed": 0.08, "told": 10, "harm_eur": 60.0, "way": "k and l"}`.
#
# <details><summary>Hint for step 1</summary>
#
# Two coarser columns, and the groups:
#
# ```python
# coarse = people.assign(decade=people["year"] // 10 * 10, town=people["district"].str[:4])
# groups = coarse.groupby(["decade", "sex", "town"])["reason"]
# ```
#
# Then `n = groups.transform("size")` and `suppressed = (n < 5).mean()`.
# </details>
# <details><summary>Hint for step 2</summary>
#
# `secrets = groups.transform("nunique")` writes the number of different reasons beside each person. Two conditions together:
# `told = ((secrets == 1) & (n >= 5)).sum()`.
# </details>
# <details><summary>Hint for steps 3 and 4</summary>
#
# `harm = told * 300 * 0.02`. Compare it with `told * 0.20`.
# </details>

# %% nbgrader={"grade": false, "grade_id": "task_04_5", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
coarse = people.assign(decade=people["year"] // 10 * 10, town=people["district"].str[:4])
groups = coarse.groupby(["decade", "sex", "town"])["reason"]
n = groups.transform("size")
secrets = groups.transform("nunique")
suppressed = (n < 5).mean()
told = ((secrets == 1) & (n >= 5)).sum()
harm = told * 300 * 0.02
answer_04_5 = {
    "suppressed": suppressed,
    "told": told,
    "harm_eur": harm,
    "way": "k and l" if told * 0.20 < harm else "k only",
}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check_04_5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
crm.check("04.5", answer_04_5)

# %% [markdown] nbgrader={"grade": false, "grade_id": "task_04_6", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": true}
# ## Task 6 · Your advice
#
# The agency wants to learn which kinds of people spend most. Write about 150 words to the head of marketing, with numbers from your
# own data: which columns may leave, how coarse, and which may not? There is no single right answer. Your teacher reads it.
#
# | points | what is looked for |
# |---|---|
# | 1 | the purpose comes first: which columns does it need at all? `reason` is named as sensitive |
# | 1 | numbers from tasks 2 and 3 that show why "without names" is not enough |
# | 1 | what k = 5 hides and what it does not (task 5) |
# | 1 | the law before the money, and which figures are only assumed |
# | 1 | one clear piece of advice, and how to notice a misuse later |
#
# === BEGIN MARK SCHEME ===
# A good answer: the question is about kinds of people, so names, phones and `reason` stay at home; `reason` tells of health and of
# money trouble (PIPL art. 28) and the purpose does not need it. With the year of birth about half of the people are alone, and
# hundreds of club members fit exactly one row. At k = 5 nobody is named, but some dozens of people sit in groups with one and the
# same reason; if the column is out, or ℓ = 2 is asked for, that ends. The chance of a leak and the harm are guesses. Advice: the
# coarse file without `reason`; a contract, a log, few readers, and rules of need on the log. (In the simulated truth part of the
# wrong readings leave no trace in the log at all.)
# === END MARK SCHEME ===

# %% [markdown]
# *Write your thoughts here: double-click this cell, and replace this sentence.*
