"""The tab "Draw" in a browser."""

import pytest
from playwright.sync_api import expect
from support.drawing import STROKES, draw


@pytest.mark.parametrize("digit", STROKES)
def test_a_drawn_digit_is_read(open_page, digit):
    page = open_page()

    draw(page, digit)

    expect(page.locator("#digit")).to_have_text(digit)
    expect(page.locator("#sentence")).to_contain_text(f"Read as {digit}")
    bars = page.locator("#bars li")
    expect(bars).to_have_count(10)
    expect(bars.nth(int(digit))).to_have_class("best")
    steps = page.locator("#steps li")
    expect(steps.nth(0)).to_contain_text("Cut out")
    expect(steps.nth(1)).to_contain_text("Strokes")
    expect(page.locator("#cut-out")).to_be_visible()


PEN_STROKE = """(pad, [kind, pressure]) => {
    const box = pad.getBoundingClientRect();
    const send = (type, share) => pad.dispatchEvent(new PointerEvent(type, {
        pointerId: 1, pointerType: kind, pressure, isPrimary: true, bubbles: true,
        clientX: box.x + 0.5 * box.width, clientY: box.y + share * box.height,
    }));
    pad.setPointerCapture = () => {};
    send("pointerdown", 0.2);
    for (let step = 1; step <= 20; step++) send("pointermove", 0.2 + 0.03 * step);
    send("pointerup", 0.8);
}"""

INK = """(pad) => {
    const {data} = pad.getContext("2d").getImageData(0, 0, pad.width, pad.height);
    let ink = 0;
    for (let place = 0; place < data.length; place += 4) {
        ink += data[place + 3] > 0 && data[place] < 128;
    }
    return ink;
}"""


def test_a_pen_draws_thicker_with_more_pressure_and_a_finger_does_not(open_page):
    ink = {}
    for kind, pressure in [("pen", 0.2), ("pen", 0.9), ("touch", 0.2), ("touch", 0.9)]:
        page = open_page()
        pad = page.locator("#canvas")
        pad.evaluate(PEN_STROKE, [kind, pressure])
        expect(page.locator("#digit")).to_have_text("1")
        ink[kind, pressure] = pad.evaluate(INK)

    assert ink["pen", 0.9] > 2 * ink["pen", 0.2] > 0
    assert ink["touch", 0.2] == ink["touch", 0.9] > 0


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


def test_a_stroke_that_is_undone_while_it_is_drawn_ends(open_page):
    page = open_page()
    box = page.locator("#canvas").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 150)

    page.keyboard.press("Control+z")
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.up()

    expect(page.locator("#pad-hint")).to_be_visible()
    expect(page.locator("#undo")).to_be_disabled()
    draw(page, "1")
    expect(page.locator("#digit")).to_have_text("1")


def test_sixty_strokes_in_a_row_are_all_read_and_all_undone(open_page):
    page = open_page()
    box = page.locator("#canvas").bounding_box()
    top, bottom = box["y"] + 0.2 * box["height"], box["y"] + 0.8 * box["height"]

    for number in range(60):
        x = box["x"] + box["width"] * (0.5 + number / 1000)
        page.mouse.move(x, top)
        page.mouse.down()
        page.mouse.move(x, bottom)
        page.mouse.up()

    expect(page.locator("#digit")).to_have_text("1")
    for _ in range(60):
        page.keyboard.press("Control+z")
    expect(page.locator("#undo")).to_be_disabled()
    expect(page.locator("#digit")).to_have_text("")


def test_an_example_appears_and_is_read_as_its_label(open_page):
    page = open_page()

    page.locator("#example").click()

    text = page.locator("#example-text")
    expect(text).to_contain_text("Test image")
    expect(page.locator("#digit")).not_to_have_text("")


def test_kernels_that_arrive_late_do_not_bring_back_old_feature_maps(open_page):
    page = open_page()
    held = []
    page.route("**/api/model/kernels", lambda route: held.append(route))
    draw(page, "7")
    with page.expect_request("**/api/model/kernels"):
        page.locator("#inside summary").click()
    page.locator("#clear").click()
    expect(page.locator("#digit")).to_have_text("")

    with page.expect_response("**/api/model/kernels") as response:
        for route in held:
            route.continue_()
    response.value.finished()
    page.wait_for_timeout(300)

    expect(page.locator("#layers section")).to_have_count(0)


def test_a_feature_map_is_shown_large_with_its_kernel(open_page):
    page = open_page()
    draw(page, "7")
    page.locator("#inside summary").click()

    page.get_by_role("button", name="Map 3 of Convolution 1-1").hover()

    lens = page.locator("#lens")
    expect(lens).to_contain_text("Map 3 of Convolution 1-1")
    expect(lens.locator(".weights-grid span")).to_have_count(9)
    page.get_by_role("button", name="Map 5 of Convolution 2-1").focus()
    expect(lens.locator(".kernels canvas")).to_have_count(48)
    expect(page.locator("#layers section")).to_have_count(6)


def test_a_doubtful_answer_is_said_in_words(open_page):
    page = open_page()
    page.route("**/api/predict*", answer_doubtfully)

    draw(page, "1")

    sentence = page.locator("#sentence")
    expect(sentence).to_have_text("Doubtful: most likely 7 (60.0%), perhaps 1.")
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


def test_buttons_that_are_pressed_by_key_keep_the_focus_on_the_tab(open_page):
    page = open_page()
    page.locator("#example").focus()

    page.keyboard.press("Enter")
    expect(page.locator("#digit")).not_to_have_text("")

    expect(page.locator("#example")).to_be_focused()
    page.locator("#clear").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#canvas")).to_be_focused()


def test_a_server_that_is_gone_is_said_in_words(open_page):
    page = open_page()
    page.route("**/api/**", lambda route: route.abort())

    page.locator("#example").click()

    notice = page.locator("#notice")
    expect(notice).to_contain_text("The server does not answer.")
    page.unroute("**/api/**")
    page.locator("#example").click()
    expect(notice).to_be_hidden()


def test_an_answer_is_not_shown_beside_another_drawing(open_page):
    page = open_page()
    draw(page, "7")
    expect(page.locator("#digit")).to_have_text("7")
    page.route("**/api/predict*", lambda route: route.abort())

    draw(page, "1")

    expect(page.locator("#notice")).to_be_visible()
    expect(page.locator("#digit")).to_have_text("")
    expect(page.locator("#cut-out")).to_be_hidden()
