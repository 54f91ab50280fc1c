"""Thin servers around the models: sockets, HTTP, the clock, resends. No decision is taken here."""
