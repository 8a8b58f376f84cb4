/*
 * Requests of a remote run (datagen/ask.h). The constant part of the prompt comes first, so that
 * providers may discount it. What does not change from one request to the next is escaped once: a
 * body is a dialect's frame around prompt and seed, a prompt its escaped text with the parts of
 * this request filled in.
 */
#include "datagen/ask.h"

#include <stdio.h>
#include <string.h>

#include "common/hash.h"
#include "common/mem.h"
#include "common/rng.h"
#include "datagen/teacher_prompts.h"

enum { EXAMPLES = 6, USUAL_PROMPT = 1500 };

/* Base and path, the model's name put in where the path has room for it. */
static int make_url(hone_asker *k, hone_err *err)
{
    const hone_remote_options *o = k->o;
    static const char mark[] = "{model}";
    const char *path = o->dialect->path;
    const char *at = strstr(path, mark);
    hone_buf url = HONE_BUF_INIT(1 << 16);
    size_t n = strlen(o->base_url);
    while (n && o->base_url[n - 1] == '/')
        n--;
    hone_buf_add(&url, o->base_url, n);
    if (at) {
        const char *fine = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/@";
        const char *model = strncmp(o->model, "models/", 7) == 0 ? o->model + 7 : o->model;
        if (!*model || strstr(model, "..") || model[strspn(model, fine)]) {
            hone_buf_done(&url);
            return hone_fail(err, HONE_E_USAGE, "--model '%.80s' is no name of a model", o->model);
        }
        hone_buf_add(&url, path, (size_t)(at - path));
        hone_buf_str(&url, model);
        path = at + strlen(mark);
    }
    hone_buf_str(&url, path);
    k->url = hone_buf_ok(&url) ? hone_arena_strndup(k->a, url.data, url.len) : NULL;
    hone_buf_done(&url);
    return k->url ? 0 : hone_err_memory(err, "URL", n);
}

static int hash_prompts(hone_asker *k, hone_err *err)
{
    char hex[65];
    hone_buf b = HONE_BUF_INIT(1 << 20);
    hone_buf_printf(&b, "%s\f%s\f%s\f%s\f%s\f%s", hone_prompt_system, hone_prompt_call,
                    hone_prompt_no_call, hone_prompt_ask_back, hone_prompt_parallel,
                    hone_prompt_check);
    if (!hone_buf_ok(&b)) return hone_err_memory(err, "prompts", b.len);
    hone_sha256_of(b.data, b.len, hex);
    hone_buf_done(&b);
    (void)snprintf(k->prompt_hash, sizeof k->prompt_hash, "%.12s", hex);
    return 0;
}

static const char *keep_text(hone_asker *k, const hone_buf *b)
{
    return hone_buf_ok(b) ? hone_arena_strndup(k->a, b->data ? b->data : "", b->len) : NULL;
}

static const char *escaped(hone_asker *k, const char *text, size_t len)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json_write_inner(&b, text, len);
    const char *kept = keep_text(k, &b);
    hone_buf_done(&b);
    return kept;
}

/* Compact JSON, as text inside a JSON string. */
static const char *escaped_json(hone_asker *k, const hone_json *v)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json_write(&b, v, HONE_JSON_COMPACT);
    const char *kept = hone_buf_ok(&b) ? escaped(k, b.data, b.len) : NULL;
    hone_buf_done(&b);
    return kept;
}

static int escape_texts(hone_asker *k, hone_err *err)
{
    const char *const prompts[] = { hone_prompt_call, hone_prompt_no_call, hone_prompt_ask_back,
                                    hone_prompt_parallel, hone_prompt_check };
    bool ok = true;
    for (int i = 0; i <= HONE_WISH_KINDS; i++)
        ok &= (k->prompts[i] = escaped(k, prompts[i], strlen(prompts[i]))) != NULL;
    k->tools = hone_arena_alloc(k->a, ((size_t)k->count + 1) * sizeof *k->tools);
    for (int i = 0; k->tools && i < k->count; i++)
        ok &= (k->tools[i] = escaped_json(k, k->functions[i].tool)) != NULL;
    if (k->tools) ok &= (k->tools[k->count] = escaped_json(k, k->o->tools)) != NULL;
    return ok && k->tools ? 0 : hone_err_memory(err, "prompts", 1);
}

