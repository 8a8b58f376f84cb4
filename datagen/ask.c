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

static double weight_of(const hone_function *f)
{
    return f->count == 0 ? 0.6 : f->count > 3 ? 1.5 : 1.0;
}

/* The share behind all functions; sum is theirs. */
static void set_no_call(hone_asker *k, int per_cent, double sum)
{
    double share = per_cent / 100.0;
    k->upto[k->count] = share < 1 ? sum / (1 - share) : 1;
    for (int i = 0; share >= 1 && i < k->count; i++)
        k->upto[i] = 0;
}

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
    hone_buf_printf(&b, "%s\f%s\f%s\f%s", hone_prompt_system, hone_prompt_call, hone_prompt_no_call,
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
    k.upto = hone_arena_alloc(a, (o->tools->len + 2) * sizeof *k.upto);
    if (!k.functions || !k.upto) return hone_err_memory(err, "functions", o->tools->len);
    double sum = 0;
    for (size_t i = 0; i < o->tools->len; i++) {
        const hone_json *f = hone_json_get(o->tools->items[i], "function");
        HONE_TRY(hone_function_infer(&k.functions[k.count], a, f ? f : o->tools->items[i], err));
        sum += weight_of(&k.functions[k.count]);
        k.upto[k.count++] = sum;
    }
    set_no_call(&k, o->no_call, sum);
    *ret = k;
    return 0;
}

void hone_asker_refill(hone_asker *k, const hone_refill *r)
{
    double sum = k->count ? k->upto[k->count - 1] : 0;
    double upto = 0;
    double before = 0;
    for (int i = 0; i < k->count && sum > 0; i++) {
        double planned = (k->upto[i] - before) / sum;
        before = k->upto[i];
        upto += hone_refill_share(r, i, planned);
        k->upto[i] = upto;
    }
    set_no_call(k, hone_refill_no_call(r, k->o->no_call), upto);
    k->refill = r;
}

const char *hone_asker_category(const hone_asker *k, int function)
{
    return function < 0 ? "no_call" : k->functions[function].name;
}

/* Golden-ratio steps through the shares: every prefix of the run is balanced. */
static int function_of(const hone_asker *k, int64_t number)
{
    double x = (double)number * 0.6180339887498949 + 0.5;
    x = (x - (double)(int64_t)x) * k->upto[k->count];
    for (int i = 0; i < k->count; i++)
        if (x < k->upto[i]) return i;
    return -1;
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

/* Up to six seeds of the function, drawn for this request. */
static void add_examples(const hone_asker *k, int64_t number, int function, hone_buf *out)
{
    const hone_remote_options *o = k->o;
    int shown = 0;
    size_t start = o->seed_count ? hone_rng_below(o->seed, HONE_RNG_DATAGEN, 3, (uint64_t)number,
                                                  o->seed_count)
                                 : 0;
    for (size_t i = 0; i < o->seed_count && shown < EXAMPLES; i++) {
        const hone_row *s = &o->seeds[(start + i) % o->seed_count];
        bool fits = function < 0
                        ? s->expected.count == 0
                        : s->expected.count == 1 &&
                              strcmp(s->expected.items[0].name, k->functions[function].name) == 0;
        if (!fits) continue;
        hone_buf_str(out, "- user: ");
        hone_json_write_str(out, s->user_text, strlen(s->user_text));
        if (function >= 0) {
            hone_buf_str(out, " arguments: ");
            hone_json_write(out, s->expected.items[0].arguments, HONE_JSON_COMPACT);
        }
        hone_buf_char(out, '\n');
        shown++;
    }
    if (!shown) hone_buf_str(out, "(none)\n");
}

/* Arguments that an evaluation often found wrong: a row should have them. */
static void add_focus(const hone_asker *k, int function, hone_buf *out)
{
    bool any = false;
    for (int i = 0; k->refill && function >= 0 && i < k->functions[function].count; i++) {
        if (!(k->refill->argument[function][i] > 0)) continue;
        hone_buf_printf(out, "%s%s", any ? ", " : "", k->functions[function].args[i].name);
        any = true;
    }
    if (!any) hone_buf_str(out, "none in particular");
}

static void add_part(const hone_asker *k, const hone_asked *r, const char *word, size_t len,
                     hone_buf *out)
{
    if (len == 5 && strncmp(word, "count", 5) == 0)
        hone_buf_printf(out, "%lld", (long long)k->o->per_request);
    else if (len == 6 && strncmp(word, "number", 6) == 0)
        hone_buf_printf(out, "%lld", (long long)r->number);
    else if (len == 6 && strncmp(word, "flavor", 6) == 0)
        hone_buf_str(out, flavor_of(k->o->seed, r->number));
    else if (len == 8 && strncmp(word, "examples", 8) == 0)
        add_examples(k, r->number, r->function, out);
    else if (len == 8 && strncmp(word, "function", 8) == 0)
        hone_json_write(out,
                        r->function < 0 || r->check ? k->o->tools : k->functions[r->function].tool,
                        HONE_JSON_COMPACT);
    else if (len == 10 && strncmp(word, "utterances", 10) == 0 && r->check)
        hone_check_write(r->check, out);
    else if (len == 5 && strncmp(word, "focus", 5) == 0)
        add_focus(k, r->function, out);
    else
        hone_buf_printf(out, "{%.*s}", (int)len, word);
}

static void fill_prompt(const hone_asker *k, const hone_asked *r, hone_buf *out)
{
    const char *p = r->check          ? hone_prompt_check
                    : r->function < 0 ? hone_prompt_no_call
                                      : hone_prompt_call;
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

int hone_asker_make(const hone_asker *k, int64_t number, const hone_check *check, hone_asked *ret,
                    hone_err *err)
{
    hone_asked r = {
        .number = number, .function = function_of(k, number), .format = k->format, .check = check
    };
    hone_buf prompt = HONE_BUF_INIT(4 << 20);
    hone_buf body = HONE_BUF_INIT(8 << 20);
    hone_arena *a = hone_arena_new();
    fill_prompt(k, &r, &prompt);
    const hone_remote_options *o = k->o;
    hone_teach_ask ask = { .model = o->model,
                           .system = hone_prompt_system,
                           .prompt = prompt.data ? prompt.data : "",
                           .call = r.function >= 0 || check,
                           .format = k->format,
                           .max_tokens = o->max_tokens,
                           .max_tokens_field = o->max_tokens_field,
                           .temperature = check && o->temperature > 0 ? 0 : o->temperature,
                           .seed = (int64_t)((o->seed + (uint64_t)number) & 0x7fffffff) };
    hone_json *v = a && hone_buf_ok(&prompt) ? o->dialect->body(a, &ask) : NULL;
    if (v) hone_json_write(&body, v, HONE_JSON_COMPACT);
    hone_buf id = HONE_BUF_INIT(16 << 20);
    hone_buf_printf(&id, "%s\n%s\n", o->dialect->name, k->url);
    if (v) hone_json_write(&id, v, HONE_JSON_SORTED);
    int rc =
        v && hone_buf_ok(&body) && hone_buf_ok(&id) ? 0 : hone_err_memory(err, "request", body.len);
    if (rc == 0) {
        hone_sha256_of(id.data, id.len, r.key);
        r.body_len = body.len;
        r.worst = hone_cost_worst(&o->prices, (int64_t)body.len,
                                  o->max_tokens); /* a token is a byte at least */
        r.body = hone_buf_take(&body);
        *ret = r;
    }
    hone_buf_done(&prompt);
    hone_buf_done(&body);
    hone_buf_done(&id);
    hone_arena_free(a);
    return rc;
}
