"""The tables of who may read what, who read what, and the registers: what each column means and may hold."""

from __future__ import annotations

from crmlab.schema import Table

TABLES: tuple[Table, ...] = ()
