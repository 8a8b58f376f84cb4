#!/usr/bin/env python3
"""Generated rows against a JSON Schema validator that this project did not write (PyPI jsonschema).

usage: datagen_schema.py HONE [--rows 20000] [--seed 3] [--kinds parallel=10,masked=5,few_tools=5]

For examples/phone and examples/snips: generates rows offline, runs `hone data check`, then validates
the arguments of every call against the parameters of the function that the row declares. Ends with 1
if either finds an error; with 77 where jsonschema is not installed.
"""
import argparse, collections, json, os, subprocess, sys, tempfile

try:
    import jsonschema
except ImportError:
    print("SKIP: pip install jsonschema")
    sys.exit(77)

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples")


def validators(tools):
    found = {}
    for tool in tools:
        f = tool.get("function", tool)
        schema = dict(f["parameters"], additionalProperties=False)
        jsonschema.Draft202012Validator.check_schema(schema)
        found[f["name"]] = jsonschema.Draft202012Validator(schema)
    return found


def check(hone, example, o):
    tools = os.path.join(EXAMPLES, example, "tools.json")
    common = validators(json.load(open(tools)))
    errors, calls, rows, kinds = [], 0, 0, collections.Counter()
    with tempfile.TemporaryDirectory(prefix="hone-schema-") as folder:
        path = os.path.join(folder, "rows.jsonl")
        subprocess.run([hone, "datagen", "--quiet", "--tools", tools, "--seeds",
                        os.path.join(EXAMPLES, example, "seeds.jsonl"), "--num-rows", str(o.rows),
                        "--seed", str(o.seed), "--kinds", o.kinds, "-o", path], check=True,
                       stdout=subprocess.DEVNULL)
        doctor = subprocess.run([hone, "data", "check", path, "--tools", tools],
                                capture_output=True, text=True)
        for line in open(path):
            row = json.loads(line)
            own = validators(row["tools"]) if "tools" in row else common
            made = row["messages"][-1].get("tool_calls", [])
            rows += 1
            kinds["own tools" if "tools" in row else "common tools"] += 1
            for c in made:
                calls += 1
                f = c["function"]
                if f["name"] not in own:
                    errors.append(f"{row['id']}: {f['name']} is not declared")
                else:
                    errors += [f"{row['id']}: {e.message}"
                               for e in own[f["name"]].iter_errors(f["arguments"])]
    print(f"{example}: {doctor.stdout.strip().splitlines()[-1]}; jsonschema "
          f"{jsonschema.__version__}: {rows} rows ({dict(kinds)}), {calls} calls, "
          f"{len(errors)} errors")
    for e in errors[:10]:
        print("  " + e)
    return bool(errors) or doctor.returncode != 0


def main():
    p = argparse.ArgumentParser()
    p.add_argument("hone")
    p.add_argument("--rows", type=int, default=20000)
    p.add_argument("--seed", type=int, default=3)
    p.add_argument("--kinds", default="parallel=10,masked=5,few_tools=5,ask_back=3")
    o = p.parse_args()
    return max(check(o.hone, e, o) for e in ("phone", "snips"))


sys.exit(main())
