"""What an operator writes in `hub.toml`, checked once at the start.

In: a TOML file. Out: frozen settings with absolute paths. Refuses to know: what is done with them.
Secrets are named by file (mode 0600), never written into the settings.
"""

from __future__ import annotations

import os
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from suture.connectivity.listen import is_loopback
from suture.core.clock import BusinessTime, real_time
from suture.core.refusal import MisconfiguredError
from suture.governance.retention import DAYS_MIN
from suture.orchestration.flows.expecting import Expecting

BENCH_VARIABLE = "SUTURE_BENCH"
"""Set to 1 by the benchmarks: the only place where a hub may run without syncing."""

PASSWORD_VARIABLE = "SUTURE_STORE_PASSWORD"
"""The password of the PostgreSQL stores, where no file is named."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ClockTable(_Table):
    """`[clock]`: the business clock's triple; leave it out for real time."""

    epoch: datetime
    rate: float = Field(gt=0, le=100_000)
    start: datetime

    def triple(self) -> BusinessTime:
        """Return the triple in UTC."""
        return BusinessTime(self.epoch.astimezone(UTC), self.rate, self.start.astimezone(UTC))


class TlsTable(_Table):
    """`tls = {...}`: PEM files of a listener or sender."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


class MllpInTable(_Table, Expecting):
    """`[[mllp_in]]`: a listener for one EHR feed."""

    endpoint: str
    facility: str
    timezone: str
    host: str = "127.0.0.1"
    port: int = Field(default=2575, ge=0, le=65535)
    tls: TlsTable | None = None
    frame_bytes_max: int = Field(default=1024 * 1024, gt=0)
    connections_max: int = Field(default=512, gt=0)
    idle_timeout_s: float = Field(default=300, gt=0)
    laterality_codes: dict[str, str] = {"RT": "RT", "LT": "LT", "BI": "BI"}
    latex_allergy_codes: tuple[str, ...] = ()
    facilities: dict[str, str] = {}
    """Sending facility (MSH-4) -> facility code, for a feed that serves several."""
    expect_every: str = ""
    expect_hours: str = ""
    expect_weekdays: tuple[str, ...] = Field(default=(), max_length=7)
    expect_timezone: str = ""
    """The feed's own zone when left out."""


class HttpTable(_Table):
    """`[console]` and `[partners]`: where an HTTP door listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)


class SupplierTable(_Table):
    """`[[supplier]]`: one trading partner."""

    key: str
    name: str
    dialect: str = Field(pattern="^(x12|cxml)$")
    url: str
    secret_file: Path
    """Bearer token (X12 over HTTP) or shared secret (cXML) we present and expect."""
    our_id: str
    their_id: str
    our_qualifier: str = "ZZ"
    their_qualifier: str = "ZZ"
    version: str = "00501"
    is_test: bool = True
    timeout_s: float = Field(default=10, gt=0, le=120)


class ErpTable(_Table):
    """`[erp]`: the ERP's REST interface."""

    url: str
    token_file: Path
    poll_s: float = Field(default=1.0, gt=0)
    timeout_s: float = Field(default=10, gt=0, le=120)


class DockTable(_Table):
    """`[dock]`: the token the receiving dock presents."""

    token_file: Path


class AlertsTable(_Table):
    """`[alerts]`: when what is worth an alert."""

    oldest_s: float = Field(default=900, gt=0)
    """Business seconds that something may wait."""
    stall_s: float = Field(default=600, gt=0)
    """Real seconds a lane with due work may stand still; more than the longest `timeout_s`."""
    certificate_days: float = Field(default=30, ge=7, le=365)
    errors_share: float = Field(default=0.05, gt=0, lt=1)
    errors_min: int = Field(default=10, gt=0)
    """Fewer errors in the long while raise nothing."""
    errors_short_s: float = Field(default=300, gt=0)
    errors_long_s: float = Field(default=3600, gt=0, le=86_400)
    look_s: float = Field(default=10, gt=0, le=300)
    """Real seconds between two looks."""
    quiet_s: float = Field(default=60, ge=0, le=3600)
    """Real seconds an alert must not have held before the record says that it is over."""


class HealthTable(_Table):
    """`[health]`: the door of a process that serves no console."""

    host: str = "127.0.0.1"
    listen_port: int = Field(default=0, ge=0, le=65535)
    work_port: int = Field(default=0, ge=0, le=65535)


class TracesTable(_Table):
    """`[traces]`: the collector that is told of failed, slow and sampled messages."""

    endpoint: str
    """`https://...`, plain `http://` on this machine only; with its path, e.g. `/v1/traces`."""
    token_file: Path | None = None
    ca: Path | None = None
    """Authority of the collector; the system's when left out."""
    slow_s: float = Field(default=30, gt=0)
    """Business seconds from queued to delivered."""
    sample_share: float = Field(default=0, ge=0, le=1)
    look_s: float = Field(default=5, gt=0, le=300)

    @field_validator("endpoint")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        parts = urlsplit(value)
        is_near = parts.scheme == "http" and is_loopback(parts.hostname or "")
        if parts.username or parts.password or not (parts.scheme == "https" or is_near):
            raise ValueError("https://, or http:// on this machine; a secret stands in token_file")
        return value


