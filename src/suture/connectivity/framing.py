"""MLLP framing without IO (HL7 v2.5.1 Appendix C: VT content FS CR).

In: bytes as they come, in any pieces. Out: frames and faults, in order. Refuses to know: sockets
and HL7. Tolerated: CR and LF between frames, a missing CR after FS. Faults: other bytes before VT,
a frame above the limit (its first 64 kB and a digest of all of it are kept), a VT inside a frame.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

VT, FS, CR, LF = 0x0B, 0x1C, 0x0D, 0x0A
START, END = b"\x0b", b"\x1c\x0d"
HEAD_BYTES = 64 * 1024
"""What is kept of an over-limit frame for the audit row (plan D5)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One complete frame's content."""

    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FramingFault:
    """Something that is no acceptable frame; `head` holds its first bytes."""

    code: str
    """`mllp.garbage`, `mllp.half-frame`, `mllp.frame-too-large`."""
    head: bytes = field(repr=False)
    size_bytes: int
    digest: str


class MllpDecoder:
    """Turns a byte stream into frames; one per connection."""

    def __init__(self, frame_bytes_max: int) -> None:
        self._limit = frame_bytes_max
        self._buffer = bytearray()
        self._searched = 0
        self._inside = False
        self._skipping = False
        self._hash = hashlib.sha256()
        self._size = 0
        self._head = b""

    @property
    def is_inside(self) -> bool:
        """Whether a frame has begun and not ended: a half frame."""
        return self._inside or self._skipping

    def feed(self, data: bytes) -> list[Frame | FramingFault]:
        """Return what became complete; never raises."""
        self._buffer += data
        found: list[Frame | FramingFault] = []
        while self._advance(found):
            pass
        return found

    def _advance(self, found: list[Frame | FramingFault]) -> bool:
        if self._skipping:
            return self._skip(found)
        if not self._inside:
            return self._open(found)
        return self._close(found)

    def _open(self, found: list[Frame | FramingFault]) -> bool:
        buffer = self._buffer
        start = buffer.find(START)
        noise = bytes(buffer[:start] if start >= 0 else buffer)
        if noise.strip(b"\r\n"):
            found.append(_fault("mllp.garbage", noise))
        if start < 0:
            buffer.clear()
            return False
        del buffer[: start + 1]
        self._inside, self._searched = True, 0
        return True

    def _close(self, found: list[Frame | FramingFault]) -> bool:
        buffer = self._buffer
        end = buffer.find(FS, self._searched)
        if end < 0:
            self._searched = len(buffer)
            if len(buffer) > self._limit:
                self._begin_skip()
                return True
            return False
        again = buffer.rfind(START, 0, end)
        if again >= 0:
            found.append(_fault("mllp.half-frame", bytes(buffer[:again])))
            del buffer[: again + 1]
            end -= again + 1
        if end > self._limit:
            found.append(_fault("mllp.frame-too-large", bytes(buffer[:end])))
        else:
            found.append(Frame(bytes(buffer[:end])))
        self._drop(end)
        return True

    def _drop(self, end: int) -> None:
        """Remove the frame and its FS; the CR (or CR LF) after it is skipped as noise."""
        del self._buffer[: end + 1]
        self._inside = False

    def _begin_skip(self) -> None:
        self._skipping = True
        self._hash, self._size = hashlib.sha256(), 0
        self._head = bytes(self._buffer[:HEAD_BYTES])

    def _skip(self, found: list[Frame | FramingFault]) -> bool:
        """Read over an over-limit frame without keeping it."""
        buffer = self._buffer
        end = buffer.find(FS)
        part = bytes(buffer[:end] if end >= 0 else buffer)
        self._hash.update(part)
        self._size += len(part)
        if end < 0:
            buffer.clear()
            return False
        found.append(
            FramingFault("mllp.frame-too-large", self._head, self._size, self._hash.hexdigest())
        )
        self._skipping = False
        self._drop(end)
        return True


def _fault(code: str, content: bytes) -> FramingFault:
    digest = hashlib.sha256(content).hexdigest()
    return FramingFault(code, content[:HEAD_BYTES], len(content), digest)


def encode(content: bytes) -> bytes:
    """Return the frame of a content; raises ValueError when it holds VT or FS."""
    if VT in content or FS in content:
        raise ValueError("content holds a framing character")
    return START + content + END
