"""A Chromium without a window that tests drive by its DevTools protocol, over pipes: no port, and no package."""

import base64
import json
import os
import selectors
import subprocess
import tempfile
import time
from functools import cache

from harness import ROOT, native_environment, run_command

SECONDS = 60


@cache
def program():
    """Chromium's program; fetched the first time."""
    done = run_command([ROOT / "build-support" / "chromium"], ROOT, native_environment(), timeout=600)
    return done.stdout.strip()


class Page:
    """A page in a Chromium of its own."""

    def __init__(self, path, width=1200, height=900, dark=False):
        self._folder = tempfile.TemporaryDirectory(prefix="chromium-")
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        command = [program(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        command += [f"--user-data-dir={self._folder.name}", "--remote-debugging-pipe", "--hide-scrollbars"]
        self._process = subprocess.Popen(
            # Chromium reads commands from 3 and writes answers to 4.
            ["bash", "-c", f'exec "$@" 3<&{to_read} 4>&{to_write}', "bash", *command],
            pass_fds=(to_read, to_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self._session, self._rest, self._number = None, b"", 0
        self.complaints = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self.call(f"{domain}.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.loaded = []
        self.call("Page.navigate", url=path.as_uri())
        self.wait_for("document.readyState === 'complete'")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        os.close(self._write)
        os.close(self._read)
        self._folder.cleanup()

    def call(self, method, **parameters):
        """Calls a method of the protocol; gives its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            self._note(answer)

    def _next(self):
        stop = time.monotonic() + SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self._read, selectors.EVENT_READ)
            while b"\0" not in self._rest:
                assert selector.select(stop - time.monotonic()), "Chromium does not answer"
                piece = os.read(self._read, 1 << 16)
                assert piece, "Chromium ended"
                self._rest += piece
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)

    def _note(self, event):
        method = event.get("method", "")
        if method in ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"):
            self.complaints.append(event["params"])
        if method == "Network.requestWillBeSent":
            self.loaded.append(event["params"]["request"]["url"])

    def evaluate(self, expression):
        """The value of an expression in the page, which is waited for if it is a promise."""
        done = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def wait_for(self, expression):
        """Waits until an expression holds."""
        stop = time.monotonic() + SECONDS
        while not self.evaluate(expression):
            assert time.monotonic() < stop, f"never: {expression}"
            time.sleep(0.02)

    def press(self, key, code=0, text=""):
        """Presses a key, as a person does."""
        more = {"text": text} if text else {}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more)

    def accessible(self):
        """What a screen reader finds: the role, the name and the properties of each object."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [
            (
                node["role"]["value"],
                node.get("name", {}).get("value", ""),
                {p["name"]: p["value"].get("value") for p in node.get("properties", [])},
            )
            for node in nodes
            if not node["ignored"]
        ]

    def screenshot(self, path):
        """Takes a picture of the whole page."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))
