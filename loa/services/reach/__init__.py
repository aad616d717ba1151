"""Reach: asking the platforms now, the newest figures per delivery, periods and groups of posts compared.

Figures of different posts are never added up: people who saw two posts would be counted twice, and what
one platform calls “reach” is not what another does. What is told of several posts is the mean per post, with
how many posts it is of.

asking   the platforms are asked now
readings the newest reading of each delivery
posts    deliveries with all their readings, by period
changes  one period beside the one before, by the newest figures
ages     which reading is of which age; curves: how one post went
spans    which time is meant; samples: what went public then, each with its figure at one age
spread   how figures lie; groups and hours: what is compared by it, fields: fields of law
"""

from loa.services.reach.asking import pull
from loa.services.reach.changes import (
    FEW,
    Change,
    Mean,
    Point,
    compare,
    in_words,
    mean,
    mean_in_words,
    points,
)
from loa.services.reach.posts import LONGEST_DAYS, MOST_POSTS, Break, Period, Reach, periods, series
from loa.services.reach.readings import ReachView, newest, one
from scheduler.reach import Pulled

__all__ = [
    "FEW",
    "LONGEST_DAYS",
    "MOST_POSTS",
    "Break",
    "Change",
    "Mean",
    "Period",
    "Point",
    "Pulled",
    "Reach",
    "ReachView",
    "compare",
    "in_words",
    "mean",
    "mean_in_words",
    "newest",
    "one",
    "periods",
    "points",
    "pull",
    "series",
]
