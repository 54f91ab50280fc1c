"""The way of a message, one verb per file: receive, translate, decide, deliver.

In: what a transport hands over. Out: rows of the journal, and bytes to be sent. Refuses to know:
sockets (connectivity's) and pages (the console's).
"""
