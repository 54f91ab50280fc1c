"""Views Subscription and the status that comes with a notification, of R4, its backport and R5.

In: a resource. Out: one shape. Refuses to know: how a notification is delivered. In R4 with the
subscriptions backport the status travels as Parameters; from R4B on as SubscriptionStatus.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from suture.formats.fhir.datatype import (
    Coding,
    Concept,
    Node,
    Reference,
    coding,
    concepts,
    first,
    kind_of,
    nodes,
    reference,
    references,
    text,
    texts,
    time,
    whole,
)
from suture.formats.fhir.primitive import Moment
from suture.formats.fhir.resource import Resource, veiled


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionFilter:
    """What narrows a topic (R5)."""

    __repr__ = veiled

    resource: str
    parameter: str
    comparator: str
    modifier: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a subscriber wants to hear of, and where."""

    __repr__ = veiled

    id: str
    status: str
    topic: str
    """R5 `topic`; R4 `criteria`, which is a search or, with the backport, the topic's url."""
    channel: Coding
    """R4 `channel.type`, R5 `channelType`."""
    endpoint: str
    content_type: str
    content: str
    """R5: empty, id-only or full-resource."""
    headers: tuple[str, ...]
    """R4 `channel.header`; may hold a secret, so never shown."""
    end: Moment | None
    reason: str
    heartbeat_s: int | None
    filters: tuple[SubscriptionFilter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationEvent:
    """One event of a notification."""

    __repr__ = veiled

    number: int | None
    at: Moment | None
    focus: Reference | None
    context: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionStatus:
    """What a notification says of its subscription: compare the numbers to find a gap."""

    __repr__ = veiled

    status: str
    type: str
    """handshake, heartbeat, event-notification, query-status or query-event."""
    events_since_start: int | None
    events: tuple[NotificationEvent, ...]
    subscription: Reference | None
    topic: str
    errors: tuple[Concept, ...]


def subscription(source: Resource | Node) -> Subscription:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "Subscription")
    channel = first(data, "channel")
    kind = first(data, "channelType")
    return Subscription(
        id=text(data, "id"),
        status=text(data, "status"),
        topic=text(data, "topic") or text(data, "criteria"),
        channel=coding(kind) if kind else Coding("", text(channel, "type")),
        endpoint=text(data, "endpoint") or text(channel, "endpoint"),
        content_type=text(data, "contentType") or text(channel, "payload"),
        content=text(data, "content"),
        headers=texts(channel, "header"),
        end=time(data, "end"),
        reason=text(data, "reason"),
        heartbeat_s=whole(data, "heartbeatPeriod"),
        filters=tuple(
            SubscriptionFilter(
                resource=text(one, "resourceType"),
                parameter=text(one, "filterParameter"),
                comparator=text(one, "comparator"),
                modifier=text(one, "modifier"),
                value=text(one, "value"),
            )
            for one in nodes(data, "filterBy")
        ),
    )


def subscription_status(source: Resource | Node) -> SubscriptionStatus:
    """Return the view, of SubscriptionStatus or of the backport's Parameters."""
    data = kind_of(source, "SubscriptionStatus|Parameters")
    if data.get("resourceType") == "Parameters":
        data = _of_parameters(data)
    return SubscriptionStatus(
        status=text(data, "status"),
        type=text(data, "type"),
        events_since_start=whole(data, "eventsSinceSubscriptionStart"),
        events=tuple(
            NotificationEvent(
                number=whole(one, "eventNumber"),
                at=time(one, "timestamp"),
                focus=reference(one, "focus"),
                context=references(one, "additionalContext"),
            )
            for one in nodes(data, "notificationEvent")
        ),
        subscription=reference(data, "subscription"),
        topic=text(data, "topic"),
        errors=concepts(data, "error"),
    )


_NAMES = {
    "status": "status",
    "type": "type",
    "topic": "topic",
    "subscription": "subscription",
    "events-since-subscription-start": "eventsSinceSubscriptionStart",
    "notification-event": "notificationEvent",
    "error": "error",
    "event-number": "eventNumber",
    "timestamp": "timestamp",
    "focus": "focus",
    "additional-context": "additionalContext",
}
"""Parameter name of the backport -> element of SubscriptionStatus."""
_MANY = frozenset({"notificationEvent", "error", "additionalContext"})


def _of_parameters(data: Node, key: str = "parameter") -> Mapping[str, Any]:
    """Return the backport's parameters under the names of SubscriptionStatus."""
    made: dict[str, Any] = {"resourceType": "SubscriptionStatus"}
    for one in nodes(data, key):
        name = _NAMES.get(text(one, "name"), "")
        is_deep = "part" in one and key == "parameter"
        value = _of_parameters(one, "part") if is_deep else _value(one)
        if name in _MANY:
            made.setdefault(name, []).append(value)
        elif name:
            made[name] = value
    return made


def _value(parameter: Node) -> Any:
    return next((v for k, v in parameter.items() if k.startswith("value")), None)
