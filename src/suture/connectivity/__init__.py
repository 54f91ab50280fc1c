"""LAYER 2: how we speak. Transports that carry bytes and report exactly what became of them.

In: bytes and addresses. Out: bytes, or why there are none. Refuses to know: what bytes mean.
"""
