"""Measurements against the budgets; each module has `run() -> list[dict]`."""
