/* The survey's counts (datasets/survey.h). */
#include "datasets/survey.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "datasets/dedup.h"

enum { VALUES_KEPT = 64, EXAMPLES = 12 };
#define ALIKE                                                                                      \
    0.8 /* share of equal runs of words that makes a near repeat, as `data dedup` has it */

static bool set_count(hone_arena *a, hone_json *o, const char *key, int64_t n)
{
    return hone_json_set(a, o, key, hone_json_new_i64(a, n));
}

static hone_json *inner(hone_arena *a, hone_json *o, const char *key)
{
    hone_json *v = hone_json_get(o, key);
    if (v) return v;
    v = hone_json_new_object(a);
    return v && hone_json_set(a, o, key, v) ? v : NULL;
}

static bool bump(hone_arena *a, hone_json *o, const char *key)
{
    int64_t n = 0;
    if (!o) return false;
    hone_json_i64(hone_json_get(o, key), &n);
    return set_count(a, o, key, n + 1);
}

/* Values that come up, for arguments with few of them. */
static bool count_value(hone_arena *a, hone_json *values, const char *name, const hone_json *v)
{
    hone_json *of = inner(a, values, name);
    if (!of) return false;
    const char *word = v->type == HONE_JSON_TRUE                               ? "true"
                       : v->type == HONE_JSON_FALSE                            ? "false"
                       : v->type == HONE_JSON_STRING || hone_json_is_number(v) ? v->text
                                                                               : "(nested)";
    if (of->len >= VALUES_KEPT && !hone_json_get(of, word)) word = "(others)";
    return bump(a, of, word);
}

/* Rows with tools of their own may have names that no other row has: they count by kind alone. */
static bool count_calls(hone_arena *a, hone_json *o, const hone_row *r)
{
    hone_json *functions = inner(a, o, "functions");
    hone_json *arguments = inner(a, o, "arguments");
    hone_json *values = inner(a, o, "values");
    if (r->expected.count == 0) return bump(a, functions, "(no call)");
    if (hone_json_is_bool(hone_json_get(r->source, "masked")))
        return bump(a, functions, "(masked names)");
    for (size_t i = 0; i < r->expected.count; i++) {
        const hone_call *c = &r->expected.items[i];
        if (!bump(a, functions, c->name)) return false;
        for (size_t k = 0; k < c->arguments->len; k++) {
            const hone_json_member *m = &c->arguments->members[k];
            if (!bump(a, inner(a, arguments, c->name), m->key)) return false;
            if (!count_value(a, inner(a, values, c->name), m->key, m->value)) return false;
        }
    }
    return true;
}

static const char *length_word(const char *text)
{
    static const struct {
        int most;
        const char *name;
    } steps[] = { { 2, "1-2" }, { 5, "3-5" }, { 8, "6-8" }, { 12, "9-12" }, { 18, "13-18" },
                  { 30, "19-30" } };
    int words = 0;
    for (const char *s = text; *(s += strspn(s, " \t\n")); s += strcspn(s, " \t\n")) words++;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (words <= steps[i].most) return steps[i].name;
    return "31 and more";
}

static bool count_word(hone_arena *a, hone_json *o, const char *part, const hone_json *source,
                       const char *key)
{
    const hone_json *v = hone_json_get(source, key);
    return !hone_json_is(v, HONE_JSON_STRING) || bump(a, inner(a, o, part), v->text);
}

static bool count_row(hone_arena *a, hone_json *o, const hone_row *r)
{
    const char *kind = r->expected.count == 0   ? "no call"
                       : r->expected.count == 1 ? "one call"
                                                : "several calls";
    hone_json *kinds = inner(a, o, "kinds");
    bool ok = count_calls(a, o, r) && bump(a, kinds, kind) &&
              bump(a, inner(a, o, "words"), length_word(r->user_text)) &&
              count_word(a, o, "styles", r->source, "style") &&
              count_word(a, o, "sources", r->source, "provider") &&
              count_word(a, o, "languages", r->source, "language");
    if (ok && hone_json_get(r->source, "masked")) ok = bump(a, kinds, "masked names");
    if (ok && hone_json_get(r->source, "few_tools")) ok = bump(a, kinds, "few tools");
    return ok;
}

