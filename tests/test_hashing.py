from datetime import date

import numpy as np
import pytest

from fanpin_risk.hashing import keyed_uniform

DAY = date(2012, 3, 31)
IDS = [f"h{i}" for i in range(20_000)]


def test_the_numbers_are_the_same_on_every_machine():
    """Three numbers that were worked out once in whole-number arithmetic."""
    found = keyed_uniform(["1", "2", "户三"], day=DAY, key="plan 2012")
    expected = [0.5704922242748406, 0.26657153302049885, 0.5657803544794753]
    assert found.tolist() == expected


def test_a_household_keeps_its_number_in_any_company():
    """Neither the other households nor their order change a household's number."""
    together = dict(zip(IDS, keyed_uniform(IDS, day=DAY, key="k"), strict=True))
    few = ["h77", "h3", "h500"]
    assert keyed_uniform(few, day=DAY, key="k").tolist() == [together[i] for i in few]


def test_numbers_are_uniform_and_lie_in_the_half_open_unit_interval():
    """The largest distance from the uniform distribution is below its 0.1% critical value."""
    numbers = np.sort(keyed_uniform(IDS, day=DAY, key="k"))
    assert numbers[0] >= 0
    assert numbers[-1] < 1
    steps = np.arange(len(IDS)) / len(IDS)
    distance = max(np.max(numbers - steps), np.max(steps + 1 / len(IDS) - numbers))
    assert distance < 1.95 / np.sqrt(len(IDS))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"day": date(2012, 6, 30), "key": "k"}, id="another day"),
        pytest.param({"day": DAY, "key": "K"}, id="another key"),
    ],
)
def test_another_day_or_key_gives_an_unrelated_order(other):
    """No household is last for ever: the orders of two days or keys are uncorrelated."""
    first, second = keyed_uniform(IDS, day=DAY, key="k"), keyed_uniform(IDS, **other)
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(len(IDS))


def test_no_household_gives_no_number():
    """An empty list is no error."""
    assert keyed_uniform([], day=DAY, key="k").shape == (0,)


def test_an_empty_key_is_refused():
    """Without a key anybody could work out the order."""
    with pytest.raises(ValueError, match="key must not be empty"):
        keyed_uniform(["h1"], day=DAY, key="")


def test_a_number_in_place_of_a_text_is_refused():
    """A household_id that is no text would hash differently from its text."""
    with pytest.raises(TypeError, match=r"household_id must be text\. Got int"):
        keyed_uniform([7], day=DAY, key="k")
