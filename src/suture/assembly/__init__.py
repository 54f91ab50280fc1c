"""The only place that knows concretes: settings, stores, transports, adapters are joined here.

In: `hub.toml`. Out: a running hub. Refuses to know: any decision.
"""
