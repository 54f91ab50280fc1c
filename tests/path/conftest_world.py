"""What other test folders use of this one: the world builder and the peers' messages."""

from __future__ import annotations

import importlib.util
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location(
    "path_conftest", Path(__file__).with_name("conftest.py")
)
assert _SPEC is not None and _SPEC.loader is not None
_BUILDER = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_BUILDER)

build, close = _BUILDER.build, _BUILDER.close

from wire import erp_page, siu, stock  # noqa: E402 - the builder puts this folder on the path

__all__ = ["build", "close", "erp_page", "siu", "stock"]
