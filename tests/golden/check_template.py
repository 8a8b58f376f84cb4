#!/usr/bin/env python3
"""Our chat template against the golden prompts, under two engines: jinja2 and minijinja.

    check_template.py [--serve PROGRAM] [TEMPLATE [GOLDEN]]

With --serve the template is first changed by PROGRAM (print_serve_template) as `hone export --serve-template`
does: prompts stay equal, and a tool result that is text, an error before, is printed as a value.
Engines come from PyPI (pip install jinja2 minijinja). One that is missing is named and skipped.
Exit status: 0 all equal, 1 a difference, 77 nothing could be run.
"""
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77


def raise_exception(message):
    raise RuntimeError(message)


def with_jinja2(source):
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    env.globals["raise_exception"] = raise_exception
    return "jinja2 " + jinja2.__version__, env.from_string(source).render


def with_minijinja(source):
    import importlib.metadata
    import minijinja
    env = minijinja.Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
                                templates={"chat": source})
    env.add_global("raise_exception", raise_exception)
    env.auto_escape_callback = lambda name: False
    return ("minijinja " + importlib.metadata.version("minijinja"),
            lambda **values: env.render_template("chat", **values))


def render(function, case):
    values = {"messages": case["messages"], "add_generation_prompt": case["add_generation_prompt"],
              "bos_token": "<bos>", "eos_token": "<eos>"}
    if case["tools"] is not None:
        values["tools"] = case["tools"]
    try:
        return function(**values)
    except Exception as error:  # whatever the engine raises counts as "an error"
        return error


def has_text_result(case):
    """A tool message of which a response is text."""
    contents = [m.get("content") for m in case["messages"] if m["role"] == "tool"]
    items = [v for c in contents for v in (c if isinstance(c, list) else [c])]
    return any(isinstance(v, dict) and "name" in v and isinstance(v.get("response"), str) for v in items)


def text_result():
    result = {"type": "tool_response", "name": "get_weather", "response": "sunny, 20"}
    call = {"type": "function", "function": {"name": "get_weather", "arguments": {}}}
    return {"name": "text result", "tools": None, "add_generation_prompt": True, "messages": [
                {"role": "user", "content": "weather?"}, {"role": "assistant", "tool_calls": [call]}, {"role": "tool", "content": [result]}],
            "prompt": "<bos><start_of_turn>user\nweather?<end_of_turn>\n<start_of_turn>model\n<start_function_call>call:get_weather{}"
                      "<end_function_call><start_function_response>response:get_weather{value:<escape>sunny, 20<escape>}<end_function_response>"}


def differences(function, cases, serve):
    wrong = 0
    for case in cases:
        got = render(function, case)
        if "error" in case and (isinstance(got, Exception) or (serve and has_text_result(case))):
            continue
        if isinstance(got, str) and got == case.get("prompt"):
            continue
        wrong += 1
        print(f"  {case['name']}\n    got  {got!r}\n    want {case.get('prompt', 'an error')!r}")
    return wrong


def main():
    program = sys.argv[2] if len(sys.argv) > 2 and sys.argv[1] == "--serve" else None
    if program: del sys.argv[1:3]
    template = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[1] / "model" / "chat_template.jinja"
    golden = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else HERE / "functiongemma" / "golden_prompts.json"
    source = template.read_text(encoding="utf-8")
    if program: source = subprocess.run([program, template], stdout=subprocess.PIPE, check=True, text=True, encoding="utf-8").stdout
    cases = json.loads(golden.read_text(encoding="utf-8"))
    if program: cases.append(text_result())
    ran = wrong = 0
    for engine in (with_jinja2, with_minijinja):
        try:
            name, function = engine(source)
        except ImportError as error:
            print(f"skipped {engine.__name__}: {error}")
            continue
        bad = differences(function, cases, program)
        print(f"{name}: {len(cases) - bad} of {len(cases)} equal")
        ran += 1
        wrong += bad
    if ran == 0:
        return SKIPPED
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
