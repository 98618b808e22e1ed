"""Every theme of the household's account, in the order in which they are built."""

from __future__ import annotations

from fanpin_risk.household.entitlements import ENTITLEMENTS
from fanpin_risk.household.entitlements_homes import HOME_ALLOWANCES
from fanpin_risk.household.facts import FactTheme
from fanpin_risk.household.groups import MEMBER_GROUPS, STUDENTS
from fanpin_risk.household.guarantees import HOME_GUARANTEES, PERSON_GUARANTEES
from fanpin_risk.household.income_account import INCOME
from fanpin_risk.household.income_account_workers import WORKERS
from fanpin_risk.household.income_stable import STABLE_INCOME
from fanpin_risk.household.labour import LABOUR_THEME
from fanpin_risk.household.listed import LISTED
from fanpin_risk.household.main_worker import MAIN_WORKER
from fanpin_risk.household.means import COPING, EVIDENCE_OF_MEANS, SPLITS
from fanpin_risk.household.members import AGES
from fanpin_risk.household.shocks import SHOCKS
from fanpin_risk.household.spending import HOUSEHOLD_SPENDING
from fanpin_risk.household.spending_groups import SPENDING_GROUPS
from fanpin_risk.household.spending_medical import PERSON_SPENDING
from fanpin_risk.household.spending_school import PERSON_SCHOOL_COST
from fanpin_risk.household.work import POSTS, WORK

THEMES: tuple[FactTheme, ...] = (
    AGES,
    INCOME,
    WORKERS,
    HOUSEHOLD_SPENDING,
    PERSON_SPENDING,
    SPENDING_GROUPS,
    PERSON_SCHOOL_COST,
    PERSON_GUARANTEES,
    HOME_GUARANTEES,
    SHOCKS,
    MAIN_WORKER,
    WORK,
    POSTS,
    LABOUR_THEME,
    COPING,
    EVIDENCE_OF_MEANS,
    SPLITS,
    MEMBER_GROUPS,
    STUDENTS,
    STABLE_INCOME,
    ENTITLEMENTS,
    HOME_ALLOWANCES,
    LISTED,
)
"""All themes; each module of facts gives one or two."""
