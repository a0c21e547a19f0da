"""The tables of each world: their columns, units, ranges and meanings, as data."""
