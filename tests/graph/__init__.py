"""Tests of the queries that nodes build, without an engine."""
