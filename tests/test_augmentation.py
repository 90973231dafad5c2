"""The parameter ``augment``: named sets and ranges."""

import json
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from digitclf._augmentation import (
    LARGEST,
    LIGHT,
    STRONG,
    Augmentation,
    augmentation_of,
)


def test_named_sets():
    assert augmentation_of("light") == LIGHT
    assert augmentation_of("strong") == STRONG
    assert all(weak <= strong for weak, strong in zip(LIGHT, STRONG, strict=True))
    assert all(strong < most for strong, most in zip(STRONG, LARGEST, strict=True))


@pytest.mark.parametrize("augment", [None, {}, {"rotation": 0, "noise": 0.0}])
def test_nothing_to_distort_is_none(augment):
    assert augmentation_of(augment) is None


def test_a_dict_sets_ranges_and_leaves_the_others_off():
    augmentation = augmentation_of(
        {"rotation": np.int64(5), "scale": Fraction(1, 8), "noise": np.float32(0.5)}
    )
    assert augmentation == Augmentation(rotation=5, scale=0.125, noise=0.5)
    assert {type(value) for value in augmentation} == {float}
    assert hash(augmentation) == hash(Augmentation(rotation=5, scale=0.125, noise=0.5))
    stored = json.loads(json.dumps(augmentation._asdict()))
    assert augmentation_of(stored) == augmentation


@pytest.mark.parametrize(
    ("augment", "message"),
    [
        ("strogn", r"'augment' .* Got 'strogn' instead. Did you mean 'strong'\?"),
        ("Light", r"Did you mean 'light'\?"),
        ("", r"'light', 'strong', a dict of ranges or None. Got '' instead.$"),
        ({"rotate": 5}, r"'augment' .* 'rotate'. Did you mean 'rotation'\?"),
        ({"zoom": 1}, r"distortion 'zoom'. Valid names are rotation, shear"),
        ({5: 1}, r"unknown distortion 5. Valid names"),
        ({"scale": -0.1}, r"'augment' .* \[0, 0.9\] for 'scale'. Got -0.1 instead"),
        ({"scale": 1}, r"\[0, 0.9\] for 'scale'. Got 1 instead"),
        ({"noise": float("nan")}, r"for 'noise'. Got nan instead"),
        ({"noise": float("inf")}, r"for 'noise'. Got inf instead"),
        ({"rotation": 10**400}, r"for 'rotation'. Got 1000"),
    ],
)
def test_invalid_values_are_named(augment, message):
    with pytest.raises(ValueError, match=message):
        augmentation_of(augment)


@pytest.mark.parametrize(
    ("augment", "message"),
    [
        (True, r"'augment' parameter must be 'light', .* Got True instead"),
        (0.5, r"Got 0.5 instead"),
        (["rotation"], r"Got \['rotation'\] instead"),
        (b"light", r"Got b'light' instead"),
        ({"rotation": "10"}, r"'augment' .* numbers. Got '10' for 'rotation' instead"),
        ({"rotation": (5, 10)}, r"Got \(5, 10\) for 'rotation' instead"),
        ({"rotation": None}, r"Got None for 'rotation' instead"),
        ({"rotation": True}, r"Got True for 'rotation' instead"),
        ({"rotation": 1j}, r"Got 1j for 'rotation' instead"),
    ],
)
def test_wrong_types_are_named(augment, message):
    with pytest.raises(TypeError, match=message):
        augmentation_of(augment)


def test_the_guide_has_the_ranges():
    guide = Path(__file__).parents[1] / "docs/guide/augmentation.md"
    table = re.findall(r"^\| `(\w+)` \|(.*)\|$", guide.read_text("utf-8"), re.MULTILINE)
    assert [name for name, _ in table] == list(Augmentation._fields)
    for name, row in table:
        expected = [getattr(ranges, name) for ranges in (LIGHT, STRONG, LARGEST)]
        assert [float(cell) for cell in row.split("|")[-3:]] == expected, name
