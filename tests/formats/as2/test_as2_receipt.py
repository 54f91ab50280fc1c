"""Receipts and the headers of AS2: what is written is read, and what others write is read too."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from as2_identity import identity
from hypothesis import given
from hypothesis import strategies as st

from suture.core.ids import SystemEntropy
from suture.core.refusal import RefusalError
from suture.formats import as2
from suture.formats.as2.header import digest_name, unquoted

AT = datetime(2027, 1, 4, 12, tzinfo=UTC)
OURS = identity("ours")

FROM_ELSEWHERE = (
    b"Content-Type: multipart/report; Report-Type=disposition-notification;\r\n"
    b'\tboundary="----=_Part_7"\r\n\r\n'
    b"------=_Part_7\r\nContent-Type: text/plain\r\n\r\nThank you.\r\n"
    b"------=_Part_7\r\nContent-Type: message/disposition-notification\r\n\r\n"
    b"Reporting-UA: Elsewhere 1.0\r\nOriginal-Recipient: rfc822; SYNTHB\r\n"
    b'Final-Recipient: rfc822; "SYNTH B"\r\nOriginal-Message-ID: <1@synth>\r\n'
    b"Disposition: automatic-action/MDN-sent-automatically;\r\n processed\r\n"
    b"Received-content-MIC: 7v7F++fQaNB8ovxoJXcNRr1ZZz8=, sha1\r\n\r\n"
    b"------=_Part_7--\r\n"
)


def test_a_receipt_is_read_as_it_was_written() -> None:
    """Positive with a MIC, and signed."""
    said = as2.Mdn("<1@synth>", "SYNTH A", mic="YWJj", digest="sha256")
    built = as2.build_receipt(said, SystemEntropy())
    assert as2.read_receipt(as2.read(bytes(built))) == said
    signed = as2.sign_entity(built, OURS, "sha256", at=AT, entropy=SystemEntropy())
    received = as2.read(bytes(signed))
    digest, signer, over = as2.verify_entity(received, [OURS.certificate], ["sha256"])
    assert (digest, signer) == ("sha256", OURS.certificate)
    assert as2.read_receipt(as2.read(over)) == said


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("as2.decryption-failed", "decryption-failed"),
        ("as2.authentication-failed", "authentication-failed"),
        ("as2.integrity-check-failed", "integrity-check-failed"),
        ("as2.decompression-failed", "decompression-failed"),
        ("as2.insufficient-message-security", "insufficient-message-security"),
        ("as2.unknown-trading-partner", "unknown-trading-partner"),
        ("hl7v2.syntax", "unexpected-processing-error"),
    ],
)
def test_a_negative_receipt_says_why(code: str, reason: str) -> None:
    """Each code has its modifier of RFC 4130 section 7.4.3; the others share one."""
    said = as2.Mdn("<1@synth>", "SYNTHA", "error", as2.error_of(code))
    built = bytes(as2.build_receipt(said, SystemEntropy()))
    assert f"processed/error: {reason}".encode() in built
    found = as2.read_receipt(as2.read(built))
    assert (found.modifier, found.reason, found.is_taken) == ("error", reason, False)


def test_a_receipt_of_other_software_is_read() -> None:
    """Folded lines, no importance, a digest's name without hyphen."""
    found = as2.read_receipt(as2.read(FROM_ELSEWHERE))
    assert found == as2.Mdn(
        "<1@synth>", "SYNTH B", mic="7v7F++fQaNB8ovxoJXcNRr1ZZz8=", digest="sha1"
    )


@pytest.mark.parametrize(
    ("disposition", "modifier", "reason", "is_taken"),
    [
        ("a/b; processed", "", "", True),
        ("a/b; processed/warning: duplicate-document", "warning", "duplicate-document", True),
        ("a/b; processed/Error: decryption-failed", "error", "decryption-failed", False),
        ("a/b; failed/Failure: unsupported format", "failure", "unsupported-format", False),
        ("a/b; failed", "failure", "", False),
    ],
)
def test_dispositions(disposition: str, modifier: str, reason: str, is_taken: bool) -> None:
    """The forms of RFC 4130 section 7.5."""
    start = FROM_ELSEWHERE.index(b"automatic-action")
    end = FROM_ELSEWHERE.index(b"Received-content-MIC")
    changed = FROM_ELSEWHERE[:start] + disposition.encode() + b"\r\n" + FROM_ELSEWHERE[end:]
    found = as2.read_receipt(as2.read(changed))
    assert (found.modifier, found.reason, found.is_taken) == (modifier, reason, is_taken)


