"""The synthetic health system: generated data, and an EHR, an ERP and two suppliers to talk to.

In: a seed and configuration files. Out: master data, stories, and processes that speak the real
protocols. Refuses to know: the product; only `suture.core.clock` and `suture.core.ids` are shared.
"""
