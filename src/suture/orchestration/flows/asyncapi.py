"""Flows as an AsyncAPI 3.0 document, for partners and for catalogues of interfaces.

In: sound flows. Out: plain builtins, to be written as JSON. Refuses to know: files, terminals,
credentials: of these it says which kind is asked for, never a name, a file or a value. Source:
AsyncAPI 3.0.0; the hub is the application, so a source is `receive` and a destination `send`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from suture.orchestration.flows.connectors.as2 import As2Destination, As2Source
from suture.orchestration.flows.connectors.database import DatabaseDestination, DatabaseSource
from suture.orchestration.flows.connectors.files import FilesDestination, FilesSource
from suture.orchestration.flows.connectors.flow import FlowDestination, FlowSource
from suture.orchestration.flows.connectors.http import HttpDestination, HttpSource
from suture.orchestration.flows.connectors.mllp import MllpDestination, MllpSource
from suture.orchestration.flows.connectors.nats import NatsDestination, NatsSource
from suture.orchestration.flows.connectors.rabbitmq import RabbitDestination, RabbitSource
from suture.orchestration.flows.connectors.sftp import SftpDestination, SftpSource
from suture.orchestration.flows.declaration import Destination, Source
from suture.orchestration.flows.perform import Flow
from suture.orchestration.flows.rules import in_words
from suture.orchestration.flows.subject import TRIGGER
from suture.orchestration.flows.table import Condition, Step

VERSION = "3.0.0"
CONTENT_TYPES = {
    "hl7v2": "application/hl7-v2",
    "x12": "application/EDI-X12",
    "edifact": "application/EDIFACT",
    "cxml": "text/xml",
    "fhir": "application/fhir+json",
    "raw": "application/octet-stream",
}
"""Of the two EDI formats: RFC 1767; of FHIR: FHIR R4 2.21.0.3."""


@dataclass(frozen=True, slots=True)
class Where:
    """A place; what needs no network is at `localhost`."""

    protocol: str
    host: str = "localhost"
    address: str | None = None
    """Path, queue, subject or folder; None when the server alone says it."""
    pathname: str = ""


@dataclass
class _Paper:
    """The document that is being written."""

    servers: dict[str, Any] = field(default_factory=dict)
    channels: dict[str, Any] = field(default_factory=dict)
    operations: dict[str, Any] = field(default_factory=dict)


def asyncapi(flows: Sequence[Flow]) -> dict[str, Any]:
    """Return flows as an AsyncAPI document, the same for the same flows."""
    paper = _Paper()
    names = {flow.name for flow in flows}
    for flow in flows:
        kinds = _filtered(flow.declared.filter, [])
        _receive(paper, flow, kinds)
    for flow in flows:
        declared = flow.declared
        common = _changed(declared.format, _filtered(declared.filter, []), tuple(declared.step))
        for route in declared.destination:
            _send(paper, flow, route, common, names)
    digest = hashlib.sha256("".join(f"{f.name}{f.bundle.version}" for f in flows).encode())
    made: dict[str, Any] = {
        "asyncapi": VERSION,
        "info": {
            "title": ", ".join(flow.name for flow in flows),
            "version": digest.hexdigest()[:12],
            "description": "Flows of a suture hub. Credentials are agreed elsewhere.",
        },
    }
    if paper.servers:
        made["servers"] = paper.servers
    return made | {"channels": paper.channels, "operations": paper.operations}


def _receive(paper: _Paper, flow: Flow, kinds: list[str]) -> None:
    declared = flow.declared
    channel = flow.name
    where = place_of(declared.source)
    if isinstance(declared.source, FlowSource):
        where = Where("flow", address=flow.name)
    _channel(
        paper, channel, where, declared.source, _messages(declared.format, kinds, declared.source)
    )
    said = f"{declared.description.rstrip('.')}."
    if declared.filter:
        said += f" Goes on only when {in_words(declared.filter)}."
    made = _operation(paper.channels, "receive", channel, declared.source)
    paper.operations[f"receive_{flow.name}"] = made | {
        "summary": f"owner: {declared.owner}",
        "description": said,
    }


def _send(
    paper: _Paper, flow: Flow, route: Destination, common: tuple[str, list[str]], names: set[str]
) -> None:
    format, kinds = common
    format, kinds = _changed(format, _filtered(route.when, kinds), route.step)
    said = f"To {route.name}"
    said += f" when {in_words(route.when)}." if route.when else "."
    channel = f"{flow.name}_{route.name}"
    if isinstance(route, FlowDestination) and route.flow in names:
        channel = route.flow
    else:
        _channel(paper, channel, place_of(route), route, _messages(format, kinds, route))
    made = _operation(paper.channels, "send", channel, route) | {"description": said}
    if isinstance(route, HttpDestination):
        made["bindings"] = {"http": {"method": route.method, "bindingVersion": "0.3.0"}}
    paper.operations[f"send_{flow.name}_{route.name}"] = made


def _channel(
    paper: _Paper, name: str, where: Where, end: Source | Destination, messages: dict[str, Any]
) -> None:
    server: dict[str, Any] = {"host": where.host, "protocol": where.protocol}
    if where.pathname:
        server["pathname"] = where.pathname
    if asks_certificate(end):
        server["security"] = [{"type": "X509"}]
    paper.channels[name] = {
        "address": where.address,
        "servers": [{"$ref": f"#/servers/{_server(paper, server)}"}],
        "messages": messages,
    }


def _server(paper: _Paper, server: dict[str, Any]) -> str:
    """Return the name of a server, the one it has when it is there already."""
    whole = f"{server['protocol']}-{server['host']}{server.get('pathname', '')}"
    base = re.sub(r"[^A-Za-z0-9]+", "-", whole).strip("-")
    name, number = base, 1
    while paper.servers.get(name, server) != server:
        number += 1
        name = f"{base}-{number}"
    paper.servers[name] = server
    return name


def _operation(
    channels: dict[str, Any], action: str, channel: str, end: Source | Destination
) -> dict[str, Any]:
    at = f"#/channels/{channel}"
    made: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": at},
        "messages": [{"$ref": f"{at}/messages/{each}"} for each in channels[channel]["messages"]],
    }
    asked = credentials_of(end)
    return made | ({"security": [asked]} if asked else {})


def _messages(format: str, kinds: list[str], end: Source | Destination) -> dict[str, Any]:
    """Return a message for each kind that passes, one for all when any does."""
    common: dict[str, Any] = {"contentType": _content_type(format, end)}
    if getattr(end, "envelope", "none") == "cloudevents":
        names = ["ce-specversion", "ce-id", "ce-source", "ce-type"]
        common["headers"] = {
            "type": "object",
            "properties": {name: {"type": "string"} for name in names},
            "required": names,
        }
    return {
        re.sub(r"[^A-Za-z0-9_-]+", "-", kind or format): common
        | {"name": kind or format, "title": f"{format} {kind}".strip()}
        for kind in (kinds or [""])
    }


def _content_type(format: str, end: Source | Destination) -> str:
    if getattr(end, "envelope", "none") == "cloudevents-json":
        return "application/cloudevents+json"
    return getattr(end, "content_type", "") or CONTENT_TYPES[format]


def _filtered(conditions: Sequence[Condition], kinds: list[str]) -> list[str]:
    """Return the kinds of message that conditions let pass, `kinds` when they name none."""
    for each in conditions:
        if each.path == TRIGGER and each.any_of:
            return list(each.any_of)
    return kinds


def _changed(format: str, kinds: list[str], steps: Sequence[Step]) -> tuple[str, list[str]]:
    """Return format and kinds after steps; no kinds when a step may have made another one."""
    for step in steps:
        paths = (*step.set, *step.copy_from, step.lookup.field if step.lookup else "")
        if step.convert:
            format, kinds = step.convert, []
        elif step.call or step.template or any(path.startswith("MSH-9") for path in paths):
            kinds = []
    return format, kinds


def place_of(end: Source | Destination) -> Where:
    """Return where an end is; of one that is not known here, its connector alone."""
    match end:
        case MllpSource() | MllpDestination():
            return Where("mllps" if end.tls else "mllp", _host(end.host, end.port))
        case As2Source():
            return Where("as2", _host(end.host, end.port), end.path)
        case As2Destination():
            parts = urlsplit(end.url)  # its query may hold what is not for everybody
            return Where("as2", parts.netloc, parts.path or "/")
        case HttpSource():
            return Where("https" if end.tls else "http", _host(end.host, end.port), end.path)
        case HttpDestination():
            parts = urlsplit(end.url)
            return Where(parts.scheme, parts.netloc, parts.path or "/")
        case SftpSource() | SftpDestination():
            return Where("sftp", _host(end.host, end.port), end.folder)
        case NatsSource() | NatsDestination():
            scheme, _, host = end.servers[0].partition("://")
            return Where("tls" if end.tls else scheme, host, end.subject or f"{end.stream}.>")
        case RabbitSource() | RabbitDestination():
            address = end.queue if isinstance(end, RabbitSource) else end.routing_key
            host = _host(end.host, end.port) if end.port else end.host
            vhost = "" if end.vhost == "/" else f"/{end.vhost}"
            return Where("amqps" if end.tls else "amqp", host, address, vhost)
        case DatabaseSource() | DatabaseDestination() if not end.is_sqlite:
            parts = urlsplit(end.url)
            host = parts.netloc.rpartition("@")[2] or "localhost"
            return Where("postgresql", host, None, parts.path)
        case DatabaseSource() | DatabaseDestination():
            return Where("sqlite", address=end.url.removeprefix("sqlite:"))
        case FilesSource() | FilesDestination():
            return Where("file", address=end.folder)
        case FlowDestination():
            return Where("flow", address=end.flow)
    return Where(end.connector)


def credentials_of(end: Source | Destination) -> dict[str, Any] | None:
    """Return which kind of credentials an end asks for or shows, beside certificates.

    It stands at the operation: it is wanted together with what the server wants.
    """
    if isinstance(end, As2Source | As2Destination):
        return {"type": "X509"}
    auth = getattr(end, "auth", None) or end
    if getattr(auth, "bearer_file", ""):
        return {"type": "http", "scheme": "bearer"}
    if getattr(auth, "token_url", ""):
        asked: dict[str, Any] = {"tokenUrl": getattr(auth, "token_url", ""), "availableScopes": {}}
        return {"type": "oauth2", "flows": {"clientCredentials": asked}}
    if getattr(auth, "key_file", "") or getattr(auth, "creds_file", ""):
        return {"type": "asymmetricEncryption"}
    if getattr(auth, "password_file", ""):
        is_http = isinstance(end, HttpSource | HttpDestination)
        return {"type": "http", "scheme": "basic"} if is_http else {"type": "userPassword"}
    return None


def asks_certificate(end: Source | Destination) -> bool:
    """Return whether a listener asks for a certificate, or a caller shows one."""
    tls = getattr(end, "tls", None)
    if isinstance(end, As2Source | HttpSource | MllpSource):
        return bool(getattr(tls, "client_ca", ""))
    return bool(getattr(tls, "certificate", ""))


def _host(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
