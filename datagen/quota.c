/* Quotas (datagen/quota.h). */
#include "datagen/quota.h"

#include <string.h>

enum { FUNCTIONS_MAX = 256, VALUES_MAX = 16, MISSES_MAX = 400 };
/* A share of ours counts as much as what so many seeds say; per cent of rows like a seed's. */
enum { PRIOR_SEEDS = 8, SEED_SETS = 45 };

static const int style_share[HONE_STYLES] = { 42, 17, 32, 9 };
/* What sounds like a call and is none is hard; small talk is soon learned. */
static const int sort_share[HONE_SORTS] = { 8, 11, 4, 11, 25, 25, 8, 8 };

const char *hone_style_name(hone_style s)
{
    static const char *const names[HONE_STYLES] = { "casual", "written", "speech", "lower" };
    return names[s];
}

const char *hone_sort_name(hone_sort s)
{
    static const char *const names[HONE_SORTS] = { "small_talk", "question",        "opinion",
                                                   "statement",  "other_app",       "near_miss",
                                                   "past_talk",  "missing_argument" };
    return names[s];
}

/* Values that are worked out from the words instead of copied: a small model needs to see many. */
static bool worked_out(const hone_arg *g)
{
    return g->kind == HONE_ARG_HOUR || g->kind == HONE_ARG_SPAN || g->kind == HONE_ARG_HHMM ||
           g->kind == HONE_ARG_DATE || g->kind == HONE_ARG_DATETIME;
}

/* Functions whose arguments are hard to say get more rows than a plain switch. */
static double weight_of(const hone_function *f)
{
    double w = 0.5;
    for (int i = 0; i < f->count; i++) {
        const hone_arg *g = &f->args[i];
        w += g->kind == HONE_ARG_BOOL ? 0.12 : g->required ? 0.28 : 0.16;
        if (g->open) w += 0.12;
        if (worked_out(g)) w += 1.8;
    }
    return w > 3.2 ? 3.2 : w;
}

int hone_row_plan_start(hone_row_plan *ret, const hone_function *functions, int count, int64_t rows,
                        const hone_mix *mix, uint64_t seed, hone_err *err)
{
    if (count > FUNCTIONS_MAX)
        return hone_fail(err, HONE_E_DATA, "%d functions, more than %d", count, FUNCTIONS_MAX);
    memset(ret, 0, sizeof *ret);
    ret->functions = functions;
    ret->count = count;
    ret->rows = rows;
    ret->mix = *mix;
    ret->rng = (hone_rng){ .seed = seed, .stream = HONE_RNG_DATAGEN, .step = 1 };
    int usable = 0;
    for (int i = 0; i < count; i++) {
        ret->weight[i] = functions[i].unsupported ? 0 : weight_of(&functions[i]);
        usable += functions[i].unsupported == NULL;
        for (int k = 0; k < functions[i].count; k++)
            ret->share[i][k] = functions[i].args[k].share;
    }
    ret->no_call = usable ? rows * mix->no_call / 100 : rows;
    return 0;
}

void hone_row_plan_seeds(hone_row_plan *p, const hone_arg_set *sets, int count)
{
    p->sets = sets;
    p->set_count = count;
    for (int i = 0; i < p->count; i++)
        for (int k = 0; k < p->functions[i].count; k++) {
            int seeds = 0, given = 0;
            for (int n = 0; n < count; n++) {
                if (sets[n].function != i) continue;
                seeds++;
                given += sets[n].args >> k & 1;
            }
            if (p->functions[i].args[k].required || seeds == 0) continue;
            p->share[i][k] = (p->share[i][k] * PRIOR_SEEDS + 100 * given) / (PRIOR_SEEDS + seeds);
        }
}

/* Arguments that a seed gives together. */
static bool want_seed_set(hone_row_plan *p, hone_want *w, int percent)
{
    if (p->set_count == 0 || (int)hone_rng_next_below(&p->rng, 100) >= percent) return false;
    int *next = &p->next_set[w->function];
    for (int i = 0; i < p->set_count; i++) {
        const hone_arg_set *s = &p->sets[(*next + i) % p->set_count];
        if (s->function != w->function) continue;
        *next = (*next + i + 1) % p->set_count;
        w->args = s->args;
        return true;
    }
    return false;
}

