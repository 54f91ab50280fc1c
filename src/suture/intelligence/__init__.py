"""LAYER 4: what it means. Projections over the record: coverage, lineage, exceptions, health.

In: snapshots of the journal. Out: frozen views with their as-of instant. Refuses to know: how to
move a message; it reads and never writes (style 7).
"""
