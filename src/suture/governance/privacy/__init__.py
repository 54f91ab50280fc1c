"""The boundary between the clinical and the operations zone (spec 4): the only way across.

In: labelled readings of clinical messages, raw partner documents. Out: business events without a
patient; findings that hold no value. Refuses to know: what a process does with an event.
"""
