"""The whole page in a browser: languages, themes, sizes, keys, accessibility."""

import pytest
from playwright.sync_api import expect
from support.drawing import draw
from support.page_writer import PageWriter
from support.png_files import as_png

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
TABS = ("draw", "read", "train")


def test_a_korean_browser_gets_the_page_in_korean(open_page):
    page = open_page(locale="ko-KR")

    assert page.locator("html").get_attribute("lang") == "ko"
    expect(page.locator("#tab-draw")).to_have_text("그리기")
    expect(page.locator("#sentence")).to_contain_text("신경망")


def test_the_switch_of_the_language_is_remembered(open_page):
    page = open_page()
    page.locator("#language").click()
    expect(page.locator("#tab-read")).to_have_text("읽기")

    page.reload()

    expect(page.locator("#tab-read")).to_have_text("읽기")
    page.locator("#language").click()
    expect(page.locator("#tab-read")).to_have_text("Read")


def test_both_languages_have_the_same_texts(open_page):
    page = open_page()

    english, korean = page.evaluate(
        """async () => Promise.all(["en", "ko"].map(async (language) => {
            const texts = (await import(`/static/texts/${language}.js`)).default;
            const placeholders = (text) => (text.match(/[{]\\w+[}]/g) ?? []).sort();
            return Object.entries(texts).map(([key, text]) =>
                [key, placeholders(text).join()]).sort();
        }))"""
    )

    assert english == korean


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("locale", ["en", "ko"])
def test_nothing_is_cut_off_on_a_phone(open_page, tab, locale):
    page = open_page(tab, locale=locale, **PHONE)
    if tab == "draw":
        page.locator("#inside summary").click()

    assert page.evaluate("document.documentElement.scrollWidth") == 390
    beyond = page.evaluate(
        """[...document.querySelectorAll("main *, header *")]
            .filter((item) => item.checkVisibility()
                && getComputedStyle(item).clipPath === "none"
                && item.getBoundingClientRect().right > 391)
            .map((item) => item.outerHTML.slice(0, 80))"""
    )
    assert beyond == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_layout_does_not_jump(open_page, mnist_test, width):
    page = open_page(viewport={"width": width, "height": 844}, locale="ko-KR")
    page.evaluate(
        """() => {
            window.shift = 0;
            new PerformanceObserver((list) => {
                for (const {value} of list.getEntries()) window.shift += value;
            }).observe({type: "layout-shift", buffered: true});
        }"""
    )

    draw(page, "7")
    expect(page.locator("#digit")).to_have_text("7")
    page.locator("#clear").click()
    expect(page.locator("#digit")).to_have_text("")
    page.locator("#example").click()
    expect(page.locator("#digit")).not_to_have_text("")
    page.locator("#tab-read").click()
    picture = as_png(PageWriter(mnist_test)(["125", "3460"]))
    file = {"name": "page.png", "mimeType": "image/png", "buffer": picture}
    page.locator("#file").set_input_files(file)
    expect(page.locator(".box")).to_have_count(7)
    page.locator("#tab-train").click()

    # Up to 0.1 is good: https://web.dev/articles/cls
    assert page.evaluate("window.shift") < 0.05


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tab", TABS)
def test_texts_have_enough_contrast(open_page, tab, scheme):
    page = open_page(tab, color_scheme=scheme)

    ratios = page.evaluate(CONTRASTS)

    assert len(ratios) > 10
    assert {text: ratio for text, ratio in ratios if ratio < 4.5} == {}


CONTRASTS = """() => {
    const context = new OffscreenCanvas(1, 1).getContext("2d");
    const parse = (colour) => {
        context.clearRect(0, 0, 1, 1);
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        return [...context.getImageData(0, 0, 1, 1).data];
    };
    const luminance = (colour) => colour.slice(0, 3)
        .map((value) => value / 255)
        .map((value) => value <= 0.04045
            ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
        .map((value, place) => value * [0.2126, 0.7152, 0.0722][place])
        .reduce((sum, value) => sum + value);
    const background = (item) => {
        for (let at = item; at; at = at.parentElement) {
            const colour = parse(getComputedStyle(at).backgroundColor);
            if (colour[3] === 255) return colour;
        }
        return [255, 255, 255, 255];
    };
    const hasText = (item) => [...item.childNodes]
        .some((node) => node.nodeType === 3 && node.data.trim());
    return [...document.querySelectorAll("header *, main *")]
        .filter((item) => item.checkVisibility() && hasText(item)
            && !item.matches(":disabled, .disabled, option"))
        .map((item) => {
            const [a, b] = [parse(getComputedStyle(item).color), background(item)]
                .map(luminance).sort((x, y) => y - x);
            return [item.textContent.trim().slice(0, 40), (a + 0.05) / (b + 0.05)];
        });
}"""


def test_the_theme_follows_the_system_and_the_switch(open_page):
    page = open_page(color_scheme="dark")
    theme = page.locator("html")
    assert theme.get_attribute("data-theme") == "dark"

    page.locator("#theme").click()
    page.reload()

    expect(theme).to_have_attribute("data-theme", "light")


def test_tabs_are_moved_through_with_arrow_keys(open_page):
    page = open_page()
    page.locator("#tab-draw").focus()

    page.keyboard.press("ArrowRight")
    expect(page.locator("#read")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")

    expect(page.locator("#draw")).to_be_visible()
    expect(page.locator("#tab-draw")).to_be_focused()
    assert page.locator("#tab-draw").get_attribute("aria-selected") == "true"


@pytest.mark.parametrize("tab", TABS)
def test_every_control_has_a_name_and_can_be_reached_by_key(open_page, tab):
    page = open_page(tab)
    wanted = page.evaluate(
        f"""[...document.querySelectorAll(
            "header button, header select, " +
            "#{tab} button, #{tab} input, #{tab} canvas[tabindex]"
        )].filter((item) => item.checkVisibility() && !item.disabled
            && !item.matches(".hidden, [tabindex='-1'], [type=radio]:not(:checked)"))
            .map((item) => item.id || item.name)"""
    )
    names = page.evaluate(
        """(ids) => ids.map((id) => {
            const item = document.getElementById(id)
                ?? document.getElementsByName(id)[0];
            const label = item.labels?.[0]?.textContent ?? "";
            return (item.getAttribute("aria-label") ?? "") + item.textContent + label;
        })""",
        wanted,
    )
    reached = set()
    page.keyboard.press("Tab")
    for _ in range(60):
        active = "document.activeElement.id || document.activeElement.name"
        reached.add(page.evaluate(active))
        page.keyboard.press("Tab")

    assert all(name.strip() for name in names)
    assert set(wanted) <= reached
