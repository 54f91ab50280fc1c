"""MLLP framing for the simulated EHR: VT content FS CR (HL7 2.9 Appendix C, minimal LLP).

In: content, or bytes from a socket. Out: frames. Refuses to know: HL7 and sockets.
"""

from __future__ import annotations

VT, FS, CR = b"\x0b", b"\x1c", b"\r"
FRAME_BYTES_MAX = 1024 * 1024
"""An acknowledgement has a few hundred bytes; more is not an acknowledgement."""


def frame(content: bytes) -> bytes:
    """Return content in its frame."""
    return VT + content + FS + CR


def unframe(buffer: bytes) -> tuple[bytes | None, bytes]:
    """Return (content of the first whole frame or None, bytes after it).

    Raises ValueError when the buffer outgrows the bound without a frame.
    """
    start = buffer.find(VT)
    end = buffer.find(FS + CR, start + 1) if start >= 0 else -1
    if end < 0:
        if len(buffer) > FRAME_BYTES_MAX:
            raise ValueError("a frame has more than a megabyte")
        return None, buffer
    return buffer[start + 1 : end], buffer[end + 2 :]
