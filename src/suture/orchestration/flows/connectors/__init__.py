"""What a flow says about each connector: one module a connector, both directions.

In: `[source]` and `[[destination]]` tables. Out: frozen tables that know what they carry and where
they read. Refuses to know: sockets and files (`assembly.flows.connectors` opens them).
"""