/* The dialect's body of a prompt and a seed that no request has, cut at the two. */
static bool cut_frame(hone_asker *k, const char *body, size_t len, hone_frame *ret)
{
    static const char prompt[] = "\"\\u0001\"", seed[] = "\":-1";
    const char *end = body + len;
    const char *at = memmem(body, len, prompt, strlen(prompt));
    const char *cut = at ? at + strlen(prompt) : body;
    const char *then = memmem(cut, (size_t)(end - cut), seed, strlen(seed));
    if (!at || !then || memmem(cut, (size_t)(end - cut), prompt, strlen(prompt))) return false;
    const char *from[] = { body, cut - 1, then + strlen(seed) };
    const char *to[] = { at + 1, then + 2, end };
    const char **parts[] = { &ret->before, &ret->between, &ret->behind };
    if (memmem(from[2], (size_t)(end - from[2]), seed, strlen(seed))) return false;
    for (int i = 0; i < 3; i++) {
        ret->lengths[i] = (size_t)(to[i] - from[i]);
        if (!(*parts[i] = hone_arena_strndup(k->a, from[i], ret->lengths[i]))) return false;
    }
    return true;
}

static int make_frame(hone_asker *k, int asks, hone_format format, hone_json *schema,
                      hone_err *err)
{
    const hone_remote_options *o = k->o;
    hone_arena *a = hone_arena_new();
    hone_buf body = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    bool check = asks == HONE_ASK_CHECK;
    hone_teach_ask ask = { .model = o->model,
                           .system = hone_prompt_system,
                           .prompt = "\x01",
                           .schema = schema,
                           .format = format,
                           .max_tokens = o->max_tokens,
                           .max_tokens_field = o->max_tokens_field,
                           .temperature = check && o->temperature > 0 ? 0 : o->temperature,
                           .seed = -1 };
    hone_json *v = a ? o->dialect->body(a, &ask) : NULL;
    if (v) hone_json_write(&body, v, HONE_JSON_COMPACT);
    int rc = v && hone_buf_ok(&body) ? 0 : hone_err_memory(err, "request", body.len);
    if (rc == 0 && !cut_frame(k, body.data, body.len, &k->frames[asks][format]))
        rc = hone_fail(err, HONE_E_USAGE, "--model '%.80s' is no name of a model", o->model);
    hone_buf_done(&body);
    hone_arena_free(a);
    return rc;
}

static int make_frames(hone_asker *k, hone_err *err)
{
    hone_json *schemas[2];
    for (int i = 0; i < 2; i++)
        if (!(schemas[i] = k->o->dialect->schema(k->a, i == 1)))
            return hone_err_memory(err, "response format", 1);
    for (int asks = 0; asks < HONE_ASKS; asks++)
        for (int f = 0; f <= HONE_FORMAT_NONE; f++)
            HONE_TRY(make_frame(k, asks, (hone_format)f, schemas[asks != HONE_ASK_ANSWER], err));
    return 0;
}

int hone_asker_start(hone_asker *ret, hone_arena *a, const hone_remote_options *o, hone_err *err)
{
    hone_asker k = { .o = o, .a = a };
    HONE_TRY(make_url(&k, err));
    HONE_TRY(hash_prompts(&k, err));
    k.functions = hone_arena_alloc(a, (o->tools->len + 1) * sizeof *k.functions);
    if (!k.functions) return hone_err_memory(err, "functions", o->tools->len);
    for (size_t i = 0; i < o->tools->len; i++) {
        const hone_json *f = hone_json_get(o->tools->items[i], "function");
        HONE_TRY(hone_function_infer(&k.functions[k.count++], a, f ? f : o->tools->items[i], err));
    }
    HONE_TRY(escape_texts(&k, err));
    HONE_TRY(make_frames(&k, err));
    *ret = k;
    return 0;
}

const char *hone_asker_category(const hone_asker *k, const hone_wish *wish)
{
    if (wish->kind == HONE_WISH_SIMPLE) return k->functions[wish->function].name;
    return wish->kind == HONE_WISH_PARALLEL ? "parallel" : "no_call";
}

static const char *flavor_of(uint64_t seed, int64_t number)
{
    static const char *const flavors[] = { "a child",
                                           "a busy parent",
                                           "an old man who is very polite",
                                           "a teenager who types in lower case",
                                           "a nurse after a night shift",
                                           "someone driving",
                                           "a cook with wet hands",
                                           "a student abroad",
                                           "a tired office worker",
                                           "a tourist who lost the way",
                                           "a musician",
                                           "a farmer",
                                           "someone half asleep",
                                           "a talkative neighbour",
                                           "a person in a hurry",
                                           "a teacher",
                                           "a runner out of breath",
                                           "someone who corrects himself",
                                           "a non-native speaker",
                                           "someone who mumbles",
                                           "a craftsman on a ladder",
                                           "a grandmother" };
    return flavors[hone_rng_below(seed, HONE_RNG_DATAGEN, 4, (uint64_t)number,
                                  sizeof flavors / sizeof *flavors)];
}

