"""Whole numbers that stand for kinds in the county's state, with the codes of the contracts."""

from __future__ import annotations

from enum import IntEnum, IntFlag

FIRST_YEAR = 2021
"""Calendar year of month 0, which is its January."""

NEVER = -10_000
"""Month of something that has not happened."""

NO_END = 10_000
"""Last month of something that goes on."""


class Job(IntEnum):
    """What a person lives on."""

    NONE = 0
    FARM = 1
    LOCAL = 2
    MIGRANT = 3
    POST = 4
    BUSINESS = 5


class Left(IntEnum):
    """Why a person is no more in the household."""

    HERE = 0
    DIED = 1
    MOVED = 2


class End(IntEnum):
    """How a household ended."""

    GOES_ON = 0
    DISSOLVED = 1
    MOVED_AWAY = 2
    MERGED = 3


class Relation(IntEnum):
    """Relation to the head, as far as the simulation tells them apart."""

    HEAD = 0
    SPOUSE = 1
    CHILD = 2
    CHILD_IN_LAW = 3
    GRANDCHILD = 4
    PARENT = 5
    OTHER = 6


class Breach(IntEnum):
    """Guarantees that can be open; index of the second axis of ``breach_since``."""

    SCHOOLING = 0
    MEDICAL = 1
    HOUSING = 2
    WATER = 3


class Shock(IntEnum):
    """What can be switched off, in the order of the official causes; a bit of ``switched_off``."""

    ILLNESS = 0
    DISABILITY = 1
    SCHOOLING = 2
    DISASTER = 3
    ACCIDENT = 4
    FAILED_BUSINESS = 5
    UNSTABLE_WORK = 6
    LACK_OF_LABOUR = 7
    UNSAFE_HOUSING = 8
    UNSAFE_WATER = 9
    OTHER = 10


CAUSE_CODES = (
    "illness",
    "disability",
    "schooling",
    "disaster",
    "accident",
    "failed_business",
    "unstable_work",
    "lack_of_labour",
    "unsafe_housing",
    "unsafe_water",
    "other",
)
"""Codes of the contracts' causes, by `Shock`."""


class Route(IntFlag):
    """Ways into need; several can be open at once."""

    NONE = 0
    CHRONIC = 1
    SUDDEN = 2
    BREACH = 4


class Measure(IntEnum):
    """Kinds of support that the county gives; index of ``measure_until``."""

    INDUSTRY = 0
    EMPLOYMENT = 1
    PUBLIC_POST = 2
    HEALTH = 3
    EDUCATION = 4
    HOUSING = 5
    WATER = 6
    SAFETY_NET = 7
    TEMPORARY_RELIEF = 8
    SOCIAL = 9
    FINANCE = 10


class Channel(IntEnum):
    """Who pointed to a household."""

    HOUSEHOLD = 0
    ONE_KEY = 1
    DEPARTMENT = 2
    CADRE = 3
    ROUND = 4


class Monitored(IntEnum):
    """Type of a listed household."""

    NONE = 0
    UNSTABLE = 1
    MARGINAL = 2
    SUDDEN = 3


class Product(IntEnum):
    """What a household grows or keeps; index of prices."""

    CORN = 0
    SOYA = 1
    RICE = 2
    POTATO = 3
    VEGETABLE = 4
    HERB = 5
    CATTLE = 6
    PIG = 7
    SHEEP = 8
