/* The judge (datagen/judge.h). */
#include "datagen/judge.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "common/zfile.h"
#include "datagen/ground.h"
#include "datasets/dedup.h"
#include "datasets/lint.h"
#include "datasets/schema.h"

enum { USER_MAX = 2000, WHY = 256, LINE_MAX = 16 << 20 };

/* Shares of equal runs of three words from which two utterances are one. Evaluation rows are held
 * off further. */
#define SAME 0.85
#define LEAKED 0.7

struct hone_judge {
    hone_arena *a;
    const hone_json *tools;
    const hone_function *functions;
    int count;
    hone_near *seen, *excluded;
    hone_arena *parsed; /* of the call that is read back */
    const hone_tongue *numbers; /* the language that they are said in; NULL: they need not be */
};

const char *hone_verdict_word(hone_verdict v)
{
    static const char *const words[] = {
#define X(name, word) word,
        HONE_VERDICTS(X)
#undef X
    };
    return words[v];
}

int hone_judge_new(hone_judge **ret, hone_arena *a, const hone_json *tools,
                   const hone_function *functions, int count, hone_err *err)
{
    hone_judge *j = hone_arena_alloc(a, sizeof *j);
    if (!j) return hone_err_memory(err, "judge", sizeof *j);
    j->a = a;
    j->tools = tools;
    j->functions = functions;
    j->count = count;
    j->parsed = hone_arena_new();
    int rc = j->parsed ? hone_near_new(&j->seen, SAME, err) : hone_err_memory(err, "judge", 1);
    if (rc == 0) rc = hone_near_new(&j->excluded, LEAKED, err);
    if (rc < 0)
        hone_judge_free(j);
    else
        *ret = j;
    return rc;
}

void hone_judge_free(hone_judge *j)
{
    if (!j) return;
    hone_near_free(j->seen);
    hone_near_free(j->excluded);
    j->seen = j->excluded = NULL;
    j->parsed = hone_arena_free(j->parsed);
}

void hone_judge_check_numbers(hone_judge *j, const hone_tongue *language)
{
    j->numbers = language;
}

static int exclude_line(hone_judge *j, hone_arena *line_arena, const char *line, size_t len,
                        const char *path, int64_t n, hone_err *err)
{
    hone_json *o;
    HONE_TRY(hone_json_parse(&o, line_arena, line, len, path, n, err));
    const hone_json *messages = hone_json_get(o, "messages");
    for (size_t i = 0; hone_json_is(messages, HONE_JSON_ARRAY) && i < messages->len; i++) {
        const hone_json *m = messages->items[i];
        const hone_json *text = hone_json_get(m, "content");
        if (!hone_json_str_eq(hone_json_get(m, "role"), "user") ||
            !hone_json_is(text, HONE_JSON_STRING))
            continue;
        HONE_TRY(hone_near_add(j->excluded, text->text, err));
    }
    return 0;
}

int hone_judge_exclude_text(hone_judge *j, const char *text, hone_err *err)
{
    return hone_near_add(j->excluded, text, err);
}

int hone_judge_exclude(hone_judge *j, const char *path, hone_err *err)
{
    hone_lines *l = NULL;
    hone_arena *line_arena = hone_arena_new();
    if (!line_arena) return hone_err_memory(err, "line", 1);
    const char *line;
    size_t len;
    int64_t n;
    int rc = hone_lines_open(&l, path, LINE_MAX, err);
    while (rc >= 0 && (rc = hone_lines_next(l, &line, &len, &n, err)) == 1) {
        hone_arena_clear(line_arena);
        if (strspn(line, " \t") < len) rc = exclude_line(j, line_arena, line, len, path, n, err);
    }
    hone_lines_close(l);
    hone_arena_free(line_arena);
    return rc;
}

/* ---- text ---- */

static hone_verdict judge_text(const char *s)
{
    if (!hone_utf8_valid(s, strlen(s))) return HONE_VERDICT_ENCODING;
    if (hone_lint_marker(s)) return HONE_VERDICT_CONTROL;
    return hone_lint_hostile(s) ? HONE_VERDICT_HOSTILE : HONE_VERDICT_OK;
}

static hone_verdict judge_strings(const hone_json *v, int depth)
{
    if (depth > 32) return HONE_VERDICT_SHAPE;
    if (v->type == HONE_JSON_STRING) return judge_text(v->text);
    hone_verdict r = HONE_VERDICT_OK;
    for (size_t i = 0; !r && v->type == HONE_JSON_ARRAY && i < v->len; i++)
        r = judge_strings(v->items[i], depth + 1);
    for (size_t i = 0; !r && v->type == HONE_JSON_OBJECT && i < v->len; i++)
        r = judge_strings(v->members[i].value, depth + 1);
    return r;
}

/* ---- calls ---- */