static bool add_example(hone_arena *a, hone_json *list, const char *text, const char *of)
{
    hone_json *pair = hone_json_new_array(a);
    return pair && hone_json_push(a, pair, hone_json_new_str(a, of)) &&
           hone_json_push(a, pair, hone_json_new_str(a, text)) && hone_json_push(a, list, pair);
}

static int find_repeats(const hone_rows *rows, hone_arena *a, hone_json *o, hone_err *err)
{
    size_t n = rows->count;
    const char **texts = hone_calloc(n + 1, sizeof *texts);
    hone_dedup_result *found = hone_calloc(n + 1, sizeof *found);
    hone_json *list = hone_json_new_array(a);
    int64_t counts[4] = { 0 };
    int rc = texts && found && list ? 0 : hone_err_memory(err, "texts", n);
    for (size_t i = 0; rc == 0 && i < n; i++) texts[i] = rows->items[i].user_text;
    if (rc == 0) rc = hone_dedup_find(found, texts, n, 0, ALIKE, err);
    bool ok = rc == 0;
    for (size_t i = 0; ok && i < n; i++) {
        counts[found[i].kind]++;
        if (found[i].kind != HONE_REPEAT_NONE && list->len < EXAMPLES)
            ok = add_example(a, list, texts[i], texts[found[i].of]);
    }
    ok = ok && set_count(a, o, "exact_repeats", counts[HONE_REPEAT_EXACT]) &&
         set_count(a, o, "near_repeats", counts[HONE_REPEAT_NEAR]) &&
         hone_json_set(a, o, "repeat_examples", list);
    hone_free(texts);
    hone_free(found);
    return rc < 0 || ok ? rc : hone_err_memory(err, "repeats", n);
}

/* In the order of length, whatever came first. */
static bool sort_words(hone_arena *a, hone_json *o)
{
    static const char *const order[] = { "1-2",  "3-5",   "6-8",        "9-12",
                                         "13-18", "19-30", "31 and more" };
    const hone_json *words = hone_json_get(o, "words");
    hone_json *sorted = hone_json_new_object(a);
    for (size_t i = 0; sorted && words && i < sizeof order / sizeof *order; i++) {
        hone_json *v = hone_json_get(words, order[i]);
        if (v && !hone_json_set(a, sorted, order[i], v)) return false;
    }
    return sorted && (!words || hone_json_set(a, o, "words", sorted));
}

int hone_survey_make(hone_json **ret, const hone_rows *rows, const hone_json *generation,
                     hone_arena *a, hone_err *err)
{
    hone_json *o = hone_json_new_object(a);
    size_t longest = 0;
    size_t total = 0;
    bool ok = o && set_count(a, o, "rows", (int64_t)rows->count);
    for (size_t i = 0; ok && i < rows->count; i++) {
        size_t n = strlen(rows->items[i].user_text);
        total += n;
        if (n > longest) longest = n;
        ok = count_row(a, o, &rows->items[i]);
    }
    ok = ok && sort_words(a, o) &&
         set_count(a, o, "mean_user_bytes", (int64_t)(total / (rows->count ? rows->count : 1))) &&
         set_count(a, o, "longest_user_bytes", (int64_t)longest) &&
         set_count(a, o, "nulls_dropped", rows->nulls_dropped);
    if (!ok) return hone_err_memory(err, "report", rows->count);
    HONE_TRY(find_repeats(rows, a, o, err));
    if (generation && !hone_json_set(a, o, "generation", hone_json_copy(a, generation)))
        return hone_err_memory(err, "report", 1);
    *ret = o;
    return 0;
}
