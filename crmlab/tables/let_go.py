"""Tables of one world."""

from __future__ import annotations

from crmlab.schema import Table

TABLES: tuple[Table, ...] = ()
