"""A process that ends after a request."""


class Stopped(BaseException):
    """The process ended."""
