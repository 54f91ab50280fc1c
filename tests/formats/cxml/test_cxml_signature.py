"""Signatures: what we sign verifies, any change breaks it, and tricks with references fail."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from suture.core.problem import Severity
from suture.core.refusal import RefusalError
from suture.formats.cxml import (
    Credential,
    CxmlEnvelope,
    Document,
    ProfileRequest,
    PunchOutSetupRequest,
    Signer,
    document_of,
    parse,
    response,
    set_text,
    sign,
    status_for,
    verify_signature,
)
from suture.formats.cxml.signature import C14N, DS, EXC_C14N, Key, _apart, _canonical

AT = datetime(2027, 1, 8, tzinfo=UTC)
PARTY = Credential("NetworkId", "SYNTH")
ENVELOPE = CxmlEnvelope(payload_id="1@synth", at=AT, from_party=PARTY, to_party=PARTY, sender=PARTY)
SETUP = PunchOutSetupRequest(operation="create", buyer_cookie="c & é")
PLAIN = document_of(SETUP, ENVELOPE)


def certificate(
    key: Key, issuer: tuple[Key, str] | None = None, *, is_ca: bool = False, name: str = "SYNTH"
) -> x509.Certificate:
    """Return a certificate for a key, issued by itself or by an issuer."""

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    above, above_name = issuer or (key, name)
    return (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(above_name))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(AT - timedelta(days=1))
        .not_valid_after(AT + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .sign(above, hashes.SHA256())
    )


RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
RSA_CERT, EC_CERT = certificate(RSA), certificate(EC)
SIGNED = sign(PLAIN, Signer(EC, EC_CERT), at=AT)


def read(content: bytes) -> Document:
    """Return the parsed document."""
    found, _ = parse(content)
    assert found is not None
    return found


def verdict(content: bytes, *trusted: x509.Certificate, at: datetime = AT) -> list[str]:
    """Return the codes of a verification; our certificate is trusted unless others are given."""
    return [p.code for p in verify_signature(read(content), trusted or (EC_CERT,), at=at)]


@pytest.mark.parametrize(("key", "cert"), [(RSA, RSA_CERT), (EC, EC_CERT)], ids=["rsa", "ecdsa"])
@pytest.mark.parametrize(
    "content",
    [PLAIN, document_of(ProfileRequest(), ENVELOPE), response(200, "", "2@synth", AT)],
    ids=["setup", "profile", "response"],
)
def test_what_we_sign_verifies(key: Key, cert: x509.Certificate, content: bytes) -> None:
    """The signature covers the request, the payloadID and the time, and the document is intact."""
    signed = sign(content, Signer(key, cert), at=AT)
    assert verdict(signed, cert) == []
    assert read(signed).kind == read(content).kind
    assert b'Id="cXMLData"' in signed and b'URI="#cXMLSignedInfo"' in signed
    assert b'URI="#XAdESSignedProps"' in signed


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'operation="create"', b'operation="edit"'),
        (b"c &amp; ", b"d &amp; "),
        (b'payloadID="1@synth" timestamp', b'payloadID="2@synth" timestamp'),
        (b'<cXMLSignedInfo Id="cXMLSignedInfo"', b'<cXMLSignedInfo Id="cXMLSignedInfo" x="y"'),
        (b"2027-01-08T00:00:00+00:00</xades", b"2027-01-09T00:00:00+00:00</xades"),
        (b'deploymentMode="production"', b'deploymentMode="test"'),
        (b'xml:lang="en-US"', b'xml:lang="de"'),
    ],
)
def test_a_change_breaks_the_signature(old: bytes, new: bytes) -> None:
    """Request, payloadID, time and inherited language are covered."""
    assert old in SIGNED
    assert verdict(SIGNED.replace(old, new, 1)) == ["cxml.signature-wrong"]


def test_an_edit_breaks_the_signature() -> None:
    """A document that was changed here does not verify any more."""
    assert verdict(bytes(set_text(read(SIGNED), "//BuyerCookie", "x"))) == ["cxml.signature-wrong"]


def test_blanks_between_attributes_do_not_matter() -> None:
    """The canonical form is signed, not the bytes."""
    assert (
        verdict(SIGNED.replace(b'deploymentMode="production"', b"  deploymentMode='production'"))
        == []
    )


def test_without_a_signature_it_is_missing() -> None:
    """475: a signature is required."""
    (problem,) = verify_signature(read(PLAIN), [EC_CERT], at=AT)
    assert (problem.code, status_for(problem)) == ("cxml.signature-missing", 475)


def test_the_certificate_must_be_trusted_and_valid() -> None:
    """Another's, an expired one, and one issued by no authority are not accepted."""
    assert verdict(SIGNED, RSA_CERT) == ["cxml.signature-unacceptable"]
    late = AT + timedelta(days=400)
    assert verdict(SIGNED, at=late) == ["cxml.signature-unacceptable"]
    other = certificate(EC, name="OTHER")
    assert verdict(sign(PLAIN, Signer(EC, other), at=AT)) == ["cxml.signature-unacceptable"]


