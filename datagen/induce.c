/* Frames from seeds (datagen/induce.h). */
#include "datagen/induce.h"

#include <string.h>

#include "common/buf.h"
#include "common/mem.h"
#include "datagen/ground.h"

typedef struct span { /* where an argument stands in the utterance */
    size_t at, len;
    int arg;
    bool adjective;
} span;

static bool found(span *ret, const hone_place *p, bool is_there)
{
    if (!is_there) return false;
    ret->at = p->at;
    ret->len = p->len;
    ret->adjective = p->adjective;
    return true;
}

static bool word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80);
}

static bool find_value(const char *text, const hone_function *f, int i, const hone_json *arguments,
                       const hone_json *v, span *ret)
{
    const hone_arg *g = &f->args[i];
    int64_t n = 0;
    hone_place p = { 0, 0, false };
    ret->arg = i;
    switch (g->kind) {
    case HONE_ARG_HOUR: {
        int64_t minute = 0;
        for (int k = 0; k < f->count; k++)
            if (f->args[k].kind == HONE_ARG_MINUTE)
                hone_json_i64(hone_json_get(arguments, f->args[k].name), &minute);
        return hone_json_i64(v, &n) && n >= 0 && n < 24 && minute >= 0 && minute < 60 &&
               found(ret, &p, hone_ground_clock(text, (int)n, (int)minute, &p));
    }
    case HONE_ARG_SPAN:
        return hone_json_i64(v, &n) && n > 0 && n < 86400 &&
               found(ret, &p, hone_ground_span(text, n * g->unit, &p));
    case HONE_ARG_PHONE:
        return v->type == HONE_JSON_STRING && found(ret, &p, hone_ground_digits(text, v->text, &p));
    case HONE_ARG_WORDS:
    case HONE_ARG_TIME:
        return v->type == HONE_JSON_STRING &&
               found(ret, &p, hone_ground_text(text, v->text, true, &p));
    default: return false;
    }
}

/* Does out end in the word? Then it is cut off. */
static bool cut_word(hone_buf *out, const char *word)
{
    size_t n = strlen(word);
    if (out->len < n || strncasecmp(out->data + out->len - n, word, n) != 0) return false;
    if (out->len > n && out->data[out->len - n - 1] != ' ' && out->data[out->len - n - 1] != '(')
        return false;
    out->len -= n;
    out->data[out->len] = 0;
    return true;
}

static bool ends(const hone_buf *out, const char *word)
{
    size_t n = strlen(word);
    return out->len >= n && strncasecmp(out->data + out->len - n, word, n) == 0;
}

static bool role_is(const hone_arg *g, const char *role)
{
    return strcmp(g->role, role) == 0;
}

/* Articles and prepositions before the slot go; they come back with the new value. */
static const char *slot_form(hone_buf *out, const hone_arg *g, const span *s, const char *after)
{
    bool naming = ends(out, "called ") || ends(out, "named ") || ends(out, "label ") ||
                  ends(out, "label it ") || ends(out, "call it ") || ends(out, "labelled ") ||
                  ends(out, "titled ") || ends(out, "subject ");
    if (g->kind == HONE_ARG_SPAN) return s->adjective ? ".adj" : "";
    if (role_is(g, "clock"))
        return cut_word(out, "at ") ? ":at" : cut_word(out, "for ") ? ":for" : "";
    if (g->kind != HONE_ARG_WORDS && g->kind != HONE_ARG_TIME) return "";
    if (naming) return role_is(g, "label") || role_is(g, "title") ? ".name:bare" : ":bare";
    if (role_is(g, "body") || role_is(g, "text")) {
        if (ends(out, "that ") || (role_is(g, "body") && !ends(out, ": ") && !ends(out, "say ") &&
                                   !ends(out, "saying ") && !ends(out, "message ")))
            return ".s";
        return role_is(g, "text") && ends(out, " to ") ? ".todo" : "";
    }
    bool compound = role_is(g, "label") && after[0] == ' ' && word_byte(after[1]) &&
                    (ends(out, "a ") || ends(out, "my ") || ends(out, "an "));
    if (compound) {
        if (cut_word(out, "a ") || cut_word(out, "an ")) hone_buf_str(out, "a* ");
        return ":bare";
    }
    if (role_is(g, "label") && ends(out, " to ")) return ".act";
    bool article = cut_word(out, "the ") || cut_word(out, "my ") || cut_word(out, "a ") ||
                   cut_word(out, "an ");
    if (role_is(g, "date")) {
        if (cut_word(out, "on ")) return "";
        return ends(out, "for ") ? ":art" : ends(out, "a ") ? ":bare" : "";
    }
    if (role_is(g, "relation"))
        return strncmp(after, " as ", 4) == 0 || strncmp(after, " to ", 4) == 0 ? ".as" : "";
    if (role_is(g, "when"))
        return cut_word(out, "on ") || cut_word(out, "at ") ? ""
               : cut_word(out, "for ")                       ? ":for"
               : article || ends(out, "the ")                ? ":bare"
                                                             : "";
    if (role_is(g, "time")) return cut_word(out, "at ") ? "" : ":bare";
    if (role_is(g, "location"))
        return cut_word(out, "at ") || cut_word(out, "in ") || article ? "" : ":bare";
    if (role_is(g, "destination")) return cut_word(out, "to ") ? ":to" : ":art";
    if (role_is(g, "artist")) return ends(out, "by ") || ends(out, "from ") ? "" : ".known";
    if (role_is(g, "playlist")) return ":bare";
    return "";
}

