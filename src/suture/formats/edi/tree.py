"""Sorts the segments of a message into the loops its definition declares; for X12 and EDIFACT.

In: segments and a `LoopDefinition`. Out: a tree of `Loop`, and problems of structure; every segment
is in the tree, wherever it stood. Refuses to know: what elements hold, and the words of a format,
which come in as `TreeWords`. The walk is an automaton whose steps are found once per
(place, segment id) and kept with the definition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from suture.core.problem import Problem, Severity
from suture.formats.edi.definition import LoopDefinition, SegmentUse

STATED_MAX: Final = 1_000
"""Most problems of one kind gathered per message: the verdict on it stands long before, and a
hostile file must not fill the memory with them."""


class PlacedSegment(Protocol):
    """What the tree asks of a segment."""

    offset: int
    """Byte offset in the file."""
    index: int
    """Place in the message, its header being 1."""

    @property
    def qualifier(self) -> str:
        """The first value of the segment."""

    def path(self) -> str:
        """Return where the segment is."""


S_co = TypeVar("S_co", bound=PlacedSegment, covariant=True)


class SegmentSource(Protocol[S_co]):
    """The segments of one message, as numbers in a table."""

    @property
    def start(self) -> int:
        """Number of the message's header."""

    @property
    def end(self) -> int:
        """Number of the trailer, or after the last segment when it is missing."""

    @property
    def table(self) -> NumberedSegments[S_co]:
        """The table."""


class NumberedSegments(Protocol[S_co]):
    """A table of segments, each made when it is read."""

    ids: list[str]

    def segment(self, number: int, base: int = 0) -> S_co:
        """Return segment `number`; its index counts from segment `base`, which is 1."""


@dataclass(frozen=True, slots=True)
class TreeWords:
    """What a format calls the problems of structure."""

    subject: str
    """What a message is called, e.g. `transaction set`."""
    unexpected: str
    """Problem code: the definition has no such segment."""
    order: str
    """Problem code: a segment stands after its place."""
    missing: str
    segment_repeats: str
    loop_repeats: str
    missing_path: Callable[[str, int, str], str]
    """Gives a path for (missing id, index and path of the segment that opened the loop)."""
    clause: str = ""
    """Where the definition is from, e.g. `D.96A ORDERS`; segment groups are added to it."""


class Loop(Generic[S_co]):
    """One occurrence of a loop; the message itself is the outermost one."""

    __slots__ = ("_inner", "_numbers", "_source", "definition")

    definition: LoopDefinition

    def __init__(
        self, definition: LoopDefinition, source: SegmentSource[S_co], numbers: list[int]
    ) -> None:
        self.definition = definition
        self._source = source
        self._numbers = numbers
        self._inner: list[Loop[S_co]] | None = None

    @property
    def segments(self) -> list[S_co]:
        """Segments directly in this loop, in order; the first one opened it."""
        source = self._source
        return [source.table.segment(number, source.start) for number in self._numbers]

    @property
    def ids(self) -> list[str]:
        """Ids of the segments directly in this loop, in order."""
        ids = self._source.table.ids
        return [ids[number] for number in self._numbers]

    @property
    def opening(self) -> S_co:
        """The segment that opened the loop; the header for the message."""
        source = self._source
        number = self._numbers[0] if self.definition.id else source.start
        return source.table.segment(number, source.start)

    @property
    def loops(self) -> list[Loop[S_co]]:
        """Loops directly in this loop, in order."""
        return [] if self._inner is None else self._inner

    @property
    def id(self) -> str:
        """Id of the segment that opens the loop, empty for the message."""
        return self.definition.id

    def has(self, segment_id: str) -> bool:
        """Return whether a segment `segment_id` stands directly in this loop."""
        ids = self._source.table.ids
        return any(ids[number] == segment_id for number in self._numbers)

    def first(self, segment_id: str, qualifier: str = "") -> S_co | None:
        """Return the first segment `segment_id` directly in this loop, or None.

        With `qualifier` only a segment whose first element is that.
        """
        return next(iter(self.all(segment_id, qualifier)), None)

    def all(self, segment_id: str, qualifier: str = "") -> list[S_co]:
        """Return all segments `segment_id` directly in this loop, in order."""
        source = self._source
        ids = source.table.ids
        found = [
            source.table.segment(number, source.start)
            for number in self._numbers
            if ids[number] == segment_id
        ]
        return [s for s in found if s.qualifier == qualifier] if qualifier else found

    def within(self, loop_id: str, qualifier: str = "") -> list[Loop[S_co]]:
        """Return the loops directly in this one that `loop_id` opens, e.g. `N1` with `ST`."""
        found = [loop for loop in self.loops if loop.definition.id == loop_id]
        return [o for o in found if o.opening.qualifier == qualifier] if qualifier else found

    def walk(self) -> Iterator[Loop[S_co]]:
        """Yield this loop and every loop in it, outermost first, in order."""
        pending: list[Loop[S_co]] = [self]
        while pending:
            loop = pending.pop()
            yield loop
            pending += reversed(loop.loops)

    def __repr__(self) -> str:
        return (
            f"<loop {self.id or 'message'}: {len(self._numbers)} segments, {len(self.loops)} loops>"
        )