static bool is_example(const hone_asker *k, const hone_row *s, const hone_wish *w)
{
    size_t calls = s->expected.count;
    if (w->kind == HONE_WISH_PARALLEL) return calls > 1;
    if (w->kind != HONE_WISH_SIMPLE) return calls == 0;
    return calls == 1 && strcmp(s->expected.items[0].name, k->functions[w->function].name) == 0;
}

static void write_calls(const hone_calls *calls, hone_buf *out)
{
    for (size_t i = 0; i < calls->count; i++) {
        hone_buf_printf(out, "%s{\"name\":\"%s\",\"arguments\":", i ? "," : "[",
                        calls->items[i].name);
        hone_json_write(out, calls->items[i].arguments, HONE_JSON_COMPACT);
        hone_buf_str(out, "}");
    }
    hone_buf_char(out, ']');
}

/* Up to six seeds of the kind, drawn for this request. */
static void add_examples(const hone_asker *k, const hone_asked *r, hone_buf *out)
{
    const hone_remote_options *o = k->o;
    int shown = 0;
    size_t start = o->seed_count ? hone_rng_below(o->seed, HONE_RNG_DATAGEN, 3,
                                                  (uint64_t)r->number, o->seed_count)
                                 : 0;
    for (size_t i = 0; i < o->seed_count && shown < EXAMPLES; i++) {
        const hone_row *s = &o->seeds[(start + i) % o->seed_count];
        if (!is_example(k, s, &r->wish)) continue;
        hone_buf_str(out, "- user: ");
        hone_json_write_str(out, s->user_text, strlen(s->user_text));
        if (s->expected.count) hone_buf_str(out, " arguments: ");
        if (s->expected.count == 1)
            hone_json_write(out, s->expected.items[0].arguments, HONE_JSON_COMPACT);
        if (s->expected.count > 1) write_calls(&s->expected, out);
        hone_buf_char(out, '\n');
        shown++;
    }
    if (!shown) hone_buf_str(out, "(none)\n");
}

/* "unit as \"celsius\"": the value that came least so far. */
static void add_value(const hone_arg *g, int value, hone_buf *out)
{
    const hone_json *values = hone_json_get(g->schema, "enum");
    hone_buf_str(out, g->name);
    if (value < 0) return;
    hone_buf_str(out, " as ");
    if (g->kind == HONE_ARG_BOOL) hone_buf_str(out, value == 0 ? "true" : "false");
    else if (hone_json_at(values, (size_t)value))
        hone_json_write(out, values->items[value], HONE_JSON_COMPACT);
}

/* Arguments that an evaluation often found wrong, and what is missing so far. */
static void add_focus(const hone_asker *k, const hone_wish *w, hone_buf *out)
{
    bool any = false;
    const hone_function *f = w->function >= 0 ? &k->functions[w->function] : NULL;
    for (int i = 0; k->refill && f && i < f->count; i++) {
        if (!(k->refill->argument[w->function][i] > 0) || i == w->argument) continue;
        hone_buf_printf(out, "%s%s", any ? ", " : "", f->args[i].name);
        any = true;
    }
    if (f && w->argument >= 0) {
        if (any) hone_buf_str(out, ", ");
        add_value(&f->args[w->argument], w->value, out);
        any = true;
    }
    if (!any) hone_buf_str(out, "none in particular");
}

static void add_length(const hone_wish *w, hone_buf *out)
{
    static const char *const words[] = { "at most 5 words each", "6 to 12 words each",
                                         "13 to 30 words each" };
    hone_buf_str(out, w->length < 0 ? "varied" : words[w->length]);
}

static void add_language(const hone_asker *k, const hone_wish *w, hone_buf *out)
{
    const hone_mix *m = &k->o->mix;
    hone_buf_str(out,
                 m->language_count ? hone_language_name(m->languages[w->language]) : "English");
}

static void add_function(const hone_asker *k, const hone_asked *r, hone_buf *out)
{
    bool one = r->wish.function >= 0 && !r->check;
    hone_buf_str(out, k->tools[one ? r->wish.function : k->count]);
}

