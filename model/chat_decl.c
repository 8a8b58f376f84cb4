/*
 * Declarations of the prompt (docs/prompt-format.md, "Declarations"), quirks of the published
 * template included: the closing brace of parameters belongs to its type, five property names
 * vanish, enums print on strings only, and an OBJECT without properties prints its own keywords.
 */
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "model/chat_parts.h"
#include "model/markers.h"

bool hone_chat_falsy(const hone_json *v)
{
    if (!v) return true;
    switch (v->type) {
    case HONE_JSON_NULL:
    case HONE_JSON_FALSE: return true;
    case HONE_JSON_TRUE: return false;
    case HONE_JSON_INT:
    case HONE_JSON_REAL: return hone_json_f64(v) == 0;
    default: return v->len == 0;
    }
}

/* ---- str() and repr() of Python ---- */

static void put_repr(hone_buf *out, const hone_json *v);

static void put_repr_string(hone_buf *out, const char *s, size_t n)
{
    char quote = memchr(s, '\'', n) && !memchr(s, '"', n) ? '"' : '\'';
    hone_buf_char(out, quote);
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (c == '\n') hone_buf_str(out, "\\n");
        else if (c == '\r') hone_buf_str(out, "\\r");
        else if (c == '\t') hone_buf_str(out, "\\t");
        else if ((unsigned char)c < 0x20 || c == 0x7f) hone_buf_printf(out, "\\x%02x", c);
        else {
            if (c == quote || c == '\\') hone_buf_char(out, '\\');
            hone_buf_char(out, c);
        }
    }
    hone_buf_char(out, quote);
}

static void put_repr_object(hone_buf *out, const hone_json *v)
{
    hone_buf_char(out, '{');
    for (size_t i = 0; i < v->len; i++) {
        if (i > 0) hone_buf_str(out, ", ");
        put_repr_string(out, v->members[i].key, v->members[i].key_len);
        hone_buf_str(out, ": ");
        put_repr(out, v->members[i].value);
    }
    hone_buf_char(out, '}');
}

static void put_repr(hone_buf *out, const hone_json *v)
{
    if (v->type == HONE_JSON_STRING) {
        put_repr_string(out, v->text, v->len);
    } else if (v->type == HONE_JSON_OBJECT) {
        put_repr_object(out, v);
    } else if (v->type == HONE_JSON_ARRAY) {
        hone_buf_char(out, '[');
        for (size_t i = 0; i < v->len; i++) {
            if (i > 0) hone_buf_str(out, ", ");
            put_repr(out, v->items[i]);
        }
        hone_buf_char(out, ']');
    } else {
        hone_chat_str(out, v);
    }
}

void hone_chat_str(hone_buf *out, const hone_json *v)
{
    if (!v) return;
    if (v->type == HONE_JSON_STRING) hone_buf_add(out, v->text, v->len);
    else if (v->type == HONE_JSON_TRUE) hone_buf_str(out, "True");
    else if (v->type == HONE_JSON_FALSE) hone_buf_str(out, "False");
    else if (v->type == HONE_JSON_ARRAY || v->type == HONE_JSON_OBJECT) put_repr(out, v);
    else hone_call_write_value(out, v, true); /* numbers and None print as in calls */
}

void hone_chat_escaped(hone_buf *out, const hone_json *v)
{
    hone_buf_str(out, HONE_MARK_ESCAPE);
    hone_chat_str(out, v);
    hone_buf_str(out, HONE_MARK_ESCAPE);
}

/* ---- schemas ---- */

static int put_properties(hone_buf *out, const hone_json *properties, hone_key_order by,
                          hone_err *err);

/* upper(str(v)), appended. */
static void put_upper(hone_buf *out, const hone_json *v)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_chat_str(&text, v);
    if (text.data) hone_text_upper(out, text.data, text.len);
    if (!hone_buf_ok(&text)) out->failed = true;
    hone_buf_done(&text);
}

static void put_upper_escaped(hone_buf *out, const hone_json *v)
{
    hone_buf_str(out, HONE_MARK_ESCAPE);
    put_upper(out, v);
    hone_buf_str(out, HONE_MARK_ESCAPE);
}

/* required:[..] */
static int put_required(hone_buf *out, const hone_json *list, hone_err *err)
{
    if (!hone_json_is(list, HONE_JSON_ARRAY))
        return hone_fail(err, HONE_E_DATA, "required must be a list");
    hone_buf_str(out, "required:[");
    for (size_t i = 0; i < list->len; i++) {
        if (i > 0) hone_buf_char(out, ',');
        hone_chat_escaped(out, list->items[i]);
    }
    hone_buf_char(out, ']');
    return 0;
}

