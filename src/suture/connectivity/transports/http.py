"""HTTP out: one request, and exactly what became of it.

In: a request with its time-out. Out: a bounded response, `NotSent` or `Unanswered`. Refuses to
know: what the body means. No redirects (a redirected order is somebody else's), no environment
proxies, a bounded pool.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx

from suture.connectivity.transports.result import NotSent, Unanswered

RESPONSE_BYTES_MAX = 16 * 1024 * 1024
"""A page of 200 ERP changes is about 100 kB; beyond this a peer is broken."""
CONNECTIONS_MAX = 64


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request; credentials are in `headers`, which a repr never shows."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A full answer."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str:
        """Return a header's value, or empty."""
        wanted = name.lower()
        return next((v for k, v in self.headers if k.lower() == wanted), "")


class HttpCaller:
    """A pool of connections."""

    def __init__(self, *, response_bytes_max: int = RESPONSE_BYTES_MAX) -> None:
        self._limit = response_bytes_max
        self._client: httpx.AsyncClient | None = None

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            limits = httpx.Limits(max_connections=CONNECTIONS_MAX, keepalive_expiry=30)
            self._client = httpx.AsyncClient(limits=limits, follow_redirects=False, trust_env=False)
        return self._client

    async def call(self, request: HttpRequest) -> HttpResponse | NotSent | Unanswered:
        """Send one request; never raises for the peer's behaviour."""
        client = self._open()
        timeout = httpx.Timeout(request.timeout_s, connect=min(5.0, request.timeout_s))
        try:
            async with client.stream(
                request.method,
                request.url,
                headers=list(request.headers),
                content=request.body or None,
                timeout=timeout,
            ) as answer:
                body = bytearray()
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > self._limit:
                        return Unanswered("http.response-too-large")
                return HttpResponse(
                    answer.status_code, tuple(answer.headers.multi_items()), bytes(body)
                )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return NotSent("http.connect-failed")
        except httpx.TimeoutException:
            return Unanswered("http.timeout")
        except (httpx.UnsupportedProtocol, httpx.InvalidURL):
            return NotSent("http.address")
        except httpx.HTTPError:
            return Unanswered("http.connection-lost")

    async def close(self) -> None:
        """Close pooled connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None
