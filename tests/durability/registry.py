"""Every capability that is played and counted while things go wrong, one line each. Each module has its `SEQUENCES`
(what people do) and its `COUNTS` (what must be true of it at the end); docs/testing.md says how to add one.
"""

from tests.durability import counts, handing_over, ordering, talking

SEQUENCES = (*talking.SEQUENCES, *handing_over.SEQUENCES, *ordering.SEQUENCES)
COUNTS = (*counts.COUNTS, *handing_over.COUNTS, *ordering.COUNTS)
