"""Lists the GS1 application identifiers: how long a value is and what it may hold.

In: an application identifier. Out: its `Form`. Refuses to know: what a value means to a hospital.
Facts of the GS1 General Specifications 3.2, as data.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple

from suture.formats.identifier import check_digit_mod10


class Form(NamedTuple):
    """The form of one identifier's value."""

    pattern: re.Pattern[str]
    length_max: int
    check_after: int = 0
    """Digits at the start whose last one is a check digit; 0 is none."""
    is_date: bool = False
    """The value begins with YYMMDD."""


_N: Final = "[0-9]"
_X: Final = '[!"%-?A-Z_a-z]'
_Y: Final = "[#\\-/0-9A-Z]"
_Z: Final = "[0-9A-Za-z_=\\-]"
_TABLE: Final = """
00 n18 c18
01 n14 c14
02 n14 c14
03 n14 c14
04 n16
10 x1-20
11-13 n6 d
15-17 n6 d
20 n2
21 x1-20
22 x1-20
235 x1-28
240-241 x1-30
242 n1-6
243 x1-20
250-251 x1-30
253 n13,x0-17 c13
254 x1-20
255 n13,n0-12 c13
30 n1-8
3100-3165 n6
3200-3575 n6
3600-3695 n6
37 n1-8
3900-3909 n1-15
3910-3919 n3,n1-15
3920-3929 n1-15
3930-3939 n3,n1-15
3940-3943 n4
3950-3955 n6
400-401 x1-30
402 n17 c17
403 x1-30
410-417 n13 c13
420 x1-20
421 n3,x1-9
422 n3
423 n3-15
424 n3
425 n3-15
426 n3
427 x1-3
4300-4301 x1-35
4302-4306 x1-70
4307 x2
4308 x1-30
4309 n20
4310-4311 x1-35
4312-4316 x1-70
4317 x2
4318 x1-20
4319 x1-30
4320 x1-35
4321-4323 n1
4324-4325 n10
4326 n6
4330-4333 n6,x0-1
7001 n13
7002 x1-30
7003 n10 d
7004 n1-4
7005 x1-12
7006 n6 d
7007 n6-12 d
7008 x1-3
7009 x1-10
7010 x1-2
7011 n6-10 d
7020-7022 x1-20
7023 x1-30
7030-7039 n3,x1-27
7040 n1,x3
7041 x1-4
710-717 x1-20
7230-7239 x2,x1-28
7240 x1-20
7241 n2
7242 x1-25
7250 n8
7251 n12
7252 n1
7253-7254 x1-40
7255 x1-10
7256 x1-90
7257 x1-70
7258 n1,x1,n1
7259 x1-40
8001 n14
8002 x1-20
8003 n14,x0-16 c14
8004 x1-30
8005 n6
8006 n18 c14
8007 x1-34
8008 n8-12
8009 x1-50
8010 y1-30
8011 n1-12
8012 x1-20
8013-8014 x1-25
8017-8018 n18 c18
8019 n1-10
8020 x1-25
8026 n18 c14
8030 z1-90
8110 x1-70
8111 n4
8112 x1-70
8200 x1-70
90 x1-30
91-99 x1-90
"""
"""Identifier or range, parts of the value (kind and length), then `c` and the digits that are
checked, `d` for a date."""


@cache
def _forms() -> dict[str, Form]:
    found: dict[str, Form] = {}
    for line in _TABLE.split("\n"):
        if line:
            names, value, *marks = line.split(" ")
            first, _, last = names.partition("-")
            form = _form(value, marks)
            for number in range(int(first), int(last or first) + 1):
                found[f"{number:0{len(first)}}"] = form
    return found


def _form(value: str, marks: list[str]) -> Form:
    kinds = {"n": _N, "x": _X, "y": _Y, "z": _Z}
    pattern, longest = "", 0
    for part in value.split(","):
        low, _, high = part[1:].partition("-")
        pattern += f"{kinds[part[0]]}{{{low},{high or low}}}"
        longest += int(high or low)
    check = next((int(mark[1:]) for mark in marks if mark.startswith("c")), 0)
    return Form(re.compile(pattern), longest, check, "d" in marks)


def form_of(identifier: str) -> Form | None:
    """Return the form of an application identifier's value, or None when it is not known."""
    return _forms().get(identifier)


def has_check(form: Form, value: str) -> bool:
    """Return whether the check digit within a value agrees; true when there is none."""
    digits = value[: form.check_after]
    is_shape = digits.isascii() and digits.isdecimal() and len(digits) == form.check_after
    return not form.check_after or (is_shape and check_digit_mod10(digits[:-1]) == digits[-1])
