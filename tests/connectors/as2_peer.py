"""A trading partner made of programs nobody here wrote: openssl, Hypercorn, httpx, Python's email.

Of the hub's code nothing is used: what a partner signs, opens and compares is `openssl cms`.
"""

from __future__ import annotations

import base64
import email
import email.message
import hashlib
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from as2_identity import Files, written
from http_peer import HttpPeer, Seen, Told

OPENSSL = shutil.which("openssl")
OURS, THEIRS = "SUTURE", "SYNTH PARTNER"


def openssl(*arguments: str | Path, data: bytes = b"") -> bytes:
    """Run `openssl cms` on data and return what it writes."""
    command = [str(OPENSSL), "cms", *(str(each) for each in arguments)]
    done = subprocess.run(command, input=data, capture_output=True, timeout=30, check=False)
    if done.returncode:
        raise AssertionError(done.stderr.decode())
    return done.stdout


@dataclass
class Pair:
    """The certificates of the hub and of one partner."""

    folder: Path
    hub: Files = field(init=False)
    partner: Files = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True, parents=True)
        self.hub = written(self.folder, "hub")
        self.partner = written(self.folder, "partner")

    # ---- what the partner does

    def signed(self, content: bytes, digest: str = "sha256") -> tuple[str, bytes]:
        """Return media type and body of multipart/signed of an entity.

        Put together here: what openssl writes and reads as S/MIME is for mail, and changes content
        that has line ends of other kinds.
        """
        made = openssl(
            *("-sign", "-binary", "-outform", "DER", "-md", digest),
            *("-signer", self.partner.certificate, "-inkey", self.partner.key),
            data=content,
        )
        body = (
            b"--synth\r\n" + content + b"\r\n--synth\r\n"
            b'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(made)
            + b"\r\n--synth--\r\n"
        )
        kind = 'multipart/signed; protocol="application/pkcs7-signature"; micalg="sha-256"'
        return f'{kind}; boundary="synth"', body

    def sealed(self, content: bytes, flag: str = "-aes256") -> bytes:
        """Return an envelope for the hub."""
        return openssl(
            *("-encrypt", "-binary", "-outform", "DER", flag, "-recip", self.hub.certificate),
            data=content,
        )

    def opened(self, body: bytes) -> bytes:
        """Return what the hub encrypted for the partner."""
        return openssl(
            *("-decrypt", "-binary", "-inform", "DER", "-recip", self.partner.certificate),
            *("-inkey", self.partner.key),
            data=body,
        )

    def verified(self, kind: str, body: bytes) -> bytes:
        """Return what the hub signed, once openssl has verified it."""
        boundary = kind.partition('boundary="')[2].partition('"')[0].encode()
        assert kind.startswith("multipart/signed") and boundary
        _, over, last, end = body.split(b"--" + boundary)
        assert end.strip() == b"--"
        over = over.removeprefix(b"\r\n").removesuffix(b"\r\n")
        signature = base64.b64decode(last.partition(b"\r\n\r\n")[2])
        content = self.folder / f"{hashlib.sha256(body).hexdigest()}.part"
        content.write_bytes(over)
        return openssl(
            *("-verify", "-binary", "-inform", "DER", "-content", content),
            *("-CAfile", self.hub.certificate, "-purpose", "any"),
            data=signature,
        )


def headed(kind: str, body: bytes) -> bytes:
    """Return an entity of a media type."""
    return f"Content-Type: {kind}\r\n\r\n".encode() + body


def entity(content: bytes) -> bytes:
    """Return content with the headers that a partner gives it."""
    head = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    return head + content


def mic(over: bytes, digest: str = "sha256") -> str:
    """Return base64 of a digest."""
    return base64.b64encode(hashlib.new(digest, over).digest()).decode("ascii")


@dataclass
class Answer:
    """What came back for a post."""

    status: int
    body: bytes
    headers: dict[str, str]
    fields: dict[str, str] = field(default_factory=dict)
    """Of the notification, names in small letters; empty when there is none."""

    @property
    def disposition(self) -> str:
        """What follows the mode."""
        return self.fields.get("disposition", "").partition(";")[2].strip()