/* Parts that may hold any character. */
static void add_free_part(const hone_asker *k, const hone_asked *r, char part, hone_buf *out)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    if (part == 'e') add_examples(k, r, &b);
    else if (part == 'f') add_focus(k, &r->wish, &b);
    else hone_check_write(r->check, &b);
    if (hone_buf_ok(&b)) hone_json_write_inner(out, b.data ? b.data : "", b.len);
    else out->failed = true;
    hone_buf_done(&b);
}

static bool is_word(const char *word, size_t len, const char *name)
{
    return len == strlen(name) && memcmp(word, name, len) == 0;
}

/* Our own words hold nothing that JSON escapes. */
static void add_part(const hone_asker *k, const hone_asked *r, const char *s, size_t n,
                     hone_buf *out)
{
    const hone_wish *w = &r->wish;
    if (is_word(s, n, "count")) hone_buf_i64(out, k->o->per_request);
    else if (is_word(s, n, "number")) hone_buf_i64(out, r->number);
    else if (is_word(s, n, "flavor")) hone_buf_str(out, flavor_of(k->o->seed, r->number));
    else if (is_word(s, n, "examples")) add_free_part(k, r, 'e', out);
    else if (is_word(s, n, "function")) add_function(k, r, out);
    else if (is_word(s, n, "utterances") && r->check) add_free_part(k, r, 'u', out);
    else if (is_word(s, n, "focus")) add_free_part(k, r, 'f', out);
    else if (is_word(s, n, "style")) hone_buf_str(out, hone_manner_words(w->manner));
    else if (is_word(s, n, "length")) add_length(w, out);
    else if (is_word(s, n, "language")) add_language(k, w, out);
    else hone_buf_add(out, s - 1, n + 2);
}

/* As it stands in a JSON string. */
static void fill_prompt(const hone_asker *k, const hone_asked *r, hone_buf *out)
{
    const char *p = k->prompts[r->check ? HONE_WISH_KINDS : r->wish.kind];
    while (*p) {
        size_t n = strcspn(p, "{");
        hone_buf_add(out, p, n);
        p += n;
        if (!*p) break;
        n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz");
        if (n && p[1 + n] == '}') {
            add_part(k, r, p + 1, n, out);
            p += n + 2;
        } else {
            hone_buf_char(out, *p++);
        }
    }
}

/* Dialect, place and body; the members of a body have a fixed order. */
static void make_key(const hone_asker *k, const char *body, size_t len, char key[65])
{
    hone_sha256 *h = hone_sha256_new();
    *key = 0;
    if (!h) return;
    hone_sha256_add(h, k->o->dialect->name, strlen(k->o->dialect->name) + 1);
    hone_sha256_add(h, k->url, strlen(k->url) + 1);
    hone_sha256_add(h, body, len);
    hone_sha256_hex(h, key);
    hone_sha256_free(h);
}

int hone_asker_make(const hone_asker *k, int64_t number, const hone_wish *wish,
                    const hone_check *check, hone_asked *ret, hone_err *err)
{
    hone_asked r = { .number = number, .wish = *wish, .format = k->format, .check = check };
    hone_buf body = HONE_BUF_INIT(8 << 20);
    const hone_remote_options *o = k->o;
    bool call = wish->kind == HONE_WISH_SIMPLE || wish->kind == HONE_WISH_PARALLEL;
    const hone_frame *f =
        &k->frames[check ? HONE_ASK_CHECK : call ? HONE_ASK_CALL : HONE_ASK_ANSWER][k->format];
    int64_t seed = (int64_t)((o->seed + (uint64_t)number) & 0x7fffffff);
    hone_buf_room(&body, f->lengths[0] + f->lengths[1] + f->lengths[2] + USUAL_PROMPT);
    hone_buf_add(&body, f->before, f->lengths[0]);
    fill_prompt(k, &r, &body);
    hone_buf_add(&body, f->between, f->lengths[1]);
    hone_buf_i64(&body, seed);
    hone_buf_add(&body, f->behind, f->lengths[2]);
    if (!hone_buf_ok(&body)) {
        hone_buf_done(&body);
        return hone_err_memory(err, "request", body.len);
    }
    make_key(k, body.data, body.len, r.key);
    if (!*r.key) {
        hone_buf_done(&body);
        return hone_err_memory(err, "hash", 1);
    }
    r.body_len = body.len;
    r.worst = hone_cost_worst(&o->prices, (int64_t)body.len, o->max_tokens); /* a byte each */
    r.body = hone_buf_take(&body);
    *ret = r;
    return 0;
}
