/* The judge (datagen/judge.h). */
#include "datagen/judge.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "common/zfile.h"
#include "datasets/dedup.h"
#include "datasets/lint.h"
#include "datasets/schema.h"

enum { USER_MAX = 2000, WHY = 256, LINE_MAX = 16 << 20 };

typedef struct hash_set { /* open addressing; 0 is "free" */
    uint64_t *slots;
    size_t cap, count;
} hash_set;

struct hone_judge {
    hone_arena *a;
    const hone_json *tools;
    const hone_function *functions;
    int count;
    hash_set seen, excluded;
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

static bool set_has(const hash_set *s, uint64_t h)
{
    if (!s->cap) return false;
    for (size_t i = h & (s->cap - 1);; i = (i + 1) & (s->cap - 1)) {
        if (s->slots[i] == h) return true;
        if (!s->slots[i]) return false;
    }
}

static bool set_add(hash_set *s, hone_arena *a, uint64_t h)
{
    if (!h) h = 1;
    if (s->count * 2 >= s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 1024;
        uint64_t *slots = hone_arena_alloc(a, cap * sizeof *slots);
        if (!slots) return false;
        hash_set grown = { slots, cap, 0 };
        for (size_t i = 0; i < s->cap; i++)
            if (s->slots[i]) set_add(&grown, a, s->slots[i]);
        *s = grown;
    }
    size_t i = h & (s->cap - 1);
    while (s->slots[i] && s->slots[i] != h) i = (i + 1) & (s->cap - 1);
    if (!s->slots[i]) s->count++;
    s->slots[i] = h;
    return true;
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
    *ret = j;
    return 0;
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
        if (!set_add(&j->excluded, j->a, hone_dedup_hash(text->text)))
            return hone_err_memory(err, "hashes", 1);
    }
    return 0;
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

static const hone_arg *arg_of(const hone_judge *j, const char *function, const char *name)
{
    for (int i = 0; i < j->count; i++) {
        if (strcmp(j->functions[i].name, function) != 0) continue;
        for (int k = 0; k < j->functions[i].count; k++)
            if (strcmp(j->functions[i].args[k].name, name) == 0) return &j->functions[i].args[k];
    }
    return NULL;
}

static bool digits_stand(const char *user, const char *digits)
{
    static const char *const words[] = { "oh",   "one", "two",   "three", "four",
                                         "five", "six", "seven", "eight", "nine" };
    for (const char *start = user; *start; start++) {
        const char *u = start;
        const char *d = digits;
        while (*u && *d) {
            const char *word = *d >= '0' && *d <= '9' ? words[*d - '0'] : "";
            if (*u == *d) u++, d++;
            else if (d > digits && strchr(" -./()", *u)) u++;
            else if (*word && strncasecmp(u, word, strlen(word)) == 0) u += strlen(word), d++;
            else break;
        }
        if (!*d) return true;
    }
    return false;
}

/* Words must stand in the utterance, letter for letter; digits with what people put between them.
 */
static bool grounded(const hone_arg *g, const char *user, const hone_json *v)
{
    if (!g) return true;
    bool words = g->kind == HONE_ARG_WORDS || g->kind == HONE_ARG_TIME || g->kind == HONE_ARG_LIST;
    if (g->kind == HONE_ARG_PHONE && v->type == HONE_JSON_STRING)
        return digits_stand(user, v->text);
    if (words && v->type == HONE_JSON_STRING) return strstr(user, v->text) != NULL;
    for (size_t i = 0; words && v->type == HONE_JSON_ARRAY && i < v->len; i++)
        if (!grounded(g, user, v->items[i])) return false;
    return true;
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
        if (!grounded(arg_of(j, c->name, m->key), user, m->value)) return HONE_VERDICT_NOT_GROUNDED;
    }
    return HONE_VERDICT_OK;
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
static hone_verdict round_trip(const hone_calls *calls)
{
    hone_buf text = HONE_BUF_INIT(1 << 20);
    hone_arena *a = hone_arena_new();
    hone_parsed p;
    hone_call_write(&text, calls);
    bool ok = a && hone_buf_ok(&text) && hone_call_parse(&p, a, text.data, text.len, NULL) == 0 &&
              p.error == HONE_CALL_OK && same_calls(&p.calls, calls);
    hone_buf_done(&text);
    hone_arena_free(a);
    return ok ? HONE_VERDICT_OK : HONE_VERDICT_ROUND_TRIP;
}

static hone_verdict judge_content(const hone_judge *j, const char *user, const hone_calls *calls,
                                  const char *answer, char *why)
{
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
    return round_trip(calls);
}

hone_verdict hone_judge_row(hone_judge *j, const char *user, const hone_calls *calls,
                            const char *answer, char *why)
{
    if (why) *why = 0;
    hone_verdict r = judge_content(j, user, calls, answer, why);
    if (r) return r;
    uint64_t h = hone_dedup_hash(user);
    if (set_has(&j->excluded, h)) return HONE_VERDICT_EXCLUDED;
    if (set_has(&j->seen, h)) return HONE_VERDICT_DUPLICATE;
    return set_add(&j->seen, j->a, h) ? HONE_VERDICT_OK : HONE_VERDICT_SHAPE;
}
