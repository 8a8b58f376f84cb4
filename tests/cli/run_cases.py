#!/usr/bin/env python3
"""Runs the command-line cases of a file, each in a scratch folder of its own.

    run_cases.py HONE CASES.txt SOURCE_DIR [NAME]

A case is a block: `== name`, then lines `$ shell command` ($HONE, $SRC and, in cases marked `model`,
$MODEL are set), `exit: N` (default 0), `out: regex` and `err: regex` (each must be found), `no-file: path`
(must not exist afterwards), `file: path` (must exist). `needs: model` skips the case without
HONE_TEST_MODEL; `needs: tiny` is for cases that make a toy model with $TINY. Exit 1 if a case fails, 77 if all were skipped. Every case must end within 120 s.
"""
import os, re, subprocess, sys, tempfile


def read_cases(path):
    cases, case = [], None
    for n, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.rstrip("\n")
        if not line.strip() or line.startswith("#"): continue
        if line.startswith("== "):
            case = dict(name=line[3:].strip(), cmd=[], exit=0, out=[], err=[], file=[], nofile=[], needs=None)
            cases.append(case)
        elif line.startswith("$ "): case["cmd"].append(line[2:])
        else:
            key, _, value = line.partition(": ")
            if key == "exit": case["exit"] = int(value)
            elif key in ("out", "err", "file"): case[key].append(value)
            elif key == "no-file": case["nofile"].append(value)
            elif key == "needs": case["needs"] = value
            else: raise SystemExit("%s:%d: unknown line %r" % (path, n, line))
    return cases


def run(case, env):
    """None if the case holds, else what is wrong."""
    with tempfile.TemporaryDirectory() as d:
        try:
            p = subprocess.run(["bash", "-c", "\n".join(case["cmd"])], cwd=d, env=env, capture_output=True,
                               timeout=120, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return "did not end within 120 s"
        out, err = p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace")
        shown = "\n  stdout: %s\n  stderr: %s" % (out[-600:], err[-900:])
        if p.returncode != case["exit"]: return "exit status %d, expected %d%s" % (p.returncode, case["exit"], shown)
        for pattern in case["out"]:
            if not re.search(pattern, out, re.S): return "stdout lacks /%s/%s" % (pattern, shown)
        for pattern in case["err"]:
            if not re.search(pattern, err, re.S): return "stderr lacks /%s/%s" % (pattern, shown)
        for f in case["file"]:
            if not os.path.exists(os.path.join(d, f)): return "no file %s%s" % (f, shown)
        for f in case["nofile"]:
            if os.path.exists(os.path.join(d, f)): return "file %s was left%s" % (f, shown)
        left = [f for _, _, fs in os.walk(d) for f in fs if ".tmp-" in f]
        if left: return "temporary files were left: %s" % left
    return None


def main():
    hone, path, source = sys.argv[1:4]
    only = sys.argv[4] if len(sys.argv) > 4 else None
    model = os.environ.get("HONE_TEST_MODEL", "")
    env = dict(os.environ, HONE=os.path.abspath(hone), SRC=os.path.abspath(source), MODEL=model, NO_COLOR="1")
    failed = done = 0
    for case in read_cases(path):
        if only and case["name"] != only: continue
        if case["needs"] == "model" and not os.path.isfile(model):
            print("SKIP %s: no base model" % case["name"])
            continue
        if case["needs"] == "tiny" and not os.path.isfile(env.get("TINY", "")):
            print("SKIP %s: no program that makes a toy model" % case["name"])
            continue
        why = run(case, env)
        done += 1
        if why:
            failed += 1
            print("FAIL %s: %s" % (case["name"], why))
    print("%d cases, %d failed" % (done, failed))
    return 1 if failed else 0 if done else 77


if __name__ == "__main__":
    sys.exit(main())
