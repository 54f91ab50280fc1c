"""LAYER 3a: what happens next.

In: business events from the journal. Out: new states, commands, timers, tasks, reasons, in one
transaction. Refuses to know: wires, formats, pages.
"""
