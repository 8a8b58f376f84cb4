/* Cross-check (datagen/cross.h). */
#include "datagen/cross.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"

enum { SAID = 200 };

void hone_check_write(const hone_check *c, hone_buf *out)
{
    for (size_t i = 0; i < c->count; i++) {
        hone_buf_printf(out, "%zu. ", i + 1);
        hone_json_write_str(out, c->rows[i].row.user, strlen(c->rows[i].row.user));
        hone_buf_char(out, '\n');
    }
}

static bool same_text(const char *x, size_t nx, const char *y, size_t ny)
{
    x = hone_text_trim(x, nx, &nx);
    y = hone_text_trim(y, ny, &ny);
    return nx == ny && strncasecmp(x, y, nx) == 0;
}

static bool same_value(const hone_json *x, const hone_json *y)
{
    if (hone_json_is(x, HONE_JSON_STRING) && hone_json_is(y, HONE_JSON_STRING))
        return same_text(x->text, x->len, y->text, y->len);
    if (!hone_json_is(x, HONE_JSON_OBJECT) || !hone_json_is(y, HONE_JSON_OBJECT))
        return x && y && hone_json_equal(x, y);
    if (x->len != y->len) return false;
    for (size_t i = 0; i < x->len; i++)
        if (!same_value(x->members[i].value, hone_json_get(y, x->members[i].key))) return false;
    return true;
}

/* The answer whose "user" is the number, or the utterance itself. */
static const hone_json *answer_of(const hone_check *c, size_t i, const hone_json *answers)
{
    char number[24];
    const char *user = c->rows[i].row.user;
    (void)snprintf(number, sizeof number, "%zu", i + 1);
    for (size_t k = 0; k < answers->len; k++) {
        const hone_json *v = hone_json_get(answers->items[k], "user");
        if (!hone_json_is(v, HONE_JSON_STRING)) continue;
        if (same_text(v->text, v->len, number, strlen(number)) ||
            same_text(v->text, v->len, user, strlen(user)))
            return hone_json_get(answers->items[k], "arguments");
    }
    return NULL;
}

static bool says_none(const hone_json *v)
{
    return hone_json_is(v, HONE_JSON_STRING) && same_text(v->text, v->len, "none", 4);
}

/* Is the answer's call the row's call? */
static bool same_call(const hone_json *v, const hone_call *call)
{
    const hone_json *name = hone_json_get(v, "name");
    return hone_json_is(name, HONE_JSON_STRING) && strcmp(name->text, call->name) == 0 &&
           same_value(call->arguments, hone_json_get(v, "arguments"));
}

static bool is_call(const hone_json *v)
{
    return hone_json_is(hone_json_get(v, "name"), HONE_JSON_STRING);
}

hone_agreement hone_check_compare(const hone_check *c, size_t i, const hone_json *answers,
                                  hone_arena *a, char *said)
{
    const hone_json *v = answer_of(c, i, answers);
    const hone_staged *s = &c->rows[i];
    hone_json *parsed = NULL;
    *said = 0;
    if (!v) return HONE_UNANSWERED;
    bool text = v->type == HONE_JSON_STRING;
    if (text) (void)snprintf(said, SAID, "%s", v->text);
    if (text && hone_json_parse(&parsed, a, v->text, v->len, "answer", 1, NULL) == 0) v = parsed;
    if (says_none(v) || says_none(hone_json_get(v, "name")))
        return s->count ? HONE_DISAGREES : HONE_AGREES;
    bool list = hone_json_is(v, HONE_JSON_ARRAY);
    size_t n = list ? v->len : 1;
    for (size_t k = 0; k < n; k++)
        if (!is_call(list ? v->items[k] : v)) return HONE_UNANSWERED;
    bool same = n == s->count;
    for (size_t k = 0; same && k < n; k++)
        same = same_call(list ? v->items[k] : v, &s->calls[k]);
    return same ? HONE_AGREES : HONE_DISAGREES;
}
