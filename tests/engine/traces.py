"""A collector for the traces of a call: OTLP over HTTP on loopback (opentelemetry-proto, trace service)."""

import base64
import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector:
    """What was received: the newest version of each span, by its id."""

    def __init__(self) -> None:
        """Start empty."""
        self.spans: dict[bytes, Span] = {}

    def executed(self) -> list[str]:
        """The calls of commands that a container ran; those that the cache answered are not among them.

        The engine marks the moment when a pending call is carried out with a span `resume FUNCTION`, linked to the span
        of the call, which holds its arguments.
        """
        return [found for span in self.spans.values() if span.name == "resume withExec" and (found := self._call(span))]

    def _call(self, span: Span) -> str:
        """The call that a span stands for; "" where it is the engine's own, which loads the runtime of a module."""
        called = [item.value.string_value for item in span.attributes if item.key == "dagger.io/dag.call"]
        if called:
            return base64.b64decode(called[0]).decode("utf-8", "replace")
        if span.name.endswith("SDK: load runtime"):
            return ""
        known = [self.spans[link.span_id] for link in span.links if link.span_id in self.spans]
        return self._call(known[0]) if known else "a command of another client"

    def receive(self, body: bytes) -> None:
        """Keep the spans of an export request."""
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.spans |= {span.span_id: span for span in scope.spans}


@contextmanager
def collecting() -> Iterator[tuple[Collector, dict[str, str]]]:
    """Run a collector; gives it and the environment that makes a client send its traces there."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.endswith("/traces"):
                collector.receive(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        endpoint = f"http://127.0.0.1:{server.server_port}"
        yield collector, {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
