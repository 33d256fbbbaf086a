"""Every capability that is played and counted while things go wrong, one line each. Each module has its `SEQUENCES`
(what people do) and its `COUNTS` (what must be true of it at the end); docs/testing.md says how to add one.
"""

from tests.durability import counts, handing_over, machine_counts, machines, ordering, talking

SEQUENCES = (*talking.SEQUENCES, *handing_over.SEQUENCES, *ordering.SEQUENCES)
"""What fits between two kills of which one follows the other at once."""
MACHINES = machines.SEQUENCES
"""What takes its time: clouds that are asked how far they are."""

COUNTS = (*counts.COUNTS, *handing_over.COUNTS, *ordering.COUNTS, *machine_counts.COUNTS)
