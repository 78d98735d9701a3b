"""Drives a headless Chromium: opens a page, does what a person would do there, and tells what is seen.

One JSON document in: {"program", "url", "width", "height", "steps": [...]}; one out: the results of the steps, and
"complaints", what the page wrote to its console or threw. A step is one of

    {"do": "tell", "script": EXPRESSION}            the value of a JavaScript expression
    {"do": "click", "on": SELECTOR}                 a click of the mouse in the middle of an element that is seen
    {"do": "type", "into": SELECTOR, "text": TEXT}  a click, then the text, in place of what is there
    {"do": "shoot", "file": PATH, "whole": BOOLEAN} a screenshot as PNG, of the page from its top, or of what is in the window
    {"do": "like", "scheme": "dark" | "light", "media": "print" | "screen"}
    {"do": "open", "url": URL, "script": true | false}   another page, with JavaScript or without

It speaks the DevTools protocol over a pipe, so it needs nothing but Python and the browser, and opens no port.
"""

import base64
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading

# No part of a browser that asks the network by itself.
QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--force-color-profile=srgb", "--remote-debugging-pipe",
]
# A visit that takes longer is taken for stuck.
SECONDS = 60
# Of a longer page the rest is not in the screenshot.
TALLEST = 3000


class Browser:
    def __init__(self, program: str) -> None:
        self.home = tempfile.mkdtemp(prefix="landbridge-browser-")
        ours, theirs = self.pipes()
        # The browser reads from 3 and writes to 4. Both ends have higher numbers, so that none is overwritten.
        def place() -> None:
            os.dup2(theirs[0], 3)
            os.dup2(theirs[1], 4)

        self.process = subprocess.Popen(
            [program, *QUIET, f"--user-data-dir={self.home}", "about:blank"], preexec_fn=place, close_fds=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for end in theirs:
            os.close(end)
        self.write, self.read = os.fdopen(ours[0], "wb"), os.fdopen(ours[1], "rb")
        self.number, self.session, self.events = 0, None, []

    @staticmethod
    def pipes() -> tuple[tuple[int, int], tuple[int, int]]:
        def high(end: int) -> int:
            copy = fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20)
            os.close(end)
            return copy

        to_read, to_write = map(high, os.pipe())
        from_read, from_write = map(high, os.pipe())
        return (to_write, from_read), (to_read, from_write)

    def hear(self) -> dict:
        message = bytearray()
        while (byte := self.read.read(1)) not in (b"", b"\0"):
            message += byte
        if not byte:
            sys.exit("the browser ended")
        return json.loads(message)

    def call(self, method: str, **parameters) -> dict:
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        self.write.write(json.dumps(request).encode() + b"\0")
        self.write.flush()
        while (message := self.hear()).get("id") != self.number:
            self.events.append(message)
        if "error" in message:
            sys.exit(f"{method}: {message['error']}")
        return message["result"]

    def wait_for(self, event: str) -> None:
        while not any(message.get("method") == event for message in self.events):
            self.events.append(self.hear())

    def begin(self, width: int, height: int) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def open(self, url: str, script: bool = True) -> None:
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.events = [event for event in self.events if event.get("method") != "Page.loadEventFired"]
        outcome = self.call("Page.navigate", url=url)
        if "errorText" in outcome:
            sys.exit(f"{url}: {outcome['errorText']}")
        self.wait_for("Page.loadEventFired")

    def tell(self, script: str):
        outcome = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in outcome:
            sys.exit(f"{script}: {outcome['exceptionDetails']}")
        return outcome["result"].get("value")

    def click(self, on: str) -> None:
        script = f"""(() => {{
            const element = document.querySelector({json.dumps(on)});
            if (!element) return null;
            element.scrollIntoView({{ block: "center", inline: "center" }});
            const box = element.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2, box.width * box.height];
        }})()"""
        place = self.tell(script)
        if not place or not place[2]:
            sys.exit(f"nothing is seen of {on}")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def type(self, into: str, text: str) -> None:
        self.click(into)
        self.tell(f"document.querySelector({json.dumps(into)}).select()")
        if text:
            self.call("Input.insertText", text=text)
        else:
            for kind in ("keyDown", "keyUp"):
                self.call("Input.dispatchKeyEvent", type=kind, key="Delete", code="Delete", windowsVirtualKeyCode=46)

    def shoot(self, file: str, whole: bool) -> None:
        parameters = {}
        if whole:
            width, height = self.tell("[document.documentElement.clientWidth, document.documentElement.scrollHeight]")
            clip = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST), "scale": 1}
            parameters = {"captureBeyondViewport": True, "clip": clip}
        shot = self.call("Page.captureScreenshot", format="png", **parameters)
        with open(file, "wb") as picture:
            picture.write(base64.b64decode(shot["data"]))

    def like(self, scheme: str, media: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def step(self, step: dict):
        match step["do"]:
            case "tell":
                return self.tell(step["script"])
            case "click":
                return self.click(step["on"])
            case "type":
                return self.type(step["into"], step["text"])
            case "shoot":
                return self.shoot(step["file"], step.get("whole", True))
            case "like":
                return self.like(step.get("scheme", "light"), step.get("media", "screen"))
            case "open":
                return self.open(step["url"], step.get("script", True))
            case other:
                sys.exit(f"unknown step {other}")

    def complaints(self) -> list:
        self.tell("0")
        told = {"Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"}
        return [event["params"] for event in self.events if event.get("method") in told]

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


def main() -> None:
    job = json.load(sys.stdin)
    browser = Browser(job["program"])
    # Whatever hangs ends with the browser: the pipe closes then.
    watch = threading.Timer(SECONDS, browser.process.kill)
    watch.daemon = True
    watch.start()
    try:
        browser.begin(job["width"], job["height"])
        browser.open(job["url"])
        results = [browser.step(step) for step in job["steps"]]
        print(json.dumps({"results": results, "complaints": browser.complaints()}))
    finally:
        watch.cancel()
        browser.end()


if __name__ == "__main__":
    main()
