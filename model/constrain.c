/*
 * Constrained decoding (model/constrain.h). A place in an answer is a chain of rules that are still
 * to be met, innermost first. From a place, `grow` lists all texts up to the next special token or
 * free part (a string's content, a number's digits); each is tokenised as a whole, as it would be
 * in a training row, and the choices are the ids at which these lists differ.
 *
 *   answer := text | text? call+ <start_function_response>
 *   call   := <start_function_call> "call:" NAME "{" arguments "}" <end_function_call>
 *   value  := <escape> text <escape> | one of the enum | number | true | false | [..] | {..}
 *
 * A value without a known type is a string, a number, a boolean or an array of such.
 */
#include "model/constrain.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/mem.h"
#include "model/markers.h"

enum { MOST_PATHS = 4096, MOST_DEPTH = 64, MOST_WORDS = 2 };

typedef enum rule {
    RULE_TEXT,    /* free text, or the first call */
    RULE_CALLS,   /* behind a call: another one, or the end */
    RULE_NAME,    /* behind <start_function_call> */
    RULE_END,     /* <end_function_call> */
    RULE_MEMBERS, /* arguments or members of an object from index on */
    RULE_VALUE,
    RULE_ITEMS,   /* elements of an array; index 0: none yet */
    RULE_STRING,  /* free: behind the opening <escape> */
    RULE_NUMBER,  /* free: index is the state of digits */
    RULE_STOP     /* the answer has ended */
} rule;

/* States of a number. */
enum { DIGIT_NONE, DIGIT_SIGN, DIGIT_ZERO, DIGIT_WHOLE, DIGIT_POINT, DIGIT_PART };

typedef struct place {
    rule rule;
    const hone_json *schema; /* of the object, value, elements; NULL: anything */
    size_t index;
    bool first;              /* no member was written yet */
    int depth;
    const struct place *up;  /* what follows */
} place;

/* One continuation: its ids, and the place behind them. */
typedef struct path {
    int32_t *ids;
    size_t count;
    const place *next;
} path;

struct hone_grammar {
    const hone_tokenizer *t;
    const hone_json *tools;
    uint64_t *text_mask, *string_mask; /* free text; inside of a string */
    size_t words;
    int32_t digits[10], minus, point;
};

struct hone_constraint {
    const hone_grammar *g;
    hone_arena *arena;       /* places and paths of one answer */
    const place *at;
    path *paths;             /* from at; those that fit what was taken */
    size_t num_paths, room;
    size_t taken;            /* ids of the paths that are taken */
    int words;               /* booleans of the path that grows */
    bool grown;
    hone_ids forced;
    int32_t *allowed;
    size_t num_allowed;
    const uint64_t *mask;    /* what the last choice was among, when not allowed */
    bool no_memory, too_many;
};

/* ---- the grammar ---- */

static void mask_set(uint64_t *mask, int32_t id)
{
    mask[id >> 6] |= (uint64_t)1 << (id & 63);
}

static bool mask_has(const uint64_t *mask, int32_t id)
{
    return mask[id >> 6] >> (id & 63) & 1;
}

static bool is_text(const hone_piece *p)
{
    const bool written = p->type == HONE_PIECE_NORMAL || p->type == HONE_PIECE_BYTE ||
                         p->type == HONE_PIECE_USER;
    const bool unused = p->len > 7 && !memcmp(p->text, "<unused", 7);
    return written && !unused && p->len && !hone_control_in(p->text, p->len);
}

static void masks_fill(hone_grammar *g)
{
    for (size_t i = 0; i < hone_tokenizer_size(g->t); i++) {
        const hone_piece p = hone_tokenizer_piece(g->t, (int32_t)i);
        if (!is_text(&p)) continue;
        mask_set(g->text_mask, (int32_t)i);
        mask_set(g->string_mask, (int32_t)i);
    }
    mask_set(g->string_mask, HONE_ID_ESCAPE);
    mask_set(g->text_mask, HONE_ID_EOS);
    mask_set(g->text_mask, HONE_ID_END_TURN);
    if (g->tools->len) mask_set(g->text_mask, HONE_ID_CALL);
}

