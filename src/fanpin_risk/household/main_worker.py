"""Whether a household lost its main worker: the best paid of the months before it happened.

Who the main worker was follows from months of work on record; where nobody's wages are, it is not
known of anybody of working age. An office that reports the loss of a main worker (主要劳动力丧失)
is believed.
"""

from __future__ import annotations

import narwhals as nw
import polars as pl

from fanpin_risk.household.changes import happened, newness
from fanpin_risk.household.choices import AccountChoices
from fanpin_risk.household.facts import CODE, DAY, FactTheme
from fanpin_risk.household.of_homes import homes_of_numbers
from fanpin_risk.household.view import CountyView
from fanpin_risk.units import MONTHS_PER_YEAR

Frame = nw.DataFrame[pl.DataFrame]
