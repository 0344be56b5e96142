"""Whether requests with the preference take another time: a question that must not depend on the weather.

Pairs of requests are sent close to each other, so that what slows a server down for a while slows both. The
median of their differences is set against the spread of what two requests without the preference differ
by, and a difference that is seen has to be seen again, twice, before it is told.
"""

from __future__ import annotations

import statistics

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: So many times in a row a difference has to be seen.
ROUNDS = 3

_GOLDEN = 0.6180339887498949
_DEVIATIONS = 4.0  # of a median's own error: chance gives one in some ten thousand, three in a row never
_SHARE = 0.1  # of the usual time: less is nobody's disadvantage
_FLOOR = 0.001  # seconds, likewise


def first_asks(pair: int) -> bool:
    """Whether the request with the preference comes first in this pair.

    In half of them, and without a period: multiples of the golden ratio, of which every stretch is spread
    evenly. Neither kind always meets the same one of several machines that take turns.
    """
    return pair * _GOLDEN % 1 >= 0.5


def difference(plain: Sequence[float], asked: Sequence[float]) -> float:
    """By how many seconds requests with the preference differ, 0.0 where the spread could account for it.

    plain, asked  the seconds of each pair, in the order in which they were sent; two pairs at least.
    """
    apart = statistics.median(there - here for here, there in zip(plain, asked))
    steps = [later - before for before, later in zip(plain, plain[1:])]
    deviation = 1.4826 * statistics.median(map(abs, steps))  # robust: as of a normal distribution
    error = 1.2533 * deviation / len(plain) ** 0.5
    bound = max(_DEVIATIONS * error, _SHARE * statistics.median(plain), _FLOOR)
    return apart if abs(apart) > bound else 0.0
