/* The collector (datagen/collect.h). */
#include "datagen/collect.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "common/rng.h"
#include "datasets/mask_names.h"

enum { EXAMPLES = 3 };

struct hone_collect {
    hone_arena *a, *row;
    hone_judge *judge;
    hone_zout *out;
    const char *prefix;
    hone_json *reasons, *accepted, *refused, *arguments, *values, *kinds, *examples;
    int64_t count, refusals;
    uint64_t user_bytes, longest, seed;
    const hone_mix *mix; /* NULL: rows declare nothing */
    const hone_json *tools;
    hone_json *lengths;
    int64_t masked, few;
};

int hone_collect_open(hone_collect **ret, hone_arena *a, hone_judge *j, const char *path,
                      const char *id_prefix, hone_err *err)
{
    hone_collect *c = hone_arena_alloc(a, sizeof *c);
    if (!c) return hone_err_memory(err, "collector", sizeof *c);
    c->a = a;
    c->judge = j;
    c->prefix = id_prefix;
    hone_json **parts[] = { &c->reasons, &c->accepted, &c->refused, &c->arguments,
                            &c->values,  &c->kinds,    &c->examples, &c->lengths };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!(*parts[i] = hone_json_new_object(a))) return hone_err_memory(err, "report", 1);
    c->row = hone_arena_new();
    if (!c->row) return hone_err_memory(err, "row", 1);
    int rc = hone_zout_open(&c->out, path, err);
    if (rc < 0) {
        c->row = hone_arena_free(c->row);
        return rc;
    }
    *ret = c;
    return 0;
}

/* object[key] += 1, in the same digits where they suffice: an arena gives nothing back. */
static bool bump(hone_arena *a, hone_json *object, const char *key)
{
    int64_t n = 0;
    hone_json *old = hone_json_get(object, key);
    hone_json_i64(old, &n);
    if (old && hone_json_count_up(old)) return true;
    return hone_json_set(a, object, key, hone_json_new_i64(a, n + 1));
}

static hone_json *inner(hone_arena *a, hone_json *object, const char *key)
{
    hone_json *o = hone_json_get(object, key);
    if (o) return o;
    o = hone_json_new_object(a);
    return o && hone_json_set(a, object, key, o) ? o : NULL;
}

int hone_collect_refuse(hone_collect *c, const char *category, const char *reason,
                        const char *example, hone_err *err)
{
    c->refusals++;
    hone_json *per = inner(c->a, c->refused, category);
    bool ok = per && bump(c->a, per, reason) && bump(c->a, c->reasons, reason);
    hone_json *list = hone_json_get(c->examples, reason);
    if (ok && !list) {
        list = hone_json_new_array(c->a);
        ok = list && hone_json_set(c->a, c->examples, reason, list);
    }
    if (ok && list->len < EXAMPLES)
        ok = hone_json_push(c->a, list, hone_json_new_str(c->a, example));
    return ok ? 0 : hone_err_memory(err, "report", 1);
}

/* Counts which arguments the accepted calls give, and the values of booleans and enum words. */
static bool count_calls(hone_collect *c, const hone_calls *calls)
{
    for (size_t i = 0; i < calls->count; i++) {
        const hone_call *call = &calls->items[i];
        hone_json *per = inner(c->a, c->arguments, call->name);
        if (!per) return false;
        for (size_t k = 0; k < call->arguments->len; k++) {
            const hone_json_member *m = &call->arguments->members[k];
            if (!bump(c->a, per, m->key)) return false;
            bool flag = hone_json_is_bool(m->value);
            if (!flag) continue;
            hone_json *values = inner(c->a, c->values, call->name);
            hone_json *of = values ? inner(c->a, values, m->key) : NULL;
            if (!of || !bump(c->a, of, m->value->type == HONE_JSON_TRUE ? "true" : "false"))
                return false;
        }
    }
    return true;
}

static hone_json *message(hone_arena *a, const char *role, const char *content)
{
    hone_json *m = hone_json_new_object(a);
    if (!m) return NULL;
    hone_json_set(a, m, "role", hone_json_new_str(a, role));
    if (content) hone_json_set(a, m, "content", hone_json_new_str(a, content));
    return m;
}

