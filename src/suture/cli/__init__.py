"""A door for people at a terminal.

In: arguments. Out: text for eyes, JSON for scripts, exit codes. Refuses to know: anything the
assembly or a running hub's interface does not tell.
"""
