"""The tables of the complaints world: what each column means and may hold."""

from __future__ import annotations

from crmlab.schema import Table

TABLES: tuple[Table, ...] = ()
