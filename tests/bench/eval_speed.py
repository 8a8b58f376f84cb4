#!/usr/bin/env python3
"""Scoring many saved predictions with all reports: time, memory, equal bytes, and the page in a browser.

    eval_speed.py HONE WORK [--rows 10000] [--runs 5]

Rows are those of examples/phone/test.jsonl over and over, each with an id of its own; every seventh answer is damaged
(wrong function, value, cut, no call), another part of them in the baseline. Prints wall and processor seconds and peak
memory of each run with the machine's load, whether two runs gave the same bytes, and what report_page.py measures in
headless Chromium. Exit 1 beyond 2 s of processor time, 200 MB, 2 s to load or 200 ms a filter, or for other bytes.
"""
import filecmp, json, os, re, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
PHONE = os.path.join(HERE, "..", "..", "examples", "phone")


def value(v):
    if isinstance(v, bool): return "true" if v else "false"
    return "<escape>%s<escape>" % v if isinstance(v, str) else json.dumps(v)


def call(c):
    return "<start_function_call>call:%s{%s}<end_function_call>" % (
        c["name"], ",".join("%s:%s" % (k, value(v)) for k, v in sorted(c["arguments"].items())))


def answer(row, n, every, shift):
    calls = [c["function"] for c in row["messages"][-1].get("tool_calls") or []]
    text = "".join(map(call, calls)) + "<start_function_response>" if calls else "I cannot do that.<end_of_turn>"
    if n % every != shift: return text, "stop_token"
    what = n // every % 5
    if what == 0: return "Which one?<end_of_turn>", "stop_token"
    if what == 1: return text[:len(text) // 2], "length"
    if what == 2: return text.replace("call:", "call:other_"), "stop_token"
    if what == 3: return text.replace("<escape>", "<escape>x", 1), "stop_token"
    return text.replace("<end_function_call>", "}<end_function_call>"), "stop_token"


def make(work, total):
    with open(os.path.join(PHONE, "test.jsonl"), encoding="utf-8") as f: rows = [json.loads(line) for line in f]
    out = {name: open(os.path.join(work, name), "w", encoding="utf-8") for name in ("rows.jsonl", "before.jsonl", "after.jsonl")}
    for n in range(total):
        row = dict(rows[n % len(rows)], id="row-%05d" % n)
        out["rows.jsonl"].write(json.dumps(row, ensure_ascii=False) + "\n")
        for name, every, shift in (("before.jsonl", 9, 1), ("after.jsonl", 7, 2)):
            text, stop = answer(row, n, every, shift)
            out[name].write(json.dumps(dict(id=row["id"], text=text, stop=stop), ensure_ascii=False) + "\n")
    for f in out.values(): f.close()


def run(words):
    began = time.time()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    return os.waitstatus_to_exitcode(status), time.time() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000


def main():
    hone, work = sys.argv[1:3]
    option = lambda name, d: int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else d
    os.makedirs(work, exist_ok=True)
    make(work, option("--rows", 10000))
    path, bad = lambda name: os.path.join(work, name), False
    words = [hone, "eval", "--quiet", "--data", path("rows.jsonl"), "--tools", os.path.join(PHONE, "tools.json")]
    code, *_ = run(words + ["--from-predictions", path("before.jsonl"), "--out", path("before"), "--write-baseline",
                            path("baseline.json"), "--force"])
    if code: sys.exit("the baseline run: exit status %d" % code)
    for n in range(option("--runs", 5)):
        code, wall, cpu, memory = run(words + ["--from-predictions", path("after.jsonl"), "--baseline", path("baseline.json"),
                                               "--compare", path("before"), "--out", path("after%d" % (n % 2)), "--junit", path("j.xml"),
                                               "--markdown", path("summary.md"), "--html", path("h.html")])
        print("exit %d, %.2f s wall, %.2f s processor, %.0f MB, load %.1f" % (code, wall, cpu, memory, os.getloadavg()[0]))
        bad |= code not in (0, 1) or cpu > 2 or memory > 200
    names = sorted(os.listdir(path("after0")))
    other = [n for n in names if not filecmp.cmp(path("after0/" + n), path("after1/" + n), shallow=False)]
    print("%d files, %s" % (len(names), "other bytes: " + ", ".join(other) if other else "the same bytes again"))
    page = subprocess.run([sys.executable, os.path.join(HERE, "..", "e2e", "report_page.py"), path("after0/report.html"),
                           "--most-ms", "200", "--shots", path("shots")], stdout=subprocess.PIPE, text=True)
    print("page: %s" % page.stdout.strip())
    m = re.search(r"load ([\d.]+) s", page.stdout)
    return 1 if bad or other or page.returncode == 1 or (m and float(m.group(1)) > 2) else 0


if __name__ == "__main__":
    sys.exit(main())