static void put_item_type(hone_buf *out, const hone_json *v)
{
    hone_buf_str(out, "type:");
    if (v->type != HONE_JSON_ARRAY) {
        put_upper_escaped(out, v);
        return;
    }
    hone_buf_char(out, '[');
    for (size_t i = 0; i < v->len; i++) {
        if (i > 0) hone_buf_char(out, ',');
        put_upper_escaped(out, v->items[i]);
    }
    hone_buf_char(out, ']');
}

/* One member of an items object; only properties, required and type are treated as schema words. */
static int put_item(hone_buf *out, const hone_json_member *m, hone_key_order by, hone_err *err)
{
    if (strcmp(m->key, "properties") == 0) {
        hone_buf_str(out, "properties:{");
        if (m->value->type == HONE_JSON_OBJECT) HONE_TRY(put_properties(out, m->value, by, err));
        hone_buf_char(out, '}');
        return 0;
    }
    if (strcmp(m->key, "required") == 0) return put_required(out, m->value, err);
    bool words = m->value->type == HONE_JSON_STRING || m->value->type == HONE_JSON_ARRAY;
    if (strcmp(m->key, "type") == 0 && words) {
        put_item_type(out, m->value);
        return 0;
    }
    hone_buf_add(out, m->key, m->key_len);
    hone_buf_char(out, ':');
    hone_call_write_value(out, m->value, false);
    return 0;
}

/* Member order; caller frees. NULL after filling err. */
static size_t *sorted_order(const hone_json *object, hone_key_order by, hone_err *err)
{
    size_t *order = hone_realloc_array(NULL, object->len, sizeof(*order));
    if (!order) (void)hone_err_memory(err, "sorting keys", object->len);
    if (order && hone_json_sorted_members(object, order, by, err) < 0) {
        hone_free(order);
        order = NULL;
    }
    return order;
}

static int put_items(hone_buf *out, const hone_json *items, hone_key_order by, hone_err *err)
{
    size_t *order = sorted_order(items, by, err);
    bool first = true;
    int rc = order ? 0 : HONE_E_MEMORY;
    hone_buf_str(out, ",items:{");
    for (size_t i = 0; rc == 0 && i < items->len; i++) {
        const hone_json_member *m = &items->members[order[i]];
        if (m->value->type == HONE_JSON_NULL) continue;
        if (!first) hone_buf_char(out, ',');
        first = false;
        rc = put_item(out, m, by, err);
    }
    hone_buf_char(out, '}');
    hone_free(order);
    return rc;
}

static int put_nested(hone_buf *out, const hone_json *schema, hone_key_order by,
                      hone_err *err)
{
    const hone_json *properties = hone_json_get(schema, "properties");
    const hone_json *required = hone_json_get(schema, "required");
    hone_buf_str(out, ",properties:{");
    if (hone_json_is(properties, HONE_JSON_OBJECT))
        HONE_TRY(put_properties(out, properties, by, err));
    else if (by == HONE_KEYS_FOLDED && hone_json_is(schema, HONE_JSON_OBJECT))
        HONE_TRY(put_properties(out, schema, by, err));
    hone_buf_char(out, '}');
    if (hone_chat_falsy(required)) return 0;
    hone_buf_char(out, ',');
    return put_required(out, required, err);
}

static bool type_is(const hone_buf *type, const char *word)
{
    return type->data && strcmp(type->data, word) == 0;
}

static int put_property(hone_buf *out, const hone_json_member *m, hone_key_order by,
                        hone_err *err)
{
    const hone_json *schema = m->value, *items = hone_json_get(schema, "items");
    const hone_json *values = hone_json_get(schema, "enum");
    hone_buf type = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    int rc = 0;
    put_upper(&type, hone_json_get(schema, "type"));
    hone_buf_add(out, m->key, m->key_len);
    hone_buf_str(out, ":{description:");
    hone_chat_escaped(out, hone_json_get(schema, "description"));
    if (type_is(&type, "STRING") && !hone_chat_falsy(values)) {
        hone_buf_str(out, ",enum:");
        hone_call_write_value(out, values, false);
    } else if (type_is(&type, "OBJECT")) {
        rc = put_nested(out, schema, by, err);
    } else if (type_is(&type, "ARRAY") && hone_json_is(items, HONE_JSON_OBJECT) && items->len > 0) {
        rc = put_items(out, items, by, err);
    }
    hone_buf_str(out, ",type:" HONE_MARK_ESCAPE);
    hone_buf_add(out, type.data ? type.data : "", type.len);
    hone_buf_str(out, HONE_MARK_ESCAPE "}");
    if (!hone_buf_ok(&type)) out->failed = true;
    hone_buf_done(&type);
    return rc;
}