static hone_json *calls_json(hone_arena *a, const hone_calls *calls)
{
    hone_json *list = hone_json_new_array(a);
    for (size_t i = 0; list && i < calls->count; i++) {
        hone_json *call = hone_json_new_object(a);
        hone_json *f = hone_json_new_object(a);
        if (!call || !f) return NULL;
        hone_json_set(a, f, "name", hone_json_new_str(a, calls->items[i].name));
        hone_json_set(a, f, "arguments", hone_json_copy(a, calls->items[i].arguments));
        hone_json_set(a, call, "type", hone_json_new_str(a, "function"));
        hone_json_set(a, call, "function", f);
        hone_json_push(a, list, call);
    }
    return list;
}

/* A selection in the tools' order: those that are called, and some of the others. */
static hone_json *few_tools(hone_collect *c, const hone_calls *calls)
{
    hone_rng rng = { .seed = c->seed,
                     .stream = HONE_RNG_DATAGEN,
                     .step = 6,
                     .next = (uint64_t)c->count << 16 };
    hone_json *list = hone_json_new_array(c->row);
    uint64_t keep = 15 + hone_rng_next_below(&rng, 70); /* per cent of the others */
    for (size_t i = 0; list && i < c->tools->len; i++) {
        const hone_json *tool = c->tools->items[i];
        const hone_json *f = hone_json_get(tool, "function");
        const hone_json *name = hone_json_get(f ? f : tool, "name");
        bool called = false;
        for (size_t k = 0; k < calls->count; k++)
            called |= hone_json_str_eq(name, calls->items[k].name);
        if (!called && hone_rng_next_below(&rng, 100) >= keep) continue;
        if (!hone_json_push(c->row, list, hone_json_copy(c->row, tool))) return NULL;
    }
    return list;
}

/* Rows with tools of their own, each sort as far behind its share as can be. */
static hone_json *vary(hone_collect *c, hone_json *row, const hone_calls *calls)
{
    if (!c->mix) return row;
    bool few = c->few * 100 < (c->count + 1) * c->mix->few_tools && c->tools->len > 2;
    bool masked = calls->count && c->masked * 100 < (c->count + 1) * c->mix->masked;
    few = few && !(masked && c->count % 2); /* one row may be both: not always */
    if (!few && !masked) return row;
    hone_json *tools = few ? few_tools(c, calls) : hone_json_copy(c->row, c->tools);
    hone_json *source = hone_json_get(row, "source");
    if (!tools || (tools->len && !hone_json_set(c->row, row, "tools", tools))) return NULL;
    c->few += few;
    c->masked += masked;
    if (source && few) hone_json_set(c->row, source, "few_tools", hone_json_new_bool(c->row, true));
    if (source && masked) hone_json_set(c->row, source, "masked", hone_json_new_bool(c->row, true));
    return masked ? hone_names_masked(c->row, row, c->seed, c->count) : row;
}

void hone_collect_vary(hone_collect *c, const hone_mix *mix, const hone_json *tools, uint64_t seed)
{
    c->mix = mix->few_tools || mix->masked ? mix : NULL;
    c->tools = tools;
    c->seed = seed;
}

static hone_json *row_json(hone_collect *c, const hone_collect_row *r)
{
    hone_arena *a = c->row;
    char id[96];
    (void)snprintf(id, sizeof id, "%s-%06lld", c->prefix, (long long)c->count + 1);
    hone_json *o = hone_json_new_object(a);
    hone_json *messages = hone_json_new_array(a);
    hone_json *answer = message(a, "assistant", r->calls.count ? NULL : r->answer);
    if (!o || !messages || !answer) return NULL;
    if (r->calls.count) hone_json_set(a, answer, "tool_calls", calls_json(a, &r->calls));
    hone_json_push(a, messages, message(a, "user", r->user));
    hone_json_push(a, messages, answer);
    hone_json_set(a, o, "id", hone_json_new_str(a, id));
    if (r->group && *r->group) hone_json_set(a, o, "group", hone_json_new_str(a, r->group));
    hone_json_set(a, o, "messages", messages);
    hone_json_set(a, o, "category", hone_json_new_str(a, r->category));
    if (r->source) hone_json_set(a, o, "source", hone_json_copy(a, r->source));
    return vary(c, o, &r->calls);
}

