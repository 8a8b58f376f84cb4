#!/usr/bin/env python3
"""Size against accuracy of exported files: schemes x vocabularies (and adapters trained with --qat), one table.

    size_accuracy.py --hone HONE --tools TOOLS --data ROWS [--limit N] [--work DIR] [--threads N]
        --line NAME MODEL ADAPTER SCHEMES [--line ...]

A line is a trained model and the schemes that it is exported with: q8,q4b32,q4b32/q4b32 (after the slash the
embedding; f32 is the model as it was trained, before any rounding). Full vocabulary, trimmed ones (a folder of
`hone trim` as MODEL) and adapters of `hone train --qat` are lines of their own. Every point is an export, and
`hone eval` of the written file with the device's arithmetic on the same rows, paired with the first line's f32.

    size_accuracy.py ... --line full base.gguf run/ f32,q8,q4b32,q4b32/q4b32 --line full+QAT base.gguf qat/ q4b32 \\
                         --line 32k small/ run32k/ f32,q8,q4b32 --line 32k+QAT small/ qat32k/ q4b32

Reports stay in --work: a stopped run goes on there. Prints a Markdown table; points.json in --work holds the figures.
"""
import argparse, json, os, platform, subprocess, sys, time


def run(a, *command, fine=(0,)):
    start = os.times()
    out = subprocess.run(["nice", "-n", "10", a.hone] + [str(c) for c in command] + ["--threads", str(a.threads)], stdout=subprocess.PIPE)
    if out.returncode not in fine: raise OSError("hone %s ended with %d" % (" ".join(map(str, command)), out.returncode))
    end = os.times()
    return end.children_user + end.children_system - start.children_user - start.children_system


def evaluate(a, name, source, reference):
    """report.json of the rows answered by `source` (options of hone eval); kept from an earlier run."""
    out = os.path.join(a.work, name)
    spent = 0
    if not os.path.exists(os.path.join(out, "report.json")):
        more = ["--baseline", os.path.join(reference, "report.json"), "--allow-cross"] if reference else []
        # 1, 2: the gate's verdict on the comparison, which is what is wanted here
        spent = run(a, "eval", *source, "--data", a.data, "--limit", a.limit, "--max-new-tokens", a.max_new_tokens, "--quiet", "--out", out,
                    *more, fine=(0, 1, 2))
    with open(os.path.join(out, "report.json")) as f: report = json.load(f)
    return report, out, spent


def paired(report, reference):
    """The program's own comparison (Newcombe's interval), which must be one with this reference."""
    if report is reference: return None
    mine, theirs, c = report["rows"], reference["rows"], report["comparison"]
    broken = sum(1 for k in theirs if theirs[k][1] and not mine[k][1])
    fixed = sum(1 for k in theirs if mine[k][1] and not theirs[k][1])
    if (c["n"], c["b"], c["c"]) != (len(theirs), broken, fixed):
        raise ValueError("a report in --work was made against another reference: use a fresh folder")
    return c


def scheme_words(scheme):
    quant, _, embed = scheme.partition("/")
    return ["--quant", quant] + (["--embed", embed] if embed else [])


def point(a, line, model, adapter, scheme, reference):
    name = "%s-%s" % (line.replace("/", "_"), scheme.replace("/", "-"))
    if scheme == "f32":
        report, out, spent = evaluate(a, name, ["--model", model, "--adapter", adapter, "--tools", a.tools], reference)
        return {"line": line, "scheme": "as trained", "bytes": None, "seconds": spent}, report, out
    file = os.path.join(a.work, name + ".litertlm")
    manifest = file[:-9] + ".manifest.json"
    spent = 0
    if not os.path.exists(manifest) or not (os.path.exists(file) or os.path.exists(os.path.join(a.work, name, "report.json"))):
        spent = run(a, "export", "--model", model, "--adapter", adapter, "--tools", a.tools, "--verify-positions", 0, *scheme_words(scheme), "-o", file)
    with open(manifest) as f: size = json.load(f)["output"]["bytes"]
    report, out, more = evaluate(a, name, ["--model", file], reference)
    if not a.keep and os.path.exists(file): os.remove(file)
    return {"line": line, "scheme": scheme, "bytes": size, "seconds": spent + more}, report, out


def table(points):
    print("| model | scheme | file MB | whole call exact | 95 % | against the first row, points | 95 % | broken, fixed |")
    print("|---|---|---|---|---|---|---|---|")
    for p in points:
        size = "%.1f" % (p["bytes"] / 1e6) if p["bytes"] else ""
        diff = "%+.1f | %+.1f to %+.1f | %d, %d" % (p["diff"], p["lo95"], p["hi95"], p["broken"], p["fixed"]) if "diff" in p else "| |"
        print("| %s | %s | %s | %d of %d, %.1f %% | %.1f to %.1f | %s |" % (p["line"], p["scheme"], size, p["right"], p["rows"],
              100 * p["share"], 100 * p["lo"], 100 * p["hi"], diff))


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--hone", required=True); p.add_argument("--tools", required=True); p.add_argument("--data", required=True)
    p.add_argument("--line", nargs=4, action="append", required=True, metavar=("NAME", "MODEL", "ADAPTER", "SCHEMES"))
    p.add_argument("--limit", type=int, default=0, help="rows, from the front; 0 = all")
    p.add_argument("--max-new-tokens", type=int, default=96)
    p.add_argument("--threads", type=int, default=0)
    p.add_argument("--work", default="size-accuracy"); p.add_argument("--keep", action="store_true", help="keep the exported files")
    a = p.parse_args()
    os.makedirs(a.work, exist_ok=True)
    points, first, reference = [], None, None
    print("load before: %.1f" % os.getloadavg()[0], file=sys.stderr)
    for line, model, adapter, schemes in a.line:
        for scheme in schemes.split(","):
            found, report, out = point(a, line, model, adapter, scheme, reference)
            first, reference = first or report, reference or out
            h, c = report["headline"], paired(report, first)
            found.update(right=h["k"], rows=h["n"], share=h["p"], lo=h["lo"], hi=h["hi"])
            if c: found.update(diff=100 * c["diff"], lo95=100 * c["lo95"], hi95=100 * c["hi95"], broken=c["b"], fixed=c["c"])
            points.append(found)
            with open(os.path.join(a.work, "points.json"), "w") as f: json.dump(points, f, indent=1)
            print("%s %s: %d of %d, %.0f s of processor time, load %.1f" % (line, scheme, h["k"], h["n"], found["seconds"], os.getloadavg()[0]), file=sys.stderr)
    table(points)
    print("\n%s, %d processors, %s, load %.1f; %.0f s of processor time" % (platform.machine(), os.cpu_count(), time.strftime("%Y-%m-%d"),
          os.getloadavg()[0], sum(x["seconds"] for x in points)))
    return 0


if __name__ == "__main__":
    try: sys.exit(main())
    except (OSError, ValueError, KeyError) as x: sys.exit(print("error: %s" % x, file=sys.stderr) or 2)
