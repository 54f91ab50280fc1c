"""The connectors of flows at work: one module a connector, both directions.

In: declared ends, a flow's door. Out: open sources and outlets. Refuses to know: lanes and retries.
`opening` names them all; a connector is not told of another.
"""
