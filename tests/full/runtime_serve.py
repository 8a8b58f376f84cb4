#!/usr/bin/env python3
"""An exported file behind `litert-lm serve`: a call, and the tool's result handed over as the server does it, as text.

    runtime_serve.py LITERT_LM FILE.litertlm ROWS TOOLS [--patched]

Without the patch of `hone export --serve-template` the second request fails inside the server; that is checked too, so
that the option goes when the server learns better. Uses a home folder of its own. Exit 0 as expected, 1 not.
"""
import argparse, json, os, shutil, socket, subprocess, sys, tempfile, time, urllib.error, urllib.request


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ask(port, body):
    data = json.dumps(dict(body, model="app", temperature=0, max_tokens=48)).encode()
    request = urllib.request.Request("http://127.0.0.1:%d/v1/chat/completions" % port, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=300) as r: return r.status, json.load(r)
    except urllib.error.HTTPError as x: return x.code, x.read().decode("utf-8", "replace")


def wait_for(port, server):
    for _ in range(300):
        if server.poll() is not None: raise OSError("the server ended with %d" % server.returncode)
        try: return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError: time.sleep(0.2)
    raise OSError("no server on port %d" % port)


def talk(port, rows, tools, patched):
    system = {"role": "system", "content": "You are a model that can do function calling with the following functions"}
    for row in rows[:2]:
        user, call, tool, _ = row["messages"]
        want = call["tool_calls"][0]["function"]
        status, reply = ask(port, {"messages": [system, user], "tools": tools})
        if status != 200: return "call: HTTP %d %s" % (status, str(reply)[:200])
        message = reply["choices"][0]["message"]
        got = [(k["function"]["name"], json.loads(k["function"]["arguments"])) for k in message.get("tool_calls") or []]
        if got != [(want["name"], want["arguments"])]: return "call: %r" % message
        result = {"role": "tool", "tool_call_id": message["tool_calls"][0].get("id", "0"), "name": want["name"], "content": json.dumps(tool["content"])}
        status, reply = ask(port, {"messages": [system, user, message, result], "tools": tools})
        if not patched: return "" if status == 500 else "result without the patch: HTTP %d %s" % (status, str(reply)[:200])
        if status != 200: return "result: HTTP %d %s" % (status, str(reply)[:200])
        if not reply["choices"][0]["message"].get("content"): return "no answer: %r" % reply
    return ""


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("cli"); p.add_argument("file"); p.add_argument("rows"); p.add_argument("tools"); p.add_argument("--patched", action="store_true")
    a = p.parse_args()
    with open(a.rows, encoding="utf-8") as f: rows = [json.loads(x) for x in f]
    with open(a.tools, encoding="utf-8") as f: tools = json.load(f)
    home, port = tempfile.mkdtemp(), free_port()
    environment = dict(os.environ, HOME=home)
    server = None
    try:
        subprocess.run([a.cli, "import", os.path.abspath(a.file), "app"], env=environment, check=True, stdout=subprocess.DEVNULL)
        with open("serve.log", "w") as log: server = subprocess.Popen([a.cli, "serve", "--port", str(port)], env=environment, stdout=log, stderr=log)
        wait_for(port, server)
        wrong = talk(port, rows, tools, a.patched)
    finally:
        if server: server.terminate(); server.wait()
        shutil.rmtree(home, ignore_errors=True)
    print("serve, %s: %s" % ("patched template" if a.patched else "training template", wrong or ("calls and results" if a.patched else "calls; a result fails as it always does")))
    return 1 if wrong else 0


if __name__ == "__main__": sys.exit(main())
