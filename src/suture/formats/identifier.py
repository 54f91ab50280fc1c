"""Checks the identifiers that carry a check digit, and completes them.

In: identifiers as text, or their parts. Out: booleans, check characters, whole identifiers, the
14-digit form of a GTIN. Refuses to know: who owns a number, whether it was ever issued, and any
file or network. Vectors: spec 3.10.
"""

from __future__ import annotations

from typing import Final

from suture.core.refusal import RefusalError

PROBLEM_CODES: Final[dict[str, str]] = {
    "identifier.not-digits": "an identifier that consists of digits has another character",
    "identifier.gtin": "the text is no GTIN: 8, 12, 13 or 14 digits of which the last checks",
    "identifier.sscc": "the parts of a SSCC have not their length",
    "identifier.gln": "the parts of a GLN have not their length",
    "identifier.npi": "an NPI has 9 digits before its check digit",
    "identifier.hibc-character": "a HIBC holds capital letters, digits and - . space $ / + % only",
}
"""Problem code -> what it means, one line each."""

HIBC_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
"""Position = value in the modulo-43 sum (ANSI/HIBC 2.6, the Code 39 alphabet)."""

_GTIN_LENGTHS: Final = (8, 12, 13, 14)
_NPI_PREFIX: Final = "80840"
"""Issuer prefix of US health identifiers: in the sum, not in the number (45 CFR 162.406)."""
_HIBC_CHARACTERS: Final = frozenset(HIBC_ALPHABET)
_DIGITS: Final = frozenset("0123456789")
_IDENTIFIER_CHARACTERS_MAX: Final = 64
"""Longer than any identifier here; bounds the work on a hostile value."""


def _is_digits(text: str) -> bool:
    return 0 < len(text) <= _IDENTIFIER_CHARACTERS_MAX and _DIGITS.issuperset(text)


def _digits(text: str) -> list[int]:
    if not _is_digits(text):
        raise RefusalError("identifier.not-digits", "the identifier must consist of digits")
    return [int(digit) for digit in text]


def check_digit_mod10(body: str) -> str:
    """Return the GS1 check digit for the digits before it (weights 3, 1 from the right).

    Raises RefusalError `identifier.not-digits`. GS1 General Specifications 7.9.
    """
    total = sum(d * (3 if n % 2 == 0 else 1) for n, d in enumerate(reversed(_digits(body))))
    return str(-total % 10)


def check_digit_luhn(body: str) -> str:
    """Return the Luhn check digit for the digits before it (ISO/IEC 7812-1 annex B).

    Raises RefusalError `identifier.not-digits`.
    """
    total = 0
    for place, digit in enumerate(reversed(_digits(body))):
        doubled = digit * 2 if place % 2 == 0 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def hibc_check(body: str) -> str:
    """Return the modulo-43 check character for a HIBC text, its leading `+` included.

    Raises RefusalError `identifier.hibc-character`. ANSI/HIBC 2.6 annex B.
    """
    if not _HIBC_CHARACTERS.issuperset(body):
        raise RefusalError("identifier.hibc-character", "a character has no place in a HIBC")
    return HIBC_ALPHABET[sum(HIBC_ALPHABET.index(character) for character in body) % 43]


def _checks_mod10(text: str, length: int) -> bool:
    return len(text) == length and _is_digits(text) and check_digit_mod10(text[:-1]) == text[-1]


def valid_gtin(text: str) -> bool:
    """Return whether `text` is a GTIN-8, -12, -13 or -14 whose check digit agrees."""
    return len(text) in _GTIN_LENGTHS and _checks_mod10(text, len(text))


def gtin14(text: str) -> str:
    """Return a GTIN of any length with leading zeros to 14 digits, the form to compare by.

    Raises RefusalError `identifier.gtin` when it is no GTIN. GS1 General Specifications 3.3.2.
    """
    if not valid_gtin(text):
        raise RefusalError("identifier.gtin", "a GTIN has 8, 12, 13 or 14 digits, the last checks")
    return text.zfill(14)


def with_indicator(gtin: str, indicator: int) -> str:
    """Return the GTIN-14 of another packaging level: `indicator` 1..8 over the each's digits.

    Raises RefusalError `identifier.gtin`. GS1 General Specifications 2.1.8.
    """
    body = str(indicator) + gtin14(gtin)[1:13]
    if len(body) != 13:
        raise RefusalError("identifier.gtin", "the indicator of a packaging level is one digit")
    return body + check_digit_mod10(body)


def valid_gln(text: str) -> bool:
    """Return whether `text` is a GLN: 13 digits, the last checks."""
    return _checks_mod10(text, 13)


def valid_sscc(text: str) -> bool:
    """Return whether `text` is a SSCC: 18 digits, the last checks."""
    return _checks_mod10(text, 18)


def sscc(extension: int, company_prefix: str, serial: str) -> str:
    """Return a SSCC: extension digit, GS1 company prefix, serial filled with zeros, check digit.

    Raises RefusalError `identifier.not-digits`, or `identifier.sscc` when the parts have not their
    length (prefix 6..12 digits, 17 digits in all). GS1 General Specifications 2.2.1.
    """
    room = 16 - len(company_prefix)
    if not 0 <= extension <= 9 or not 6 <= len(company_prefix) <= 12 or len(serial) > room:
        raise RefusalError("identifier.sscc", "a SSCC is 1 + 6..12 + serial digits, 17 in all")
    body = f"{extension}{company_prefix}{serial.zfill(room)}"
    return body + check_digit_mod10(body)


def gln(company_prefix: str, location: str) -> str:
    """Return a GLN: GS1 company prefix, location filled with zeros, check digit.

    Raises RefusalError `identifier.not-digits` or `identifier.gln`.
    """
    room = 12 - len(company_prefix)
    if not 6 <= len(company_prefix) <= 12 or len(location) > room:
        raise RefusalError("identifier.gln", "a GLN is 6..12 + location digits, 12 in all")
    body = company_prefix + (location.zfill(room) if room else "")
    return body + check_digit_mod10(body)


def npi(body: str) -> str:
    """Return the National Provider Identifier of 9 digits.

    Raises RefusalError `identifier.not-digits` or `identifier.npi`.
    """
    if len(body) != 9:
        raise RefusalError("identifier.npi", "an NPI has 9 digits before its check digit")
    return body + check_digit_luhn(_NPI_PREFIX + body)


def valid_npi(text: str) -> bool:
    """Return whether `text` is a National Provider Identifier: 10 digits, Luhn over 80840 + 9."""
    is_shape = len(text) == 10 and _is_digits(text)
    return is_shape and check_digit_luhn(_NPI_PREFIX + text[:-1]) == text[-1]


def valid_duns(text: str) -> bool:
    """Return whether `text` has the shape of a D-U-N-S number: 9 digits.

    The former modulo-10 check digit is not issued any more, so it proves nothing.
    """
    return len(text) == 9 and _is_digits(text)


def valid_hibc(text: str) -> bool:
    """Return whether `text` is a HIBC whose last character checks."""
    is_shape = 3 <= len(text) <= _IDENTIFIER_CHARACTERS_MAX and text[0] == "+"
    return is_shape and _HIBC_CHARACTERS.issuperset(text) and hibc_check(text[:-1]) == text[-1]


def valid_unspsc(text: str) -> bool:
    """Return whether `text` has the shape of a UNSPSC commodity code: 8 digits, not all zero."""
    return len(text) == 8 and _is_digits(text) and text != "00000000"
