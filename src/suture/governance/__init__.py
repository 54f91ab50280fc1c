"""Governance: who may see, change and send what.

In: labelled values, roles, keys, policies. Out: permission, minimised values, sealed bytes. Refuses
to know: any format and any partner.
"""
