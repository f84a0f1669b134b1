"""Stand-ins for what a release is made on, so that the whole of it can be rehearsed with nothing outside touched.

They use the standard library alone, and nothing of the rest of the package: each runs as a service of its own.
"""
