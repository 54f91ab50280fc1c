"""Deterministic data of the "Synthetic Health" system (spec 7).

In: a seed, a profile, a start day. Out: the same bytes on every machine. Refuses to know: clocks.
"""

from suture.simulation.generator.dataset import CI, Dataset, Scale, generate
from suture.simulation.generator.write import canonical_json, write

__all__ = ["CI", "Dataset", "Scale", "canonical_json", "generate", "write"]
