#!/usr/bin/env python3
"""How far `hone datagen --preview 20` is from what the whole run then takes.

usage: datagen_forecast.py HONE TEACHER_SERVER [--rows 1000] [--runs 10] [--bad 10]

The server gives ten rows a reply, --bad per cent of them unfit, of random length, with usage. For
each run: preview, whole run with a fresh journal, forecast beside reality. Ends with 1 if an error of
the cost passes 10 %.
"""
import argparse, json, os, signal, statistics, subprocess, sys, tempfile

TOOLS = [{"type": "function", "function": {
    "name": "start_timer", "description": "Starts a timer.",
    "parameters": {"type": "object", "properties": {
        "label": {"type": "string", "description": "Its name, in the words used"}},
        "required": ["label"]}}}]


def report(o, url, folder, name, seed, extra):
    rows = os.path.join(folder, name + ".jsonl")
    subprocess.run([o.hone, "datagen", "--quiet", "--tools", os.path.join(folder, "tools.json"),
                    "--provider", "openai", "--base-url", url, "--model", "teacher", "--num-rows",
                    str(o.rows), "--seed", str(seed), "--prices", "1,4", "-o", rows, *extra],
                   check=True, stdout=subprocess.DEVNULL)
    part = ".preview.report.json" if extra else ".report.json"
    return json.load(open(os.path.join(folder, name + part)))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("hone")
    p.add_argument("server")
    p.add_argument("--rows", type=int, default=1000)
    p.add_argument("--runs", type=int, default=10)
    p.add_argument("--bad", type=int, default=10)
    o = p.parse_args()
    server = subprocess.Popen([o.server, "5", "0", "10", str(o.bad)], stdout=subprocess.PIPE,
                              text=True)
    url = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
    errors = []
    with tempfile.TemporaryDirectory(prefix="hone-forecast-") as folder:
        with open(os.path.join(folder, "tools.json"), "w") as f:
            json.dump(TOOLS, f)
        for seed in range(1, o.runs + 1):
            told = report(o, url, folder, f"a{seed}", seed, ["--preview", "20"])["forecast"]
            real = report(o, url, folder, f"b{seed}", seed, [])
            errors.append(told["cost"] / real["spent"] - 1)
            print(f"seed {seed}: requests {told['requests']} told, {real['requests_sent']} sent; "
                  f"cost {told['cost']:.4f} told, {real['spent']:.4f} spent, {errors[-1]:+.1%}",
                  flush=True)
    server.send_signal(signal.SIGTERM)
    server.wait()
    median = statistics.median(abs(e) for e in errors)
    print(f"median error {median:.1%}, largest {max(abs(e) for e in errors):.1%}")
    return int(max(abs(e) for e in errors) > 0.1)


sys.exit(main())
