#!/usr/bin/env python3
"""One exported file on the real LiteRT-LM runtime: text, calls, tool responses, a full context, constraints.

    runtime_schemes.py FILE.litertlm ROWS TOOLS --context C [--trimmed]

ROWS are rows of one call, its response and an answer, known by heart; TOOLS is the file's own tools.json. Each step
runs in a process of its own, so that a crash of the runtime is a result like any other. Prints one JSON object
{step: "ok" or what went wrong}; exit 0 when all are ok, 1 otherwise, 77 the package is not installed.

text         raw text through a session
calls        the template with tools; the calls that the runtime parses are the rows'
responses    a tool message behind each call; the answer is the row's
full         short prompts until the context is full, and decoding up to its end: refused or ended, never a crash
too-long     a prompt of more than C tokens: an error
constrained  calls under the runtime's grammar; a trimmed vocabulary must be refused
"""
import argparse, json, os, subprocess, sys

STEPS = ["text", "calls", "responses", "full", "too-long", "constrained"]
LINE = "You are a model that can do function calling with the following functions"


def rows_of(path):
    with open(path, encoding="utf-8") as f: rows = [json.loads(x) for x in f if x.strip()]
    for r in rows:
        user, call, tool, answer = r["messages"]
        yield user["content"], call["tool_calls"][0]["function"], tool["content"], answer["content"]


class Device:
    def __init__(self, a):
        import litert_lm as L
        self.L, self.a = L, a
        L.set_min_log_severity(L.LogSeverity.ERROR)
        self.greedy = L.SamplerConfig(top_k=1, top_p=1.0, temperature=1.0, seed=0)
        self.engine = L.Engine(a.model, L.Backend.CPU(thread_count=2), cache_dir=":nocache")
        given = json.load(open(a.tools, encoding="utf-8"))

        class Given(L.Tool):
            def __init__(self, d): self.d = d
            def get_tool_description(self): return self.d
            def execute(self, param): raise RuntimeError("not to be called")
        self.tools = [Given(t) for t in given]

    def session(self, **more):
        return self.engine.create_session(apply_prompt_template=False, sampler_config=self.greedy, **more)

    def conversation(self, **more):
        return self.engine.create_conversation(messages=[{"role": "system", "content": LINE}], tools=self.tools, automatic_tool_calling=False,
                                               sampler_config=self.greedy, max_output_tokens=48, **more)

    def text(self):
        with self.session(max_output_tokens=8) as s:
            s.run_prefill(["The capital of France is"])
            assert s.run_decode().texts[0].strip(), "no text"

    def talk(self, answered, **more):
        for user, call, response, answer in rows_of(self.a.rows):
            with self.conversation(**more) as v:
                reply = v.send_message(user).to_json()
                calls = [k["function"] for k in reply.get("tool_calls") or []]
                got = [(k["name"], k.get("arguments", {})) for k in calls]
                assert got == [(call["name"], call["arguments"])], "%r: %r" % (user, reply)
                if not answered: continue
                reply = v.send_message({"role": "tool", "content": [{"type": "tool_response", "name": call["name"], "response": response}]}).to_json()
                text = reply.get("content")
                if isinstance(text, list): text = "".join(x.get("text", "") for x in text)
                assert text == answer, "%r: %r" % (user, reply)

    def calls(self): self.talk(False)
    def responses(self): self.talk(True)

    def full(self):
        C = self.a.context
        with self.session() as s:
            piece, fed = " one two three four five six seven eight nine ten", 0
            for n in range(C):
                try: s.run_prefill([piece])
                except RuntimeError as x: self.refused = str(x); break
                fed += 10
            assert C - 32 <= fed <= C, "refused after %d of %d tokens" % (fed, C)
        with self.session(max_output_tokens=4 * C) as s:
            s.run_prefill([piece * (C // 10 - 4)])
            s.run_decode()  # ends at the context's end at the latest

    def too_long(self):
        with self.session() as s:
            try: s.run_prefill([" one two three four five six seven eight nine ten" * (self.a.context // 10 + 2)])
            except RuntimeError: return
        raise AssertionError("no error")

    def constrained(self):
        limit = self.L.ConstrainedDecodingConfig(enable=True)
        if not self.a.trimmed: return self.talk(False, constrained_decoding_config=limit)
        try: self.talk(False, constrained_decoding_config=limit)
        except RuntimeError: return
        raise AssertionError("a trimmed vocabulary was accepted")


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("model"); p.add_argument("rows"); p.add_argument("tools")
    p.add_argument("--context", type=int, required=True); p.add_argument("--trimmed", action="store_true")
    p.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.step:
        getattr(Device(a), a.step.replace("-", "_"))()
        return 0
    import litert_lm  # noqa: F401
    result = {}
    for step in STEPS:
        one = subprocess.run([sys.executable] + sys.argv + ["--step", step], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        last = (one.stdout.strip().splitlines() or [""])[-1]
        result[step] = "ok" if one.returncode == 0 else "ended with %d: %s" % (one.returncode, last[-300:])
    print(json.dumps(result))
    return 0 if all(v == "ok" for v in result.values()) else 1


if __name__ == "__main__":
    try: sys.exit(main())
    except ImportError as x: sys.exit(print("skipped: %s" % x) or 77)