static int check_pieces(const hone_grammar *g, hone_err *err)
{
    for (int i = 0; i < 10; i++) {
        if (g->digits[i] < 0)
            return hone_fail(err, HONE_E_MODEL, "the vocabulary has no piece for the digit %d", i);
    }
    if (g->minus >= 0 && g->point >= 0) return 0;
    return hone_fail(err, HONE_E_MODEL, "the vocabulary has no piece for '-' or '.'");
}

int hone_grammar_new(hone_grammar **ret, const hone_tokenizer *t, const hone_json *tools,
                     hone_err *err)
{
    hone_grammar *g = hone_calloc(1, sizeof *g);
    if (!g) return hone_err_memory(err, "a grammar", sizeof *g);
    g->t = t;
    g->tools = tools;
    g->words = (hone_tokenizer_size(t) + 63) / 64;
    for (int i = 0; i < 10; i++) g->digits[i] = hone_tokenizer_find(t, &"0123456789"[i], 1);
    g->minus = hone_tokenizer_find(t, "-", 1);
    g->point = hone_tokenizer_find(t, ".", 1);
    g->text_mask = hone_calloc(g->words, sizeof *g->text_mask);
    g->string_mask = hone_calloc(g->words, sizeof *g->string_mask);
    int rc = g->text_mask && g->string_mask ? check_pieces(g, err)
                                            : hone_err_memory(err, "a grammar", g->words * 16);
    if (rc < 0) {
        hone_grammar_free(g);
        return rc;
    }
    masks_fill(g);
    *ret = g;
    return 0;
}

void hone_grammar_free(hone_grammar *g)
{
    if (!g) return;
    hone_free(g->text_mask);
    hone_free(g->string_mask);
    hone_free(g);
}

/* ---- schemas ---- */

static bool type_is(const hone_json *schema, const char *word)
{
    const hone_json *type = hone_json_get(schema, "type");
    return hone_json_is(type, HONE_JSON_STRING) && strcasecmp(type->text, word) == 0;
}

static const hone_json *members_of(const hone_json *schema)
{
    const hone_json *p = hone_json_get(schema, "properties");
    return hone_json_is(p, HONE_JSON_OBJECT) ? p : NULL;
}

static bool is_required(const hone_json *schema, const char *key)
{
    const hone_json *list = hone_json_get(schema, "required");
    for (size_t i = 0; hone_json_is(list, HONE_JSON_ARRAY) && i < list->len; i++) {
        if (hone_json_str_eq(list->items[i], key)) return true;
    }
    return false;
}

/* ---- growing paths ---- */

static const place *put_place(hone_constraint *c, place p)
{
    place *made = hone_arena_alloc(c->arena, sizeof *made);
    if (!made) {
        c->no_memory = true;
        return NULL;
    }
    p.depth = p.up ? p.up->depth + 1 : 0;
    *made = p;
    return made;
}

static void put_path(hone_constraint *c, const hone_buf *text, const place *next)
{
    hone_ids ids = { 0 };
    const char *s = text->len ? text->data : "";
    if (c->num_paths == c->room) {
        const size_t room = c->room ? 2 * c->room : 64;
        path *grown = room <= MOST_PATHS ? hone_realloc_array(c->paths, room, sizeof *grown) : NULL;
        c->too_many = c->too_many || room > MOST_PATHS;
        c->no_memory = c->no_memory || (!grown && room <= MOST_PATHS);
        if (!grown) return;
        c->paths = grown;
        c->room = room;
    }
    path p = { .next = next };
    if (text->failed || !next || hone_tokenizer_encode(c->g->t, s, text->len, true, &ids, NULL) < 0)
        c->no_memory = true;
    p.count = ids.len;
    p.ids = hone_arena_alloc(c->arena, (ids.len + 1) * sizeof *p.ids);
    if (p.ids && ids.len) memcpy(p.ids, ids.data, ids.len * sizeof *p.ids);
    hone_ids_done(&ids);
    if (!p.ids) c->no_memory = true;
    else c->paths[c->num_paths++] = p;
}

