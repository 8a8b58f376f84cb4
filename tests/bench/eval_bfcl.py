#!/usr/bin/env python3
"""Mutated gold answers judged by `hone eval --mode bfcl-ast` and by the public checker.

    eval_bfcl.py HONE BFCL_FOLDER [--answers 50000] [--seed 1]
    eval_bfcl.py HONE BFCL_FOLDER --prompts [GOLDEN.json]

BFCL_FOLDER holds BFCL_v4_*.json and possible_answer/. Needs the PyPI package bfcl-eval (installed with
--no-deps: only its FunctionGemma decoder and AST checker are used; what they import besides is replaced by
empty modules). Prints how many verdicts and error words differ; exit 1 if any does.

With --prompts: every row's prompt of `--prompt-profile bfcl-handler`, as a server on loopback receives it, beside the
public handler's; GOLDEN.json (tests/golden/bfcl/handler_prompts.json) is written from the latter.
"""
import hashlib, http.server, json, os, random, subprocess, sys, tempfile, threading, time, types

CATEGORIES = ("simple_python", "multiple", "parallel", "parallel_multiple")


def public_handler():
    def module(name, **members):
        m = types.ModuleType(name)
        m.__dict__.update(members)
        sys.modules[name] = m
        return m

    class Any:
        underscore_to_dot = False

    class Models(dict):
        def __missing__(self, key): return Any()

    module("overrides", override=lambda f: f, final=lambda f: f, EnforceOverrides=object)
    module("bfcl_eval.constants.model_config", MODEL_CONFIG_MAPPING=Models())
    base = "bfcl_eval.eval_checker.ast_eval.type_convertor."
    module(base + "java_type_converter", java_type_converter=None)
    module(base + "js_type_converter", js_type_converter=None)
    module("bfcl_eval.model_handler.local_inference.base_oss_handler", OSSHandler=object)
    from bfcl_eval.model_handler.local_inference.functiongemma import FunctionGemmaHandler
    return FunctionGemmaHandler.__new__(FunctionGemmaHandler)


def public_checker():
    handler = public_handler()
    from bfcl_eval.constants.enums import Language
    from bfcl_eval.eval_checker.ast_eval.ast_checker import ast_checker

    def judge(functions, text, gold, category):
        try:
            calls = handler.decode_ast(text, "Python", False)
        except Exception:
            return "ast_decoder:decoder_failed"
        try:
            r = ast_checker(functions, calls, gold, Language.PYTHON, category, "any")
        except Exception:
            return "checker_error"
        return "" if r["valid"] else r.get("error_type", "?")

    return judge


def text_of(v):
    if v is None: return "null"
    if isinstance(v, bool): return "true" if v else "false"
    if isinstance(v, str): return "<escape>%s<escape>" % v
    if isinstance(v, list): return "[" + ",".join(map(text_of, v)) + "]"
    if isinstance(v, dict): return "{" + ",".join("%s:%s" % (k, text_of(x)) for k, x in v.items()) + "}"
    return repr(v)


def first(values, r):
    values = [v for v in values if v != ""]
    return r.choice(values) if values else None


def plain(v, r, depth=0):
    if isinstance(v, dict): return {k: first(x, r) for k, x in v.items() if isinstance(x, list) and any(y != "" for y in x)}
    if isinstance(v, list) and depth == 0: return [plain(x, r, 1) for x in v]
    return v


def answer(gold, r):
    calls = []
    for call in gold:
        (name, arguments), = call.items()
        kept = {}
        for k, values in arguments.items():
            v = first(values, r)
            if v is not None and not ("" in values and r.random() < 0.3): kept[k] = plain(v, r)
        calls.append([name, kept])
    return calls


def other_value(v, r):
    def text(s):
        return r.choice([s.upper(), s.lower(), " " + s, s + ".", s.replace(" ", "-"), s + "x", s[:-1], s.replace("'", '"'),
                         s.replace(",", ""), s + "\t", "", s + "\u00a0", "\u212a" + s, s.title(), s.replace(" ", "_")])
    if isinstance(v, bool): return r.choice([not v, int(v), str(v), str(v).lower(), None, 1.0])
    if isinstance(v, int): return r.choice([v + 1, float(v), str(v), -v, True, None, v + 0.5, [v], 10 ** 20])
    if isinstance(v, float): return r.choice([v + 0.1, int(v), str(v), -v, v * 1e10, None, [v]])
    if isinstance(v, str): return r.choice([text(v), text(v), text(v), 5, True, [v], None, {"a": v}])
    if isinstance(v, list):
        w = list(v)
        what = r.randrange(7)
        if what == 0: r.shuffle(w)
        elif what == 1 and w: w.pop()
        elif what == 2: w.append(r.choice(w) if w else 1)
        elif what == 3 and w: w[r.randrange(len(w))] = other_value(r.choice(w), r)
        elif what == 4: return [w]
        elif what == 5: return text_of(w)
        else: return []
        return w
    if isinstance(v, dict):
        w = dict(v)
        what = r.randrange(5)
        if what == 0 and w: w.pop(r.choice(list(w)))
        elif what == 1: w["extra"] = 1
        elif what == 2 and w:
            k = r.choice(list(w))
            w[k] = other_value(w[k], r)
        elif what == 3: return {}
        else: return [w]
        return w
    return "x"


