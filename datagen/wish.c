/* Wishes (datagen/wish.h). A slot is a function with one call, or one of the other kinds. */
#include "datagen/wish.h"

#include <string.h>

#include "common/mem.h"
#include "common/rng.h"

enum { VALUES_MAX = 16, MANNERS = 5 };
enum { GIVE_UP = 15 }; /* requests of which not one row in twenty was good */

static const struct {
    const char *name, *words;
    int share;
} manners[MANNERS] = {
    { "casual", "typed in a hurry: mostly lower case, no stop at the end", 30 },
    { "written", "written with capitals and punctuation", 20 },
    { "speech", "as a speech recogniser writes it: lower case, no punctuation, numbers as words",
      22 },
    { "noisy",
      "spoken with trouble: fillers (um, uh), repeated or broken-off words, "
      "self-corrections where the last value counts",
      16 },
    { "typos", "typed with a slip or two, never inside a value that an argument copies", 12 },
};

typedef struct slot {
    double share;
    int64_t good, coming, asked; /* rows */
    int64_t manner[MANNERS], length[HONE_LENGTHS], language[HONE_LANGUAGES_MAX];
    int64_t argument[HONE_ARGS_MAX], value[HONE_ARGS_MAX][VALUES_MAX];
} slot;

struct hone_wishes {
    const hone_function *functions;
    int count, slots; /* functions, then no_call, ask_back, parallel */
    slot *slot;
    hone_mix mix;
    int64_t per_request;
    int next_function; /* whose missing argument is asked for next */
    hone_rng rng;
};

const char *hone_wish_kind_name(int kind)
{
    static const char *const names[] = { "simple", "no_call", "ask_back", "parallel" };
    return names[kind];
}

const char *hone_manner_name(int manner)
{
    return manners[manner].name;
}

const char *hone_manner_words(int manner)
{
    return manners[manner].words;
}

static double weight_of(const hone_function *f)
{
    return f->count == 0 ? 0.6 : f->count > 3 ? 1.5 : 1.0;
}

static bool has_required(const hone_function *f)
{
    for (int i = 0; i < f->count; i++)
        if (f->args[i].required) return true;
    return false;
}

/* The slots behind the functions get their per cent of all rows, the functions what is left. */
static void set_kinds(hone_wishes *w, int no_call, double functions)
{
    slot *kinds = w->slot + w->count;
    bool can_ask = false;
    for (int i = 0; i < w->count; i++) can_ask |= has_required(&w->functions[i]);
    int back = w->mix.ask_back >= 0 ? w->mix.ask_back : no_call / 10;
    if (!can_ask) back = 0;
    int parallel = w->count > 0 ? w->mix.parallel : 0;
    kinds[0].share = no_call > back ? no_call - back : 0;
    kinds[1].share = back;
    kinds[2].share = parallel;
    double left = 100 - no_call - parallel;
    for (int i = 0; i < w->count; i++)
        w->slot[i].share = functions > 0 && left > 0 ? w->slot[i].share / functions * left : 0;
}

int hone_wishes_new(hone_wishes **ret, hone_arena *a, const hone_function *functions, int count,
                    const hone_mix *mix, int64_t per_request, uint64_t seed, hone_err *err)
{
    hone_wishes *w = hone_arena_alloc(a, sizeof *w);
    int slots = count + HONE_WISH_KINDS - 1;
    slot *all = w ? hone_arena_alloc(a, (size_t)slots * sizeof *all) : NULL;
    if (!all) return hone_err_memory(err, "plan", (size_t)slots * sizeof *all);
    *w = (hone_wishes){ .functions = functions,
                        .count = count,
                        .slots = slots,
                        .slot = all,
                        .mix = *mix,
                        .per_request = per_request,
                        .rng = { .seed = seed, .stream = HONE_RNG_DATAGEN, .step = 5 } };
    double sum = 0;
    for (int i = 0; i < count; i++) sum += all[i].share = weight_of(&functions[i]);
    if (w->mix.language_count == 0) w->mix.languages[w->mix.language_count++] = "en";
    set_kinds(w, mix->no_call, sum);
    *ret = w;
    return 0;
}