void hone_row_plan_refill(hone_row_plan *p, const hone_refill *r)
{
    double sum = 0;
    for (int i = 0; i < p->count; i++)
        sum += p->weight[i];
    for (int i = 0; i < p->count; i++) {
        if (p->weight[i] > 0) p->weight[i] = hone_refill_share(r, i, p->weight[i] / sum);
        for (int k = 0; k < p->functions[i].count; k++)
            p->share[i][k] = hone_refill_argument(r, i, k, p->share[i][k]);
    }
    int planned = p->rows ? (int)(100 * p->no_call / p->rows) : 0;
    if (planned < 100) p->no_call = p->rows * hone_refill_no_call(r, planned) / 100;
}

/* The index that is furthest behind its share; ties go to chance. */
static int behind(hone_row_plan *p, const double *share, const int64_t *have, int n)
{
    double total = 0;
    int64_t made = 0;
    for (int i = 0; i < n; i++) {
        total += share[i];
        made += have[i];
    }
    double worst = 0;
    int pick = 0;
    bool first = true;
    for (int i = 0; i < n; i++) {
        if (share[i] <= 0) continue;
        double lack = share[i] / total * (double)(made + 1) - (double)have[i];
        lack += hone_rng_next_unit(&p->rng) * 0.9;
        if (first || lack > worst) {
            worst = lack;
            pick = i;
            first = false;
        }
    }
    return pick;
}

static void want_style(hone_row_plan *p, hone_want *w)
{
    double share[HONE_STYLES];
    for (int i = 0; i < HONE_STYLES; i++)
        share[i] = style_share[i];
    w->style = (hone_style)behind(p, share, p->per_style, HONE_STYLES);
}

static void want_value(hone_row_plan *p, hone_want *w, int i)
{
    const hone_arg *g = &p->functions[w->function].args[i];
    const hone_json *values = hone_json_get(g->schema, "enum");
    int n = values ? (int)(values->len < VALUES_MAX ? values->len : VALUES_MAX) : 2;
    if (g->kind == HONE_ARG_BOOL && g->left_out) n = 1;
    double share[VALUES_MAX];
    for (int k = 0; k < n; k++)
        share[k] = 1;
    int pick = behind(p, share, p->per_value[w->function][i], n);
    static const hone_json yes = { .type = HONE_JSON_TRUE };
    static const hone_json no = { .type = HONE_JSON_FALSE };
    w->fixed[i] = g->kind == HONE_ARG_BOOL ? (pick == 0 ? &yes : &no) : values->items[pick];
}

static int role_of(const hone_function *f, const char *role)
{
    return hone_function_role(f, role, strlen(role));
}

/* Music without a required argument: what people ask for together. */
static bool want_music(hone_row_plan *p, hone_want *w)
{
    const hone_function *f = &p->functions[w->function];
    int artist = role_of(f, "artist"), track = role_of(f, "track"), list = role_of(f, "playlist");
    int shuffle = role_of(f, "shuffle");
    if (!f->family || strcmp(f->family->name, "music") != 0 || artist < 0 || track < 0 || list < 0)
        return false;
    uint32_t a = 1u << artist, t = 1u << track, l = 1u << list;
    const uint32_t sets[] = { a, a, a, a | t, a | t, a | t, a | t, t, t, t, l, l, l, 0, 0 };
    w->args = sets[hone_rng_next_below(&p->rng, sizeof sets / sizeof *sets)];
    if (shuffle >= 0 && !(w->args & t) && hone_rng_next_below(&p->rng, 100) < 38)
        w->args |= 1u << shuffle;
    for (int i = 0; i < f->count; i++) {
        bool other = i != artist && i != track && i != list && i != shuffle;
        if (other && (int)hone_rng_next_below(&p->rng, 100) < p->share[w->function][i])
            w->args |= 1u << i;
    }
    return true;
}

static void want_args(hone_row_plan *p, hone_want *w)
{
    const hone_function *f = &p->functions[w->function];
    int64_t n = p->per_function[w->function];
    bool chosen = want_seed_set(p, w, SEED_SETS) || want_music(p, w);
    if (!chosen) {
        for (int i = 0; i < f->count; i++) {
            const hone_arg *g = &f->args[i];
            if (g->kind == HONE_ARG_NONE) continue;
            double share = p->share[w->function][i] / 100.0;
            double lack = share * (double)n - (double)p->per_arg[w->function][i];
            double chance = share + 0.08 * lack;
            if (g->required || hone_rng_next_unit(&p->rng) < chance) w->args |= 1u << i;
        }
        /* nothing at all: as seldom as in the seeds */
        if (w->args == 0) (void)want_seed_set(p, w, 100);
    }
    for (int i = 0; i < f->count; i++) {
        hone_arg_kind k = f->args[i].kind;
        if (k == HONE_ARG_MINUTE && role_of(f, "clock") >= 0 &&
            (w->args >> role_of(f, "clock") & 1))
            w->args |= 1u << i;
        if ((w->args >> i & 1) && (k == HONE_ARG_BOOL || k == HONE_ARG_ENUM)) want_value(p, w, i);
    }
}

