"""The tab "Read" in a browser."""

import csv
import io

import numpy as np
import pytest
from playwright.sync_api import expect
from support.page_writer import PageWriter
from support.png_files import as_png, bomb


@pytest.fixture(scope="module")
def picture(mnist_test):
    return as_png(PageWriter(mnist_test)(["8", "125", "3460", "789"]))


def transfer_of(page, name, content):
    """Return the data that a page gets with a file that is dropped or pasted."""
    return page.evaluate_handle(
        """([name, bytes]) => {
            const transfer = new DataTransfer();
            transfer.items.add(
                new File([new Uint8Array(bytes)], name, {type: "image/png"}));
            return transfer;
        }""",
        [name, list(content)],
    )


def drop(page, name, content):
    """Drop a file on the page."""
    transfer = transfer_of(page, name, content)
    page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})


def test_a_dropped_page_is_read_corrected_and_saved_as_csv(open_page, picture):
    page = open_page("read")

    drop(page, "=page.png", picture)

    expect(page.locator(".box")).to_have_count(11)
    expect(page.locator("#lines")).to_have_text("8\n125\n3460\n789")
    expect(page.locator("#read-status")).to_contain_text("Digits: 11, lines: 4")
    page.locator(".box").nth(2).click()
    page.keyboard.type("9")
    expect(page.locator("#lines")).to_have_text("8\n195\n3460\n789")
    expect(page.locator(".box").nth(2)).to_have_class("box corrected marked")
    with page.expect_download() as waiting:
        page.locator("#csv").click()
    text = waiting.value.path().read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert waiting.value.suggested_filename.endswith("page.csv")
    assert "".join(row["digit"] for row in rows) == "81953460789"
    assert [row["corrected"] for row in rows].count("true") == 1
    assert rows[0]["file"] == "'=page.png"
    assert [row["line"] for row in rows] == list("01112222333")


def test_a_pasted_page_is_read(open_page, picture):
    page = open_page("read")

    transfer_of(page, "image.png", picture).evaluate(
        """(data) => document.dispatchEvent(
            new ClipboardEvent("paste", {clipboardData: data, bubbles: true}))"""
    )

    expect(page.locator("#lines")).to_have_text("8\n125\n3460\n789")


def test_what_is_no_picture_is_said_in_words(open_page):
    page = open_page("read")

    page.locator("#file").set_input_files(
        {"name": "notes.png", "mimeType": "image/png", "buffer": b"no picture"}
    )

    notice = page.locator("#notice")
    expect(notice).to_contain_text("This is not a picture")
    expect(notice).to_contain_text("Convert it to PNG or JPEG")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no picture", "PNG, JPEG, BMP, GIF, TIFF, WebP 형식의 사진이 아닙니다."),
        (bomb(300, 300), "사진이 불완전하거나"),
        (as_png(np.full((9, 9), 255, np.uint8)), "글씨로 볼 만한 것을"),
        (bomb(100_000, 100_000), "8,000만 픽셀을 넘습니다."),
        (b"", "파일이 비어 있습니다."),
    ],
    ids=["text", "damaged", "blank", "bomb", "empty"],
)
def test_reasons_are_in_korean_on_a_korean_page(open_page, content, reason):
    page = open_page("read", locale="ko-KR")

    page.locator("#file").set_input_files(
        {"name": "x.png", "mimeType": "image/png", "buffer": content}
    )

    notice = page.locator("#notice")
    expect(notice).to_contain_text(reason)
    expect(notice).not_to_contain_text("picture")


def test_keys_move_through_the_digits(open_page, picture):
    page = open_page("read")
    drop(page, "page.png", picture)
    expect(page.locator(".box")).to_have_count(11)

    page.locator("#digits input").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.type("7")
    page.keyboard.press("ArrowDown")

    expect(page.locator("#lines")).to_have_text("8\n725\n3460\n789")
    expect(page.locator(".box").nth(2)).to_have_class("box sure marked")


def test_the_example_can_be_read(open_page):
    page = open_page("read")

    page.locator("#example-page").click()

    expect(page.locator(".box").first).to_be_visible()
    expect(page.locator("#csv")).to_be_enabled()
