import numpy as np
import pytest

from fanpin_risk.errors import ModelError
from fanpin_risk.risk.preparation import CohortMatrix, Preparation, checked_transforms

NAN = np.nan


def cohort(**columns):
    """Return households with the columns given."""
    return CohortMatrix(names=tuple(columns), values=np.array(list(columns.values()), float).T)


def test_missing_values_get_the_training_median_and_a_mark():
    """By hand: median 3, mean 3, deviation sqrt(2/4 * ...) of 1, 3, 3, 5; mark 0, 0, 1, 0."""
    training = cohort(a=[1, 3, NAN, 5])
    preparation = Preparation.of(training, ["a"], {})
    values, mark = preparation.apply(training)
    np.testing.assert_allclose(values, np.array([-2, 0, 0, 2]) / np.sqrt(2))
    np.testing.assert_allclose(mark, np.array([-0.25, -0.25, 0.75, -0.25]) / np.sqrt(3 / 16))


def test_later_households_are_put_in_the_units_of_training():
    """Nothing is learnt from the households that are scored."""
    preparation = Preparation.of(cohort(a=[1, 3, NAN, 5]), ["a"], {})
    values, mark = preparation.apply(cohort(a=[NAN, 103]))
    np.testing.assert_allclose(values, np.array([0, 100]) / np.sqrt(2))
    assert mark[0] > mark[1]


def test_constant_columns_and_repeated_marks_are_left_out():
    """Column b is constant; c is missing wherever a is: values of a and c and one mark remain."""
    training = cohort(a=[1, 2, NAN, 4], b=[7, 7, 7, 7], c=[0, 1, NAN, 0])
    assert Preparation.of(training, ["a", "b", "c"], {}).apply(training).shape == (3, 4)


def test_a_column_that_is_missing_for_all_is_left_out():
    """An indicator without any record in training has no part, and later values do not either."""
    preparation = Preparation.of(cohort(a=[NAN, NAN], b=[1, 2]), ["a", "b"], {})
    assert preparation.apply(cohort(a=[5, NAN], b=[1, 2])).tolist() == [[-1, 1]]


def test_logs_are_taken_where_asked_for():
    """Relative incomes of 1 and e are 0 and 1 in logs; below 5% of the line counts as 5%."""
    training = cohort(a=[1, np.e, 0, 0.05], b=[1, 2, 3, 4])
    logged = Preparation.of(training, ["a", "b"], {"a": "log"})
    values, _ = logged.apply(training)
    assert values[2] == values[3]
    assert (values[1] - values[0]) / (values[0] - values[2]) == pytest.approx(1 / np.log(20))


def test_rows_and_columns_are_picked_by_name_and_number():
    """Households keep their ids and days when some are picked."""
    whole = CohortMatrix(
        names=("a", "b"),
        values=np.array([[1.0, 2], [3, 4], [5, 6]]),
        household_ids=("x", "y", "z"),
        days=np.array([10, 11, 12]),
    )
    part = whole.rows(np.array([2, 0]))
    assert part.columns(["b"]).tolist() == [[6, 2]]
    assert part.household_ids == ("z", "x")
    assert part.days.tolist() == [12, 10]
    assert whole.rows(np.array([False, True, False])).household_ids == ("y",)


def test_an_unknown_column_is_named():
    """A wrong name in a configuration is said."""
    with pytest.raises(ModelError, match=r"No columns \['c'\] among the 1 indicators"):
        cohort(a=[1]).columns(["a", "c"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"names": ("a",)}, "1 names do not fit values of shape", id="names"),
        pytest.param({"names": ("a", "a")}, "Two columns have the same name", id="repeat"),
        pytest.param({"household_ids": ("x",)}, "2 households do not fit 1 household_ids", id="id"),
        pytest.param({"days": np.arange(3)}, "2 households do not fit 3 days", id="days"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(changes, words):
    """Names, values, ids and days belong to the same households."""
    with pytest.raises(ModelError, match=words):
        CohortMatrix(**{"names": ("a", "b"), "values": np.ones((2, 2)), **changes})


@pytest.mark.parametrize("transforms", [{"a": "square"}, {"c": "log"}])
def test_an_unknown_transform_is_refused(transforms):
    """Only logs are taken, and only of columns that are used."""
    with pytest.raises(ModelError, match="only 'log', and only of"):
        checked_transforms(("a", "b"), transforms)