class _Step(NamedTuple):
    """What one segment id does at one place."""

    target: _Place
    pops: int = 0
    """Loops to leave first."""
    opens: LoopDefinition | None = None
    is_repeat: bool = False
    """The same entry was used just before: counts have to be checked."""
    code: str = ""
    owner: int = 0
    """Loops above the current one that the segment belongs to without leaving this one."""


class _Place:
    """A place of the automaton: the last entry of a loop that was used, and the ways from it."""

    __slots__ = ("above", "at", "loop", "steps")

    def __init__(self, loop: LoopDefinition, at: int, above: _Place | None) -> None:
        self.loop = loop
        self.at = at
        self.above = above
        """The place in the loop around this one."""
        self.steps: dict[str, _Step] = {}


class Matcher:
    """The automaton of one definition; `match` may be called any number of times."""

    def __init__(self, definition: LoopDefinition, words: TreeWords) -> None:
        self._words = words
        self._root = _Place(definition, -1, None)
        self._places: dict[tuple[int, int], _Place] = {(id(definition), -1): self._root}
        self._definition = definition
        self._ids = frozenset(_ids(definition))

    def match(self, source: SegmentSource[S_co]) -> tuple[Loop[S_co], list[Problem]]:
        """Return the tree of the segments between header and trailer, and its problems."""
        words = self._words
        problems: list[Problem] = []
        suspects: dict[int, Loop[S_co]] = {}
        place = self._root
        loop = root = Loop(self._definition, source, [])
        requiring = [root]
        around: list[Loop[S_co]] = []
        ids = source.table.ids
        for number in range(source.start + 1, source.end):
            segment_id = ids[number]
            step = place.steps.get(segment_id) or self._step(place, segment_id)
            target, pops, opens, is_repeat, code, owner = step
            if code:
                if len(problems) < STATED_MAX:
                    problems.append(_misplaced(words, code, source, number))
                if owner:
                    around[-owner]._numbers.append(number)
                    continue
            if pops:
                loop = around[-pops]
                del around[-pops:]
            if is_repeat:
                suspects[id(loop)] = loop
            if opens is None:
                loop._numbers.append(number)
            else:
                inner = Loop(opens, source, [number])
                if loop._inner is None:
                    loop._inner = [inner]
                else:
                    loop._inner.append(inner)
                around.append(loop)
                loop = inner
                if opens.required:
                    requiring.append(inner)
            place = target
        missing = (problem for found in requiring for problem in _missing(found, words))
        repeated = (problem for found in suspects.values() for problem in _repeated(found, words))
        problems += islice(missing, STATED_MAX)
        problems += islice(repeated, STATED_MAX)
        return root, problems

    def _step(self, place: _Place, segment_id: str) -> _Step:
        """Return what `segment_id` does at `place`; declared ids are kept: a finite table."""
        if segment_id not in self._ids:
            return _Step(place, code=self._words.unexpected)
        step = self._forward(place, segment_id) or self._backward(place, segment_id)
        place.steps[segment_id] = step
        return step

    def _forward(self, place: _Place, segment_id: str) -> _Step | None:
        """Return the step to an entry at or after `place`, in this loop or in those around it."""
        pops = 0
        again: _Step | None = None
        here: _Place | None = place
        while here is not None:
            for number in range(max(here.at, 0), len(here.loop.body)):
                entry = here.loop.body[number]
                # The segment that opened this loop opens it again; it is never inside it twice.
                if entry.id != segment_id or (number == 0 and here.loop.id):
                    continue
                step = self._enter(here, number, entry, pops)
                if number != here.at or entry.repeat_max != 1:
                    return step
                again = again or step
            here, pops = here.above, pops + 1
        return again

    def _backward(self, place: _Place, segment_id: str) -> _Step:
        """Return the step for a segment that comes too late or has no place at all."""
        pops = 0
        here: _Place | None = place
        while here is not None:
            for number in range(max(here.at, 0)):
                entry = here.loop.body[number]
                if entry.id != segment_id:
                    continue
                if isinstance(entry, LoopDefinition):
                    return self._enter(here, number, entry, pops)._replace(code=self._words.order)
                # Stay where we are: what follows still belongs to the loop that is open.
                return _Step(place, code=self._words.order, owner=pops)
            here, pops = here.above, pops + 1
        return _Step(place, code=self._words.unexpected)

    def _enter(
        self, here: _Place, number: int, entry: SegmentUse | LoopDefinition, pops: int
    ) -> _Step:
        outer = self._place(here.loop, number, here.above)
        is_repeat = number == here.at
        if isinstance(entry, LoopDefinition):
            return _Step(self._place(entry, 0, outer), pops, entry, is_repeat)
        return _Step(outer, pops, None, is_repeat)

    def _place(self, loop: LoopDefinition, at: int, above: _Place | None) -> _Place:
        key = (id(loop), at)
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = _Place(loop, at, above)
        return found


