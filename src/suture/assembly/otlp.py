"""Spans in the protocol of OpenTelemetry: OTLP over HTTP, protobuf.

In: spans. Out: the body of a request. Refuses to know: where it goes. Imported only when `[traces]`
is in the settings; the library holds the protocol's messages and nothing that runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from suture import __version__
from suture.core.clock import to_micros
from suture.intelligence.spans import Span

CONTENT_TYPE = "application/x-protobuf"


def request_of(spans: Iterable[Span], hub: str) -> bytes:
    """Return one request with all spans, told by the hub of this name."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.extend([_pair("service.name", "suture"), _pair("suture.hub", hub)])
    scope = resource.scope_spans.add()
    scope.scope.name, scope.scope.version = "suture", __version__
    for one in spans:
        made = scope.spans.add()
        made.trace_id, made.span_id, made.parent_span_id = one.trace, one.id, one.parent
        made.name = one.name
        made.kind = one.kind
        made.start_time_unix_nano, made.end_time_unix_nano = _nanos(one.start), _nanos(one.end)
        made.attributes.extend(_pair(name, value) for name, value in one.attributes.items())
        for name, at in one.events:
            event = made.events.add()
            event.name, event.time_unix_nano = name, _nanos(at)
        if one.code:
            made.status.code = Status.STATUS_CODE_ERROR
            made.status.message = one.code
    body: bytes = request.SerializeToString()
    return body


def _pair(name: str, value: str | int) -> KeyValue:
    if isinstance(value, int):
        return KeyValue(key=name, value=AnyValue(int_value=value))
    return KeyValue(key=name, value=AnyValue(string_value=value))


def _nanos(at: datetime) -> int:
    return to_micros(at) * 1000
