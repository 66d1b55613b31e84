"""Somebody at a browser: follows links, fills in what is asked, and looks at each page for what we promise of it."""

import re
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

AXE = (Path(__file__).resolve().parents[1] / "vendor" / "axe.min.js").read_text()
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
PATIENCE = 30_000  # milliseconds: two busy cores are slow, and slowness is not what journeys are about

# Every page is given axe as a function that is called by whoever looks. Handing over half a megabyte at each look costs
# nearly as much as opening the page.
BRING_AXE = f"self.beginAxe = () => {{{AXE}\n}}"

# Nothing is fetched before it judges: that would be sound and film, and there is none.
RUN_AXE = """async () => (await axe.run(document, {
    rules: {"target-size": {enabled: true}}, resultTypes: ["violations"], preload: false,
})).violations.map(found => [found.id, found.nodes.map(node => [node.html.slice(0, 300), node.failureSummary])])"""

# What has to hold on every page, told as a list of what does not. Chromium moves the focus to what has autofocus when
# it draws the page, which on a busy machine can be after it has loaded.
JUDGE = """async () => {
    const wrong = [];
    if (document.querySelector("[autofocus]")) for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
    const shown = element => { const box = element.getBoundingClientRect();
        return element.checkVisibility({opacityProperty: true, visibilityProperty: true}) && box.width > 0
            && box.height > 0 && box.right > 0 && box.left < innerWidth; };
    const main = document.querySelector("main");
    const headings = document.querySelectorAll("h1");
    if (headings.length !== 1) wrong.push(headings.length + " h1");
    else if (!shown(headings[0]) || !main.contains(headings[0])) wrong.push("the h1 is not seen in main");
    if (!document.title.endsWith(" – Waypoint")) wrong.push("title: " + document.title);
    const summary = document.querySelector(".error-summary");
    const errors = [...document.querySelectorAll(".field-error, [aria-invalid=true]")];
    const saysError = document.title.startsWith("Error: ");
    if (saysError !== Boolean(summary)) wrong.push("summary and title do not agree");
    if (errors.length && !summary) wrong.push("errors without a summary");
    for (const error of errors) if (!shown(error)) wrong.push("not seen: " + error.outerHTML.slice(0, 200));
    if (summary) {
        const first = [...main.children].find(child => !child.matches(".back-link"));
        if (first !== summary) wrong.push("first in main is " + first.outerHTML.slice(0, 200));
        const active = document.activeElement;
        if (active !== summary) wrong.push("focus is on " + active.outerHTML.slice(0, 200));
        for (const link of summary.querySelectorAll("a")) {
            const field = document.querySelector(link.hash);
            if (!field) { wrong.push("leads nowhere: " + link.hash); continue; }
            link.click();
            if (document.activeElement !== field) wrong.push("does not focus its field: " + link.hash);
            if (!shown(field)) wrong.push("a field that is not seen: " + link.hash);
        }
        summary.focus();
    }
    if (main.querySelectorAll(".btn-primary").length > 1 && !main.querySelector(".sign-in"))
        wrong.push("more than one primary action");
    return wrong; }"""

