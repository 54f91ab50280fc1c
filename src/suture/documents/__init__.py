"""Typed business events and supply documents, and their mappings to and from the formats.

In: parsed messages. Out: the 10-25 fields orchestration decides on. Refuses to know: transports,
stores, what happens next; and it is not master data (spec 3.9).
"""
