"""The same two applications, built by Dockerfiles with BuildKit and by the module, in one run.

`uv run --group bench python -m bench.compare --help` says how.

- `contenders.py` says what each can be asked to do; `buildkit.py` and `module.py` do it.
- `cases.py` says what is measured, `running.py` in which order, `meter.py` how.
- `results.py` holds what came out; `tables.py`, `page.py` and `plot.py` show it.
"""
