/* Lengths of prompts (export/prompts.h), by the renderer and the tokenizer that train and
 * evaluate. */
#include "export/prompts.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "common/zfile.h"
#include "model/chat.h"

enum { MAX_LINE = 64 << 20, MARGIN = 32, PLAIN_USER = 64, PLAIN_LABELS = 64, LONG_STEP = 1024 };

typedef struct measuring {
    hone_prompts *p;
    const hone_tokenizer *t;
    const hone_json *tools;
    const char *source;
    hone_arena *arena;     /* of one row */
    hone_chat_cache *cache;
    size_t keep;
    hone_err *err;
} measuring;

static int keep_row(measuring *m, const hone_row *row, const hone_encoded *e)
{
    if (m->p->set->count >= m->keep || e->count == e->prompt_count) return 0;
    return hone_encode_set_add_ids(m->p->set, row->id, m->source, row->line, e->ids, e->labels,
                                   e->count, e->prompt_count, m->err);
}

static int measure_row(measuring *m, const char *text, size_t len, int64_t line)
{
    const hone_row_options o = { .tools = m->tools, .sort_tools = true };
    hone_json *object = NULL;
    hone_row row;
    hone_encoded e;
    HONE_TRY(hone_json_parse(&object, m->arena, text, len, m->source, line, m->err));
    HONE_TRY(hone_row_read(&row, m->arena, object, &o, m->source, line, m->err));
    HONE_TRY(hone_chat_encode_cached(&e, m->arena, m->t, &row, false, m->cache, m->err));
    const int prompt = (int)e.prompt_count, answer = (int)(e.count - e.prompt_count);
    if (prompt > m->p->longest_prompt) {
        m->p->longest_prompt = prompt;
        m->p->line = line;
    }
    if (answer > m->p->longest_answer) m->p->longest_answer = answer;
    m->p->rows++;
    m->p->calls += row.has_expected && row.expected.count > 0;
    return keep_row(m, &row, &e);
}

static int measure_file(measuring *m, const char *path)
{
    hone_lines *lines = NULL;
    const char *text = NULL;
    size_t len = 0;
    int64_t line = 0;
    int rc = 0;
    m->source = path;
    HONE_GOTO(rc, out, hone_lines_open(&lines, path, MAX_LINE, m->err));
    while ((rc = hone_lines_next(lines, &text, &len, &line, m->err)) == 1) {
        if (strspn(text, " \t") == len) continue;
        HONE_GOTO(rc, out, measure_row(m, text, len, line));
        hone_arena_clear(m->arena);
    }
    if (rc == 0 && m->p->rows == 0) {
        hone_err_at(m->err, path, 0, -1);
        rc = hone_fail(m->err, HONE_E_DATA, "the file holds no rows");
    }
out:
    hone_lines_close(lines);
    return rc;
}

/* Without rows: developer line, tools and a short request; the end of it serves as labels. */
static int measure_tools(measuring *m)
{
    static const char text[] = "[{\"role\":\"developer\",\"content\":\"" HONE_ACTIVATION_LINE
                               "\"},{\"role\":\"user\",\"content\":\"wake me at seven tomorrow\"}]";
    hone_json *messages = NULL;
    hone_buf prompt = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_ids ids = { 0 };
    uint8_t *labels = NULL;
    int rc = 0;
    HONE_GOTO(rc, out, hone_json_parse(&messages, m->arena, text, sizeof(text) - 1, "", 1, m->err));
    HONE_GOTO(rc, out, hone_chat_render(&prompt, messages, m->tools, true, m->err));
    HONE_GOTO(rc, out, hone_tokenizer_encode(m->t, prompt.data, prompt.len, true, &ids, m->err));
    labels = hone_calloc(ids.len + 1, 1);
    if (!labels) HONE_GOTO(rc, out, hone_err_memory(m->err, "labels", ids.len));
    for (size_t i = 1; i < ids.len; i++) labels[i] = ids.len - i <= PLAIN_LABELS;
    HONE_GOTO(rc, out, hone_encode_set_add_ids(m->p->set, "tools", "tools", 0, ids.data, labels,
                                               ids.len, ids.len, m->err));
    m->p->longest_prompt = (int)ids.len + PLAIN_USER;
out:
    hone_free(labels);
    hone_ids_done(&ids);
    hone_buf_done(&prompt);
    return rc;
}

