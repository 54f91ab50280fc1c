"""Verifies and makes the digital signature of a document (XML Signature as cXML uses it).

In: a `Document` or its bytes, certificates and keys that the caller gives. Out: problems, or signed
bytes. Refuses to know: where keys are kept, whether a certificate was revoked. Of XML Signature
only what cXML needs is read, and the rest is refused: references into the same document by an `Id`
that stands once, canonical XML without comments, SHA-2, RSA and ECDSA. A signature counts only
when it covers the very Request, Message or Response that is read.
"""

from __future__ import annotations

import base64
import binascii
import copy
import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.formats.cxml.document import Document, Element
from suture.formats.cxml.parse import parse
from suture.formats.cxml.write import DOCTYPE, instant_text

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
XADES: Final = "http://uri.etsi.org/01903/v1.1.1#"
C14N: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXC_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ENVELOPED: Final = DS + "enveloped-signature"
_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_DIGESTS: Final[dict[str, Callable[[bytes], bytes]]] = {
    _SHA256: lambda data: hashlib.sha256(data).digest(),
    _MORE + "sha384": lambda data: hashlib.sha384(data).digest(),
    "http://www.w3.org/2001/04/xmlenc#sha512": lambda data: hashlib.sha512(data).digest(),
}
_METHODS: Final[dict[str, tuple[str, hashes.HashAlgorithm]]] = {
    _MORE + "rsa-sha256": ("rsa", hashes.SHA256()),
    _MORE + "rsa-sha384": ("rsa", hashes.SHA384()),
    _MORE + "rsa-sha512": ("rsa", hashes.SHA512()),
    _MORE + "ecdsa-sha256": ("ecdsa", hashes.SHA256()),
    _MORE + "ecdsa-sha384": ("ecdsa", hashes.SHA384()),
}
"""SHA-1 and HMAC are not among them."""
_RSA_BITS_MIN: Final = 2048
_REFERENCES_MAX: Final = 20
_CERTIFICATES_MAX: Final = 10

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def verify_signature(
    document: Document, trusted: Iterable[x509.Certificate], *, at: datetime
) -> list[Problem]:
    """Return what is wrong with a document's signature; nothing when it holds.

    The signer's certificate is one of `trusted`, or issued directly by one of them, and valid `at`.
    `cxml.signature-missing`, `-wrong` and `-unacceptable` are errors; `-partial` is an error when
    the document that is read is not covered, and a warning when its payloadID is not.
    """
    found = [one for one in document.root if one.tag == f"{{{DS}}}Signature"]
    if not found:
        return [_problem("cxml.signature-missing", "the document is not signed")]
    if len(found) > 1:
        return [_problem("cxml.signature-unacceptable", "the document is signed more than once")]
    try:
        covered = _verify(document, found[0], list(trusted), at)
    except _Fault as fault:
        return [_problem(fault.code, fault.text)]
    above = document.request if document.kind == "Response" else document.request.getparent()
    if not any(one is above or one is document.root for one in covered):
        return [_problem("cxml.signature-partial", "the signature leaves the request open")]
    if any(one is document.root for one in covered):
        return []
    infos = [one for one in covered if one.tag == "cXMLSignedInfo"]
    if not infos:
        note = "the signature leaves the payloadID open: the document could be sent again as new"
        return [_problem("cxml.signature-partial", note, Severity.WARNING)]
    if any((one.get("payloadID") or "") != document.payload_id for one in infos):
        return [_problem("cxml.signature-wrong", "another payloadID was signed")]
    return []


