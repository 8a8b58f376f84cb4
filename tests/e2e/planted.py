#!/usr/bin/env python3
"""Answers of a model that is right but for a few rows, healthy or damaged in a known way.

    planted.py ROWS.jsonl DAMAGE > predictions.jsonl

DAMAGE: none, forgotten (start_timer is never called), enum (repeat is written with a capital), swapped
(hour and minute change places), endless (set_flashlight answers never stop), left_out (minute is missing),
unending (set_flashlight answers are right and go on to the limit).
"""
import json, sys


def text_of(v):
    if isinstance(v, bool): return "true" if v else "false"
    if isinstance(v, str): return "<escape>%s<escape>" % v
    if isinstance(v, list): return "[" + ",".join(map(text_of, v)) + "]"
    if isinstance(v, dict): return "{" + ",".join("%s:%s" % (k, text_of(x)) for k, x in sorted(v.items())) + "}"
    return json.dumps(v)


def call(name, arguments):
    return "<start_function_call>call:%s%s<end_function_call>" % (name, text_of(arguments))


def answer(calls, damage, number):
    if number % 17 == 3: return "Which one do you mean?<end_of_turn>", "stop_token"  # what it never could
    if not calls: return "I cannot do that.<end_of_turn>", "stop_token"
    text = ""
    for c in calls:
        name, a = c["function"]["name"], dict(c["function"]["arguments"])
        if damage == "forgotten" and name == "start_timer": return "Done!<end_of_turn>", "stop_token"
        if damage == "enum" and "repeat" in a: a["repeat"] = a["repeat"].capitalize()
        if damage == "swapped" and "hour" in a: a["hour"], a["minute"] = a.get("minute", 0), a["hour"]
        if damage == "left_out" and name == "set_alarm": a.pop("minute", None)
        text += call(name, a)
        if damage == "unending" and name == "set_flashlight": return text, "length"
        if damage == "endless" and name == "set_flashlight": return text * 4, "length"
    return text + "<start_function_response>", "stop_token"


for number, line in enumerate(open(sys.argv[1], encoding="utf-8")):
    row = json.loads(line)
    last = row["messages"][-1]
    text, stop = answer(last.get("tool_calls") if last["role"] == "assistant" else None, sys.argv[2], number)
    print(json.dumps(dict(id=row["id"], text=text, stop=stop)))
