"""Decision rules of spec 2.0.12 as pure functions with their reasons.

In: facts and policies as values. Out: results that name why. Refuses to know: journal, clock, wire.
"""
