"""Any document as one tree of named nodes: what `suture inspect` and `suture diff` show.

In: a parsed document of any format. Out: `Node` trees whose paths are those of the problems.
Refuses to know: terminals, partners, what a document asks for.
"""

from suture.formats.outline.node import Change, Node, differences
from suture.formats.outline.open import Opened, check, guess, read_all

__all__ = ["Change", "Node", "Opened", "check", "differences", "guess", "read_all"]
