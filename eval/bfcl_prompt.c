/*
 * The public leaderboard's rendering (eval/bfcl_prompt.h). Beside the training template it ends the
 * developer text with a newline, has no wrapper around the parameters, prints types as the file
 * writes them (DICT, FLOAT), and adds a sentence to each description (model/chat.h).
 */
#include "eval/bfcl_prompt.h"

#include "common/mem.h"
#include "common/text.h"
#include "model/chat.h"
#include "model/markers.h"

#define HINT " Note that the provided function is in Python 3 syntax."

static void put_trimmed(hone_buf *out, const hone_json *text)
{
    size_t n;
    const char *s = hone_text_trim(text->text, text->len, &n);
    hone_buf_add(out, s, n);
}

static int put_message(hone_buf *out, const hone_json *m, hone_err *err)
{
    const hone_json *content = hone_json_get(m, "content");
    if (!hone_json_str_eq(hone_json_get(m, "role"), "user") ||
        !hone_json_is(content, HONE_JSON_STRING))
        return hone_fail(err, HONE_E_DATA,
                         "the leaderboard's prompt is known for system and user texts only");
    hone_buf_str(out, HONE_MARK_TURN "user\n");
    put_trimmed(out, content);
    hone_buf_str(out, HONE_MARK_END_TURN "\n");
    return HONE_OK;
}

static int put_developer(hone_buf *out, const hone_json *text, const hone_json *functions,
                         hone_err *err)
{
    hone_buf_str(out, HONE_MARK_BOS HONE_MARK_TURN "developer\n");
    if (text) put_trimmed(out, text);
    else hone_buf_str(out, HONE_ACTIVATION_LINE);
    hone_buf_char(out, '\n');
    for (size_t i = 0; hone_json_is(functions, HONE_JSON_ARRAY) && i < functions->len; i++) {
        const hone_json *f = functions->items[i], *inner = hone_json_get(f, "function");
        hone_buf_str(out, HONE_MARK_DECL);
        HONE_TRY(hone_chat_declaration_bfcl(out, inner ? inner : f, HINT, err));
        hone_buf_str(out, HONE_MARK_END_DECL);
    }
    hone_buf_str(out, HONE_MARK_END_TURN "\n");
    return HONE_OK;
}

static int put_prompt(hone_buf *out, const hone_json *functions, const hone_json *turn,
                      hone_err *err)
{
    const hone_json *first = hone_json_at(turn, 0), *text = hone_json_get(first, "content");
    const bool system = hone_json_str_eq(hone_json_get(first, "role"), "system") &&
                        hone_json_is(text, HONE_JSON_STRING);
    HONE_TRY(put_developer(out, system ? text : NULL, functions, err));
    for (size_t i = system; i < turn->len; i++) HONE_TRY(put_message(out, turn->items[i], err));
    hone_buf_str(out, HONE_MARK_TURN "model\n");
    return hone_buf_ok(out) ? HONE_OK : hone_err_memory(err, "a prompt", out->len);
}

int hone_bfcl_prompt(const char **ret, hone_arena *a, const hone_json *functions,
                     const hone_json *turn, hone_err *err)
{
    hone_buf out = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    int rc = put_prompt(&out, functions, turn, err);
    const char *text = rc == 0 ? hone_arena_strndup(a, out.data, out.len) : NULL;
    if (rc == 0 && !text) rc = hone_err_memory(err, "a prompt", out.len);
    if (rc == 0) *ret = text;
    hone_buf_done(&out);
    return rc;
}
