/* Requests of a remote run (datagen/ask.h). The constant part of the prompt comes first, so that
 * providers may discount it. */
#include "datagen/ask.h"

#include <stdio.h>
#include <string.h>

#include "common/hash.h"
#include "common/mem.h"
#include "common/rng.h"
#include "datagen/teacher_prompts.h"

enum { EXAMPLES = 6 };

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
    for (int i = 0; i < 2; i++)
        if (!(k.schemas[i] = o->dialect->schema(a, i == 1)))
            return hone_err_memory(err, "response format", 1);
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
    hone_json_write(out, one ? k->functions[r->wish.function].tool : k->o->tools,
                    HONE_JSON_COMPACT);
}

static void add_part(const hone_asker *k, const hone_asked *r, const char *word, size_t len,
                     hone_buf *out)
{
    const hone_wish *w = &r->wish;
    hone_buf name = HONE_BUF_INIT(256);
    hone_buf_add(&name, word, len);
    const char *s = hone_buf_ok(&name) ? name.data : "";
    if (strcmp(s, "count") == 0) hone_buf_printf(out, "%lld", (long long)k->o->per_request);
    else if (strcmp(s, "number") == 0) hone_buf_printf(out, "%lld", (long long)r->number);
    else if (strcmp(s, "flavor") == 0) hone_buf_str(out, flavor_of(k->o->seed, r->number));
    else if (strcmp(s, "examples") == 0) add_examples(k, r, out);
    else if (strcmp(s, "function") == 0) add_function(k, r, out);
    else if (strcmp(s, "utterances") == 0 && r->check) hone_check_write(r->check, out);
    else if (strcmp(s, "focus") == 0) add_focus(k, w, out);
    else if (strcmp(s, "style") == 0) hone_buf_str(out, hone_manner_words(w->manner));
    else if (strcmp(s, "length") == 0) add_length(w, out);
    else if (strcmp(s, "language") == 0) add_language(k, w, out);
    else hone_buf_printf(out, "{%s}", s);
    hone_buf_done(&name);
}

static void fill_prompt(const hone_asker *k, const hone_asked *r, hone_buf *out)
{
    const char *const prompts[HONE_WISH_KINDS] = { hone_prompt_call, hone_prompt_no_call,
                                                   hone_prompt_ask_back, hone_prompt_parallel };
    const char *p = r->check ? hone_prompt_check : prompts[r->wish.kind];
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
    hone_buf prompt = HONE_BUF_INIT(4 << 20);
    hone_buf body = HONE_BUF_INIT(8 << 20);
    hone_arena *a = hone_arena_new();
    fill_prompt(k, &r, &prompt);
    const hone_remote_options *o = k->o;
    bool call = check || wish->kind == HONE_WISH_SIMPLE || wish->kind == HONE_WISH_PARALLEL;
    hone_teach_ask ask = { .model = o->model,
                           .system = hone_prompt_system,
                           .prompt = prompt.data ? prompt.data : "",
                           .schema = k->schemas[call],
                           .format = k->format,
                           .max_tokens = o->max_tokens,
                           .max_tokens_field = o->max_tokens_field,
                           .temperature = check && o->temperature > 0 ? 0 : o->temperature,
                           .seed = (int64_t)((o->seed + (uint64_t)number) & 0x7fffffff) };
    hone_json *v = a && hone_buf_ok(&prompt) ? o->dialect->body(a, &ask) : NULL;
    if (v) hone_json_write(&body, v, HONE_JSON_COMPACT);
    int rc = v && hone_buf_ok(&body) ? 0 : hone_err_memory(err, "request", body.len);
    if (rc == 0) {
        make_key(k, body.data, body.len, r.key);
        r.body_len = body.len;
        r.worst = hone_cost_worst(&o->prices, (int64_t)body.len,
                                  o->max_tokens); /* a token is a byte at least */
        r.body = hone_buf_take(&body);
        if (!*r.key) rc = hone_err_memory(err, "hash", 1);
        if (rc < 0) hone_free(r.body);
        else *ret = r;
    }
    hone_buf_done(&prompt);
    hone_buf_done(&body);
    hone_arena_free(a);
    return rc;
}
