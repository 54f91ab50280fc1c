"""Executing adapters over real transports.

In: a destination, content. Out: an outcome. Refuses to know: workflows. What the transport knows
sorts the failures: nothing left this machine = unavailable, anything else without an answer =
uncertain.
"""

from __future__ import annotations

from suture.assembly.secret import read_secret
from suture.assembly.settings import HubSettings, SupplierTable
from suture.connectivity.transports.http import HttpCaller, HttpRequest, HttpResponse
from suture.connectivity.transports.result import NotSent, Unanswered
from suture.core.outcome import Misconfigured, Outcome, Unavailable, Uncertain
from suture.documents.partner import PartnerProfile
from suture.systems.adapter import Adapter, WireRequest, WireResponse
from suture.systems.erp_rest import ErpRestAdapter
from suture.systems.supplier_cxml import SupplierCxmlAdapter
from suture.systems.supplier_x12 import SupplierX12Adapter

ERP = "erp"
REQUESTS_MAX = 8
"""Requests of one exchange; every adapter needs one or two."""


class Executor:
    """Holds the adapters, addresses and credentials of every destination."""

    def __init__(self, settings: HubSettings) -> None:
        self.partners: dict[str, PartnerProfile] = {}
        self.adapters: dict[str, Adapter] = {}
        self._bases: dict[str, tuple[str, str, float]] = {}
        self._caller = HttpCaller()
        for table in settings.supplier:
            self._add_supplier(table)
        if settings.erp is not None:
            self.adapters[ERP] = ErpRestAdapter()
            token = read_secret(settings.erp.token_file)
            self._bases[ERP] = (settings.erp.url.rstrip("/"), token, settings.erp.timeout_s)

    def _add_supplier(self, table: SupplierTable) -> None:
        secret = read_secret(table.secret_file)
        profile = partner_profile(table)
        self.partners[table.key] = profile
        if table.dialect == "x12":
            self.adapters[table.key] = SupplierX12Adapter(profile)
        else:
            self.adapters[table.key] = SupplierCxmlAdapter(profile, secret)
        self._bases[table.key] = (table.url.rstrip("/"), secret, table.timeout_s)

    async def execute(
        self, destination: str, kind: str, content: bytes, control_id: str
    ) -> Outcome:
        """Carry one exchange out and return its outcome."""
        exchange = self.adapters[destination].exchange(kind, content, control_id)
        try:
            request = next(exchange)
            for _ in range(REQUESTS_MAX):
                answer = await self.call(destination, request)
                match answer:
                    case NotSent(code=code):
                        return Unavailable(code, "nothing left this machine")
                    case Unanswered(code=code):
                        return Uncertain(code, "no full answer")
                request = exchange.send(answer)
        except StopIteration as stop:
            outcome: Outcome = stop.value
            return outcome
        return Misconfigured("adapter.too-many-requests", "the adapter does not come to an end")

    async def call(
        self, destination: str, request: WireRequest
    ) -> WireResponse | NotSent | Unanswered:
        """Send one request to a destination with its address, token and time-out."""
        base, token, timeout_s = self._bases[destination]
        headers = [*request.headers, ("authorization", f"Bearer {token}")]
        if request.content_type:
            headers.append(("content-type", request.content_type))
        answer = await self._caller.call(
            HttpRequest(
                method=request.method,
                url=base + request.path,
                headers=tuple(headers),
                body=request.body,
                timeout_s=timeout_s,
            )
        )
        if not isinstance(answer, HttpResponse):
            return answer
        return WireResponse(
            status=answer.status,
            content_type=answer.header("content-type"),
            body=answer.body,
            retry_after_s=_seconds(answer.header("retry-after")),
        )

    async def close(self) -> None:
        """Close pooled connections."""
        await self._caller.close()


def _seconds(text: str) -> float | None:
    return float(text) if text.isdigit() else None


def partner_profile(table: SupplierTable) -> PartnerProfile:
    """Return the partner profile of a settings table."""
    return PartnerProfile(
        supplier=table.key,
        name=table.name,
        dialect=table.dialect,
        our_id=table.our_id,
        their_id=table.their_id,
        our_qualifier=table.our_qualifier,
        their_qualifier=table.their_qualifier,
        version=table.version,
        is_test=table.is_test,
    )