static void want_no_call(hone_row_plan *p, hone_want *w)
{
    double share[HONE_SORTS];
    double others = 0;
    int back = p->mix.ask_back;
    for (int i = 0; i < HONE_SORTS; i++) share[i] = sort_share[i];
    for (int i = 0; i < HONE_SORT_MISSING; i++) others += share[i];
    if (back >= 0 && back < p->mix.no_call)
        share[HONE_SORT_MISSING] = others * back / (p->mix.no_call - back);
    for (int i = 0; i < HONE_SORT_MISSING && back > 0 && back >= p->mix.no_call; i++) share[i] = 0;
    w->sort = (hone_sort)behind(p, share, p->per_sort, HONE_SORTS);
    w->function = -1;
    if (w->sort >= HONE_SORT_NEAR)
        w->function = (int)hone_rng_next_below(&p->rng, (uint64_t)p->count);
}

static void want_length(hone_row_plan *p, hone_want *w)
{
    double share[HONE_LENGTHS];
    double sum = 0;
    for (int i = 0; i < HONE_LENGTHS; i++) sum += share[i] = p->mix.lengths[i];
    w->length = sum > 0 ? behind(p, share, p->per_length, HONE_LENGTHS) : -1;
}

void hone_row_plan_next(hone_row_plan *p, hone_want *ret)
{
    memset(ret, 0, sizeof *ret);
    want_style(p, ret);
    want_length(p, ret);
    double due = (double)p->no_call * (double)(p->made + 1) / (double)(p->rows ? p->rows : 1);
    if ((double)p->made_no_call + hone_rng_next_unit(&p->rng) < due) {
        want_no_call(p, ret);
        return;
    }
    ret->call = true;
    ret->function = behind(p, p->weight, p->per_function, p->count);
    want_args(p, ret);
}

bool hone_row_plan_second(hone_row_plan *p, const hone_want *first, hone_want *ret)
{
    if (!first->call || p->made_parallel * 100 >= p->mix.parallel * (p->made + 1)) return false;
    *ret = (hone_want){ .call = true, .bare = true, .style = first->style, .length = -1 };
    ret->function = (int)hone_rng_next_below(&p->rng, (uint64_t)p->count);
    if (p->weight[ret->function] <= 0) ret->function = first->function;
    want_args(p, ret);
    return true;
}

static void count_call(hone_row_plan *p, const hone_want *w)
{
    const hone_function *f = &p->functions[w->function];
    p->per_function[w->function]++;
    p->misses[w->function] = 0;
    for (int i = 0; i < f->count; i++) {
        if (!(w->args >> i & 1)) continue;
        p->per_arg[w->function][i]++;
        const hone_json *values = hone_json_get(f->args[i].schema, "enum");
        if (!w->fixed[i]) continue;
        if (f->args[i].kind == HONE_ARG_BOOL)
            p->per_value[w->function][i][w->fixed[i]->type == HONE_JSON_TRUE ? 0 : 1]++;
        for (size_t k = 0; values && k < values->len && k < VALUES_MAX; k++)
            if (values->items[k] == w->fixed[i]) p->per_value[w->function][i][k]++;
    }
}

void hone_row_plan_count(hone_row_plan *p, const hone_want *w, const hone_want *second,
                         const char *user)
{
    p->made++;
    p->per_style[w->style]++;
    p->per_length[hone_length_of(user)]++;
    if (w->call) {
        count_call(p, w);
        if (second) count_call(p, second);
        p->made_parallel += second != NULL;
    } else {
        p->made_no_call++;
        p->per_sort[w->sort]++;
    }
}

void hone_row_plan_miss(hone_row_plan *p, const hone_want *w)
{
    if (w->call && ++p->misses[w->function] > MISSES_MAX) p->weight[w->function] = 0;
}