class _Fault(Exception):
    """Ends a verification with the problem to state."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code, self.text = code, text


def _problem(code: str, text: str, severity: Severity = Severity.ERROR) -> Problem:
    return Problem(code, severity, text, "/cXML/ds:Signature", clause="XML Signature 1.1")


def _wrong(text: str) -> _Fault:
    return _Fault("cxml.signature-wrong", text)


def _unacceptable(text: str) -> _Fault:
    return _Fault("cxml.signature-unacceptable", text)


def _verify(
    document: Document, signature: Element, trusted: list[x509.Certificate], at: datetime
) -> list[Element]:
    """Return the elements that the signature covers; raises _Fault."""
    signed = signature.find(f"{{{DS}}}SignedInfo")
    if signed is None:
        raise _wrong("the signature has no SignedInfo")
    # First who, then what: nobody we do not trust gets digests over the document computed.
    certificate = _certificate(signature, trusted, at)
    method = _algorithm(signed, "SignatureMethod")
    canonical = _canonical(signed, _algorithm(signed, "CanonicalizationMethod"))
    value = _bytes(signature.findtext(f"{{{DS}}}SignatureValue") or "")
    _check_value(certificate, method, value, canonical)
    references = signed.findall(f"{{{DS}}}Reference")
    if not references or len(references) > _REFERENCES_MAX:
        raise _unacceptable(f"a signature has 1 to {_REFERENCES_MAX} references")
    return [_referenced(document, signature, one) for one in references]


def _certificate(
    signature: Element, trusted: list[x509.Certificate], at: datetime
) -> x509.Certificate:
    texts = [one.text or "" for one in signature.iter(f"{{{DS}}}X509Certificate")]
    if len(texts) > _CERTIFICATES_MAX:
        raise _unacceptable(f"a signature has at most {_CERTIFICATES_MAX} certificates")
    try:
        given = [x509.load_der_x509_certificate(_bytes(text)) for text in texts]
    except ValueError:
        raise _unacceptable("a certificate of the signature cannot be read") from None
    if not given and len(trusted) == 1:
        given = trusted
    for one in given:
        if any(one == anchor or _is_issued_by(one, anchor, at) for anchor in trusted):
            if not _is_valid(one, at):
                raise _unacceptable("the signer's certificate is not valid at this time")
            return one
    raise _unacceptable("the signer's certificate is none that is trusted")


def _is_issued_by(one: x509.Certificate, anchor: x509.Certificate, at: datetime) -> bool:
    try:
        constraints = anchor.extensions.get_extension_for_class(x509.BasicConstraints).value
        one.verify_directly_issued_by(anchor)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    return constraints.ca and _is_valid(anchor, at)


def _is_valid(one: x509.Certificate, at: datetime) -> bool:
    return one.not_valid_before_utc <= at <= one.not_valid_after_utc


def _check_value(
    certificate: x509.Certificate, method: str, value: bytes, canonical: bytes
) -> None:
    kind, digest = _METHODS.get(method, ("", hashes.SHA256()))
    key = certificate.public_key()
    try:
        if kind == "rsa" and isinstance(key, rsa.RSAPublicKey) and key.key_size >= _RSA_BITS_MIN:
            key.verify(value, canonical, padding.PKCS1v15(), digest)
        elif kind == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(_ecdsa_der(value, key.curve.key_size), canonical, ec.ECDSA(digest))
        else:
            raise _unacceptable("the signature's algorithm or key is not accepted")
    except InvalidSignature:
        raise _wrong("the signature's value does not verify") from None


def _ecdsa_der(value: bytes, bits: int) -> bytes:
    """Return r and s, which XML Signature writes one after the other, as ASN.1."""
    size = (bits + 7) // 8
    if len(value) != 2 * size:
        raise _wrong("the signature's value has not its length")
    return utils.encode_dss_signature(
        int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big")
    )


def _referenced(document: Document, signature: Element, reference: Element) -> Element:
    """Return the element of a reference after its digest was checked."""
    target = _target(document, reference.get("URI"))
    how = C14N
    is_enveloped = False
    for step in reference.iterfind(f"{{{DS}}}Transforms/{{{DS}}}Transform"):
        name = step.get("Algorithm") or ""
        if name == _ENVELOPED:
            is_enveloped = True
        elif name in (C14N, EXC_C14N) and not len(step):
            how = name
        else:
            raise _unacceptable("a transform of the signature is not accepted")
    holds_it = any(one is target for one in signature.iterancestors())
    if holds_it and not is_enveloped:
        raise _wrong("a reference holds the signature itself")
    data = _canonical(target, how, without=signature if holds_it else None)
    digest = _DIGESTS.get(_algorithm(reference, "DigestMethod"))
    if digest is None:
        raise _unacceptable("the digest's algorithm is not accepted")
    told = _bytes(reference.findtext(f"{{{DS}}}DigestValue") or "")
    if not hmac.compare_digest(digest(data), told):
        raise _wrong("what was signed is not what is here")
    return target


def _target(document: Document, address: str | None) -> Element:
    if address == "":
        return document.root
    if address is None or not address.startswith("#") or "(" in address:
        raise _unacceptable("a reference leads out of the document")
    name = address[1:]
    # An Id that stands twice would let the digest be over one element and the reader see the other.
    found = [
        one
        for one in document.root.iter("*")
        if name in (one.get("Id"), one.get("ID"), one.get("id"))
    ]
    if len(found) != 1:
        raise _unacceptable("a reference names no element, or several")
    return found[0]


def _canonical(element: Element, how: str, *, without: Element | None = None) -> bytes:
    """Return the canonical form of an element, with what it inherits in the inclusive form."""
    if how not in (C14N, EXC_C14N):
        raise _unacceptable("the canonical form is not accepted")
    path: list[int] = []
    step = without
    while step is not None and step is not element:
        above = step.getparent()
        assert above is not None
        path.insert(0, above.index(step))
        step = above
    apart = _apart(element)
    if path:
        inner = apart
        for number in path:
            inner = inner[number]
        _remove(inner)
    if how == C14N:
        for above in element.iterancestors():
            for name, value in above.attrib.items():
                if str(name).startswith(_XML) and name not in apart.attrib:
                    apart.set(name, value)
    try:
        return bytes(
            etree.tostring(apart, method="c14n", exclusive=how == EXC_C14N, with_comments=False)
        )
    except etree.C14NError:
        # E.g. a namespace that is a relative address, which the standard leaves without meaning.
        raise _unacceptable("the document has no canonical form") from None


def _apart(element: Element) -> Element:
    """Return a copy of an element that keeps every namespace it inherits, used or not."""
    inherited: Any = element.nsmap
    apart = etree.Element(element.tag, nsmap=inherited)
    apart.text = element.text
    for name, value in element.attrib.items():
        apart.set(name, value)
    for child in element:
        apart.append(copy.deepcopy(child))
    return apart


def _remove(element: Element) -> None:
    """Take an element out of its parent; the text behind it stays."""
    above, before = element.getparent(), element.getprevious()
    assert above is not None
    if element.tail:
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            above.text = (above.text or "") + element.tail
    above.remove(element)


def _algorithm(element: Element, name: str) -> str:
    found = element.find(f"{{{DS}}}{name}")
    if found is not None and len(found):
        raise _unacceptable("an algorithm with parameters is not accepted")
    return (found.get("Algorithm") or "") if found is not None else ""


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise _wrong("a value of the signature is not base64") from None


# ---- signing


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """A key with its certificate; neither is shown."""

    key: Key
    certificate: x509.Certificate


def sign(content: bytes, signer: Signer, *, at: datetime) -> bytes:
    """Return a document of ours with a signature over its request, its payloadID and the time.

    Raises RefusalError `cxml.not-cxml` for what is no document, `cxml.signature-unacceptable` for
    one that is signed already or has no canonical form, or a key that is too weak.
    """
    try:
        return _signed(content, signer, at)
    except _Fault as fault:
        raise RefusalError("cxml.signature-unacceptable", fault.text) from None


def _signed(content: bytes, signer: Signer, at: datetime) -> bytes:
    document, _ = parse(content)
    if document is None:
        raise RefusalError("cxml.not-cxml", "only a cXML document can be signed")
    root = document.root
    if root.find(f"{{{DS}}}Signature") is not None:
        raise RefusalError("cxml.signature-unacceptable", "the document is signed already")
    above = document.request if document.kind == "Response" else document.request.getparent()
    assert above is not None
    root.set("signatureVersion", "1.0")
    above.set("Id", "cXMLData")
    signature = etree.SubElement(
        root, f"{{{DS}}}Signature", {"Id": "cXMLSignature"}, nsmap={"ds": DS, "xades": XADES}
    )
    signed = _ds(signature, "SignedInfo")
    value = _ds(signature, "SignatureValue")
    data = _ds(_ds(signature, "KeyInfo"), "X509Data")
    encoded = _text64(signer.certificate.public_bytes(Encoding.DER))
    _ds(data, "X509Certificate").text = encoded
    info = etree.SubElement(_ds(signature, "Object"), "cXMLSignedInfo")
    for name, text in (("Id", "cXMLSignedInfo"), ("payloadID", document.payload_id)):
        info.set(name, text)
    info.set("signatureVersion", "1.0")
    properties = _properties(signature, signer.certificate, at)
    _ds(signed, "CanonicalizationMethod").set("Algorithm", C14N)
    method, digest = _method_of(signer.key)
    _ds(signed, "SignatureMethod").set("Algorithm", method)
    for target in (info, above, properties):
        _reference(signed, target)
    value.text = _text64(_value(signer.key, _canonical(signed, C14N), digest))
    return bytes(
        etree.tostring(root, xml_declaration=True, encoding="UTF-8", doctype=DOCTYPE) + b"\n"
    )


def _ds(above: Element, name: str) -> Element:
    return etree.SubElement(above, f"{{{DS}}}{name}")


def _properties(signature: Element, certificate: x509.Certificate, at: datetime) -> Element:
    """Add when and by which certificate it is signed (XAdES), as cXML wants it."""

    def add(above: Element, name: str, text: str = "") -> Element:
        child = etree.SubElement(above, f"{{{XADES}}}{name}")
        child.text = text or None
        return child

    outer = add(_ds(signature, "Object"), "QualifyingProperties")
    outer.set("Target", "#cXMLSignature")
    properties = add(outer, "SignedProperties")
    properties.set("Id", "XAdESSignedProps")
    inner = add(properties, "SignedSignatureProperties")
    add(inner, "SigningTime", instant_text(at.astimezone(UTC)))
    cert = add(add(inner, "SigningCertificate"), "Cert")
    digest = add(cert, "CertDigest")
    add(digest, "DigestMethod").set("Algorithm", _SHA256)
    add(digest, "DigestValue", _text64(certificate.fingerprint(hashes.SHA256())))
    issuer = add(cert, "IssuerSerial")
    _ds(issuer, "X509IssuerName").text = certificate.issuer.rfc4514_string()
    _ds(issuer, "X509SerialNumber").text = str(certificate.serial_number)
    add(add(inner, "SignaturePolicyIdentifier"), "SignaturePolicyImplied")
    return properties


def _reference(signed: Element, target: Element) -> None:
    reference = _ds(signed, "Reference")
    reference.set("URI", f"#{target.get('Id')}")
    _ds(reference, "DigestMethod").set("Algorithm", _SHA256)
    digest = hashlib.sha256(_canonical(target, C14N)).digest()
    _ds(reference, "DigestValue").text = _text64(digest)


def _method_of(key: Key) -> tuple[str, hashes.HashAlgorithm]:
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < _RSA_BITS_MIN:
            note = f"an RSA key has at least {_RSA_BITS_MIN} bits"
            raise RefusalError("cxml.signature-unacceptable", note)
        return _MORE + "rsa-sha256", hashes.SHA256()
    return _MORE + "ecdsa-sha256", hashes.SHA256()


def _value(key: Key, data: bytes, digest: hashes.HashAlgorithm) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), digest)
    r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(digest)))
    size = (key.curve.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _text64(data: bytes) -> str:
    return base64.b64encode(data).decode()
