"""The page with models of other classes than the ten digits."""

import contextlib

import numpy as np
import pytest
from playwright.sync_api import expect
from support.drawing import draw
from support.running_app import running_app

from digitclf import MLPDigitClassifier, load_predictor, save_model
from digitclf.app import make_app

WORDS = np.array(
    [
        *("zero", "one", "two", "three", "four"),
        *("five", "six", "seven", "eight", "nine"),
    ]
)


@pytest.fixture
def open_with(open_page, mnist, tmp_path):
    """Return a function that opens the page with a model for some labels."""
    with contextlib.ExitStack() as apps:

        def open_with(labels, n_epochs, **options):
            chosen = labels(mnist.y_train).astype(str)
            is_known = chosen != ""
            clf = MLPDigitClassifier(
                hidden_layer_sizes=(32,), epochs=n_epochs, random_state=0
            )
            clf.fit(mnist.X_train[is_known], chosen[is_known])
            save_model(clf, tmp_path / "model.keras")
            app = make_app(load_predictor(tmp_path / "model.keras"))
            address = apps.enter_context(running_app(app))
            return open_page(address=address, **options)

        yield open_with


def test_words_are_shown_whole(open_with):
    page = open_with(lambda digits: WORDS[digits], 15)

    expect(page.locator("#pad-hint")).to_contain_text("eight, five, four")
    draw(page, "1")

    expect(page.locator("#digit")).to_have_text("one")
    expect(page.locator("#bars .bar-label").nth(7)).to_have_text("three")
    cut = page.evaluate(
        """[...document.querySelectorAll(".bar-label, #digit")]
            .filter((item) => item.scrollWidth > item.clientWidth)
            .map((item) => item.textContent)"""
    )
    assert cut == []
    page.locator("#tab-read").click()
    page.locator("#example-page").click()
    expect(page.locator("#lines")).to_contain_text(" ")
    page.locator("#digits input").first.fill("seven")
    expect(page.locator("#lines")).to_contain_text("seven")


def test_a_model_of_a_single_class_answers_with_it(open_with):
    page = open_with(lambda digits: np.where(digits == 3, "3", ""), 1)

    draw(page, "1")

    expect(page.locator("#digit")).to_have_text("3")
    expect(page.locator("#bars li")).to_have_count(1)


def test_many_classes_fit_on_the_page(open_with):
    page = open_with(lambda digits: digits + 10 * (np.arange(len(digits)) % 6), 1)

    draw(page, "7")

    expect(page.locator("#bars li")).to_have_count(60)
    expect(page.locator("#sentence")).to_contain_text("Too doubtful to tell.")
    expect(page.locator("#bars .best")).to_be_in_viewport()
    assert page.locator("#bars").bounding_box()["height"] < 700
