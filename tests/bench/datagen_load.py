#!/usr/bin/env python3
"""Load of the remote teacher's client: processor time and memory of each request.

usage: datagen_load.py HONE TEACHER_SERVER [options]
  datagen_load.py b/cli/hone b/tests/bench/teacher_server --requests 20000 --concurrency 1024
  datagen_load.py b/cli/hone b/tests/bench/teacher_server --requests 20000 --faults 20
  datagen_load.py b/cli/hone b/tests/bench/teacher_server --requests 2000 --http2   (needs nghttpx)

The server runs in a process of its own. Memory is the client's peak less that of a run of one
request. Every row that the server sent must be in the file once: rows lost or doubled end in 1.
"""
import argparse, json, os, resource, shutil, signal, subprocess, sys, tempfile, time

TOOLS = [{"type": "function", "function": {
    "name": "start_timer", "description": "Starts a timer.",
    "parameters": {"type": "object", "properties": {
        "label": {"type": "string", "description": "Its name, in the words used"}},
        "required": ["label"]}}}]


def start_server(path, delay, faults):
    child = subprocess.Popen([path, str(delay), str(faults)], stdout=subprocess.PIPE, text=True)
    return child, int(child.stdout.readline())


def stop(child):
    child.send_signal(signal.SIGTERM)
    counts = child.stdout.read().strip() if child.stdout else ""
    child.wait()
    return counts


def in_file_order(journal, rows):
    """Replies of the journal up to the one that gave the last row, if the rows follow its order."""
    at = count = 0
    for line in journal:
        record = json.loads(line[18:])
        if record["t"] != "reply" or at == len(rows):
            continue
        count += 1
        content = json.loads(record["body"])["choices"][0]["message"]["content"]
        at += json.loads(content)["rows"][0]["user"] == rows[at]
    return count if at == len(rows) else None


def client(hone, folder, url, rows, concurrency, env, extra=()):
    """Runs the client; its exit status, seconds, processor seconds and peak kilobytes."""
    log = open(os.path.join(folder, "client.log"), "w")
    began = time.monotonic()
    child = subprocess.Popen(
        [hone, "datagen", "--tools", os.path.join(folder, "tools.json"), "--provider", "openai",
         "--base-url", url, "--model", "teacher", "--num-rows", str(rows), "--no-call", "20",
         "--rows-per-request", "1", "--max-concurrency", str(concurrency), "--retries", "50",
         "-o", os.path.join(folder, "rows.jsonl"), *extra], stdout=log, stderr=log, env=env)
    _, status, use = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, time.monotonic() - began, use.ru_utime + use.ru_stime, use.ru_maxrss


def proxy(folder, port):
    """nghttpx in front of the server, with TLS and HTTP/2; returns its process and port."""
    key, cert = (os.path.join(folder, n) for n in ("key.pem", "cert.pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-keyout", key, "-out", cert, "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    front = 20000 + os.getpid() % 20000
    log = os.path.join(folder, "access.log")
    child = subprocess.Popen(
        ["nghttpx", f"-b127.0.0.1,{port}", f"-f127.0.0.1,{front}", "--accesslog-file=" + log,
         "--accesslog-format=$request", "--backend-connections-per-host=2000",
         "--errorlog-file=" + os.path.join(folder, "error.log"), key, cert])
    time.sleep(0.5)
    return child, front, log, cert


def main():
    p = argparse.ArgumentParser()
    p.add_argument("hone")
    p.add_argument("server")
    p.add_argument("--requests", type=int, default=20000)
    p.add_argument("--concurrency", type=int, default=1024)
    p.add_argument("--delay", type=int, default=200, help="milliseconds of each reply")
    p.add_argument("--faults", type=int, default=0, help="per cent of the requests")
    p.add_argument("--http2", action="store_true")
    o = p.parse_args()
    if o.http2 and not shutil.which("nghttpx"):
        print("SKIP: nghttpx is not installed (Debian: nghttp2-proxy)")
        return 77
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
    folder = tempfile.mkdtemp(prefix="hone-load-")
    server, port = start_server(o.server, o.delay, o.faults)
    front, log = None, None
    env = dict(os.environ, OPENAI_API_KEY="sk-canary-0123456789")
    url = f"http://127.0.0.1:{port}/v1"
    try:
        with open(os.path.join(folder, "tools.json"), "w") as f:
            json.dump(TOOLS, f)
        if o.http2:
            front, port, log, cert = proxy(folder, port)
            url, env["SSL_CERT_FILE"] = f"https://localhost:{port}/v1", cert
        one = os.path.join(folder, "one")
        os.mkdir(one)
        shutil.copy(os.path.join(folder, "tools.json"), one)
        warm, warm_port = start_server(o.server, 1, 0)
        _, _, _, base = client(o.hone, one, f"http://127.0.0.1:{warm_port}/v1", 1, 1, env)
        stop(warm)
        rc, wall, cpu, peak = client(o.hone, folder, url, o.requests, o.concurrency, env)
    finally:
        if front:
            stop(front)
        counts = stop(server)
    report = json.load(open(os.path.join(folder, "rows.report.json")))
    rows = [json.loads(line)["messages"][0]["content"]
            for line in open(os.path.join(folder, "rows.jsonl"))]
    consumed = in_file_order(open(os.path.join(folder, "rows.jsonl.journal")), rows)
    outputs = [os.path.join(folder, n) for n in os.listdir(folder)]
    canary = [n for n in outputs if os.path.isfile(n) and b"sk-canary" in open(n, "rb").read()]
    sent = report["requests_sent"]
    print(f"server: {counts}")
    print(f"client: status {rc}, {wall:.1f} s, {sent} requests, {cpu / sent * 1e6:.0f} us of "
          f"processor time and {(peak - base) / min(sent, o.concurrency):.1f} KiB in flight each "
          f"(peak {peak} KiB, one request {base} KiB)")
    refused = report["refused"] - report["requests_given_up"]  # by the judge
    lost = consumed - refused - len(rows) if consumed else "the order differs"
    print(f"rows: {len(rows)}, doubled {len(rows) - len(set(rows))}, refused {report['refused']}, "
          f"lost {lost}, retried {report['requests_retried']}")
    if o.http2:
        protocols = [line.split()[-1] for line in open(log)]
        print("protocols:", {v: protocols.count(v) for v in set(protocols)})
    bad = rc or lost or len(rows) != len(set(rows)) or canary or "before 0," not in counts
    print("kept in", folder) if bad else shutil.rmtree(folder)
    return 1 if bad else 0


sys.exit(main())
