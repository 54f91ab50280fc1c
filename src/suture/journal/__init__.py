"""The durable record: one contract, one driver per store.

In: units of work. Out: committed rows and the order they were committed in. Refuses to know: any
format, any workflow, any key: content arrives sealed and leaves sealed.
"""