@pytest.mark.parametrize(
    "bad",
    [
        b"Content-Type: text/html\r\n\r\n<p>Hello</p>",
        FROM_ELSEWHERE.replace(b"processed", b"displayed"),
        FROM_ELSEWHERE.replace(b"Disposition:", b"X-Other:"),
        FROM_ELSEWHERE.replace(b"message/disposition-notification", b"text/plain"),
        FROM_ELSEWHERE[:200],
    ],
)
def test_what_is_no_receipt_is_refused(bad: bytes) -> None:
    """It is never taken for a yes."""
    with pytest.raises(RefusalError, match=r"as2\.mdn-unreadable"):
        as2.read_receipt(as2.read(bad))


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=128))
def test_a_name_is_read_as_it_was_written(name: str) -> None:
    """Quoted where it must be (RFC 4130 section 6.2)."""
    written = as2.quoted(name)
    assert unquoted(written) == name
    assert not any(c in written for c in " \t") or written[0] == '"'


def test_names_beyond_the_rules_are_none() -> None:
    """Too long, empty, or with what is not printable."""
    assert unquoted('"SYNTH A"') == "SYNTH A"
    assert [unquoted(bad) for bad in ("", '""', "a" * 129, "a\x01b", "é")] == [""] * 5


def test_what_a_sender_wishes_is_read() -> None:
    """Signed, with digests in the order wished; asynchronous with an address."""
    headers = {
        "as2-from": "SYNTHA",
        "as2-to": '"SYNTH B"',
        "message-id": "<1@synth>",
        "disposition-notification-to": "edi@synth.example",
        "disposition-notification-options": "signed-receipt-protocol=optional, pkcs7-signature;"
        " signed-receipt-micalg=optional, SHA-512, md5, sha256",
        "receipt-delivery-option": "https://synth.example/mdn",
    }
    found = as2.parties(headers)
    assert (found.sender, found.receiver, found.message_id) == ("SYNTHA", "SYNTH B", "<1@synth>")
    wish = as2.Wish(True, True, ("sha512", "sha256"), "https://synth.example/mdn")
    assert found.wish == wish
    assert as2.parties({k: v for k, v in headers.items() if k[:4] != "disp"}).wish == as2.Wish()
    again = headers | {"disposition-notification-options": as2.wished("sha256", is_signed=True)}
    assert as2.parties(again).wish.digests == ("sha256",)
    assert as2.parties(again).wish.is_signed
    plain = headers | {"disposition-notification-options": as2.wished("sha1", is_signed=False)}
    assert not as2.parties(plain).wish.is_signed


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("message-id", "", "as2.headers"),
        ("message-id", "<" + "1" * 1000 + ">", "as2.headers"),
        ("message-id", "<1\r\nX: y>", "as2.headers"),
        ("as2-from", "", "as2.headers"),
        ("as2-to", "a\nb", "as2.headers"),
        ("receipt-delivery-option", "file:///etc/passwd", "as2.receipt-address"),
    ],
)
def test_headers_that_are_none_are_refused(name: str, value: str, code: str) -> None:
    """Nothing of them gets into an answer."""
    headers = {"as2-from": "A", "as2-to": "B", "message-id": "<1@synth>"}
    headers |= {"disposition-notification-to": "x", name: value}
    with pytest.raises(RefusalError) as error:
        as2.parties(headers)
    assert error.value.code == code


def test_digests_have_several_spellings() -> None:
    """RFC 5751 writes a hyphen, older software none, some the name of the key."""
    names = ("SHA-256", "sha256", '"sha-256"', "rsa-sha256", "md5", "")
    assert [digest_name(each) for each in names] == ["sha256"] * 4 + ["", ""]
