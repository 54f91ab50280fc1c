"""Runs declared flows: their sources, doors, outlets and lanes in the clinical zone.

In: sound flows, a journal. Out: messages taken, changed and delivered. Refuses to know: what a flow
file may say (`orchestration.flows`), and everything of the operations zone.
"""
