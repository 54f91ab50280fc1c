"""HTTP out: one request, and exactly what became of it.

In: a request with its time-out. Out: a bounded response, `NotSent` or `Unanswered`. Refuses to
know: what the body means. No redirects (a redirected order is somebody else's), no environment
proxies, a bounded pool.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

import httpcore
import httpx

from suture.connectivity.guard import AddressRefusedError, Guard, GuardedBackend
from suture.connectivity.tls import TlsSettings, client_context
from suture.connectivity.transports.result import NotSent, Unanswered

RESPONSE_BYTES_MAX = 16 * 1024 * 1024
"""A page of 200 ERP changes is about 100 kB; beyond this a peer is broken."""
CONNECTIONS_MAX = 64
KEEPALIVE_S = 30


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


class _GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport whose connections go through a guard."""

    def __init__(self, guard: Guard, context: ssl.SSLContext, connections: int) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=connections,
            keepalive_expiry=KEEPALIVE_S,
            network_backend=GuardedBackend(guard),
        )


class HttpCaller:
    """A pool of connections; with a `guard` they go only where it allows."""

    def __init__(
        self,
        *,
        response_bytes_max: int = RESPONSE_BYTES_MAX,
        connections_max: int = CONNECTIONS_MAX,
        tls: TlsSettings | None = None,
        guard: Guard | None = None,
    ) -> None:
        """Prepare, without connecting; raises MisconfiguredError `tls.files`."""
        self._limit = response_bytes_max
        self._connections = connections_max
        self._context = client_context(tls or TlsSettings())
        self._guard = guard
        self._client: httpx.AsyncClient | None = None

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            if self._guard is not None:
                transport = _GuardedTransport(self._guard, self._context, self._connections)
                self._client = httpx.AsyncClient(transport=transport, trust_env=False)
            else:
                limits = httpx.Limits(
                    max_connections=self._connections, keepalive_expiry=KEEPALIVE_S
                )
                self._client = httpx.AsyncClient(
                    verify=self._context, limits=limits, trust_env=False
                )
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
                follow_redirects=False,
            ) as answer:
                body = bytearray()
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > self._limit:
                        return Unanswered("http.response-too-large")
                return HttpResponse(
                    answer.status_code, tuple(answer.headers.multi_items()), bytes(body)
                )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return NotSent(_why(error))
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


def _why(error: BaseException) -> str:
    """Return why nothing was sent: refused by the guard, an untrusted peer, or nobody there."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, AddressRefusedError):
            return "http.address-refused"
        if isinstance(seen, ssl.SSLCertVerificationError):
            return "http.tls-untrusted"
        if isinstance(seen, ssl.SSLError):
            return "http.tls-failed"
        seen = seen.__cause__ or seen.__context__
    return "http.connect-failed"
