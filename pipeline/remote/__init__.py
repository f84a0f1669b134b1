"""Services that are spoken to over HTTP; what their answers mean for a release is decided in `policy`."""
