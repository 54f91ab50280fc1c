"""Views a Bundle: its entries, pages, requests and responses.

In: a Bundle of R4 or R5. Out: a view; each entry's resource is a `Resource` of its own. Refuses to
know: how the next page is fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from suture.formats.fhir.datatype import (
    Identifier,
    Node,
    Reference,
    first,
    identifiers,
    kind_of,
    nodes,
    number,
    text,
    time,
    whole,
)
from suture.formats.fhir.primitive import Moment
from suture.formats.fhir.resource import Resource, veiled


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRequest:
    """What an entry of a batch or transaction asks for."""

    __repr__ = veiled

    method: str
    url: str
    if_none_exist: str = ""
    if_match: str = ""
    if_none_match: str = ""
    if_modified_since: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryResponse:
    """What became of an entry."""

    __repr__ = veiled

    status: str
    """As written, e.g. `201 Created`."""
    location: str = ""
    etag: str = ""
    last_modified: Moment | None = None
    outcome: Resource | None = None

    @property
    def code(self) -> int:
        """The HTTP status code; 0 when none can be read."""
        head = self.status.strip()[:3]
        return int(head) if len(head) == 3 and head.isascii() and head.isdigit() else 0

    @property
    def is_success(self) -> bool:
        """The code is 2xx."""
        return 200 <= self.code < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleEntry:
    """One entry."""

    __repr__ = veiled

    full_url: str
    resource: Resource | None
    search_mode: str = ""
    """match, include or outcome."""
    score: Decimal | None = None
    request: EntryRequest | None = None
    response: EntryResponse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A collection of resources with a purpose."""

    __repr__ = veiled

    id: str
    type: str
    identifiers: tuple[Identifier, ...]
    timestamp: Moment | None
    total: int | None
    links: tuple[tuple[str, str], ...]
    """(relation, url)."""
    entries: tuple[BundleEntry, ...]

    def link(self, relation: str) -> str:
        """Return the url of a relation, e.g. `self`; empty when there is none."""
        return next((url for name, url in self.links if name == relation), "")

    @property
    def next_url(self) -> str:
        """Where the next page is; empty on the last one."""
        return self.link("next")

    def resources(self, *types: str) -> tuple[Resource, ...]:
        """Return the resources of the entries, of some types or of all; outcomes excepted."""
        found = (e.resource for e in self.entries if e.search_mode != "outcome")
        return tuple(r for r in found if r is not None and (not types or r.type in types))

    def find(self, reference: Reference | str) -> Resource | None:
        """Return the resource that a reference names by fullUrl, or by type and id."""
        wanted = reference if isinstance(reference, str) else reference.reference
        for entry in self.entries:
            if wanted and entry.resource is not None and _is_named(entry, wanted):
                return entry.resource
        return None


def _is_named(entry: BundleEntry, wanted: str) -> bool:
    plain = wanted.partition("/_history/")[0]
    if entry.full_url in (wanted, plain):
        return True
    is_relative = plain.count("/") == 1 and not plain.startswith("urn:")
    return is_relative and (
        entry.full_url.endswith(f"/{plain}")
        or (entry.resource is not None and entry.resource.key == plain)
    )


def bundle(source: Resource | Node) -> Bundle:
    """Return the view; raises RefusalError `fhir.kind`."""
    data = kind_of(source, "Bundle")
    return Bundle(
        id=text(data, "id"),
        type=text(data, "type"),
        identifiers=identifiers(data),
        timestamp=time(data, "timestamp"),
        total=whole(data, "total"),
        links=tuple((text(one, "relation"), text(one, "url")) for one in nodes(data, "link")),
        entries=tuple(_entry(one) for one in nodes(data, "entry")),
    )


def _entry(data: Node) -> BundleEntry:
    asked, answered = first(data, "request"), first(data, "response")
    return BundleEntry(
        full_url=text(data, "fullUrl"),
        resource=_resource(data, "resource"),
        search_mode=text(first(data, "search"), "mode"),
        score=number(first(data, "search"), "score"),
        request=_request(asked) if asked else None,
        response=_response(answered) if answered else None,
    )


def _resource(data: Node, key: str) -> Resource | None:
    found = data.get(key)
    is_one = isinstance(found, dict) and isinstance(found.get("resourceType"), str)
    return Resource(found) if is_one and isinstance(found, dict) else None


def _request(data: Node) -> EntryRequest:
    return EntryRequest(
        method=text(data, "method"),
        url=text(data, "url"),
        if_none_exist=text(data, "ifNoneExist"),
        if_match=text(data, "ifMatch"),
        if_none_match=text(data, "ifNoneMatch"),
        if_modified_since=time(data, "ifModifiedSince"),
    )


def _response(data: Node) -> EntryResponse:
    return EntryResponse(
        status=text(data, "status"),
        location=text(data, "location"),
        etag=text(data, "etag"),
        last_modified=time(data, "lastModified"),
        outcome=_resource(data, "outcome"),
    )