static bool is_reserved(const char *key)
{
    static const char *const words[] = { "description", "type", "properties", "required",
                                         "nullable" };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(key, words[i]) == 0) return true;
    return false;
}

static int put_properties(hone_buf *out, const hone_json *properties, hone_key_order by,
                          hone_err *err)
{
    size_t *order = sorted_order(properties, by, err);
    bool first = true;
    int rc = order ? 0 : HONE_E_MEMORY;
    for (size_t i = 0; rc == 0 && i < properties->len; i++) {
        const hone_json_member *m = &properties->members[order[i]];
        if (is_reserved(m->key)) continue;
        if (!first) hone_buf_char(out, ',');
        first = false;
        rc = put_property(out, m, by, err);
    }
    hone_free(order);
    return rc;
}

static int put_parameters(hone_buf *out, const hone_json *parameters, hone_err *err)
{
    const hone_json *properties = hone_json_get(parameters, "properties");
    const hone_json *required = hone_json_get(parameters, "required");
    const hone_json *type = hone_json_get(parameters, "type");
    hone_buf_str(out, ",parameters:{");
    if (!hone_chat_falsy(properties)) {
        if (properties->type != HONE_JSON_OBJECT)
            return hone_fail(err, HONE_E_DATA, "properties must be an object");
        hone_buf_str(out, "properties:{");
        HONE_TRY(put_properties(out, properties, HONE_KEYS_FOLDED, err));
        hone_buf_str(out, "},");
    }
    if (!hone_chat_falsy(required)) {
        HONE_TRY(put_required(out, required, err));
        hone_buf_char(out, ',');
    }
    if (hone_chat_falsy(type)) return 0; /* the quirk: no type, no closing brace */
    hone_buf_str(out, "type:");
    put_upper_escaped(out, type);
    hone_buf_char(out, '}');
    return 0;
}

/* declaration:NAME{description:.. with hint behind the description. */
static int put_head(hone_buf *out, const hone_json *function, const char *hint, hone_err *err)
{
    if (!hone_json_is(function, HONE_JSON_OBJECT))
        return hone_fail(err, HONE_E_DATA, "a tool has no function object");
    hone_buf_str(out, "declaration:");
    hone_chat_str(out, hone_json_get(function, "name"));
    hone_buf_str(out, "{description:" HONE_MARK_ESCAPE);
    hone_chat_str(out, hone_json_get(function, "description"));
    hone_buf_str(out, hint);
    hone_buf_str(out, HONE_MARK_ESCAPE);
    return 0;
}

int hone_chat_declaration(hone_buf *out, const hone_json *function, hone_err *err)
{
    const hone_json *parameters = hone_json_get(function, "parameters");
    HONE_TRY(put_head(out, function, "", err));
    if (!hone_chat_falsy(parameters)) HONE_TRY(put_parameters(out, parameters, err));
    hone_buf_char(out, '}');
    return 0;
}

int hone_chat_declaration_bfcl(hone_buf *out, const hone_json *function, const char *hint,
                               hone_err *err)
{
    const hone_json *parameters = hone_json_get(function, "parameters");
    const hone_json *properties = hone_json_get(parameters, "properties");
    const hone_json *required = hone_json_get(parameters, "required");
    const hone_json *type = hone_json_get(parameters, "type");
    HONE_TRY(put_head(out, function, hint, err));
    if (hone_json_is(properties, HONE_JSON_OBJECT) && properties->len) {
        hone_buf_str(out, ",properties:{");
        HONE_TRY(put_properties(out, properties, HONE_KEYS_BYTES, err));
        hone_buf_char(out, '}');
    }
    if (!hone_chat_falsy(required)) {
        hone_buf_char(out, ',');
        HONE_TRY(put_required(out, required, err));
    }
    if (type) {
        hone_buf_str(out, ",type:");
        put_upper_escaped(out, type);
    }
    hone_buf_char(out, '}');
    return 0;
}
