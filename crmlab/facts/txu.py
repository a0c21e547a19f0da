"""Published facts of the case."""

from __future__ import annotations

from crmlab.facts._fact import Correction, Fact

FACTS: tuple[Fact, ...] = ()
CORRECTIONS: tuple[Correction, ...] = ()
