"""A door for eyes: server-rendered pages over the same views as the API.

In: the hub's views. Out: HTML. Refuses to know: anything the API could not tell.
"""
