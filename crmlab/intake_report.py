"""What was understood of somebody's order file, in plain text, with the command that goes on from there."""

from __future__ import annotations

import shlex

from crmlab.columns import columns_text
from crmlab.dates import usual_span
from crmlab.intake import Intake
from crmlab.order_lines import tally


def report(intake: Intake) -> str:
    """Say in plain text what was understood, what was refused and why, and how to go on.

    Parameters
    ----------
    intake : Intake
        What `read_orders` gave.

    Returns
    -------
    str
        Several lines, the last of them a command that can be pasted into a shell.
    """
    orders, refused = intake.orders, intake.refused
    back = orders["amount_eur"] < 0
    lines = [f"Source     {intake.source}", f"Kind       {intake.kind}"]
    lines += [
        f"Column     {ours} = {theirs}{_example(intake, ours)}" for ours, theirs in intake.columns.items()
    ]
    if intake.unused:
        lines.append(f"Unused     {', '.join(intake.unused)}")
    lines += [f"Rows       {intake.n_read:,} read: {intake.n_used:,} used, {len(refused):,} refused"]
    for reason, count in tally(refused["reason"]):
        lines.append(f"  {count:,} refused: {reason}")
        for row in refused[refused["reason"] == reason].head(3).itertuples(index=False):
            lines.append(f"    line {row[-2]}: {', '.join(row[:-2])}")
    first, last = (f"{day:%Y-%m-%d}" for day in (orders["order_date"].min(), orders["order_date"].max()))
    lines += [
        f"Days       {first} to {last}",
        f"Customers  {orders['customer_id'].nunique():,}",
        f"Orders     {int((~back).sum()):,}, sum {orders.loc[~back, 'amount_eur'].sum():,.2f}",
        f"Refunds    {int(back.sum()):,}, sum {orders.loc[back, 'amount_eur'].sum():,.2f}",
        "Currency   amounts are taken as euro as they stand; no rate is applied",
        *(f"Note       {note}" for note in intake.notes),
        f"Next       {_command(intake)}",
    ]
    return "\n".join(lines)


def _example(intake: Intake, ours: str) -> str:
    """Show how one value was understood: a day, or an amount."""
    if ours not in intake.examples:
        return ""
    written, read = intake.examples[ours]
    return f"   ({written!r} is {read})"


def _command(intake: Intake) -> str:
    words = ["crmlab", "run", "05", "--orders", intake.source]
    if any(ours != theirs for ours, theirs in intake.columns.items()):
        words += ["--columns", columns_text(intake.columns)]
    words += [word for name, value in intake.options.items() for word in (f"--{name}", value)]
    last = usual_span(intake.orders["order_date"])[1]
    return shlex.join([*words, "-p", f"as_of={last:%Y-%m-%d}"])


def kept_of(intake: Intake) -> tuple[str, ...]:
    """Say how many rows of a source `crmlab.intake.write_intake` keeps, and what was noted in reading."""
    kept = f"{intake.source}: {intake.n_read:,} rows read, {intake.n_used:,} used (orders.csv)"
    return (f"{kept}, {len(intake.refused):,} refused (refused.csv)", *intake.notes)