class StoreTable(_Table):
    """`[store.clinical]` and `[store.operations]`: a zone's tables in PostgreSQL."""

    url: str
    """`postgresql://user@host:port/database?...`; without a password."""
    password_file: Path | None = None
    """Else the variable `SUTURE_STORE_PASSWORD`, else what PostgreSQL's own client finds."""
    tables_in: str = Field(default="", pattern="^[a-z0-9_]{0,63}$")
    """The schema; `suture_clinical` and `suture_operations` when left out."""

    @field_validator("url")
    @classmethod
    def _no_password(cls, value: str) -> str:
        return store_url(value)


class StoresTable(_Table):
    """`[store]`: which zones are not in a file of the data folder."""

    clinical: StoreTable | None = None
    operations: StoreTable | None = None
    silent_s: float = Field(default=15.0, ge=2, le=300)
    """One of several processes that commits nothing for so long is fenced; all say the same."""


class RetentionTable(_Table):
    """`[retention]`: days that messages are kept; 0 keeps them for ever."""

    clinical_days: int = Field(default=0, ge=0, le=36_500)
    """Where a flow does not say `retention_days` itself."""
    operations_days: int = Field(default=0, ge=0, le=36_500)
    refusals_days: int = Field(default=0, ge=0, le=36_500)
    """What was refused at a door: audit row and first bytes."""
    unfinished_days: int = Field(default=0, ge=0, le=36_500)
    """What was given up, refused by its destination, parked or failed; 0 waits for a person."""

    @field_validator("clinical_days", "operations_days")
    @classmethod
    def _as_long_as_keys(cls, value: int) -> int:
        if 0 < value < DAYS_MIN:
            raise ValueError(f"0 or {DAYS_MIN} and more: repetitions are known for as long")
        return value


class HubSettings(_Table):
    """The whole of `hub.toml`."""

    name: str = "hub"
    data: Path
    key_file: Path
    policies: tuple[Path, ...] = ()
    """Policy folders after the shipped defaults; a later folder's file replaces earlier ones."""
    master: Path | None = None
    clock: ClockTable | None = None
    console: HttpTable = HttpTable(port=8765)
    partners: HttpTable = HttpTable(port=8766)
    mllp_in: tuple[MllpInTable, ...] = ()
    supplier: tuple[SupplierTable, ...] = ()
    erp: ErpTable | None = None
    dock: DockTable | None = None
    store: StoresTable = StoresTable()
    retention: RetentionTable = RetentionTable()
    alerts: AlertsTable = AlertsTable()
    health: HealthTable = HealthTable()
    traces: TracesTable | None = None
    space_bytes_min: int = Field(default=64 * 1024 * 1024, ge=0)
    folder: Path = Path()
    """Where relative paths of flows start."""
    durable: bool = True
    """False syncs nothing to the disk; accepted only under `SUTURE_BENCH=1`, for comparison."""

    def business_time(self) -> BusinessTime:
        """Return the configured triple, or real time."""
        return self.clock.triple() if self.clock else real_time()


def store_url(text: str) -> str:
    """Return the address of a PostgreSQL store; raises ValueError, without naming it."""
    if urlsplit(text).scheme not in ("postgresql", "postgres"):
        raise ValueError("a store's url begins with postgresql://")
    parts = urlsplit(text)
    if parts.password is not None or "password=" in parts.query.lower():
        raise ValueError(f"no password here: name a password_file or set {PASSWORD_VARIABLE}")
    return text


def load_settings(path: Path) -> HubSettings:
    """Return the settings of a file; relative paths are relative to the file.

    Raises MisconfiguredError `config.missing` or `config.invalid`, naming each bad entry.
    """
    if not path.is_file():
        raise MisconfiguredError("config.missing", f"no such file: {path.name}")
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        settings = HubSettings.model_validate(table)
    except tomllib.TOMLDecodeError as error:
        raise MisconfiguredError("config.invalid", f"{path.name}: {error}") from None
    except ValidationError as error:
        listed = "; ".join(
            f"{'.'.join(str(x) for x in e['loc'])}: {e['msg']}" for e in error.errors()[:5]
        )
        raise MisconfiguredError("config.invalid", f"{path.name}: {listed}") from None
    if not settings.durable and os.environ.get(BENCH_VARIABLE) != "1":
        raise MisconfiguredError(
            "config.invalid", f"{path.name}: durable = false loses messages; remove it"
        )
    return _absolute(settings, path.resolve().parent)


def _absolute(settings: HubSettings, base: Path) -> HubSettings:
    """Return the settings with every path made absolute from the file's folder."""

    def fixed(value: object) -> object:
        if isinstance(value, Path):
            return value if value.is_absolute() else base / value
        if isinstance(value, _Table):
            changed = {name: fixed(getattr(value, name)) for name in type(value).model_fields}
            return value.model_copy(update=changed)
        if isinstance(value, tuple):
            return tuple(fixed(x) for x in value)
        return value

    made = fixed(settings)
    assert isinstance(made, HubSettings)
    return made
