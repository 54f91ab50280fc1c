"""Declared interfaces: what a flow file says, whether it is sound, and what it makes of a message.

In: flow folders, messages. Out: findings with file and line, messages for destinations. Refuses to
know: sockets, journals; `assembly` runs what is declared here.
"""
