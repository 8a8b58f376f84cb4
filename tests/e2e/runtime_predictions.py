#!/usr/bin/env python3
"""A predictions file made by the real LiteRT-LM runtime: one {"id", "text"} a row, for
`hone eval --from-predictions`.

    runtime_predictions.py FILE.litertlm ROWS INSPECT.jsonl -o predictions.jsonl [--limit N]

INSPECT.jsonl is `hone data inspect ROWS --model FILE.litertlm --tools TOOLS --json`: its prompts, in
the order of ROWS, are fed as raw text (the engine adds <bos> itself), so the text that comes back
holds the call markers. Stop tokens are cut by the engine. Exit 77 if the package is missing.
"""
import argparse, json, os, sys


def lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(x) for x in f if x.strip()]


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("model"); p.add_argument("rows"); p.add_argument("inspect")
    p.add_argument("-o", "--out", required=True)
    p.add_argument("--limit", type=int)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--max-tokens", type=int, default=128)
    a = p.parse_args()
    rows, prompts = lines(a.rows), lines(a.inspect)
    if len(rows) != len(prompts): raise ValueError("%d rows, but %d inspected prompts" % (len(rows), len(prompts)))
    if any("id" not in r for r in rows): raise ValueError("every row needs an id")
    import litert_lm as L
    L.set_min_log_severity(L.LogSeverity.ERROR)
    greedy = L.SamplerConfig(top_k=1, top_p=1.0, temperature=1.0, seed=0)
    temporary = a.out + ".tmp"
    with open(temporary, "w", encoding="utf-8") as f:
        with L.Engine(a.model, L.Backend.CPU(thread_count=a.threads), cache_dir=":nocache") as e:
            for row, prompt in list(zip(rows, prompts))[:a.limit]:
                text = prompt["prompt"]
                if text.startswith("<bos>"): text = text[len("<bos>"):]
                with e.create_session(apply_prompt_template=False, max_output_tokens=a.max_tokens,
                                      sampler_config=greedy) as s:
                    s.run_prefill([text])
                    answer = s.run_decode().texts[0]
                f.write(json.dumps({"id": row["id"], "text": answer}, ensure_ascii=False) + "\n")
    os.replace(temporary, a.out)
    return 0


if __name__ == "__main__":
    try: sys.exit(main())
    except ImportError as x: sys.exit(print("skipped: %s" % x) or 77)
    except (OSError, ValueError, KeyError, RuntimeError) as x: sys.exit(print("error: %s" % x, file=sys.stderr) or 2)
