"""The tables of organisations, key persons and what is known of each customer."""

from __future__ import annotations

from crmlab.schema import Table

TABLES: tuple[Table, ...] = ()