@dataclass
class Posting:
    """A partner who posts to the hub."""

    pair: Pair
    port: int = 0
    sender: str = f'"{THEIRS}"'
    receiver: str = OURS
    options: str = (
        "signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, sha-256"
    )

    async def post(
        self, body: bytes, kind: str, message_id: str, more: dict[str, str] | None = None
    ) -> Answer:
        """Post a body and read the receipt, verified when it is signed."""
        headers = {
            "AS2-Version": "1.2",
            "AS2-From": self.sender,
            "AS2-To": self.receiver,
            "Message-ID": message_id,
            "Content-Type": kind,
        }
        if self.options:
            headers["Disposition-Notification-To"] = "edi@synth.example"
            headers["Disposition-Notification-Options"] = self.options
        url = f"http://127.0.0.1:{self.port}/as2"
        async with httpx.AsyncClient(timeout=20) as client:
            got = await client.post(url, content=body, headers=headers | (more or {}))
        answer = Answer(got.status_code, got.content, dict(got.headers))
        said = got.headers.get("content-type", "")
        if said.startswith("multipart/signed"):
            answer.fields = notification(self.pair.verified(said, got.content))
        elif said.startswith("multipart/"):
            answer.fields = notification(headed(said, got.content))
        return answer

    async def send(
        self, content: bytes, message_id: str = "", more: dict[str, str] | None = None
    ) -> Answer:
        """Sign, encrypt and post content; the same content has the same Message-ID."""
        name = message_id or f"<{hashlib.sha256(content).hexdigest()[:20]}@synth.example>"
        body = self.pair.sealed(headed(*self.pair.signed(entity(content))))
        kind = 'application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"'
        return await self.post(body, kind, name, more)


def notification(report: bytes) -> dict[str, str]:
    """Return the fields of a report's notification, read with Python's email."""
    for part in email.message_from_bytes(report).walk():
        if part.get_content_type() == "message/disposition-notification":
            held = part.get_payload()
            told = held[0] if isinstance(held, list) else email.message_from_string(str(held))
            assert isinstance(told, email.message.Message)
            return {name.lower(): " ".join(value.split()) for name, value in told.items()}
    return {}


@dataclass
class Taking:
    """A partner who takes what the hub posts, and answers with receipts."""

    pair: Pair
    peer: HttpPeer = field(init=False)
    got: list[bytes] = field(default_factory=list)
    """Contents of the messages it took."""
    refused: set[bytes] = field(default_factory=set)
    """Texts; what holds one of them is said no to."""
    say: str = "processed"
    is_signed: bool = True
    mic_of: bytes | None = None
    """Computes the MIC over something else."""
    digest: str = "sha256"

    def __post_init__(self) -> None:
        self.peer = HttpPeer(self.answer)

    def answer(self, seen: Seen) -> Told:
        """Open, verify, keep, and say so."""
        signed = self.pair.opened(seen.body)
        head, _, body = signed.partition(b"\r\n\r\n")
        over = self.pair.verified(head.decode().removeprefix("Content-Type: "), body)
        content = over.partition(b"\r\n\r\n")[2]
        say = self.say
        if any(text in content for text in self.refused):
            say = "processed/error: unexpected-processing-error"
        else:
            self.got.append(content)
        return self.receipt(seen.headers["message-id"], over, say)

    def receipt(self, message_id: str, over: bytes, say: str) -> Told:
        """Return a receipt as an answer."""
        found = mic(over if self.mic_of is None else self.mic_of, self.digest)
        kind = 'multipart/report; report-type=disposition-notification; boundary="r"'
        report = (
            "--r\r\nContent-Type: text/plain\r\n\r\nSeen.\r\n"
            "--r\r\nContent-Type: message/disposition-notification\r\n\r\n"
            f"Reporting-UA: Synth\r\nFinal-Recipient: rfc822; {THEIRS}\r\n"
            f"Original-Message-ID: {message_id}\r\n"
            f"Disposition: automatic-action/MDN-sent-automatically; {say}\r\n"
            f"Received-Content-MIC: {found}, {self.digest}\r\n\r\n--r--\r\n"
        ).encode()
        if self.is_signed:
            kind, report = self.pair.signed(headed(kind, report), self.digest)
        return 200, {"content-type": kind}, report


def source_entries(pair: Pair, more: str = "", partner: str = "") -> str:
    """Return `[source]` of a flow that takes from the partner."""
    return (
        f'connector = "as2"\nport = 0\nas2_name = "{OURS}"\n'
        f'keys = [{{ certificate = "{pair.hub.certificate}", key_file = "{pair.hub.key}" }}]\n'
        f'{more}\n[[source.partner]]\nas2_name = "{THEIRS}"\n'
        f'certificates = ["{pair.partner.certificate}"]\n{partner}'
    )


def destination_entries(pair: Pair, url: str, more: str = "") -> str:
    """Return `[[destination]]` of a flow that sends to the partner."""
    return (
        f'connector = "as2"\nurl = "{url}"\nas2_from = "{OURS}"\nas2_to = "{THEIRS}"\n'
        f'keys = [{{ certificate = "{pair.hub.certificate}", key_file = "{pair.hub.key}" }}]\n'
        f'partner_certificates = ["{pair.partner.certificate}"]\ntimeout_s = 2\n{more}'
    )


P7M = 'application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"'


@dataclass
class Rig:
    """Entries of a flow for one test."""

    entries: str
    small: str = ""
    can_refuse: bool = False

    async def start(self, folder: Path) -> None:
        """It needs nothing."""

    async def stop(self) -> None:
        """It keeps nothing."""
