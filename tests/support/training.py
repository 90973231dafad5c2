"""The form of the tab "Train" in a browser."""


def fill_in(page, network, **settings):
    page.locator(f"[name=network][value={network}]").check()
    for name, value in settings.items():
        page.locator(f"[name={name}]").fill(str(value))