def mutate(calls, r):
    """Mutations of meaning first, then now and then of the text itself."""
    calls = [[n, dict(a)] for n, a in calls]
    for _ in range(r.choice([0, 1, 1, 1, 2])):
        what, c = r.randrange(8), r.choice(calls) if calls else ["f", {}]
        keys = list(c[1])
        if what <= 3 and keys:
            k = r.choice(keys)
            c[1][k] = other_value(c[1][k], r)
        elif what == 4 and keys: c[1].pop(r.choice(keys))
        elif what == 5: c[1][r.choice(["extra", "type", "unit", "name"])] = r.choice([1, "x", None])
        elif what == 6: c[0] = r.choice([c[0] + "x", c[0].replace(".", "_"), c[0].upper()])
        elif calls:
            x = r.randrange(4)
            if x == 0: calls.append(r.choice(calls))
            elif x == 1: calls.pop(r.randrange(len(calls)))
            else: r.shuffle(calls)
    text = "".join("<start_function_call>call:%s%s<end_function_call>" % (n, text_of(a)) for n, a in calls)
    if r.random() < 0.15 and text:
        for _ in range(r.choice([1, 1, 2])):
            at = r.randrange(len(text))
            what = r.randrange(3)
            piece = r.choice(["{", "}", "[", "]", ":", ",", "<escape>", " ", "1", "null", "\n", "<end_function_call>"])
            if what == 0: text = text[:at] + piece + text[at:]
            elif what == 1: text = text[:at] + text[at + 1:]
            else: text = text[:at] + text[at + r.randrange(1, 12):]
    return text + r.choice(["", "<start_function_response>"])


def read(path):
    return [json.loads(line) for line in open(path, encoding="utf-8") if line.strip()]


# ---- prompts ----

HINT = " Note that the provided function is in Python 3 syntax."  # utils.py of the package adds it
SHOWN = ("simple_python_0", "multiple_3", "parallel_multiple_12", "irrelevance_7", "simple_python_200", "parallel_152")


class Listener(http.server.BaseHTTPRequestHandler):
    prompts = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.prompts.append(body["prompt"])
        reply = json.dumps(dict(choices=[dict(text="", finish_reason="stop")])).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_): pass


def received(hone, path):
    """What hone sends, row after row."""
    server = http.server.HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Listener.prompts = []
    subprocess.run([hone, "eval", "--quiet", "--data", path, "--endpoint", "http://127.0.0.1:%d/v1" % server.server_port,
                    "--endpoint-api", "completions", "--prompt-profile", "bfcl-handler", "--connections", "1"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server.shutdown()
    return Listener.prompts


def prompts(hone, folder, golden):
    handler, differ, total = public_handler(), 0, 0
    made = dict(sha256={}, texts={})
    for category in CATEGORIES + ("irrelevance",):
        path, whole = os.path.join(folder, "BFCL_v4_%s.json" % category), hashlib.sha256()
        ours, rows = received(hone, path), read(path)
        if len(ours) != len(rows): sys.exit("%s: %d prompts for %d rows" % (category, len(ours), len(rows)))
        for row, got in zip(rows, ours):
            for f in row["function"]: f["description"] += HINT
            want = handler._format_prompt(row["question"][0], row["function"])
            whole.update(want.encode() + b"\0")
            if row["id"] in SHOWN: made["texts"][row["id"]] = want
            total, differ = total + 1, differ + (want != got)
            if want != got and differ <= 3: print("%s:\nours   %r\ntheirs %r" % (row["id"], got, want))
        made["sha256"][os.path.basename(path)] = whole.hexdigest()
    if golden:
        with open(golden, "w") as f: json.dump(made, f, indent=1); f.write("\n")
    print("%d prompts, %d differences" % (total, differ))
    return 1 if differ else 0


def main():
    hone, folder = sys.argv[1:3]
    if "--prompts" in sys.argv:
        return prompts(hone, folder, (sys.argv[sys.argv.index("--prompts") + 1:] or [None])[0])
    option = lambda name, d: int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else d
    each, r = option("--answers", 50000) // len(CATEGORIES), random.Random(option("--seed", 1))
    judge, differ, total, seen, spent = public_checker(), 0, 0, {}, 0
    for category in CATEGORIES:
        rows = read(os.path.join(folder, "BFCL_v4_%s.json" % category))
        golds = read(os.path.join(folder, "possible_answer", "BFCL_v4_%s.json" % category))
        with tempfile.TemporaryDirectory() as d:
            words = {}
            with open(d + "/q.json", "w") as q, open(d + "/g.json", "w") as g, open(d + "/p.jsonl", "w") as p:
                for i in range(each):
                    at = r.randrange(len(rows))
                    name, gold = "%s_%d" % (category, i), golds[at]["ground_truth"]
                    text = mutate(answer(gold, r), r)
                    q.write(json.dumps(dict(rows[at], id=name)) + "\n")
                    g.write(json.dumps(dict(id=name, ground_truth=gold)) + "\n")
                    p.write(json.dumps(dict(id=name, text=text, stop="stop_token")) + "\n")
                    words[name] = (judge(rows[at]["function"], text, gold, category), text)
            began = time.time()
            subprocess.run([hone, "eval", "--quiet", "--from-predictions", d + "/p.jsonl", "--data", d + "/q.json",
                            "--gold", d + "/g.json", "--mode", "bfcl-ast", "--out", d + "/r"], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            spent += time.time() - began
            ours = {f["id"]: f["bfcl"] for f in json.load(open(d + "/r/report.json"))["failures"]}
        for name, (theirs, text) in words.items():
            total += 1
            seen[theirs] = seen.get(theirs, 0) + 1
            if ours.get(name, "") == theirs: continue
            differ += 1
            if differ <= 10: print("%s: ours %r, theirs %r: %s" % (name, ours.get(name, ""), theirs, text))
    for word, n in sorted(seen.items(), key=lambda x: -x[1]): print("%7d  %s" % (n, word or "right"))
    print("%d answers, %d differences; hone took %.1f s" % (total, differ, spent))
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
