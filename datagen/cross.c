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

hone_agreement hone_check_compare(const hone_check *c, size_t i, const hone_json *answers,
                                  hone_arena *a, char *said)
{
    const hone_json *v = answer_of(c, i, answers);
    const hone_staged *s = &c->rows[i];
    *said = 0;
    if (!v) return HONE_UNANSWERED;
    bool text = v->type == HONE_JSON_STRING;
    if (text) (void)snprintf(said, SAID, "%s", v->text);
    if (text && same_text(v->text, v->len, "none", 4))
        return s->row.calls.count ? HONE_DISAGREES : HONE_AGREES;
    hone_json *parsed = NULL;
    if (text && hone_json_parse(&parsed, a, v->text, v->len, "answer", 1, NULL) == 0) v = parsed;
    const hone_json *name = hone_json_get(v, "name");
    if (!hone_json_is(name, HONE_JSON_STRING)) return HONE_UNANSWERED;
    if (same_text(name->text, name->len, "none", 4))
        return s->row.calls.count ? HONE_DISAGREES : HONE_AGREES;
    bool same = s->row.calls.count == 1 && strcmp(name->text, s->call.name) == 0 &&
                same_value(s->call.arguments, hone_json_get(v, "arguments"));
    return same ? HONE_AGREES : HONE_DISAGREES;
}