void hone_wishes_refill(hone_wishes *w, const hone_refill *r)
{
    double sum = 0;
    double shifted = 0;
    for (int i = 0; i < w->count; i++) sum += w->slot[i].share;
    for (int i = 0; i < w->count && sum > 0; i++)
        shifted += w->slot[i].share = hone_refill_share(r, i, w->slot[i].share / sum);
    set_kinds(w, hone_refill_no_call(r, w->mix.no_call), shifted);
}

/* ---- what is furthest behind ---- */

static bool hopeless(const hone_wishes *w, const slot *s)
{
    int64_t back = s->asked - s->coming;
    return back >= GIVE_UP * w->per_request && s->good * 20 < back;
}

static int next_slot(hone_wishes *w)
{
    double share = 0;
    double rows = (double)w->per_request;
    int pick = 0;
    bool any = false;
    for (int i = 0; i < w->slots; i++) any |= w->slot[i].share > 0 && !hopeless(w, &w->slot[i]);
    for (int i = 0; i < w->slots; i++) {
        const slot *s = &w->slot[i];
        if (any && hopeless(w, s)) continue;
        share += s->share;
        rows += (double)(s->good + s->coming);
    }
    double worst = -1e300;
    for (int i = 0; i < w->slots; i++) {
        const slot *s = &w->slot[i];
        if (s->share <= 0 || (any && hopeless(w, s))) continue;
        double lack = s->share / share * rows - (double)(s->good + s->coming);
        if (lack > worst) {
            worst = lack;
            pick = i;
        }
    }
    return pick;
}

/* Chance breaks the step with the other axes: else every second row in German would also be every
 * second long one. */
static int behind(hone_wishes *w, const int *share, const int64_t *have, int n)
{
    double total = 0;
    double rows = (double)w->per_request;
    double worst = -1e300;
    int pick = 0;
    for (int i = 0; i < n; i++) {
        total += share[i];
        rows += (double)have[i];
    }
    for (int i = 0; i < n; i++) {
        if (share[i] <= 0) continue;
        double lack = share[i] / total * rows - (double)have[i] +
                      hone_rng_next_unit(&w->rng) * 0.9 * (double)w->per_request;
        if (lack > worst) {
            worst = lack;
            pick = i;
        }
    }
    return pick;
}

static int values_of(const hone_arg *g)
{
    const hone_json *values = hone_json_get(g->schema, "enum");
    if (g->kind == HONE_ARG_BOOL) return 2;
    if (g->kind != HONE_ARG_ENUM || !values) return 0;
    return (int)(values->len < VALUES_MAX ? values->len : VALUES_MAX);
}

/* The optional argument that accepted rows give too seldom, and the value that came least. */
static void want_argument(const hone_wishes *w, const slot *s, hone_wish *x)
{
    const hone_function *f = &w->functions[x->function];
    double worst = 0;
    for (int i = 0; i < f->count; i++) {
        const hone_arg *g = &f->args[i];
        int values = values_of(g);
        if (g->kind == HONE_ARG_NONE || (g->required && values == 0)) continue;
        double share = g->required ? 1.0 : g->share / 100.0;
        double lack = share * (double)(s->good + w->per_request) - (double)s->argument[i];
        if (g->required) lack = 0.5 * (double)w->per_request; /* its values take turns */
        if (lack <= worst) continue;
        worst = lack;
        x->argument = i;
        x->value = -1;
        for (int k = 0; k < values; k++)
            if (x->value < 0 || s->value[i][k] < s->value[i][x->value]) x->value = k;
    }
}

static void want_function(hone_wishes *w, hone_wish *x)
{
    for (int tries = 0; tries < w->count; tries++) {
        x->function = w->next_function++ % w->count;
        if (has_required(&w->functions[x->function])) return;
    }
}

void hone_wishes_next(hone_wishes *w, hone_wish *ret)
{
    static const int even[HONE_LANGUAGES_MAX] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    int share[MANNERS];
    int at = next_slot(w);
    slot *s = &w->slot[at];
    hone_wish x = { .kind = at < w->count ? HONE_WISH_SIMPLE : 1 + at - w->count,
                    .function = at < w->count ? at : -1,
                    .argument = -1,
                    .value = -1,
                    .length = -1 };
    for (int i = 0; i < MANNERS; i++) share[i] = manners[i].share;
    x.manner = behind(w, share, s->manner, MANNERS);
    x.language = behind(w, even, s->language, w->mix.language_count);
    if (w->mix.lengths[0] + w->mix.lengths[1] + w->mix.lengths[2] > 0)
        x.length = behind(w, w->mix.lengths, s->length, HONE_LENGTHS);
    if (x.kind == HONE_WISH_SIMPLE) want_argument(w, s, &x);
    if (x.kind == HONE_WISH_ASK_BACK) want_function(w, &x);
    *ret = x;
}