SIDEWAYS = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map(e => e.outerHTML.slice(0, 160))"""


class Person:
    """One browser of its own: cookies, pages, and everything the browser complained about."""

    def __init__(
        self, browser: Any, address: str, *, is_thorough: bool = False, may_be_refused: bool = False, **options: Any
    ) -> None:
        # Without motion: a colour half-way between light and dark is nobody's colour.
        calm = {"viewport": WIDE, "locale": "en-GB", "reduced_motion": "reduce"}
        self.context = browser.new_context(base_url=address, **calm, **options)
        self.context.set_default_timeout(PATIENCE)
        self.context.add_init_script(BRING_AXE)
        self.page = self.context.new_page()
        self.is_thorough, self.may_be_refused = is_thorough, may_be_refused
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.where}: {error}"))
        self.page.on("response", self._read)

    def leave(self) -> None:
        """Close the browser."""
        self.context.close()

    # Going somewhere

    @property
    def where(self) -> str:
        """The path of the page, without its host."""
        parts = urlsplit(self.page.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def open(self, path: str) -> Self:
        """Type an address."""
        self.page.goto(path)
        return self

    def follow(self, name: str, *, inside: Any = None, exact: bool = True) -> Self:
        """Click a link and wait for its page."""
        with self.page.expect_navigation():
            (inside or self.page).get_by_role("link", name=name, exact=exact).first.click()
        return self

    def press(self, name: str, *, inside: Any = None) -> Self:
        """Press a button and wait for what comes."""
        with self.page.expect_navigation():
            (inside or self.page).get_by_role("button", name=name, exact=True).click()
        return self

    def send(self) -> Self:
        """Press the one button of the main part."""
        with self.page.expect_navigation():
            self.main.locator("form button[type=submit]").click()
        return self

    def navigate(self, name: str) -> Self:
        """Use the navigation."""
        return self.follow(name, inside=self.page.get_by_role("navigation", name="Pages", exact=True))

    def sign_in_as(self, role: str) -> Self:
        """One click on the demonstration's sign-in page."""
        buttons = {"hr": "HR", "colleague": "Somebody else in HR", "manager": "A manager", "learner": "A learner"}
        self.open("/accounts/login/").press(buttons[role])
        return self

    # Filling in

    def fill(self, label: str, text: str) -> Self:
        """Write into the box whose label begins like this."""
        self.box(label).fill(text)
        return self

    def box(self, label: str) -> Any:
        """The box whose label begins like this; a label may go on with “(optional)”."""
        return self.main.get_by_label(re.compile(rf"^\s*{re.escape(label)}"))

    def choose(self, label: str) -> Self:
        """Choose the radio button whose label begins like this."""
        radio = self.page.get_by_role("radio", name=re.compile(f"^{re.escape(label)}"))
        self.page.locator(f"label[for={radio.get_attribute('id')}]").click()
        assert radio.is_checked()
        return self

    def answer(self, *labels: str) -> Self:
        """Answer question after question."""
        for label in labels:
            self.choose(label).press("Continue")
        return self

    # Reading

    @property
    def heading(self) -> str:
        """The page's one h1."""
        return " ".join(self.page.locator("h1").inner_text().split())

    @property
    def main(self) -> Any:
        """The main part of the page."""
        return self.page.locator("main")

    def reads(self, *texts: str) -> Self:
        """These words are on the page, where they can be seen."""
        for text in texts:
            self.main.get_by_text(text).filter(visible=True).first.wait_for()
        return self

    def reads_nothing_of(self, text: str) -> Self:
        """These words are not in the main part."""
        assert text not in self.main.inner_text(), f"{self.where} says {text}"
        return self

    def row(self, *texts: str) -> Any:
        """The row of a table that has all these words."""
        rows = self.main.get_by_role("row")
        for text in texts:
            rows = rows.filter(has_text=text)
        return rows.first

    def look(self, heading: str = "") -> Self:
        """Look at the page as everybody may have to: light and wide, then dark and narrow; nothing may be amiss.

        ``heading`` is what its h1 has to say.
        """
        if heading:
            assert heading in self.heading, f"{self.where} is headed {self.heading}"
        wrong = [*self.page.evaluate(JUDGE)]
        self.page.evaluate("() => beginAxe()")
        both = [("light", NARROW), ("dark", WIDE)] if self.is_thorough else []
        for scheme, size in [("light", WIDE), *both, ("dark", NARROW)]:
            if self.page.viewport_size != size:
                self.page.set_viewport_size(size)
            self.page.emulate_media(color_scheme=scheme)
            wrong += [("scrolls sideways", size["width"], element) for element in self.page.evaluate(SIDEWAYS)]
            wrong += [(scheme, size["width"], *found) for found in self.page.evaluate(RUN_AXE)]
        self.page.set_viewport_size(WIDE)
        self.page.emulate_media(color_scheme="light")
        assert wrong == [], f"{self.where}: {wrong}"
        return self

    def _hear(self, message: Any) -> None:
        if self.may_be_refused and re.search(r"status of 40[34]", message.text):
            return  # Chromium tells its console of every page that is not there
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.where}: {message.text}")

    def _read(self, response: Any) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.url}: {response.status}")
