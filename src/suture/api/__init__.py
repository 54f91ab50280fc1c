"""A door for programs: JSON over HTTP with problem details.

In: requests. Out: the views of `intelligence`, and a person's answers as events. Refuses to know:
HTML. Validation errors never echo the input (plan D11).
"""