def test_an_issuer_may_be_trusted() -> None:
    """A certificate that an authority issued is accepted; one that a plain holder issued is not."""
    authority = certificate(RSA, is_ca=True, name="CA")
    leaf = certificate(EC, (RSA, "CA"))
    signed = sign(PLAIN, Signer(EC, leaf), at=AT)
    assert verdict(signed, authority) == []
    plain = certificate(RSA, name="CA")
    assert verdict(signed, plain) == ["cxml.signature-unacceptable"]


def test_another_key_does_not_sign_for_a_certificate() -> None:
    """The value is checked with the certificate's key."""
    stranger = ec.generate_private_key(ec.SECP256R1())
    assert verdict(sign(PLAIN, Signer(stranger, EC_CERT), at=AT)) == ["cxml.signature-wrong"]


def altered(change: Callable[[etree._Element], object]) -> bytes:
    """Return the signed document after a change to its tree."""
    root = copy.deepcopy(read(SIGNED).root)
    change(root)
    return etree.tostring(root)


def wrap(root: etree._Element) -> None:
    """Put another request in front, and keep the signed one elsewhere (signature wrapping)."""
    genuine = root.find("Request")
    assert genuine is not None
    forged = copy.deepcopy(genuine)
    del forged.attrib["Id"]
    forged[0].set("operation", "edit")
    root.replace(genuine, forged)
    root[0].append(genuine)


def double(root: etree._Element) -> None:
    """Give a second element the signed Id."""
    root[0].set("id", "cXMLData")


def path(*names: str) -> str:
    """Return the path of elements of a signature."""
    return "/".join(f"{{{DS}}}{name}" for name in names)


def attribute(place: str, name: str, value: str) -> Callable[[etree._Element], object]:
    """Return a change of one attribute of the signature."""

    def change(root: etree._Element) -> None:
        found = root.find(place)
        assert found is not None
        found.set(name, value)

    return change


def body(place: str, value: str) -> Callable[[etree._Element], object]:
    """Return a change of one text of the signature."""

    def change(root: etree._Element) -> None:
        found = root.find(place)
        assert found is not None
        found.text = value

    return change


def lose(place: str) -> Callable[[etree._Element], object]:
    """Return a change that takes an element away."""

    def change(root: etree._Element) -> None:
        found = root.find(place)
        assert found is not None
        above = found.getparent()
        assert above is not None
        above.remove(found)

    return change


def repeat(root: etree._Element) -> None:
    """Sign twice."""
    signature = root.find(f"{{{DS}}}Signature")
    assert signature is not None
    root.append(copy.deepcopy(signature))


def parameter(root: etree._Element) -> None:
    """Give an algorithm a parameter."""
    method = root.find(path("Signature", "SignedInfo", "SignatureMethod"))
    assert method is not None
    etree.SubElement(method, f"{{{DS}}}HMACOutputLength").text = "1"


def many_certificates(root: etree._Element) -> None:
    """Fill the key information."""
    found = root.find(path("Signature", "KeyInfo", "X509Data"))
    assert found is not None
    for _ in range(20):
        found.append(copy.deepcopy(found[0]))


WEAK = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (wrap, "cxml.signature-partial"),
        (double, "cxml.signature-unacceptable"),
        (repeat, "cxml.signature-unacceptable"),
        (parameter, "cxml.signature-unacceptable"),
        (many_certificates, "cxml.signature-unacceptable"),
        (attribute(path("Signature", "SignedInfo", "SignatureMethod"), "Algorithm", WEAK),
         "cxml.signature-unacceptable"),
        (attribute(path("Signature", "SignedInfo", "CanonicalizationMethod"), "Algorithm", "x"),
         "cxml.signature-unacceptable"),
        (attribute(path("Signature", "SignedInfo", "Reference"), "URI", "http://127.0.0.1:9/"),
         "cxml.signature-wrong"),
        (body(path("Signature", "SignatureValue"), "?"), "cxml.signature-wrong"),
        (body(path("Signature", "SignatureValue"), "AAAA"), "cxml.signature-wrong"),
        (body(path("Signature", "KeyInfo", "X509Data", "X509Certificate"), "AAAA"),
         "cxml.signature-unacceptable"),
        (lose(path("Signature", "SignedInfo")), "cxml.signature-wrong"),
        (lose(path("Signature", "SignedInfo", "Reference")), "cxml.signature-wrong"),
    ],
    ids=lambda one: getattr(one, "__name__", one),
)  # fmt: skip
def test_tricks_are_refused(change: Callable[[etree._Element], object], code: str) -> None:
    """Wrapping, doubled Ids, weak algorithms, references that lead out: none counts."""
    assert verdict(altered(change)) == [code]


