/* Failures as shares (datagen/refill.h). */
#include "datagen/refill.h"

#include <string.h>

#include "common/mem.h"
#include "common/zfile.h"

enum { LINE_MAX = 16 << 20, NO_CALL_MAX = 60 };
#define BY_ERRORS 0.7

typedef struct loading {
    hone_refill r;
    const char *path;
    const hone_function *functions;
    int count;
    int (*on_prompt)(void *user, const char *text, hone_err *err);
    void *user;
    hone_err *err;
} loading;

static const char *text_of(const hone_json *o, const char *key)
{
    const hone_json *v = hone_json_get(o, key);
    return hone_json_is(v, HONE_JSON_STRING) ? v->text : "";
}

static int function_of(const loading *l, const char *name)
{
    for (int i = 0; i < l->count && i < HONE_REFILL_FUNCTIONS; i++)
        if (strcmp(l->functions[i].name, name) == 0) return i;
    return -1;
}

/* "[]" and nothing want no call. */
static bool wants_none(const hone_json *o)
{
    const char *expected = text_of(o, "expected");
    return !*expected || strcmp(expected, "[]") == 0;
}

static int take(loading *l, const hone_json *o)
{
    const char *prompt = text_of(o, "prompt");
    int f = function_of(l, text_of(o, "function"));
    if (*prompt) HONE_TRY(l->on_prompt(l->user, prompt, l->err));
    if (wants_none(o)) {
        l->r.no_call++;
        l->r.failures++;
        return 0;
    }
    if (f < 0) {
        l->r.others++;
        return 0;
    }
    l->r.failures++;
    l->r.function[f]++;
    for (int i = 0; i < l->functions[f].count; i++)
        if (strcmp(l->functions[f].args[i].name, text_of(o, "argument")) == 0)
            l->r.argument[f][i]++;
    return 0;
}

static int read_lines(loading *l, hone_lines *lines, hone_arena *a)
{
    const char *line;
    size_t len;
    int64_t n;
    bool head = false;
    int rc;
    while ((rc = hone_lines_next(lines, &line, &len, &n, l->err)) == 1) {
        hone_json *o;
        hone_arena_clear(a);
        if (strspn(line, " \t") == len) continue;
        HONE_TRY(hone_json_parse(&o, a, line, len, l->path, n, l->err));
        if (!head) {
            head = hone_json_str_eq(hone_json_get(o, "format"), "hone-failures/1");
            if (head) continue;
            hone_err_hint(l->err, "hone eval --out DIR writes DIR/failures.jsonl");
            return hone_fail(l->err, HONE_E_DATA, "%s:%lld: this is no failures file", l->path,
                             (long long)n);
        }
        HONE_TRY(take(l, o));
    }
    return rc;
}

int hone_refill_load(hone_refill *ret, const char *path, const hone_function *functions, int count,
                     int (*on_prompt)(void *user, const char *text, hone_err *err), void *user,
                     hone_err *err)
{
    hone_lines *lines = NULL;
    loading *l = hone_calloc(1, sizeof *l);
    hone_arena *a = hone_arena_new();
    int rc =
        l && a ? hone_lines_open(&lines, path, LINE_MAX, err) : hone_err_memory(err, "failures", 1);
    if (rc == 0) {
        *l = (loading){ .path = path,
                        .functions = functions,
                        .count = count,
                        .on_prompt = on_prompt,
                        .user = user,
                        .err = err };
        rc = read_lines(l, lines, a);
    }
    if (rc == 0 && l->r.failures == 0)
        rc = hone_fail(err, HONE_E_DATA, "%s names no failure of these functions", path);
    if (rc == 0) *ret = l->r;
    hone_lines_close(lines);
    hone_arena_free(a);
    hone_free(l);
    return rc;
}

double hone_refill_share(const hone_refill *r, int function, double planned)
{
    double calls = (double)r->failures - r->no_call;
    if (!(calls > 0)) return planned;
    return (1 - BY_ERRORS) * planned + BY_ERRORS * r->function[function] / calls;
}

int hone_refill_no_call(const hone_refill *r, int planned)
{
    double mass = 100 * r->no_call / (double)r->failures;
    double share = (1 - BY_ERRORS) * planned + BY_ERRORS * mass;
    return share < NO_CALL_MAX ? (int)share : NO_CALL_MAX;
}

int hone_refill_argument(const hone_refill *r, int function, int argument, int planned)
{
    if (!(r->function[function] > 0)) return planned;
    double mass = r->argument[function][argument] / r->function[function];
    return (int)(planned + (95 - planned) * BY_ERRORS * mass);
}
