"""Tests of pure code, of the command line, of the probes, and of the rules that the design sets."""
