"""Take an application's source to production images: build, inspect, smoke-test and run them.

The package has three rooms and one door:

    main.py    Pipeline, the door: the constructor, the verbs that people type, the constructors of applications
    nodes/     the graph: App and Image, the objects that callers chain; they build Dagger queries and run them
    policy/    decisions as pure functions over frozen data: versions, budgets; no engine, no clock, no network
    report/    what people read: tables, and errors as sentences
    pins.py    every image that is pulled, by digest
    cli.py     `uv run pipeline ...` on the host

Nodes build graphs, policy decides, report shows; nobody imports main.
"""