static void grow(hone_constraint *c, const place *p, hone_buf *text);

/* Goes on from p with more text, which is taken back afterwards. */
static void grow_with(hone_constraint *c, const place *p, hone_buf *text, const char *a,
                      const char *b)
{
    const size_t len = text->len;
    hone_buf_str(text, a);
    hone_buf_str(text, b);
    if (p) grow(c, p, text);
    if (text->data) text->data[len] = '\0';
    text->len = len;
}

static void stop_with(hone_constraint *c, const place *next, hone_buf *text, const char *a)
{
    const size_t len = text->len;
    hone_buf_str(text, a);
    put_path(c, text, next);
    if (text->data) text->data[len] = '\0';
    text->len = len;
}

static void grow_name(hone_constraint *c, hone_buf *text)
{
    const place *end = put_place(c, (place){ .rule = RULE_END });
    hone_buf_str(text, "call:");
    for (size_t i = 0; i < c->g->tools->len; i++) {
        const hone_json *f = hone_json_get(c->g->tools->items[i], "function");
        const hone_json *name = hone_json_get(f, "name");
        if (!hone_json_is(name, HONE_JSON_STRING)) continue;
        const place *arguments =
            put_place(c, (place){ .rule = RULE_MEMBERS, .schema = hone_json_get(f, "parameters"),
                                  .first = true, .up = end });
        grow_with(c, arguments, text, name->text, "{");
    }
}

/* The next member may be any up to the first required one; without such one the object may end. */
static void grow_members(hone_constraint *c, const place *p, hone_buf *text)
{
    const hone_json *members = members_of(p->schema);
    for (size_t i = p->index; members && i < members->len; i++) {
        const hone_json_member *m = &members->members[i];
        const place *rest = put_place(c, (place){ .rule = RULE_MEMBERS, .schema = p->schema,
                                                  .index = i + 1, .up = p->up });
        const place *value =
            put_place(c, (place){ .rule = RULE_VALUE, .schema = m->value, .up = rest });
        const size_t len = text->len;
        if (!p->first) hone_buf_char(text, ',');
        grow_with(c, value, text, m->key, ":");
        if (text->data) text->data[len] = '\0';
        text->len = len;
        if (is_required(p->schema, m->key)) return;
    }
    grow_with(c, p->up, text, "}", "");
}

static void grow_enum(hone_constraint *c, const place *p, const hone_json *values, hone_buf *text)
{
    for (size_t i = 0; i < values->len; i++) {
        const size_t len = text->len;
        if (!hone_json_is(values->items[i], HONE_JSON_STRING)) continue;
        hone_buf_str(text, HONE_MARK_ESCAPE);
        hone_buf_add(text, values->items[i]->text, values->items[i]->len);
        stop_with(c, p->up, text, HONE_MARK_ESCAPE);
        if (text->data) text->data[len] = '\0';
        text->len = len;
    }
}

/* true or false; after two of them in one path the rest is decided apart. */
static void grow_word(hone_constraint *c, const place *p, hone_buf *text, const char *word)
{
    if (c->words >= MOST_WORDS) {
        stop_with(c, p->up, text, word);
        return;
    }
    c->words++;
    grow_with(c, p->up, text, word, "");
    c->words--;
}

