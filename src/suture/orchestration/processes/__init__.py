"""One workflow per file: its states, rules, alarms and the pure functions they name.

In: moments. Out: effects. Refuses to know: the engine's storage, the wire. `ALL` lists every
process explicitly.
"""
