"""What is agreed with a partner about cXML: deviations, kinds, credentials, XPaths.

In: TOML. Out: `CxmlProfile` with its XPaths compiled. Refuses to know: files. A profile is the
house's own data; its XPaths are trusted as code is, and are checked when it is read.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from lxml import etree

from suture.core.problem import Problem, Severity
from suture.core.refusal import MisconfiguredError
from suture.formats.cxml.document import Credential, Document
from suture.formats.profile import Profile, read_profile

_FREE_TEXT: Final = "//Comments[normalize-space()] | //Extrinsic[normalize-space()]"
_PATHS_MAX: Final = 50
"""Most places stated for one rule of a profile."""


class CxmlProfile(Profile, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is agreed with one partner."""

    kinds: tuple[str, ...] = ()
    """Kinds of document that are exchanged; empty is all."""
    from_domains: tuple[str, ...] = ()
    """Credential domains of `From`, one of which must be there; empty is any."""
    to_domains: tuple[str, ...] = ()
    sender_domains: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    """XPaths that must select something, e.g. `//OrderRequestHeader/@orderVersion`."""
    forbidden: tuple[str, ...] = ()
    """XPaths that must select nothing."""
    forbids_free_text: bool = False
    """No text in Comments and Extrinsic: the safe choice where patients might be named."""
    free_text_allowed: tuple[str, ...] = ()
    """Names of Extrinsic that may hold text all the same, e.g. `DemandToken`."""


def read_cxml_profile(data: bytes) -> CxmlProfile:
    """Return the profile in TOML `data`, its XPaths compiled.

    Raises MisconfiguredError `profile.invalid`.
    """
    profile = read_profile(data, CxmlProfile)
    for expression in (*profile.required, *profile.forbidden):
        _compiled(expression)
    return profile


@cache
def _compiled(expression: str) -> etree.XPath:
    try:
        return etree.XPath(expression)
    except etree.XPathError:
        note = "an XPath of the profile cannot be read"
        raise MisconfiguredError("profile.invalid", note) from None


def check_profile(document: Document, profile: CxmlProfile) -> list[Problem]:
    """Return where a document differs from what is agreed beyond the standard."""
    found: list[Problem] = []
    if profile.kinds and document.kind not in profile.kinds:
        note = "this kind of document is not agreed with the partner"
        found.append(Problem("cxml.kind-not-agreed", Severity.ERROR, note, "/cXML"))
    parties = document.credentials
    for name, party, domains in (
        ("From", parties.sender_of_document, profile.from_domains),
        ("To", parties.receiver, profile.to_domains),
        ("Sender", parties.sender, profile.sender_domains),
    ):
        if domains and document.kind != "Response" and not _has_domain(party, domains):
            note = "no credential is of a domain that is agreed with the partner"
            path = f"/cXML/Header/{name}"
            found.append(Problem("cxml.credential-domain", Severity.ERROR, note, path))
    for number, expression in enumerate(profile.required, start=1):
        if not _selected(document, expression):
            note = f"what the profile requires (rule {number}) is not there"
            found.append(Problem("cxml.profile-required", Severity.ERROR, note, "/cXML"))
    for number, expression in enumerate(profile.forbidden, start=1):
        note = f"the profile forbids this (rule {number})"
        for path in _selected(document, expression):
            found.append(Problem("cxml.profile-forbidden", Severity.ERROR, note, path))
    if profile.forbids_free_text:
        found += _free_text(document, profile)
    return found


def _has_domain(party: tuple[Credential, ...], domains: tuple[str, ...]) -> bool:
    return any(one.domain in domains and one.identity for one in party)


def _free_text(document: Document, profile: CxmlProfile) -> list[Problem]:
    note = "free text is not agreed with the partner"
    found = []
    places: Any = _compiled(_FREE_TEXT)(document.root)
    for element in places:
        if element.tag == "Extrinsic" and element.get("name") in profile.free_text_allowed:
            continue
        path = str(document.root.getroottree().getpath(element))
        found.append(Problem("cxml.free-text", Severity.ERROR, note, path))
        if len(found) >= _PATHS_MAX:
            break
    return found


def _selected(document: Document, expression: str) -> list[str]:
    """Return the paths of what an XPath selects, few of many; true without a place is the root."""
    result: Any = _compiled(expression)(document.root)
    if not isinstance(result, list):
        return ["/cXML"] if result else []
    tree = document.root.getroottree()
    paths = []
    for one in result[:_PATHS_MAX]:
        if isinstance(one, etree._Element):
            paths.append(str(tree.getpath(one)))
        else:
            parent = one.getparent() if hasattr(one, "getparent") else None
            above = str(tree.getpath(parent)) if parent is not None else "/cXML"
            is_attribute = getattr(one, "is_attribute", False)
            paths.append(f"{above}/@{one.attrname}" if is_attribute else above)
    return paths