static void grow_value(hone_constraint *c, const place *p, hone_buf *text)
{
    const hone_json *s = p->schema, *values = hone_json_get(s, "enum");
    const bool string = type_is(s, "string"), boolean = type_is(s, "boolean");
    const bool number = type_is(s, "number") || type_is(s, "integer");
    const bool array = type_is(s, "array"), object = type_is(s, "object");
    const bool any = !string && !boolean && !number && !array && !object;
    if (string && hone_json_is(values, HONE_JSON_ARRAY) && values->len) {
        grow_enum(c, p, values, text);
        return;
    }
    if (string || any)
        stop_with(c, put_place(c, (place){ .rule = RULE_STRING, .up = p->up }), text,
                  HONE_MARK_ESCAPE);
    if (number || any) {
        place of = { .rule = RULE_NUMBER, .schema = s, .up = p->up };
        put_path(c, text, put_place(c, of));
        of.index = DIGIT_SIGN; /* a sign may be one piece with what stands before it */
        stop_with(c, put_place(c, of), text, "-");
    }
    if (boolean || any) {
        grow_word(c, p, text, "true");
        grow_word(c, p, text, "false");
    }
    if ((array || any) && p->depth < MOST_DEPTH)
        grow_with(c, put_place(c, (place){ .rule = RULE_ITEMS, .schema = hone_json_get(s, "items"),
                                           .up = p->up }), text, "[", "");
    if (object && p->depth < MOST_DEPTH)
        grow_with(c, put_place(c, (place){ .rule = RULE_MEMBERS, .schema = s, .first = true,
                                           .up = p->up }), text, "{", "");
}

/* What follows an element is decided apart, or lists would grow without end. */
static void grow_items(hone_constraint *c, const place *p, hone_buf *text)
{
    if (text->len) {
        put_path(c, text, p);
        return;
    }
    const place *rest = put_place(
        c, (place){ .rule = RULE_ITEMS, .schema = p->schema, .index = 1, .up = p->up });
    const place *value =
        put_place(c, (place){ .rule = RULE_VALUE, .schema = p->schema, .up = rest });
    grow_with(c, value, text, p->index ? "," : "", "");
    grow_with(c, p->up, text, "]", "");
}

static void grow(hone_constraint *c, const place *p, hone_buf *text)
{
    if (c->no_memory || c->too_many) return;
    switch (p->rule) {
    case RULE_CALLS:
        stop_with(c, put_place(c, (place){ .rule = RULE_NAME }), text, HONE_MARK_CALL);
        stop_with(c, put_place(c, (place){ .rule = RULE_STOP }), text, HONE_MARK_RESPONSE);
        break;
    case RULE_NAME: grow_name(c, text); break;
    case RULE_END:
        stop_with(c, put_place(c, (place){ .rule = RULE_CALLS }), text, HONE_MARK_END_CALL);
        break;
    case RULE_MEMBERS: grow_members(c, p, text); break;
    case RULE_VALUE: grow_value(c, p, text); break;
    case RULE_ITEMS: grow_items(c, p, text); break;
    case RULE_NUMBER: /* behind its digits */
        grow(c, p->up, text);
        break;
    case RULE_TEXT:
    case RULE_STRING:
    case RULE_STOP: break; /* free, or nothing follows */
    }
}

static int grow_paths(hone_constraint *c, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    c->num_paths = 0;
    c->taken = 0;
    c->words = 0;
    c->grown = true;
    grow(c, c->at, &text);
    hone_buf_done(&text);
    if (c->too_many)
        return hone_fail(err, HONE_E_DATA,
                         "the tools allow more than %d continuations at one place", MOST_PATHS);
    return c->no_memory ? hone_err_memory(err, "a constraint", 0) : 0;
}

/* ---- one answer ---- */

int hone_constraint_new(hone_constraint **ret, hone_err *err)
{
    hone_constraint *c = hone_calloc(1, sizeof *c);
    if (!c) return hone_err_memory(err, "a constraint", sizeof *c);
    *ret = c;
    return 0;
}

void hone_constraint_free(hone_constraint *c)
{
    if (!c) return;
    hone_arena_free(c->arena);
    hone_free(c->paths);
    hone_free(c->allowed);
    hone_ids_done(&c->forced);
    hone_free(c);
}

