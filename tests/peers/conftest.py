"""Lets the tests with large peers use the hub and the certificates of the connectors' tests."""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
for name in ("connectors", "flows", "formats/as2"):
    sys.path.insert(0, str(TESTS / name))