static const hone_function *function_of(const hone_judge *j, const char *name)
{
    for (int i = 0; i < j->count; i++)
        if (strcmp(j->functions[i].name, name) == 0) return &j->functions[i];
    return NULL;
}

static bool is_number(const hone_arg *g)
{
    return g->kind == HONE_ARG_HOUR || g->kind == HONE_ARG_HHMM || g->kind == HONE_ARG_SPAN ||
           g->kind == HONE_ARG_INT || g->kind == HONE_ARG_REAL;
}

/* Every value that is said in words, and numbers too when they were not made with the words. */
static hone_verdict judge_values(const hone_judge *j, const char *user, const hone_call *c,
                                 const char **ret_name)
{
    const hone_function *f = function_of(j, c->name);
    const hone_tongue *t = j->numbers ? j->numbers : &hone_tongue_english;
    for (int i = 0; f && i < f->count; i++) {
        bool number = is_number(&f->args[i]);
        if (number && !j->numbers) continue;
        *ret_name = f->args[i].name;
        if (hone_ground_value(t, f, i, user, c->arguments)) continue;
        return number ? HONE_VERDICT_NUMBER : HONE_VERDICT_NOT_GROUNDED;
    }
    return HONE_VERDICT_OK;
}

static void say(char *why, const char *a, const char *b)
{
    if (why) (void)snprintf(why, WHY, "%s %.120s", a, b);
}

static hone_verdict judge_call(const hone_judge *j, const char *user, const hone_call *c, char *why)
{
    hone_schema_finding found;
    if (hone_schema_call(j->tools, c->name, c->arguments, &found)) {
        if (why)
            (void)snprintf(why, WHY, "%s: %.60s %.160s", hone_schema_word(found.fault), found.path,
                           found.text);
        return HONE_VERDICT_SCHEMA;
    }
    for (size_t i = 0; i < c->arguments->len; i++) {
        const hone_json_member *m = &c->arguments->members[i];
        hone_verdict r = judge_strings(m->value, 0);
        say(why, "argument", m->key);
        if (r) return r;
        if (m->value->type == HONE_JSON_STRING && m->value->len == 0)
            return HONE_VERDICT_EMPTY_VALUE;
        if (hone_lint_device_cuts(c->arguments, i)) return HONE_VERDICT_CUT_VALUE;
    }
    const char *name = "";
    hone_verdict r = judge_values(j, user, c, &name);
    if (r) say(why, "argument", name);
    return r;
}

static bool same_calls(const hone_calls *a, const hone_calls *b)
{
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i].name, b->items[i].name) != 0 ||
            !hone_json_equal(a->items[i].arguments, b->items[i].arguments))
            return false;
    return true;
}

/* What the model is taught to write must parse back to the same calls. */
static hone_verdict round_trip(const hone_judge *j, const hone_calls *calls)
{
    hone_buf text = HONE_BUF_INIT(1 << 20);
    hone_arena *a = j->parsed;
    hone_parsed p;
    hone_arena_clear(a);
    hone_call_write(&text, calls);
    bool ok = hone_buf_ok(&text) && hone_call_parse(&p, a, text.data, text.len, NULL) == 0 &&
              p.error == HONE_CALL_OK && same_calls(&p.calls, calls);
    hone_buf_done(&text);
    return ok ? HONE_VERDICT_OK : HONE_VERDICT_ROUND_TRIP;
}

hone_verdict hone_judge_look(const hone_judge *j, const char *user, const hone_calls *calls,
                             const char *answer, char *why)
{
    if (why) *why = 0;
    if (!user || !*user) return HONE_VERDICT_NO_USER;
    if (strlen(user) > USER_MAX) return HONE_VERDICT_TOO_LONG;
    hone_verdict r = judge_text(user);
    if (r) return r;
    if (calls->count == 0)
        return answer && *answer ? judge_text(answer) : HONE_VERDICT_EMPTY_ANSWER;
    for (size_t i = 0; i < calls->count; i++) {
        r = judge_call(j, user, &calls->items[i], why);
        if (r) return r;
    }
    return round_trip(j, calls);
}

hone_verdict hone_judge_row(hone_judge *j, const char *user, const hone_calls *calls,
                            const char *answer, char *why)
{
    hone_verdict r = hone_judge_look(j, user, calls, answer, why);
    if (r) return r;
    hone_dedup_result same;
    hone_near_find(&same, j->excluded, user);
    if (same.kind == HONE_REPEAT_NEAR) return HONE_VERDICT_NEAR_EXCLUDED;
    if (same.kind) return HONE_VERDICT_EXCLUDED;
    if (hone_near_find_or_add(&same, j->seen, user, NULL) < 0) return HONE_VERDICT_SHAPE;
    if (same.kind == HONE_REPEAT_NEAR) return HONE_VERDICT_NEAR_DUPLICATE;
    return same.kind ? HONE_VERDICT_DUPLICATE : HONE_VERDICT_OK;
}