void hone_constraint_start(hone_constraint *c, const hone_grammar *g)
{
    static const place text = { .rule = RULE_TEXT };
    hone_arena_free(c->arena);
    c->arena = hone_arena_new(); /* NULL shows with the first place */
    c->g = g;
    c->at = &text;
    c->grown = false;
    c->no_memory = c->too_many = false;
    c->mask = NULL;
    c->num_allowed = 0;
}

static void enter(hone_constraint *c, const place *p)
{
    c->at = p;
    c->grown = false;
}

/* Keeps the paths that go on with id; enters the place behind one that is done. A number may begin
 * where other paths go on (",5" beside ",true"): then its first digit decides. */
static bool advance(hone_constraint *c, int32_t id)
{
    size_t n = 0;
    for (size_t i = 0; i < c->num_paths; i++) {
        const path p = c->paths[i];
        if (p.count > c->taken && p.ids[c->taken] == id) c->paths[n++] = p;
    }
    if (n == 0) return false;
    c->num_paths = n;
    c->taken++;
    for (size_t i = 0; i < n; i++) {
        const path p = c->paths[i];
        if (p.count > c->taken || (n > 1 && p.next->rule == RULE_NUMBER)) continue;
        enter(c, p.next);
        break;
    }
    return true;
}

static int id_compare(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return x < y ? -1 : x > y;
}

static void sort_allowed(hone_constraint *c)
{
    size_t n = 0;
    qsort(c->allowed, c->num_allowed, sizeof *c->allowed, id_compare);
    for (size_t i = 0; i < c->num_allowed; i++) {
        if (n == 0 || c->allowed[n - 1] != c->allowed[i]) c->allowed[n++] = c->allowed[i];
    }
    c->num_allowed = n;
}

/* The number whose digits may come: at it, or where a path begins with one. */
static const place *number_at(const hone_constraint *c)
{
    if (c->taken == 0 && c->at->rule == RULE_NUMBER) return c->at;
    for (size_t i = 0; i < c->num_paths; i++) {
        const path *p = &c->paths[i];
        if (p->count == c->taken && p->next->rule == RULE_NUMBER) return p->next;
    }
    return NULL;
}

/* Ids of a number that may come in its state, into allowed. */
static void add_digits(hone_constraint *c, const place *number)
{
    const size_t state = number->index;
    const hone_grammar *g = c->g;
    if (state != DIGIT_ZERO)
        for (int i = 0; i < 10; i++) c->allowed[c->num_allowed++] = g->digits[i];
    if (state == DIGIT_NONE) c->allowed[c->num_allowed++] = g->minus;
    if ((state == DIGIT_ZERO || state == DIGIT_WHOLE) && !type_is(number->schema, "integer"))
        c->allowed[c->num_allowed++] = g->point;
}

static bool may_end(const place *number)
{
    const size_t s = number->index;
    return s == DIGIT_ZERO || s == DIGIT_WHOLE || s == DIGIT_PART;
}

/* Fills allowed from the paths and, at a number, its digits. */
static int list_allowed(hone_constraint *c, hone_err *err)
{
    const place *number = number_at(c);
    const bool inside = number && number == c->at;
    int32_t *ids = hone_realloc_array(c->allowed, c->num_paths + 16, sizeof *ids);
    if (!ids) return hone_err_memory(err, "a constraint", c->num_paths * sizeof *ids);
    c->allowed = ids;
    c->num_allowed = 0;
    if (number) add_digits(c, number);
    for (size_t i = 0; i < c->num_paths && (!inside || may_end(number)); i++) {
        if (c->paths[i].count > c->taken)
            c->allowed[c->num_allowed++] = c->paths[i].ids[c->taken];
    }
    sort_allowed(c);
    return 0;
}