def _ids(loop: LoopDefinition) -> Iterator[str]:
    for entry in loop.body:
        yield entry.id
        if isinstance(entry, LoopDefinition):
            yield from _ids(entry)


def flat(definition: LoopDefinition, source: SegmentSource[S_co]) -> Loop[S_co]:
    """Return a tree without loops, for a message whose structure is not declared."""
    return Loop(definition, source, list(range(source.start + 1, source.end)))


def _misplaced(words: TreeWords, code: str, source: SegmentSource[S_co], number: int) -> Problem:
    segment = source.table.segment(number, source.start)
    text = (
        f"the segment stands after its place in the {words.subject}"
        if code == words.order
        else f"the {words.subject} has no such segment; it is kept but not read"
    )
    path, place = segment.path(), segment.offset
    return Problem(code, Severity.WARNING, text, path, place, words.clause)


def _clause(words: TreeWords, number: int) -> str:
    return f"{words.clause} SG{number}" if words.clause and number else words.clause


def _missing(loop: Loop[S_co], words: TreeWords) -> Iterator[Problem]:
    """Yield a problem for each mandatory segment or loop that is not in `loop`."""
    required = loop.definition.required
    present = {*loop.ids, *(inner.definition.id for inner in loop.loops)} if required else set()
    for segment_id in required:
        if segment_id not in present:
            opening = loop.opening
            text = f"{segment_id} is mandatory in the loop that starts here, and is missing"
            path = words.missing_path(segment_id, opening.index, opening.path())
            clause = _clause(words, loop.definition.number)
            yield Problem(words.missing, Severity.ERROR, text, path, opening.offset, clause)


def _repeated(loop: Loop[S_co], words: TreeWords) -> Iterator[Problem]:
    """Yield a problem for each segment and loop that stands in `loop` more often than it may.

    An id that is declared at two places of one loop may stand as often as both allow together.
    """
    segments = Counter(loop.ids)
    loops = Counter(id(inner.definition) for inner in loop.loops)
    for entry in loop.definition.body:
        is_loop = isinstance(entry, LoopDefinition)
        found = loops[id(entry)] if is_loop else segments[entry.id]
        most = entry.repeat_max
        if not is_loop and found > most > 0:
            most = _most(loop.definition, entry.id)
        if not most or found <= most:
            continue
        every = (
            [inner.opening for inner in loop.loops if inner.definition is entry]
            if is_loop
            else loop.all(entry.id)
        )
        extra = every[most]
        code = words.loop_repeats if is_loop else words.segment_repeats
        number = entry.number if isinstance(entry, LoopDefinition) else loop.definition.number
        text, clause = f"it may stand {most} times here", _clause(words, number)
        yield Problem(code, Severity.WARNING, text, extra.path(), extra.offset, clause)


def _most(loop: LoopDefinition, segment_id: str) -> int:
    """Return how often a segment may stand directly in `loop`, 0 for any number."""
    uses = [e.repeat_max for e in loop.body if isinstance(e, SegmentUse) and e.id == segment_id]
    return sum(uses) if all(uses) else 0