/* ---- counting ---- */

static slot *slot_of(hone_wishes *w, const hone_wish *x)
{
    return &w->slot[x->kind == HONE_WISH_SIMPLE ? x->function : w->count + x->kind - 1];
}

static void count_coming(hone_wishes *w, const hone_wish *x, int64_t rows)
{
    slot *s = slot_of(w, x);
    s->coming += rows;
    s->manner[x->manner] += rows;
    s->language[x->language] += rows;
    if (x->length >= 0) s->length[x->length] += rows;
}

void hone_wishes_sent(hone_wishes *w, const hone_wish *x)
{
    slot_of(w, x)->asked += w->per_request;
    count_coming(w, x, w->per_request);
}

void hone_wishes_back(hone_wishes *w, const hone_wish *x)
{
    count_coming(w, x, -w->per_request);
}

static void count_call(slot *s, const hone_function *f, const hone_json *arguments)
{
    for (int i = 0; i < f->count; i++) {
        const hone_json *v = hone_json_get(arguments, f->args[i].name);
        const hone_json *values = hone_json_get(f->args[i].schema, "enum");
        if (!v) continue;
        s->argument[i]++;
        if (hone_json_is_bool(v)) s->value[i][v->type == HONE_JSON_TRUE ? 0 : 1]++;
        for (size_t k = 0; values && k < values->len && k < VALUES_MAX; k++)
            if (hone_json_equal(values->items[k], v)) s->value[i][k]++;
    }
}

void hone_wishes_count(hone_wishes *w, const hone_wish *x, const char *user,
                       const hone_calls *calls)
{
    slot *s = slot_of(w, x);
    s->good++;
    s->manner[x->manner]++;
    s->language[x->language]++;
    s->length[hone_length_of(user)]++;
    if (x->kind == HONE_WISH_SIMPLE && calls->count == 1)
        count_call(s, &w->functions[x->function], calls->items[0].arguments);
}

hone_json *hone_wishes_given_up(const hone_wishes *w, hone_arena *a)
{
    hone_json *o = hone_json_new_object(a);
    for (int i = 0; o && i < w->slots; i++) {
        const slot *s = &w->slot[i];
        const char *name =
            i < w->count ? w->functions[i].name : hone_wish_kind_name(1 + i - w->count);
        if (s->share > 0 && hopeless(w, s) &&
            !hone_json_set(a, o, name, hone_json_new_i64(a, s->asked)))
            return NULL;
    }
    return o;
}

/* ---- in the journal ---- */

void hone_wish_write(const hone_wish *x, int64_t *fields)
{
    const int all[HONE_WISH_FIELDS] = { x->kind,   x->function, x->argument, x->value,
                                        x->manner, x->length,   x->language };
    for (int i = 0; i < HONE_WISH_FIELDS; i++) fields[i] = all[i];
}

static bool within(int64_t v, int64_t least, int64_t end)
{
    return v >= least && v < end;
}

bool hone_wish_read(hone_wish *ret, const hone_wishes *w, const int64_t *v)
{
    bool named = v[0] == HONE_WISH_SIMPLE || v[0] == HONE_WISH_ASK_BACK;
    bool ok = within(v[0], 0, HONE_WISH_KINDS) &&
              within(v[1], named ? 0 : -1, named ? w->count : 0) && within(v[4], 0, MANNERS) &&
              within(v[5], -1, HONE_LENGTHS) && within(v[6], 0, w->mix.language_count);
    if (!ok) return false;
    const hone_function *f = named ? &w->functions[v[1]] : NULL;
    if (!within(v[2], -1, f ? f->count : 0)) return false;
    if (!within(v[3], -1, v[2] < 0 ? 0 : values_of(&f->args[v[2]]))) return false;
    *ret =
        (hone_wish){ (int)v[0], (int)v[1], (int)v[2], (int)v[3], (int)v[4], (int)v[5], (int)v[6] };
    return true;
}