def test_the_key_information_may_be_left_out() -> None:
    """With one trusted certificate it is clear whose signature it is."""
    bare = altered(lose(path("Signature", "KeyInfo")))
    assert verdict(bare) == []
    assert verdict(bare, EC_CERT, RSA_CERT) == ["cxml.signature-unacceptable"]


def partly_signed(address: str, how: str = EXC_C14N, transform: str = "") -> bytes:
    """Return a document signed by one reference alone."""
    import base64
    import hashlib

    from suture.formats.cxml.signature import _method_of, _value

    root = copy.deepcopy(read(PLAIN).root)
    request = root.find("Request")
    assert request is not None
    request.set("Id", "cXMLData")
    target = root if address == "" else root.find(f".//*[@Id='{address[1:]}']")
    assert target is not None
    digest = base64.b64encode(hashlib.sha256(_canonical(target, how)).digest()).decode()
    method, algorithm = _method_of(EC)
    steps = f'<Transform Algorithm="{transform}"/>' if transform else ""
    signature = etree.fromstring(
        f'<Signature xmlns="{DS}"><SignedInfo><CanonicalizationMethod Algorithm="{how}"/>'
        f'<SignatureMethod Algorithm="{method}"/><Reference URI="{address}"><Transforms>{steps}'
        f'<Transform Algorithm="{how}"/></Transforms>'
        '<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        f"<DigestValue>{digest}</DigestValue></Reference></SignedInfo><SignatureValue/></Signature>"
    )
    root.append(signature)
    signature[1].text = base64.b64encode(
        _value(EC, _canonical(signature[0], how), algorithm)
    ).decode()
    return etree.tostring(root)


@pytest.mark.parametrize("how", [C14N, EXC_C14N])
def test_the_whole_document_may_be_signed(how: str) -> None:
    """An enveloped signature over everything is complete; without the transform it is none."""
    assert verdict(partly_signed("", how, DS + "enveloped-signature")) == []
    assert verdict(partly_signed("", how)) == ["cxml.signature-wrong"]
    assert verdict(partly_signed("", how, "http://www.w3.org/TR/1999/REC-xslt-19991116")) == [
        "cxml.signature-unacceptable"
    ]


def test_a_signature_over_the_request_alone_is_warned_of() -> None:
    """The payloadID is open: the document could be sent again as a new one."""
    (problem,) = verify_signature(read(partly_signed("#cXMLData")), [EC_CERT], at=AT)
    assert (problem.code, problem.severity) == ("cxml.signature-partial", Severity.WARNING)


def test_a_signed_part_elsewhere_does_not_speak_for_the_request() -> None:
    """The signature still verifies, over an element that nobody reads."""
    root = etree.fromstring(partly_signed("#cXMLData"))
    wrap(root)
    (problem,) = verify_signature(read(etree.tostring(root)), [EC_CERT], at=AT)
    assert (problem.code, problem.severity) == ("cxml.signature-partial", Severity.ERROR)


def test_a_document_without_canonical_form_is_refused() -> None:
    """A namespace that is a relative address has none."""
    odd = PLAIN.replace(b"<BuyerCookie>", b'<BuyerCookie xmlns:x="u">')
    with pytest.raises(RefusalError) as caught:
        sign(odd, Signer(EC, EC_CERT), at=AT)
    assert caught.value.code == "cxml.signature-unacceptable"
    late = SIGNED.replace(b"<BuyerCookie>", b'<BuyerCookie xmlns:x="u">')
    assert verdict(late) == ["cxml.signature-unacceptable"]


def test_only_a_plain_document_is_signed() -> None:
    """What is no document or is signed already is refused, and a short key."""
    with pytest.raises(RefusalError) as caught:
        sign(b"<html/>", Signer(EC, EC_CERT), at=AT)
    assert caught.value.code == "cxml.not-cxml"
    with pytest.raises(RefusalError) as caught:
        sign(SIGNED, Signer(EC, EC_CERT), at=AT)
    assert caught.value.code == "cxml.signature-unacceptable"
    short = rsa.generate_private_key(65537, 1024)
    with pytest.raises(RefusalError) as caught:
        sign(PLAIN, Signer(short, RSA_CERT), at=AT)
    assert caught.value.code == "cxml.signature-unacceptable"


def test_a_signer_shows_no_key() -> None:
    """Its repr says what it is."""
    assert "PrivateKey" not in repr(Signer(EC, EC_CERT))


def test_the_inclusive_form_inherits_namespaces_and_language() -> None:
    """What stands above an element is part of it (Canonical XML 1.0 2.4)."""
    root = etree.fromstring('<a xmlns:x="urn:u" xml:lang="en"><b><c/> t</b></a>')
    assert _canonical(root[0], C14N) == b'<b xmlns:x="urn:u" xml:lang="en"><c></c> t</b>'
    assert _canonical(root[0], EXC_C14N) == b"<b><c></c> t</b>"
    assert _canonical(root, C14N, without=root[0][0]) == (
        b'<a xmlns:x="urn:u" xml:lang="en"><b> t</b></a>'
    )
    assert _apart(root).get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