int hone_collect_add(hone_collect *c, const hone_collect_row *r, hone_err *err)
{
    char why[256];
    hone_verdict v = hone_judge_row(c->judge, r->user, &r->calls, r->answer, why);
    if (v != HONE_VERDICT_OK) {
        hone_buf b = HONE_BUF_INIT(1 << 16);
        hone_buf_printf(&b, "%s%s%s", r->user ? r->user : "", *why ? " | " : "", why);
        int rc =
            hone_collect_refuse(c, r->category, hone_verdict_word(v), b.data ? b.data : "", err);
        hone_buf_done(&b);
        return rc < 0 ? rc : 0;
    }
    hone_arena_clear(c->row);
    hone_json *o = row_json(c, r);
    hone_buf line = HONE_BUF_INIT(1 << 22);
    if (o) hone_json_write(&line, o, HONE_JSON_COMPACT);
    hone_buf_char(&line, '\n');
    int rc = o && hone_buf_ok(&line) ? hone_zout_write(c->out, line.data, line.len, err)
                                     : hone_err_memory(err, "row", 1);
    hone_buf_done(&line);
    if (rc < 0) return rc;
    c->count++;
    c->user_bytes += strlen(r->user);
    if (strlen(r->user) > c->longest) c->longest = strlen(r->user);
    bool ok = bump(c->a, c->accepted, r->category) && count_calls(c, &r->calls) &&
              bump(c->a, c->lengths, hone_length_name(hone_length_of(r->user)));
    if (ok && r->kind && *r->kind) ok = bump(c->a, c->kinds, r->kind);
    return ok ? 1 : hone_err_memory(err, "report", 1);
}

int64_t hone_collect_accepted(const hone_collect *c)
{
    return c->count;
}
int64_t hone_collect_refused(const hone_collect *c)
{
    return c->refusals;
}

void hone_collect_reasons(const hone_collect *c, char *buf, size_t size)
{
    enum { SHOWN = 2 };
    const hone_json_member *top[SHOWN] = { NULL };
    int64_t most[SHOWN] = { 0 };
    for (size_t i = 0; i < c->reasons->len; i++) {
        const hone_json_member *m = &c->reasons->members[i];
        int64_t n = 0;
        hone_json_i64(m->value, &n);
        int at = n > most[0] ? 0 : n > most[1] ? 1 : SHOWN;
        if (at == SHOWN) continue;
        if (at == 0) top[1] = top[0], most[1] = most[0];
        top[at] = m;
        most[at] = n;
    }
    *buf = 0;
    if (top[1])
        (void)snprintf(buf, size, " (%s %lld, %s %lld)", top[0]->key, (long long)most[0],
                       top[1]->key, (long long)most[1]);
    else if (top[0])
        (void)snprintf(buf, size, " (%s %lld)", top[0]->key, (long long)most[0]);
}

hone_json *hone_collect_report(hone_collect *c)
{
    hone_arena *a = c->a;
    hone_json *o = hone_json_new_object(a);
    if (!o) return NULL;
    hone_json_set(a, o, "format", hone_json_new_str(a, "hone-data-report/1"));
    hone_json_set(a, o, "rows", hone_json_new_i64(a, c->count));
    hone_json_set(a, o, "refused", hone_json_new_i64(a, c->refusals));
    hone_json_set(
        a, o, "mean_user_bytes",
        hone_json_new_i64(a, c->count ? (int64_t)(c->user_bytes / (uint64_t)c->count) : 0));
    hone_json_set(a, o, "longest_user_bytes", hone_json_new_i64(a, (int64_t)c->longest));
    hone_json_set(a, o, "per_category", c->accepted);
    hone_json_set(a, o, "per_argument", c->arguments);
    hone_json_set(a, o, "per_value", c->values);
    hone_json_set(a, o, "per_kind", c->kinds);
    hone_json_set(a, o, "per_length", c->lengths);
    hone_json_set(a, o, "masked", hone_json_new_i64(a, c->masked));
    hone_json_set(a, o, "few_tools", hone_json_new_i64(a, c->few));
    hone_json_set(a, o, "refused_per_category", c->refused);
    bool ok = hone_json_set(a, o, "refused_examples", c->examples);
    return ok ? o : NULL;
}

int hone_collect_commit(hone_collect *c, hone_err *err)
{
    hone_zout *out = c->out;
    c->out = NULL;
    return hone_zout_commit(out, err);
}

void hone_collect_close(hone_collect *c)
{
    if (!c) return;
    if (c->out) hone_zout_abort(c->out);
    c->out = NULL;
    c->row = hone_arena_free(c->row);
}
