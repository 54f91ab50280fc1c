"""Escapes: one table both ways, and what has no way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.formats.hl7v2 import STANDARD, escape, unescape
from suture.formats.hl7v2.delimiters import delimiters

BOTH_WAYS = [
    ("a|b", r"a\F\b"),
    ("a^b", r"a\S\b"),
    ("a&b", r"a\T\b"),
    ("a~b", r"a\R\b"),
    ("a\\b", r"a\E\b"),
    ("\r", r"\X0D\ ".strip()),
    ("\n", r"\X0A\ ".strip()),
    ("\x0b\x1c", "\\X0B\\\\X1C\\"),
    ("\\F\\", r"\E\F\E\ ".strip()),
    ("", ""),
    ("plain text, Ünïcode and\ttab #", "plain text, Ünïcode and\ttab #"),
]

READ_ONLY = [
    ("one\\.br\\two", "one\ntwo"),
    ("one\\.sp3\\two", "one\n\n\ntwo"),
    ("one\\.sp\\two", "one\ntwo"),
    ("one\\.sk4\\two", "one    two"),
    ("\\.ce\\title", "\ntitle"),
    ("\\.in+4\\indented\\.fi\\", "indented"),
    ("\\H\\loud\\N\\ quiet", "loud quiet"),
    ("\\XC3A9\\", "é"),
    ("\\XE9\\", "é"),
    ("\\X0d0a\\", "\r\n"),
]

LITERAL = [
    "\\C2842\\",
    "\\M244242\\",
    "\\Z01\\",
    "\\XABC\\",
    "\\X\\",
    "\\Q\\",
    "C:\\Foo\\Bar",
    "ends with \\",
    "\\P\\",
]


@pytest.mark.parametrize(("text", "written"), BOTH_WAYS)
def test_each_escape_is_written_and_read_back(text: str, written: str) -> None:
    """What must be escaped has one written form, which reads as the text (S49)."""
    assert escape(text, STANDARD) == written
    assert unescape(written, STANDARD) == text


@pytest.mark.parametrize(("written", "text"), READ_ONLY)
def test_formatting_and_hexadecimal_read_as_plain_text(written: str, text: str) -> None:
    """Formatting commands become white space, highlighting goes, hex bytes are decoded."""
    assert unescape(written, STANDARD) == text


@pytest.mark.parametrize("written", LITERAL)
def test_what_is_no_known_escape_stays_literally(written: str) -> None:
    """Character-set, local, unknown and unclosed sequences are never guessed."""
    assert unescape(written, STANDARD) == written


def test_the_truncation_character_is_escaped_only_where_declared() -> None:
    """A five-character MSH-2 makes # a delimiter (HL7 2.7 2.5.5.2)."""
    marks = delimiters("|", "^~\\&#")
    assert escape("room #4", marks) == r"room \P\4"
    assert unescape(r"room \P\4", marks) == "room #4"


def test_escapes_follow_the_declared_delimiters() -> None:
    """Under other delimiters the same letters name other characters."""
    marks = delimiters("!", "*+/%")
    assert escape("a!b*c+d/e%f|g", marks) == "a/F/b/S/c/R/d/E/e/T/f|g"
    assert unescape("a/F/b/S/c/R/d/E/e/T/f|g", marks) == "a!b*c+d/e%f|g"


def test_a_value_that_cannot_be_escaped_is_refused() -> None:
    """Without an escape character a delimiter in a value would change the structure."""
    marks = delimiters("|", "^~")
    assert escape("harmless", marks) == "harmless"
    assert unescape("a\\F\\b", marks) == "a\\F\\b"
    with pytest.raises(RefusalError) as refusal:
        escape("a|b", marks)
    assert refusal.value.code == "hl7v2.no-escape"
    assert "a|b" not in str(refusal.value)


def test_formatting_cannot_blow_up_a_value() -> None:
    """A counted command is bounded, so nine bytes cannot become a hundred million."""
    assert len(unescape("\\.sp99999999\\", STANDARD)) == 256


@given(st.text(max_size=60))
def test_any_text_survives_escaping(text: str) -> None:
    """unescape(escape(text)) is text, and the written form holds no delimiter."""
    written = escape(text, STANDARD)
    assert unescape(written, STANDARD) == text
    assert not set("|^~&\r\n\x0b\x1c") & set(written)


@given(st.text(alphabet="\\FSTRE.brXHNC0AZ|^", max_size=40))
def test_unescape_never_fails(text: str) -> None:
    """Any mixture of escape pieces reads as something."""
    assert isinstance(unescape(text, STANDARD), str)
