/* What the files that build a report's tree share. Internal to eval/. */
#ifndef HONE_EVAL_REPORT_PARTS_H
#define HONE_EVAL_REPORT_PARTS_H

#include "eval/report.h"

/* Tree building whose failures are remembered and looked at once, at the end. */
typedef struct hone_parts {
    hone_arena *arena;
    bool failed; /* memory ran out */
} hone_parts;

void hone_parts_put(hone_parts *p, hone_json *o, const char *key, hone_json *v);
void hone_parts_str(hone_parts *p, hone_json *o, const char *key, const char *s);
void hone_parts_push(hone_parts *p, hone_json *array, hone_json *v);
hone_json *hone_parts_child(hone_parts *p, hone_json *o, const char *key); /* made if absent */
int64_t hone_parts_counter(const hone_json *o, const char *key);
void hone_parts_count(hone_parts *p, hone_json *o, const char *key, int64_t more);
/* A value as compact JSON, in the arena; never NULL. */
const char *hone_parts_text(hone_parts *p, const hone_json *v);
/* Calls as the model writes them; "" for none. */
const char *hone_parts_calls(hone_parts *p, const hone_calls *calls);

/* Where a row's fault lies: the function expected (or called), and the argument; "" if nowhere. */
void hone_parts_place(const hone_report *report, const hone_result *r, const char **ret_function,
                      const char **ret_argument);
/* One element of "failures". */
hone_json *hone_parts_failure(hone_parts *p, const hone_report *report, const hone_result *r);

/* "bfcl", "lenient_accepted", "by_tools", "by_prompt_tokens", "clusters". */
void hone_parts_blocks(hone_parts *p, hone_json *root, const hone_report *report);

#endif
