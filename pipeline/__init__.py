"""Take an application's source to production images: lint, test, build, smoke-test, scan and run them.

The package has four rooms and one door:

    main.py    Pipeline, the door: the constructor, the verbs that people type, the constructors of applications
    nodes/     the graph: App, Image and Scan, the objects that callers chain; they build Dagger queries and run them
    policy/    decisions as pure functions over frozen data: versions, budgets, findings; no engine, clock or network
    remote/    registries, spoken to over HTTP
    report/    what people read: tables, errors as sentences, the report page
    pins.py    every image that is pulled, by digest
    cli.py     `uv run pipeline ...` on the host

Nodes build graphs, policy decides, remote talks, report shows; nobody imports main.
"""
