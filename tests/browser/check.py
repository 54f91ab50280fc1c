"""Looks at a running hub's pages in a real browser: screenshots, and what only a browser can tell.

In: the board's address, a folder. Out: pictures of board and case page, light and dark, at 1280 and
390 px; findings on the terminal; exit code 1 when there is one. Refuses to know: how the hub was
started. Run as `python -m tests.browser.check http://127.0.0.1:PORT OUT [--axe axe.min.js]`; skips
visibly when no Chromium is installed. axe-core is not part of the repository: give its file.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

from tests.browser.chromium import Tab, find_chromium, open_tab

WIDTHS_PX = (1280, 390)
HEIGHT_PX = 900
PICTURE_PX_MAX = 6000
"""Longest picture; a case page can be longer and looks the same below."""
SETTLE_S = 0.6
"""For the module to start and the stream to open."""
QUIET_LOGS = ("ERR_INCOMPLETE_CHUNKED_ENCODING",)
"""What a browser says when a stream is left."""
AXE_RUN = """axe.run(document,
    {runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})
  .then(r => r.violations.map(v => v.id + " (" + v.impact + "): "
    + v.nodes.slice(0, 3).map(n => n.target.join(" ")).join(" | ")))"""


def show(tab: Tab, url: str, *, width: int, scheme: str, script: bool = True) -> None:
    """Open a page as a screen of that width and colour scheme would."""
    tab.call("Emulation.setScriptExecutionDisabled", value=not script)
    tab.call(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=HEIGHT_PX,
        deviceScaleFactor=1,
        mobile=width < 500,
    )
    tab.call(
        "Emulation.setEmulatedMedia",
        features=[{"name": "prefers-color-scheme", "value": scheme}],
    )
    tab.events.clear()
    tab.call("Page.navigate", url=url)
    tab.wait_for("Page.loadEventFired")
    time.sleep(SETTLE_S)


def picture(tab: Tab, path: Path, width: int) -> None:
    """Write the whole page as a picture."""
    height = min(int(tab.evaluate("document.documentElement.scrollHeight")), PICTURE_PX_MAX)
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    shot = tab.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
    path.write_bytes(base64.b64decode(shot["data"]))


def complaints(tab: Tab) -> Iterator[str]:
    """Yield what the browser itself complains about: refused styles and scripts, exceptions."""
    tab.evaluate("1")
    for event in tab.events:
        if event.get("method") == "Log.entryAdded":
            entry = event["params"]["entry"]
            if entry["level"] == "error" and not any(x in entry["text"] for x in QUIET_LOGS):
                yield f"the browser says: {entry['text']}"
        if event.get("method") == "Runtime.exceptionThrown":
            yield "the page's script threw"


def layout(tab: Tab) -> Iterator[str]:
    """Yield what is wrong with the layout: sideways scroll, targets too small to touch."""
    if tab.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        yield "the page scrolls sideways"
    small = tab.evaluate(
        """[...document.querySelectorAll("main a, button, summary")]
        .filter(x => x.offsetParent && getComputedStyle(x).display != "inline")
        .filter(x => x.getBoundingClientRect().height < 24).length"""
    )
    if small:  # WCAG 2.2 2.5.8: 24 by 24 CSS pixels, links in a sentence excepted
        yield f"{small} targets are less than 24 px high"


def keys(tab: Tab) -> Iterator[str]:
    """Yield what the keyboard does not do: j and k move, / searches, ? opens help, Esc closes."""

    def press(key: str) -> None:
        tab.call(
            "Input.dispatchKeyEvent", type="keyDown", key=key, text=key if len(key) < 2 else ""
        )
        tab.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    if tab.evaluate("document.querySelectorAll('main .stop').length"):
        press("j")
        if not tab.evaluate("document.activeElement.classList.contains('stop')"):
            yield "j does not move to the first stop"
    press("?")
    if not tab.evaluate("document.getElementById('help').open"):
        yield "? does not open the help"
    tab.evaluate("document.getElementById('help').close()")
    press("/")
    if tab.evaluate("document.activeElement.id") != "asked":
        yield "/ does not go to the search"


def look_at(tab: Tab, name: str, url: str, out: Path, axe: str) -> Iterator[str]:
    """Take the four pictures of a page and yield its findings."""
    for scheme in ("light", "dark"):
        for width in WIDTHS_PX:
            show(tab, url, width=width, scheme=scheme)
            picture(tab, out / f"{name}-{scheme}-{width}.png", width)
            where = f"{name}, {scheme}, {width} px"
            yield from (f"{where}: {x}" for x in (*complaints(tab), *layout(tab)))
            if axe:
                tab.evaluate(axe + ";1")
                yield from (f"{where}: axe {x}" for x in tab.evaluate(AXE_RUN))
    if tab.evaluate("document.getElementById('live').dataset.state") != "live":
        yield f"{name}: the page is not live"
    yield from (f"{name}: {x}" for x in keys(tab))
    show(tab, url, width=WIDTHS_PX[0], scheme="light", script=False)
    picture(tab, out / f"{name}-no-script.png", WIDTHS_PX[0])


def check(base: str, out: Path, axe: str, chromium: str) -> list[str]:
    """Return the findings of all pages of a running hub."""
    out.mkdir(parents=True, exist_ok=True)
    found: list[str] = []
    with open_tab(chromium) as tab:
        for domain in ("Page", "Runtime", "Log"):
            tab.call(f"{domain}.enable")
        show(tab, base, width=WIDTHS_PX[0], scheme="light")
        case = tab.evaluate("document.querySelector('main a[href^=\"/cases/\"]')?.pathname ?? ''")
        pages = {"board": "/", "exceptions": "/exceptions", "messages": "/messages"}
        pages |= {"health": "/health", "partners": "/partners", "carts": "/carts"}
        pages |= {"stock": "/stock", "urgent": "/urgent"}
        pages |= {"missing": "/no-such-page"}
        pages |= {"case": case} if case else {}
        show(tab, urljoin(base, "/messages"), width=WIDTHS_PX[0], scheme="light")
        first = "document.querySelector('main td a[href^=\"/messages/\"]')?.pathname ?? ''"
        message = tab.evaluate(first)
        pages |= {"message": message} if message else {}
        for name, path in pages.items():
            findings = look_at(tab, name, urljoin(base, path), out, axe)
            found += [x for x in findings if name != "missing" or "status of 404" not in x]
        if not case:
            found.append("no case is on the board: the case page was not looked at")
    return found


def main() -> int:
    """Look, tell, and return the exit code."""
    parser = argparse.ArgumentParser(description="look at a running hub's pages in Chromium")
    parser.add_argument("base", help="the board's address, e.g. http://127.0.0.1:8080/")
    parser.add_argument("out", type=Path, help="folder for the pictures")
    parser.add_argument("--axe", type=Path, help="axe.min.js, to check WCAG 2.2 A and AA as well")
    given = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print("skipped: no Chromium here; install one or set CHROMIUM")
        return 0
    axe = given.axe.read_text("utf-8") if given.axe else ""
    found = check(given.base, given.out, axe, chromium)
    print(json.dumps(found, indent=1, ensure_ascii=False) if found else "no findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
