#!/usr/bin/env python3
"""Opens report.html in a real browser (headless Chromium over its debugging pipe) and drives it.

    report_page.py REPORT.html [--shots DIR] [--most-ms N]

Checks: nothing is loaded but the page itself, no error or policy violation on the console, the
filters show what they should, the list grows, hostile text stays text, nothing overflows a phone's
width, dark and light differ. Prints load and filter times; --most-ms fails when a filter takes
longer. Exit 1 if a check fails, 77 without a browser.
"""
import fcntl, json, os, re, shutil, subprocess, sys, tempfile, time


class Browser:
    def __init__(self, program):
        self.dir = tempfile.mkdtemp()
        to_r, self.to = os.pipe()
        self.back, back_w = os.pipe()

        def fds():
            high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (to_r, back_w)]
            for fd, place in zip(high, (3, 4)): os.dup2(fd, place)

        keep = {to_r, back_w}
        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--remote-debugging-pipe", "--user-data-dir=" + self.dir, "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, close_fds=False,
            preexec_fn=fds)
        for fd in keep: os.close(fd)
        self.buffer, self.next, self.events = b"", 1, []

    def read(self):
        while b"\0" not in self.buffer:
            piece = os.read(self.back, 1 << 20)
            if not piece: raise SystemExit("the browser ended")
            self.buffer += piece
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, session=None, **params):
        message = dict(id=self.next, method=method, params=params)
        if session: message["sessionId"] = session
        self.next += 1
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            reply = self.read()
            if reply.get("id") == message["id"]:
                if "error" in reply: raise SystemExit("%s: %s" % (method, reply["error"]))
                return reply["result"]
            self.events.append(reply)

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


class Page:
    def __init__(self, browser, path):
        self.b = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.s = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"): self.call(domain + ".enable")
        began = time.time()
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        while self.js("document.readyState") != "complete" or not self.js("!!document.getElementById('count')"):
            time.sleep(0.02)
        while not self.js("document.getElementById('count').textContent"): time.sleep(0.02)
        self.load = time.time() - began

    def call(self, method, **params):
        return self.b.call(method, self.s, **params)

    def js(self, code):
        r = self.call("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in r: raise SystemExit("script: %s" % r["exceptionDetails"])
        return r["result"].get("value")

    def size(self, width, height, dark=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600)
        self.call("Emulation.setEmulatedMedia",
                  features=[dict(name="prefers-color-scheme", value="dark" if dark else "light")])

    def shot(self, path):
        import base64
        data = self.call("Page.captureScreenshot", format="png")["data"]
        open(path, "wb").write(base64.b64decode(data))

    def filter(self, **wanted):
        """Sets controls as a user does; returns (rows found, cards shown, milliseconds)."""
        ms = self.js("""(async () => {
            const wanted = %s;
            for (const id of ["text", "state", "class", "function"]) {
                const e = document.getElementById("f-" + id), v = wanted[id] || (id === "state" ? "all" : "");
                e.value = v;
                e.dispatchEvent(new Event(id === "text" ? "input" : "change"));
            }
            await new Promise(r => setTimeout(r, 90));
            return +document.getElementById("list").dataset.ms;
        })()""" % json.dumps(wanted))
        found = int(re.match(r"\d+", self.js("document.getElementById('count').textContent")).group())
        return found, self.js("document.querySelectorAll('.row').length"), ms


def main():
    path = sys.argv[1]
    option = lambda name: sys.argv[sys.argv.index(name) + 1] if name in sys.argv else None
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        print("SKIP: no browser")
        return 77
    text = open(path, encoding="utf-8").read()
    data = json.loads(re.search(r'id="rows">(.*?)</script>', text, re.S).group(1))
    rows, names = data["rows"], data["names"]
    wrong, times = [], []

    def must(condition, what):
        if not condition: wrong.append(what)

    browser = Browser(program)
    try:
        page = Page(browser, path)
        page.size(1200, 900)

        def check(expected, **wanted):
            found, cards, ms = page.filter(**wanted)
            times.append(ms)
            must(found == expected, "filter %s finds %d rows, expected %d" % (wanted, found, expected))
            must(cards == min(found, 40), "filter %s shows %d cards" % (wanted, cards))

        check(len(rows))
        check(sum(not r[3] for r in rows), state="failed")
        check(sum(bool(r[3]) for r in rows), state="right")
        check(sum(r[4] == 1 and not r[3] for r in rows), state="broken")
        check(sum(r[4] == 0 and bool(r[3]) for r in rows), state="fixed")
        for f in sorted({r[1] for r in rows})[:3]:
            check(sum(r[1] == f for r in rows), **{"function": str(f)})
        for c in sorted({r[2] for r in rows if not r[3]})[:4]:
            check(sum(not r[3] and r[2] == c for r in rows), **{"class": str(c)})
        word = rows[-1][0].lower()
        check(sum(any(word in str(r[k]).lower() for k in (0, 5, 6, 7)) for r in rows), text=word.upper())
        check(0, text="no row says this, surely")
        if len(rows) > 40:
            page.filter()
            page.js("document.getElementById('more').click()")
            must(page.js("document.querySelectorAll('.row').length") == min(80, len(rows)), "more rows come")
        must(page.js("document.querySelectorAll('script').length") == 2, "text of a row became a script")
        must(page.js("document.querySelectorAll('#list img, #list b i, #list a').length") == 0,
             "text of a row became markup")
        if any(not r[3] and r[7] for r in rows):
            page.filter(state="failed")
            must(page.js("document.querySelectorAll('#list mark').length") > 0, "differences are marked")
        shots, colors = option("--shots"), []
        if shots: os.makedirs(shots, exist_ok=True)
        for name, width, height, dark in (("wide-light", 1200, 900, False), ("wide-dark", 1200, 900, True),
                                          ("phone-light", 390, 844, False), ("phone-dark", 390, 844, True)):
            page.size(width, height, dark)
            colors.append(page.js("getComputedStyle(document.body).backgroundColor"))
            wide = page.js("document.documentElement.scrollWidth")
            must(wide <= width, "%s: the page is %d wide" % (name, wide))
            if shots:
                page.js("scrollTo(0, 0)")
                page.shot(os.path.join(shots, name + ".png"))
                page.js("document.querySelector('.filters').scrollIntoView()")
                page.shot(os.path.join(shots, name + "-rows.png"))
        must(colors[0] != colors[1], "dark and light look alike")
        for e in browser.events:
            if e["method"] == "Network.requestWillBeSent":
                url = e["params"]["request"]["url"]
                must(url.startswith("file://"), "the page asks for " + url)
            if e["method"] in ("Runtime.exceptionThrown", "Log.entryAdded"):
                must(False, "console: %s" % json.dumps(e["params"])[:300])
        must("Content-Security-Policy" in text and "unsafe" not in text.split("</head>")[0], "a strict policy")
        slowest = max(times)
        print("load %.2f s, slowest of %d filters %.0f ms, %d rows" % (page.load, len(times), slowest, len(rows)))
        if option("--most-ms"): must(slowest <= float(option("--most-ms")), "a filter took %.0f ms" % slowest)
    finally:
        browser.close()
    for w in wrong: print("FAIL:", w)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
