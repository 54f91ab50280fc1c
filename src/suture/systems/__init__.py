"""LAYER 1: the systems we connect. Adapters between our commands and one system's native interface.

In: commands and responses. Out: requests, outcomes, documents. Refuses to know: sockets, stores,
workflows: connectivity executes what an adapter asks for.
"""
