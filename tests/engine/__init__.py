"""The module run for real: `dagger call` on a copy of this checkout."""
