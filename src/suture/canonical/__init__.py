"""The five shared entities and the control records beside them (spec 3): what systems agree on.

In: master files and identifiers. Out: frozen structs, packaging arithmetic, resolved keys. Refuses
to know: any message format's syntax, any store, the patient.
"""