int hone_prompts_measure(hone_prompts *ret, const hone_tokenizer *t, const hone_json *tools,
                         const char *rows, size_t keep, hone_err *err)
{
    hone_prompts p = { .margin = rows ? MARGIN : 0 };
    measuring m = {
        .p = &p, .t = t, .tools = tools, .source = "", .keep = keep, .err = err
    };
    int rc = 0;
    HONE_GOTO(rc, out, hone_encode_set_new(&p.set, err));
    m.arena = hone_arena_new();
    m.cache = hone_chat_cache_new();
    if (!m.arena || !m.cache) HONE_GOTO(rc, out, hone_err_memory(err, "rows", 0));
    HONE_GOTO(rc, out, rows ? measure_file(&m, rows) : measure_tools(&m));
    *ret = p;
    p.set = NULL;
out:
    hone_chat_cache_free(m.cache);
    hone_arena_free(m.arena);
    hone_prompts_done(&p);
    return rc;
}

void hone_prompts_done(hone_prompts *p)
{
    if (!p) return;
    hone_encode_set_free(p->set);
    p->set = NULL;
}

static int smallest_length(int need)
{
    static const int lengths[] = { 256, 512, 768, 1024, 1536, 2048, 4096 };
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        if (lengths[i] >= need) return lengths[i];
    return (need + LONG_STEP - 1) / LONG_STEP * LONG_STEP;
}

int hone_prompts_cache_length(int *ret, char why[160], const hone_prompts *p, int answer, int given,
                      int limit, hone_err *err)
{
    const int tail = answer > p->longest_answer ? answer : p->longest_answer;
    const int need = p->longest_prompt + p->margin + tail;
    const int length = given > 0 ? given : smallest_length(need);
    hone_err_hint(err, "shorten the declarations, use fewer tools, or lower --answer-length");
    if (length > limit)
        return hone_fail(err, HONE_E_DATA, "prompts of up to %d tokens and answers of %d need a "
                         "context of %d, the model has %d", p->longest_prompt, tail, length, limit);
    if (given > 0)
        hone_err_hint(err, "leave --cache-length out: it becomes %d", smallest_length(need));
    if (length < need)
        return hone_fail(err, HONE_E_DATA, "a cache of %d cannot hold the longest prompt of %d "
                         "tokens and an answer of %d", length, p->longest_prompt, tail);
    hone_err_clear(err);
    if (p->rows)
        (void)snprintf(why, 160, "longest prompt %d tokens (line %lld; %zu rows) + margin %d + "
                       "answer %d", p->longest_prompt, (long long)p->line, p->rows, p->margin,
                       tail);
    else
        (void)snprintf(why, 160, "tools and a short request %d tokens + answer %d",
                       p->longest_prompt, tail);
    *ret = length;
    return 0;
}

int hone_prompts_prefill(int ret[5], char why[160], const hone_prompts *p, int cache_length)
{
    static const int ladder[5] = { 1, 8, 32, 128, 512 };
    const int longest = p->longest_prompt + p->margin;
    int n = 0;
    for (int i = 0; i < 5; i++)
        if (ladder[i] <= cache_length && (i == 0 || ladder[i] <= longest)) ret[n++] = ladder[i];
    (void)snprintf(why, 160, "chunks up to %d, as prompts have up to %d tokens; 1 lets a prompt "
                   "end at the last column", ret[n - 1], longest);
    return n;
}
