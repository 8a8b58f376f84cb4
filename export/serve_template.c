/* One more case for tool results in a chat template (export/serve_template.h). */
#include "export/serve_template.h"

#include <string.h>

#include "common/buf.h"
#include "common/mem.h"

enum { EDITS = 2, TEXT_MAX = 1 << 20 };

typedef struct edit {
    const char *there, *instead;
} edit;

/* A template is known by what stands in it exactly once; unused edits are NULL. */
static const edit KNOWN[][EDITS] = {
    /* ours: a result may be text, and is printed as one value */
    { { "{%- if v is not mapping -%}{{- raise_exception('the response of a function must be",
        "{%- if v is not mapping and v is not string -%}{{- raise_exception('the response of a "
        "function must be" },
      { "{{- '{' ~ pairs(v, true) ~ '}' -}}<end_function_response>",
        "{{- '{' ~ ('value:' ~ value(v, true) if v is string else pairs(v, true)) ~ '}' -}}"
        "<end_function_response>" } },
    /* FunctionGemma's: a branch before the one for objects */
    { { "{%- if 'name' in item and 'response' in item -%}",
        "{%- if 'name' in item and 'response' in item and item['response'] is string -%}\n"
        "{{ '<start_function_response>response:' + item['name'] | trim + '{value:' + "
        "format_argument(item['response'], escape_keys=False) + '}<end_function_response>' }}\n"
        "{%- elif 'name' in item and 'response' in item -%}" } },
};
enum { NUM_KNOWN = sizeof(KNOWN) / sizeof(KNOWN[0]) };

static bool once(const char *text, const char *what)
{
    const char *at = strstr(text, what);
    return at && !strstr(at + 1, what);
}

static bool fits(const edit edits[EDITS], const char *text)
{
    for (int i = 0; i < EDITS && edits[i].there; i++)
        if (!once(text, edits[i].there)) return false;
    return true;
}

/* Edits come in the order of the text. */
static void apply(hone_buf *out, const edit edits[EDITS], const char *text)
{
    for (int i = 0; i < EDITS && edits[i].there; i++) {
        const char *at = strstr(text, edits[i].there);
        hone_buf_add(out, text, (size_t)(at - text));
        hone_buf_str(out, edits[i].instead);
        text = at + strlen(edits[i].there);
    }
    hone_buf_str(out, text);
}

int hone_template_for_serve(char **ret, const char *text, hone_err *err)
{
    int known = 0, rc = 0;
    while (known < NUM_KNOWN && !fits(KNOWN[known], text)) known++;
    if (known == NUM_KNOWN) {
        hone_err_hint(err, "use --template hone, or change the template so that a tool result may "
                      "be text");
        return hone_fail(err, HONE_E_DATA, "--serve-template: the chat template is neither ours "
                         "nor FunctionGemma's as it was published");
    }
    hone_buf out = HONE_BUF_INIT(TEXT_MAX);
    apply(&out, KNOWN[known], text);
    char *fresh = hone_buf_ok(&out) ? hone_strndup(out.data, out.len) : NULL;
    if (fresh) *ret = fresh;
    else rc = hone_err_memory(err, "a template", strlen(text));
    hone_buf_done(&out);
    return rc;
}
