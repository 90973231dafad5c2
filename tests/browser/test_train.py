"""The tab "Train" in a browser."""

import pytest
from playwright.sync_api import expect
from support.drawing import draw
from support.training import fill_in

from digitclf import load_model


def test_two_epochs_draw_a_curve_and_a_stop_ends_the_next_training(
    open_page, tmp_path, mnist_test
):
    page = open_page("train")
    other = open_page()
    fill_in(page, "mlp", n_images=500, epochs=2)

    page.locator("#start").dblclick()

    status = page.locator("#train-status")
    expect(page.locator("#stop")).to_be_enabled()
    expect(status).to_contain_text("Finished after")
    points = page.locator("#chart .line.val").get_attribute("points")
    assert len(points.split()) == 2
    expect(page.locator("#chart .mark.best")).to_contain_text("best: epoch")
    expect(page.locator("#filters canvas")).to_have_count(32)
    expect(page.locator("#errors-text")).to_contain_text("of 1,000 test images")
    expect(page.locator("#figures")).to_contain_text("%")
    expect(page.locator("#model")).to_have_value("trained")
    with page.expect_download() as waiting:
        page.locator("#save").click()
    waiting.value.save_as(tmp_path / "saved.keras")
    clf = load_model(tmp_path / "saved.keras")
    assert clf.n_iter_ == 2
    draw(other, "1")
    expect(other.locator("#model")).to_have_value("trained")
    assert clf.score(mnist_test.images, mnist_test.target) > 0.6

    fill_in(page, "cnn", n_images=2000, epochs=100, patience=100)
    page.locator("#start").click()
    # The training before had two epochs.
    expect(page.locator("#numbers tr").nth(2)).to_be_attached()
    other.locator("#tab-train").click()
    expect(other.locator("[name=epochs]")).to_have_value("100")
    page.reload()
    expect(page.locator("[name=epochs]")).to_have_value("100")
    expect(page.locator("#numbers tr").nth(2)).to_be_attached()
    other.locator("#stop").click()

    expect(status).to_contain_text("(stopped)")
    expect(page.locator("#chart .stop")).to_be_attached()
    page.locator("#draw-with-it").click()
    expect(page.locator("#draw")).to_be_visible()
    page.locator("#model").select_option("loaded")
    expect(page.locator("#model")).to_have_value("loaded")


def test_a_training_of_another_window_is_followed(open_page):
    page, other = open_page("train"), open_page("train")
    for window in (page, other):
        fill_in(window, "cnn", n_images=2000, epochs=100, patience=100)
    page.locator("#start").click()
    expect(page.locator("#stop")).to_be_enabled()

    other.locator("#start").click()

    expect(other.locator("#notice")).to_have_text(
        "A training is running. Stop it first."
    )
    other.locator("#stop").click()
    for window in (page, other):
        expect(window.locator("#start")).to_be_enabled()


def test_a_training_is_started_and_stopped_by_key(open_page):
    page = open_page("train")
    fill_in(page, "cnn", n_images=2000, epochs=100, patience=100)

    page.locator("[name=patience]").press("Enter")
    expect(page.locator("#stop")).to_be_enabled()
    page.locator("#stop").press("Enter")
    expect(page.locator("#start")).to_be_enabled()
    page.locator("#start").press("Enter")

    expect(page.locator("#stop")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#start")).to_be_enabled()


def test_the_page_goes_on_when_the_server_answers_again(open_page):
    page = open_page("train")
    fill_in(page, "cnn", n_images=2000, epochs=100, patience=100)
    page.locator("#start").click()
    expect(page.locator("#numbers tr").nth(2)).to_be_attached()

    page.route("**/api/training*", lambda route: route.abort())
    expect(page.locator("#notice")).to_contain_text("The server does not answer.")
    page.unroute("**/api/training*")

    expect(page.locator("#notice")).to_be_hidden()
    page.locator("#stop").click()
    expect(page.locator("#start")).to_be_enabled()


@pytest.mark.parametrize(("name", "value"), [("n_images", "1234"), ("dropout", "0.33")])
def test_numbers_between_the_steps_of_the_arrows_can_be_typed(open_page, name, value):
    page = open_page("train")
    fill_in(page, "mlp", n_images=500, epochs=1)
    page.locator(f"[name={name}]").fill(value)
    page.locator("[name=patience]").fill("0")

    page.locator("#start").click()

    expect(page.locator("#train-status")).to_contain_text("Patience")


def test_a_number_out_of_range_is_said_in_words(open_page):
    page = open_page("train")
    fill_in(page, "cnn", n_images=5, epochs=2)

    page.locator("#start").click()

    expect(page.locator("#train-status")).to_have_text(
        "Training images (up to 60,000): enter a whole number from 100 to 60,000."
    )
    assert page.evaluate("document.activeElement.name") == "n_images"