static int step(hone_constraint *c, bool *ret_more, hone_err *err)
{
    *ret_more = false;
    c->mask = c->at->rule == RULE_TEXT     ? c->g->text_mask
              : c->at->rule == RULE_STRING ? c->g->string_mask
                                           : NULL;
    c->num_allowed = 0;
    if (c->mask || c->at->rule == RULE_STOP) return 0;
    if (!c->grown) HONE_TRY(grow_paths(c, err));
    HONE_TRY(list_allowed(c, err));
    if (c->num_allowed != 1) return 0;
    if (!hone_ids_push(&c->forced, c->allowed[0])) return hone_err_memory(err, "ids", 0);
    *ret_more = true;
    return hone_constraint_take(c, c->allowed[0], err);
}

int hone_constraint_next(hone_constraint *c, hone_choice *ret, hone_err *err)
{
    c->forced.len = 0;
    for (bool more = true; more;) HONE_TRY(step(c, &more, err));
    *ret = (hone_choice){ .forced = c->forced.data,
                          .num_forced = (int32_t)c->forced.len,
                          .allowed = c->mask ? NULL : c->allowed,
                          .num_allowed = c->mask ? 0 : (int32_t)c->num_allowed,
                          .mask = c->mask };
    return 0;
}

static size_t digit_state(const hone_grammar *g, size_t state, int32_t id)
{
    if (id == g->minus) return DIGIT_SIGN;
    if (id == g->point) return DIGIT_POINT;
    if (state == DIGIT_POINT || state == DIGIT_PART) return DIGIT_PART;
    return id == g->digits[0] && state <= DIGIT_SIGN ? DIGIT_ZERO : DIGIT_WHOLE;
}

static bool is_digit_part(const hone_grammar *g, int32_t id)
{
    for (int i = 0; i < 10; i++) {
        if (id == g->digits[i]) return true;
    }
    return id == g->minus || id == g->point;
}

static void take_free(hone_constraint *c, int32_t id)
{
    static const place name = { .rule = RULE_NAME }, stop = { .rule = RULE_STOP };
    if (c->at->rule == RULE_STRING && id == HONE_ID_ESCAPE) enter(c, c->at->up);
    else if (id == HONE_ID_CALL) enter(c, &name);
    else if (id == HONE_ID_EOS || id == HONE_ID_END_TURN) enter(c, &stop);
}

int hone_constraint_take(hone_constraint *c, int32_t id, hone_err *err)
{
    const bool known = id >= 0 && (size_t)id < hone_tokenizer_size(c->g->t);
    bool ok = known && c->mask && mask_has(c->mask, id);
    if (ok) take_free(c, id);
    for (size_t i = 0; !c->mask && !ok && i < c->num_allowed; i++) ok = c->allowed[i] == id;
    if (!ok) return hone_fail(err, HONE_E_DATA, "id %d is not allowed here", id);
    if (c->mask) return 0;
    const place *number = number_at(c);
    if (number && is_digit_part(c->g, id)) {
        place next = *number;
        next.index = digit_state(c->g, next.index, id);
        const place *made = put_place(c, next);
        if (!made) return hone_err_memory(err, "a constraint", sizeof *made);
        enter(c, made);
        return 0;
    }
    (void)advance(c, id);
    return 0;
}

int64_t hone_grammar_check(const hone_grammar *g, const int32_t *ids, int64_t n, hone_err *err)
{
    hone_constraint *c = NULL;
    int64_t at = 0;
    int rc;
    HONE_TRY(hone_constraint_new(&c, err));
    hone_constraint_start(c, g);
    for (bool fits = true; fits && at < n;) {
        hone_choice next;
        HONE_GOTO(rc, out, hone_constraint_next(c, &next, err));
        for (int32_t i = 0; fits && i < next.num_forced && at < n; i++) {
            fits = ids[at] == next.forced[i];
            at += fits;
        }
        if (!fits || at == n) break;
        rc = hone_constraint_take(c, ids[at], NULL);
        fits = rc == 0;
        at += fits;
    }
    rc = 0;
out:
    hone_constraint_free(c);
    return rc < 0 ? rc : at;
}
