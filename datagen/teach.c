/* What the dialects of datagen/provider.h share. */
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "datagen/provider.h"

const char *hone_teach_word(hone_teach_outcome o)
{
    static const char *const words[] = {
#define X(name, word) word,
        HONE_TEACH_OUTCOMES(X)
#undef X
    };
    return words[o];
}

const hone_dialect *hone_dialect_find(const char *name)
{
    static const hone_dialect *const all[] = { &hone_dialect_openai, &hone_dialect_gemini };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i]->name, name) == 0) return all[i];
    return NULL;
}

void hone_teach_classify(hone_teach_reply *r, hone_teach_outcome outcome, const char *why)
{
    r->outcome = outcome;
    (void)snprintf(r->why, sizeof r->why, "%s", why);
}

int64_t hone_teach_count(const hone_json *object, const char *key)
{
    int64_t n = 0;
    return hone_json_i64(hone_json_get(object, key), &n) && n > 0 ? n : 0;
}

bool hone_teach_holds(const char *body, size_t len, const char *word)
{
    return body && len > 0 && memmem(body, len, word, strlen(word)) != NULL;
}

/* Text between ``` fences, or all of it. */
static const char *unfence(const char *s, size_t size, size_t *len)
{
    const char *text = hone_text_trim(s, size, len);
    if (*len < 6 || strncmp(text, "```", 3) != 0) return text;
    const char *line = memchr(text, '\n', *len);
    if (!line || strncmp(text + *len - 3, "```", 3) != 0) return text;
    size_t n = (size_t)(text + *len - 3 - (line + 1));
    return hone_text_trim(line + 1, n, len);
}

void hone_teach_read_rows(hone_teach_reply *r, hone_arena *a, const char *content, size_t size)
{
    size_t n;
    hone_json *v;
    const char *text = unfence(content, size, &n);
    if (n == 0) {
        hone_teach_classify(r, HONE_TEACH_EMPTY, "the answer is empty");
        return;
    }
    if (hone_json_parse(&v, a, text, n, "reply", 1, NULL) < 0) {
        hone_teach_classify(r, HONE_TEACH_BAD_JSON, "the answer is no JSON");
        return;
    }
    const hone_json *rows = v->type == HONE_JSON_ARRAY ? v : hone_json_get(v, "rows");
    bool ok = hone_json_is(rows, HONE_JSON_ARRAY);
    for (size_t i = 0; ok && i < rows->len; i++)
        ok = rows->items[i]->type == HONE_JSON_OBJECT &&
             hone_json_is(hone_json_get(rows->items[i], "user"), HONE_JSON_STRING);
    if (!ok) {
        hone_teach_classify(r, HONE_TEACH_BAD_SCHEMA,
                            "the answer is not {\"rows\": [{\"user\": ...}]}");
        return;
    }
    r->rows = rows;
    hone_teach_classify(r, rows->len ? HONE_TEACH_OK : HONE_TEACH_EMPTY,
                        rows->len ? "" : "no rows");
}

double hone_teach_wait(const char *body, size_t len)
{
    static const char *const marks[] = { "\"retryDelay\"", "retry in " };
    for (size_t i = 0; body && i < sizeof marks / sizeof *marks; i++) {
        const char *at = memmem(body, len, marks[i], strlen(marks[i]));
        if (!at) continue;
        const char *end = body + len;
        at += strlen(marks[i]);
        while (at < end && memchr(": \"", *at, 3))
            at++;
        size_t n = 0;
        while (at + n < end && n < 20 && memchr("0123456789.", at[n], 11))
            n++;
        double v;
        if (n && at + n < end && at[n] == 's' && hone_parse_f64(at, n, &v) && v > 0) return v;
    }
    return 0;
}
