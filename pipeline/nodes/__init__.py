"""The graph: the objects that callers chain. One noun a file."""
