"""The tab "Draw" in a browser."""

import pytest
from playwright.sync_api import expect

STROKES = {
    "1": [[(0.5, 0.2), (0.5, 0.8)]],
    "3": [
        [(0.33, 0.25), (0.5, 0.18), (0.65, 0.28), (0.6, 0.42), (0.47, 0.48)],
        [(0.47, 0.48), (0.64, 0.56), (0.66, 0.7), (0.5, 0.82), (0.32, 0.74)],
    ],
    "7": [[(0.3, 0.24), (0.7, 0.22), (0.46, 0.82)]],
}
"""Points of strokes, relative to the pad."""


def draw(page, digit):
    box = page.locator("#canvas").bounding_box()
    for stroke in STROKES[digit]:
        points = [
            (box["x"] + x * box["width"], box["y"] + y * box["height"])
            for x, y in stroke
        ]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=6)
        page.mouse.up()


@pytest.mark.parametrize("digit", STROKES)
def test_a_drawn_digit_is_read(open_page, digit):
    page = open_page()

    draw(page, digit)

    expect(page.locator("#digit")).to_have_text(digit)
    expect(page.locator("#sentence")).to_contain_text(f"This is a {digit}")
    bars = page.locator("#bars li")
    expect(bars).to_have_count(10)
    expect(bars.nth(int(digit))).to_have_class("best")
    steps = page.locator("#steps li")
    expect(steps.nth(0)).to_contain_text("Cut out")
    expect(steps.nth(1)).to_contain_text("Strokes")
    expect(page.locator("#cut-out")).to_be_visible()


def test_undo_and_clear_take_strokes_away(open_page):
    page = open_page()
    draw(page, "1")
    expect(page.locator("#digit")).to_have_text("1")
    draw(page, "7")

    page.keyboard.press("Control+z")

    expect(page.locator("#digit")).to_have_text("1")
    page.locator("#clear").click()
    expect(page.locator("#digit")).to_have_text("")
    expect(page.locator("#sentence")).to_contain_text("Draw something")
    expect(page.locator("#cut-out")).to_be_hidden()


def test_an_example_appears_and_is_read_as_its_label(open_page):
    page = open_page()

    page.locator("#example").click()

    text = page.locator("#example-text")
    expect(text).to_contain_text("Test image")
    expect(page.locator("#digit")).not_to_have_text("")


def test_a_feature_map_is_shown_large_with_its_kernel(open_page):
    page = open_page()
    draw(page, "7")
    page.locator("#inside summary").click()

    page.get_by_role("button", name="Map 3 of Convolution 1-1").hover()

    lens = page.locator("#lens")
    expect(lens).to_contain_text("Map 3 of Convolution 1-1")
    expect(lens.locator(".weights-grid span")).to_have_count(9)
    page.get_by_role("button", name="Map 5 of Convolution 2-1").focus()
    expect(lens.locator(".kernels canvas")).to_have_count(32)
    expect(page.locator("#layers section")).to_have_count(6)


def test_a_doubtful_answer_is_said_in_words(open_page):
    page = open_page()
    page.route("**/api/predict*", answer_doubtfully)

    draw(page, "1")

    sentence = page.locator("#sentence")
    expect(sentence).to_have_text("Doubtful: most likely a 7 (60.0 %), perhaps a 1.")
    expect(page.locator("#answer")).to_have_class("answer doubtful")


def answer_doubtfully(route):
    """Answer a request as the server does, but with other probabilities."""
    answer = route.fetch()
    content = answer.json()
    for row in content["probabilities"]:
        row["probability"] = {"7": 0.6, "1": 0.3}.get(row["digit"], 0.0125)
    route.fulfill(response=answer, json=content)


def test_digits_are_drawn_with_keys_alone(open_page):
    page = open_page()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "canvas":
            break

    page.keyboard.press("Space")
    for _ in range(16):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")

    expect(page.locator("#digit")).to_have_text("1")
    page.keyboard.press("Delete")
    expect(page.locator("#digit")).to_have_text("")


def test_a_server_that_is_gone_is_said_in_words(open_page):
    page = open_page()
    page.route("**/api/**", lambda route: route.abort())

    page.locator("#example").click()

    notice = page.locator("#notice")
    expect(notice).to_contain_text("The server does not answer.")
    page.unroute("**/api/**")
    page.locator("#example").click()
    expect(notice).to_be_hidden()
