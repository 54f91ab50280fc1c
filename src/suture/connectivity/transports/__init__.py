"""One transport per file.

In: settings with limits. Out: listeners and senders. Refuses to know: formats and workflows.
"""
