"""Decisions: pure functions over frozen data. No Dagger, no clock, no network."""
