"""The public test kit: settable clock, seeded chance, a scripted world without sockets.

In: scripts. Out: what the house did. Refuses to know: production; the product never imports it.
"""
