/* Checks of text and calls (datasets/lint.h); functiongemma's template and the device's grammar. */
#include "datasets/lint.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "model/markers.h"

const char *hone_lint_marker(const char *text)
{
    static const char *const marks[] = { HONE_MARK_BOS,
                                         HONE_MARK_EOS,
                                         HONE_MARK_TURN,
                                         HONE_MARK_END_TURN,
                                         HONE_MARK_DECL,
                                         HONE_MARK_END_DECL,
                                         HONE_MARK_CALL,
                                         HONE_MARK_END_CALL,
                                         HONE_MARK_RESPONSE,
                                         HONE_MARK_END_RESPONSE,
                                         HONE_MARK_ESCAPE,
                                         HONE_MARK_IMAGE,
                                         "<pad>",
                                         "<unk>",
                                         "<mask>",
                                         "[multimodal]",
                                         "<start_receiver>",
                                         "<end_receiver>",
                                         "<image_soft_token>",
                                         "<end_of_image>",
                                         "<ctrl46>",
                                         "<|\"|>",
                                         "<unused" };
    if (!strpbrk(text, "<[")) return NULL;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strstr(text, marks[i])) return marks[i];
    return NULL;
}

bool hone_lint_hostile(const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n;) {
        uint32_t c;
        size_t k = hone_utf8_next(text + i, n - i, &c);
        if (k == 0) return true;
        bool control = (c < 32 && c != '\n' && c != '\t') || c == 127 || (c >= 0x80 && c < 0xa0);
        bool bidi = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
                    c == 0x200f;
        if (control || bidi || c == 0xfeff) return true;
        i += k;
    }
    return false;
}

bool hone_lint_device_cuts(const hone_json *arguments, size_t member)
{
    const hone_json *v = arguments->members[member].value;
    if (v->type != HONE_JSON_STRING) return false;
    for (const char *comma = strchr(v->text, ','); comma; comma = strchr(comma + 1, ',')) {
        const char *p = comma + 1 + strspn(comma + 1, " `");
        for (size_t i = 0; i < arguments->len; i++) {
            size_t n = arguments->members[i].key_len;
            if (i == member || strncmp(p, arguments->members[i].key, n) != 0) continue;
            const char *end = p + n + strspn(p + n, " `");
            if (*end == 0 || *end == ':') return true;
        }
    }
    return false;
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool hone_lint_device_name(const char *name)
{
    static const char *const keywords[] = { "call", "true", "false", "null" };
    if (!letter(name[0])) return false;
    for (const char *c = name; *c; c++)
        if (!letter(*c) && !(*c >= '0' && *c <= '9') && *c != '.' && *c != '-') return false;
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (strcmp(name, keywords[i]) == 0) return false;
    const char *e = name + 1;
    if ((name[0] != 'e' && name[0] != 'E') || !*e) return true;
    if (*e == '-' || *e == '+') e++;
    return *e == 0 || strspn(e, "0123456789") != strlen(e);
}

bool hone_lint_reserved(const char *name)
{
    static const char *const names[] = { "description", "type", "properties", "required",
                                         "nullable" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

bool hone_lint_number(const hone_json *v, const char **why)
{
    if (v->type == HONE_JSON_INT) {
        int64_t n;
        *why = "is an integer that a double cannot hold";
        return !hone_json_i64(v, &n) || n > (1LL << 53) || n < -(1LL << 53);
    }
    if (v->type != HONE_JSON_REAL) return false;
    char text[40];
    hone_f64_repr(hone_json_f64(v), text);
    *why = "prints with an exponent, which the device's parser may refuse";
    return strpbrk(text, "eE") != NULL;
}
