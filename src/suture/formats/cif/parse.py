"""Reads CIF 3.0 catalogues, whole or row by row.

In: bytes, or pieces of them. Out: a `Catalogue` or its rows, problems with line numbers. Refuses to
know: files and suppliers. The header is ASCII up to its CHARSET, which the rest follows. (Ariba
Catalog Format Reference, CIF 3.0; the rules are told here in the house's own words.)
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from suture.core.problem import Problem, Severity
from suture.formats.cif.catalogue import FIELD_NAMES, MANDATORY, Catalogue, CatalogueItem, Header
from suture.formats.cif.codes import DEFAULT, PROBLEMS_MAX, Limits
from suture.formats.cif.item import ItemReader
from suture.formats.cif.rows import RawRow, TooLongError, split_rows

_MAGIC: Final = "CIF_I_V"
_CHARSETS: Final[dict[str, str]] = {
    "": "utf-8",
    "ASCII": "ascii",
    "US-ASCII": "ascii",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "8859_1": "iso-8859-1",
    "ISO-8859-1": "iso-8859-1",
    "ISO8859-1": "iso-8859-1",
    "LATIN1": "iso-8859-1",
    "8859_15": "iso-8859-15",
    "ISO-8859-15": "iso-8859-15",
    "CP1252": "cp1252",
    "WINDOWS-1252": "cp1252",
    "SJIS": "shift_jis",
    "SHIFT_JIS": "shift_jis",
}
"""CHARSET -> codec; only those in which line ends and commas are ASCII."""
_LOAD_MODES: Final = ("F", "I")


@dataclass(frozen=True, slots=True)
class StreamedRow:
    """One row of a streamed catalogue; a row without item has problems."""

    item: CatalogueItem | None
    problems: list[Problem]


def looks_like(data: bytes) -> bool:
    """Return whether `data` starts like a CIF catalogue."""
    return data[:16].removeprefix(codecs.BOM_UTF8).lstrip()[: len(_MAGIC)] == _MAGIC.encode()


def charset_codec(charset: str) -> str | None:
    """Return the codec of a CHARSET, or None when it is not known."""
    return _CHARSETS.get(charset.strip().upper())


def parse(data: bytes, *, limits: Limits = DEFAULT) -> tuple[Catalogue | None, list[Problem]]:
    """Return the catalogue in `data`; rows that cannot be read are left out and stated.

    None when it is no catalogue, too large, or in no known charset.
    """
    if len(data) > limits.bytes_max:
        return None, [_error("cif.too-large", f"at most {limits.bytes_max} bytes are read")]
    reader = _Reader(limits)
    rows = list(reader.rows([data]))
    problems = [problem for row in rows for problem in row.problems]
    if len(problems) > PROBLEMS_MAX:
        note = f"there are more than {PROBLEMS_MAX} problems; the rest is not listed"
        problems = [*problems[:PROBLEMS_MAX], _error("cif.more-problems", note)]
    if reader.header is None or reader.is_unreadable:
        return None, problems
    items = tuple(row.item for row in rows if row.item is not None)
    return Catalogue(data, reader.header, items), problems


def stream_rows(pieces: Iterable[bytes], *, limits: Limits = DEFAULT) -> Iterator[StreamedRow]:
    """Yield the rows of a catalogue from the pieces of its bytes, in memory that does not grow.

    Problems of the header and the trailer come with rows that have no item. That a part stands
    twice is not seen here, since that needs all rows at once.
    """
    yield from _Reader(limits, keeps_keys=False).rows(pieces)


class _Reader:
    """Reads one catalogue line by line."""

    def __init__(self, limits: Limits, *, keeps_keys: bool = True) -> None:
        self.header: Header | None = None
        self.is_unreadable = False
        self._limits = limits
        self._keys: set[tuple[str, str, str]] | None = set() if keeps_keys else None
        self._found: list[Problem] = []
        self._has_trailer = False
        self._has_data = False

    def rows(self, pieces: Iterable[bytes]) -> Iterator[StreamedRow]:
        lines = self._lines(pieces)
        try:
            header = self._header(lines)
            yield from self._said()
            if header is None:
                return
            self.header = header
            if not self._has_data:
                self._state("cif.no-data", "the line DATA is missing")
                yield from self._said()
                return
            count = 0
            for row in self._data(lines, header):
                count += row.item is not None or bool(row.problems)
                yield row
            self._end(header, count)
        except UnicodeDecodeError:
            self.is_unreadable = True
            self._state("cif.encoding", "the bytes are not text in the charset of the header")
        except TooLongError:
            self._state("cif.too-large", "a row or line is longer than the limit, or never ends")
        yield from self._said()

    def _data(self, lines: Iterator[tuple[int, str]], header: Header) -> Iterator[StreamedRow]:
        limits = self._limits
        reader = ItemReader(header)
        split = split_rows(
            self._until_trailer(lines),
            characters_max=limits.row_characters_max,
            fields_max=limits.fields_max,
        )
        for count, raw in enumerate(split, start=1):
            if count > limits.rows_max:
                self._state("cif.too-large", f"at most {limits.rows_max} rows are read")
                return
            item, problems = reader.read(raw)
            if item is not None:
                problems += self._repeated(item, raw)
            yield StreamedRow(item, problems)

    def _repeated(self, item: CatalogueItem, raw: RawRow) -> list[Problem]:
        if self._keys is None:
            return []
        auxiliary = dict(item.others).get("Supplier Part Auxiliary ID", "")
        key = (item.supplier_id, item.supplier_part_id, f"{auxiliary} {item.unit}")
        if key in self._keys:
            note = "the part stands twice in the catalogue"
            path = f"line {raw.line}"
            return [Problem("cif.row-repeated", Severity.WARNING, note, path)]
        self._keys.add(key)
        return []

    def _until_trailer(self, lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        is_open = False
        for number, line in lines:
            if not is_open and line.strip().upper() == "ENDOFDATA":
                self._has_trailer = True
                if any(rest.strip() for _, rest in lines):
                    note = "something stands behind ENDOFDATA and is not read"
                    self._state("cif.after-trailer", note, number, Severity.WARNING)
                return
            is_open ^= line.count('"') % 2 == 1
            yield number, line

    def _end(self, header: Header, count: int) -> None:
        if not self._has_trailer:
            self._state("cif.no-trailer", "the line ENDOFDATA is missing: the file may be cut off")
        if header.item_count is not None and header.item_count != count:
            self._state("cif.item-count", "ITEMCOUNT is not the number of rows")

    # ---- lines

    def _lines(self, pieces: Iterable[bytes]) -> Iterator[tuple[int, str]]:
        """Yield (number, text) of lines; the header's charset holds from the line behind it."""
        limit = self._limits.row_characters_max * 4
        held, number, size = b"", 0, 0
        for piece in pieces:
            size += len(piece)
            if size > self._limits.bytes_max * 8:
                raise TooLongError
            held += piece
            *whole, held = held.split(b"\n")
            for line in whole:
                number += 1
                yield number, self._text(line, number)
            if len(held) > limit:
                raise TooLongError
        if held:
            yield number + 1, self._text(held, number + 1)

    def _text(self, line: bytes, number: int) -> str:
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        codec = charset_codec(self.header.charset) if self.header else "iso-8859-1"
        return line.removesuffix(b"\r").decode(codec or "utf-8")

    # ---- header

    def _header(self, lines: Iterator[tuple[int, str]]) -> Header | None:
        number, first = next(lines, (1, ""))
        if not first.strip().startswith(_MAGIC):
            self._state("cif.not-cif", "the first line of a catalogue is CIF_I_V3.0", number)
            return None
        version = first.strip()[len(_MAGIC) :]
        if version != "3.0":
            note = "the version is not 3.0; it is read as 3.0"
            self._state("cif.version", note, number, Severity.WARNING)
        named: dict[str, tuple[str, int]] = {}
        for number, line in lines:
            if line.strip().upper() == "DATA":
                self._has_data = True
                break
            if number > self._limits.header_lines_max:
                self._state("cif.too-large", "the header has more lines than the limit", number)
                return None
            name, mark, value = line.partition(":")
            name = _upper(name.strip())
            if not line.strip():
                continue
            if not mark or not name or name in named:
                note = "a line of the header is no name with a value, or stands twice"
                self._state("cif.header", note, number)
                continue
            named[name] = (value.strip(), number)
        return self._header_of(version, named)

    def _header_of(self, version: str, named: dict[str, tuple[str, int]]) -> Header | None:
        def take(name: str) -> tuple[str, int]:
            return named.pop(name, ("", 0))

        charset, line = take("CHARSET")
        codec = charset_codec(charset)
        if codec is None:
            self.is_unreadable = True
            self._state("cif.encoding", "the charset of the header is not known", line)
            return None
        mode, line = take("LOADMODE")
        if mode and mode.upper() not in _LOAD_MODES:
            self._state("cif.header-value", "LOADMODE is F or I", line)
        text, line = take("ITEMCOUNT")
        count = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
        if text and count is None:
            self._state("cif.header-value", "ITEMCOUNT is a number", line)
        names, line = take("FIELDNAMES")
        header = Header(
            version=version,
            charset=charset,
            load_mode=_upper(mode) or "F",
            code_format=take("CODEFORMAT")[0],
            currency=_upper(take("CURRENCY")[0]),
            supplier_id_domain=take("SUPPLIERID_DOMAIN")[0],
            item_count=count,
            is_unuom=take("UNUOM")[0].upper() == "TRUE",
            timestamp=take("TIMESTAMP")[0],
            field_names=self._field_names(names, line),
        )
        others = tuple((name, value) for name, (value, _) in named.items())
        return _redecoded(replace(header, others=others), codec)

    def _field_names(self, text: str, line: int) -> tuple[str, ...]:
        if not text:
            return FIELD_NAMES
        limits = self._limits
        (row,) = split_rows(
            [(line, text)],
            characters_max=limits.row_characters_max,
            fields_max=limits.fields_max,
        )
        lower = [name.lower() for name in row.fields]
        lost = [name for name in MANDATORY if name.lower() not in lower]
        if "" in lower or len(set(lower)) != len(lower) or lost:
            note = "a field name is empty or stands twice, or a mandatory one is missing"
            self._state("cif.field-names", note, line)
        return row.fields

    # ---- problems

    def _state(
        self, code: str, text: str, line: int = 0, severity: Severity = Severity.ERROR
    ) -> None:
        self._found.append(Problem(code, severity, text, f"line {line}" if line else ""))

    def _said(self) -> Iterator[StreamedRow]:
        if self._found:
            found, self._found = self._found, []
            yield StreamedRow(None, found)


def _upper(text: str) -> str:
    """Return ASCII letters in capitals; others wait for their charset as they were read."""
    return text.encode("latin-1").upper().decode("latin-1")


def _redecoded(header: Header, codec: str) -> Header:
    """Return the header with its texts read again in the charset that it names."""

    def again(text: str) -> str:
        return text.encode("iso-8859-1").decode(codec)

    return replace(
        header,
        field_names=tuple(again(name) for name in header.field_names),
        others=tuple((again(name), again(value)) for name, value in header.others),
    )


def _error(code: str, text: str) -> Problem:
    return Problem(code, Severity.ERROR, text)
