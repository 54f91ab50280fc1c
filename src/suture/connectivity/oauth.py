"""OAuth 2.0 client credentials (RFC 6749 section 4.4): a bearer token, fetched and kept a while.

In: where tokens are made, who we are. Out: a token, or why there is none. Refuses to know: what the
token opens. One request at a time fetches a token; it is renewed a little before it ends.
"""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from suture.connectivity.transports.http import HttpCaller, HttpRequest, HttpResponse

EARLY_S = 30.0
"""A token is renewed so long before it ends, so that none ends on its way."""
LIFE_S = 300.0
"""How long a token is kept whose end was not told (RFC 6749 section 5.1: expires_in)."""
LIFE_S_MAX = 86_400.0
TOKEN_CHARS_MAX = 16_384


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """Who asks for a token, and where."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""
    timeout_s: float = 10.0


class Tokens:
    """The current token of one client."""

    def __init__(self, credentials: ClientCredentials, caller: HttpCaller) -> None:
        self._credentials = credentials
        self._caller = caller
        self._lock = asyncio.Lock()
        self._token = ""
        self._ends = 0.0

    async def token(self, *, but: str = "") -> tuple[str, str]:
        """Return (token, "") or ("", code); `but` is a token that was just refused.

        Codes: `oauth.unreachable` (later may help), `oauth.refused` (an operator must act).
        """
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if self._token and self._token != but and now < self._ends:
                return self._token, ""
            code, life_s = await self._fetch()
            self._ends = now + life_s
            return self._token, code

    async def _fetch(self) -> tuple[str, float]:
        self._token = ""
        one = self._credentials
        form = {"grant_type": "client_credentials"} | ({"scope": one.scope} if one.scope else {})
        # Section 2.3.1: both parts are form-encoded before they are joined.
        pair = f"{quote(one.client_id, safe='')}:{quote(one.client_secret, safe='')}"
        request = HttpRequest(
            "POST",
            one.token_url,
            (
                ("authorization", "Basic " + base64.b64encode(pair.encode()).decode("ascii")),
                ("content-type", "application/x-www-form-urlencoded"),
                ("accept", "application/json"),
            ),
            urlencode(form).encode("ascii"),
            one.timeout_s,
        )
        answer = await self._caller.call(request)
        if not isinstance(answer, HttpResponse) or answer.status >= 500 or answer.status == 429:
            return "oauth.unreachable", 0.0
        told = _json(answer.body) if answer.status == 200 else {}
        token, life = told.get("access_token"), told.get("expires_in", LIFE_S)
        is_bearer = str(told.get("token_type", "")).lower() == "bearer"
        if not is_bearer or not isinstance(token, str) or not _is_token(token):
            return "oauth.refused", 0.0
        self._token = token
        seconds = float(life) if isinstance(life, (int, float)) else LIFE_S
        return "", max(min(seconds, LIFE_S_MAX) - EARLY_S, 1.0)


def _is_token(text: str) -> bool:
    return 0 < len(text) <= TOKEN_CHARS_MAX and text.isascii() and text.isprintable()


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
