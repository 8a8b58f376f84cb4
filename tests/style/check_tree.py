#!/usr/bin/env python3
"""Rules of the tree that a compiler does not check (docs/architecture.md, section 3).

    check_tree.py [ROOT]

Who may include whom, which file owns which library, banned functions, guards by path, unique file
names, formatting, and words that do not belong into the project. Prints one line a breach; exit 1
if there is any. `check_tree.py --self-test` proves that each rule can fail.
"""
import os, re, subprocess, sys, tempfile

ALLOWED = {
    "common": set(),
    "kernels": {"common"},
    "optim": {"common"},
    "model": {"common", "kernels"},
    "datasets": {"common", "kernels", "model"},
    "datagen": {"common", "kernels", "model", "datasets"},
    "train": {"common", "kernels", "model", "datasets", "optim"},
    "eval": {"common", "kernels", "model", "datasets"},
    "export": {"common", "kernels", "model", "datasets"},
}
ALLOWED["cli"] = set(ALLOWED) | {"cli"}

OWNERS = {
    r"curl/": {"common/http.c"},
    r"cblas\.h|openblas": {"kernels/blas.c"},
    r"jansson\.h": {"common/json.c"},
    r"yaml\.h": {"common/yaml.c"},
    r"zstd\.h|zlib\.h": {"common/zfile.c"},
    r"openssl/": {"common/hash.c"},
    r"utf8proc\.h": {"common/text.c"},
    r"protobuf-c/": {"model/proto.c"},
    r"mpi\.h": {"common/mpi.c"},
    r"pcre2\.h": {"common/pattern.c"},
}

BANNED = "strcpy strcat sprintf vsprintf gets atoi atol atof strtol sscanf strncpy strtok alloca".split()
RAW_ALLOC = "malloc calloc realloc free fopen".split()
WORDS = [r"(?<![A-Za-z0-9_.])/(work|farm)/", r"\bTODO\b", r"\bFIXME\b", r"\bXXX\b"]
LONGEST_FILE = 1000


def strip_comments(text):
    """Comments and string contents blanked, so that rules see code only."""
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m.group(0)), text, flags=re.S)


def files(root):
    out = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"],
                         capture_output=True, text=True)
    names = out.stdout.split("\n") if out.returncode == 0 else []
    return sorted(n for n in names if n and os.path.isfile(os.path.join(root, n)))


def check_includes(name, text, say):
    folder = name.split("/")[0]
    for i, line in enumerate(text.split("\n"), 1):
        m = re.match(r'\s*#\s*include\s+(["<])([^">]+)', line)
        if not m: continue
        kind, target = m.groups()
        if kind == '"' and folder in ALLOWED:
            to = target.split("/")[0]
            if to in ALLOWED and to != folder and to not in ALLOWED[folder]:
                say(f"{name}:{i}: {folder} may not include {target}")
            if "/" not in target and not target.endswith((".pb-c.h", "_tmpl.c", "_tmpl.h")):
                say(f"{name}:{i}: include {target} by its path from the root")
        if folder in ALLOWED:
            for pattern, owners in OWNERS.items():
                if kind == "<" and re.match(pattern, target) and name not in owners:
                    say(f"{name}:{i}: <{target}> belongs to {' '.join(sorted(owners))} alone")


def check_code(name, text, say):
    folder = name.split("/")[0]
    code = strip_comments(text)
    for word in BANNED:
        for m in re.finditer(r"(?<![\w.>])%s\s*\(" % word, code):
            say(f"{name}:{code.count(chr(10), 0, m.start()) + 1}: {word} is banned")
    if folder in ALLOWED and folder != "common":
        for word in RAW_ALLOC:
            for m in re.finditer(r"(?<![\w.>])%s\s*\(" % word, code):
                say(f"{name}:{code.count(chr(10), 0, m.start()) + 1}: {word} outside common/")
        if folder != "cli":
            for m in re.finditer(r"(?<![\w.>])(printf|puts)\s*\(", code):
                say(f"{name}:{code.count(chr(10), 0, m.start()) + 1}: library code does not print")


def check_form(name, raw, text, say):
    if b"\r" in raw: say(f"{name}: CR line ends")
    for i, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip(): say(f"{name}:{i}: trailing space")
        if "\t" in line: say(f"{name}:{i}: tab")
        if len(line) > 100: say(f"{name}:{i}: {len(line)} columns")
        if not line.isascii(): say(f"{name}:{i}: not ASCII")
    lines = text.count("\n")
    tables = os.path.basename(name).startswith(("lists_", "frames_"))
    if lines > LONGEST_FILE and not tables: say(f"{name}: {lines} lines, at most {LONGEST_FILE}")


def check_guard(name, text, say):
    guard = "HONE_" + re.sub(r"[/.]", "_", name).upper()
    if not re.search(r"#ifndef %s\n#define %s\n" % (guard, guard), text): say(f"{name}: guard is not {guard}")


def check(root):
    found, seen = [], {}
    say = found.append
    for name in files(root):
        if name.endswith((".c", ".h", ".cu")):
            base = os.path.basename(name)
            if base in seen: say(f"{name}: the name is taken by {seen[base]}")
            seen[base] = name
            raw = open(os.path.join(root, name), "rb").read()
            text = raw.decode("utf-8", "replace")
            check_includes(name, text, say)
            check_code(name, text, say)
            check_form(name, raw, text, say)
            if name.endswith(".h"): check_guard(name, text, say)
        if name.endswith((".c", ".h", ".py", ".md", ".sh", ".yaml", ".build")) or name.startswith("scripts/"):
            if name == "tests/style/check_tree.py": continue
            text = open(os.path.join(root, name), encoding="utf-8", errors="replace").read()
            for pattern in WORDS:
                for m in re.finditer(pattern, text): say(f"{name}:{text.count(chr(10), 0, m.start()) + 1}: '{m.group(0)}' does not belong here")
    return found


def self_test():
    """Each planted breach must be found."""
    head = "#ifndef HONE_{0}\n#define HONE_{0}\n#endif\n"
    plants = {
        "train/a.c": '#include "eval/x.h"\n',
        "model/b.c": "#include <curl/curl.h>\n",
        "model/c.c": "void f(void) { strcpy(a, b); }\n",
        "model/d.c": "void f(void) { p = malloc(3); }\n",
        "eval/e.c": 'void f(void) { printf("x"); }\n',
        "eval/f.h": "#ifndef WRONG\n#define WRONG\n#endif\n",
        "export/g.c": "int a; \n",
        "optim/h.c": "/* TO" "DO */\n",
    }
    with tempfile.TemporaryDirectory() as d:
        subprocess.run(["git", "init", "-q", d], check=True)
        for name, text in plants.items():
            os.makedirs(os.path.join(d, os.path.dirname(name)), exist_ok=True)
            open(os.path.join(d, name), "w").write(text)
        os.makedirs(os.path.join(d, "common"), exist_ok=True)
        open(os.path.join(d, "common/ok.h"), "w").write(head.format("COMMON_OK_H"))
        found = check(d)
    missing = [n for n in plants if not any(f.startswith(n) for f in found)]
    wrong = [f for f in found if f.startswith("common/ok.h")]
    for n in missing: print(f"self-test: the breach in {n} was not found")
    for f in wrong: print(f"self-test: false alarm: {f}")
    return 1 if missing or wrong else 0


def main():
    if "--self-test" in sys.argv: return self_test()
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "..")
    found = check(os.path.abspath(root))
    for line in found: print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