static bool plain_text(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strchr("()[]{}<>|~*", s[i])) return false;
    return true;
}

static int collect(span *spans, hone_frame *f, const char *text, const hone_function *fn,
                   const hone_json *arguments, const char **why)
{
    int n = 0;
    for (int i = 0; i < fn->count; i++) {
        const hone_json *v = hone_json_get(arguments, fn->args[i].name);
        if (!v) continue;
        f->args |= 1u << i;
        hone_arg_kind k = fn->args[i].kind;
        if (k == HONE_ARG_BOOL || k == HONE_ARG_ENUM) {
            f->fixed[i] = v;
        } else if (k == HONE_ARG_MINUTE) {
            continue; /* stands in the clock slot */
        } else if (find_value(text, fn, i, arguments, v, &spans[n])) {
            n++;
        } else {
            *why = fn->args[i].name;
            return -1;
        }
    }
    for (int i = 1; i < n; i++)
        for (int k = i; k > 0 && spans[k].at < spans[k - 1].at; k--) {
            span t = spans[k];
            spans[k] = spans[k - 1];
            spans[k - 1] = t;
        }
    for (int i = 1; i < n; i++)
        if (spans[i].at < spans[i - 1].at + spans[i - 1].len) {
            *why = "two values share words";
            return -1;
        }
    return n;
}

/* "Set" at the start becomes "set"; "I" and names keep their capital. */
static void lower_start(hone_buf *b)
{
    static const char *const verbs[] = { "Set",  "Start", "Add",    "Turn", "Send",  "Make",
                                         "Can",  "Could", "Email",  "Play", "Open",  "Create",
                                         "Put",  "Find",  "Show",   "Take", "Write", "Search",
                                         "Book", "Rate",  "Give",   "Get",  "What",  "How",
                                         "Is",   "Will",  "Please", "The",  "My",    "Where",
                                         "Which" };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        size_t n = strlen(verbs[i]);
        if (b->len > n && strncmp(b->data, verbs[i], n) == 0 && b->data[n] == ' ') b->data[0] |= 32;
    }
}

static const char *build(hone_arena *a, const char *text, const hone_function *fn,
                         const span *spans, int n)
{
    hone_buf b = HONE_BUF_INIT(1 << 16);
    size_t at = 0;
    for (int i = 0; i < n; i++) {
        hone_buf_add(&b, text + at, spans[i].at - at);
        const hone_arg *g = &fn->args[spans[i].arg];
        at = spans[i].at + spans[i].len;
        if (!b.data) hone_buf_str(&b, "");
        const char *form = slot_form(&b, g, &spans[i], text + at);
        hone_buf_printf(&b, "{%s%s}", g->role, form);
    }
    hone_buf_str(&b, text + at);
    while (b.len && strchr(".?! ", b.data[b.len - 1]))
        b.len--;
    if (b.data) b.data[b.len] = 0;
    lower_start(&b);
    const char *out = hone_buf_ok(&b) ? hone_arena_strndup(a, b.data ? b.data : "", b.len) : NULL;
    hone_buf_done(&b);
    return out;
}

int hone_frame_induce(hone_frame *ret, hone_arena *a, const hone_row *seed,
                      const hone_function *functions, int count, const char **why, hone_err *err)
{
    hone_frame f = { .seed_id = seed->id, .function = -1 };
    *why = "it has not exactly one call";
    if (seed->expected.count != 1) return 0;
    const hone_call *c = &seed->expected.items[0];
    for (int i = 0; i < count; i++)
        if (strcmp(functions[i].name, c->name) == 0) f.function = i;
    *why = "its function is not declared";
    if (f.function < 0) return 0;
    *why = "it holds brackets";
    if (!plain_text(seed->user_text, strlen(seed->user_text))) return 0;
    span spans[HONE_ARGS_MAX];
    int n = collect(spans, &f, seed->user_text, &functions[f.function], c->arguments, why);
    if (n < 0) return 0;
    f.text = build(a, seed->user_text, &functions[f.function], spans, n);
    if (!f.text) return hone_err_memory(err, "frame", 1);
    *ret = f;
    return 1;
}
