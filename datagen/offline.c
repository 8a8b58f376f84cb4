/* The offline teacher (datagen/offline.h): frames, wrappers, contexts, noise, style - in this
 * order. */
#include "datagen/offline.h"

#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/hash.h"
#include "common/mem.h"
#include "datagen/induce.h"
#include "datagen/noise.h"
#include "datagen/say.h"
#include "datagen/words.h"

/* SEED_SHARE: per cent of the rows whose arguments are those of a seed that use its frame */
enum { TRIES = 400, SEED_SHARE = 28, OTHER = TRIES / 25 };

struct hone_offline {
    hone_arena *a;
    const hone_tongue *tongue;
    hone_lexicon *words;
    hone_rng rng;
    hone_function *functions;
    int count;
    hone_frame *frames;
    int frame_count;
    int *next_frame; /* per function: the frame that is dealt next */
    hone_arg_set *sets;
    hone_often *often; /* by function */
    int often_count;
    uint32_t entry;  /* checksum of the entry that was dealt last from a frame list */
    hone_json *notes;
};

/* Topics of other apps; a topic is silent when a declared function is about it. */
static const struct {
    const char *list, *words;
    int weight;
} topics[] = {
    { "ot.call", "call|dial|ring|phone_call", 3 },
    { "ot.sms", "sms|text|message|post|tweet", 3 },
    { "ot.weather", "weather|forecast", 3 },
    { "ot.camera", "camera|photo|picture|video|record|scan", 3 },
    { "ot.volume", "volume|sound|ringtone|mute|silent", 3 },
    { "ot.screen", "screen|brightness|display|battery|wallpaper|restart|power", 2 },
    { "ot.bluetooth", "bluetooth|hotspot|data|airplane", 2 },
    { "ot.translate", "translate|translation", 2 },
    { "ot.list", "shopping|grocery|list|order|buy", 2 },
    { "ot.taxi", "taxi|ride|flight|hotel|book|travel|restaurant", 2 },
    { "ot.pay", "pay|transfer|bank|balance|stock|convert|currency", 2 },
    { "ot.news", "news|search|browse|find|lookup|web", 2 },
    { "ot.home", "light|lamp|thermostat|lock|heating|tv|vacuum|room|device", 2 },
    { "ot.apps", "app|launch|install|steps|game|read", 2 },
    { "ot.reminder", "reminder|remind|task|todo|note|alarm|calendar", 2 },
};

static void note_missing(void *user, const char *list, const char *missing)
{
    hone_err *err = user;
    if (!err->code)
        hone_fail(err, HONE_E_INTERNAL, "word list %s names <%s>, which is none", list, missing);
}

int hone_offline_check_lists(const hone_tongue *t, hone_err *err)
{
    hone_arena *a = hone_arena_new();
    hone_lexicon *x = NULL;
    if (!a) return hone_err_memory(err, "word lists", 1);
    hone_err_clear(err);
    int rc = hone_lexicon_new(&x, a, t->tables, t->table_count, 1, err);
    if (rc == 0) hone_lexicon_check(x, note_missing, err);
    for (size_t i = 0; rc == 0 && t->english && hone_infer_list(i); i++) {
        char name[64];
        size_t n = (size_t)snprintf(name, sizeof name, "k.%s", hone_infer_list(i));
        if (!hone_lexicon_has(x, name, n)) note_missing(err, "the rules", name);
    }
    hone_arena_free(a);
    return rc < 0 ? rc : err->code;
}

static const char *format(hone_arena *a, const char *x, const char *y, const char *z)
{
    hone_buf b = HONE_BUF_INIT(1024);
    hone_buf_printf(&b, "%s%s%s", x, y, z);
    const char *text = hone_buf_ok(&b) ? hone_arena_strndup(a, b.data, b.len) : "";
    hone_buf_done(&b);
    return text ? text : "";
}

static bool list_exists(const hone_offline *o, const char *name)
{
    return hone_lexicon_has(o->words, name, strlen(name));
}

/* ---- set-up ---- */

static int learn_seeds(hone_offline *o, const hone_row *seeds, size_t n, hone_err *err)
{
    o->frames = hone_arena_alloc(o->a, (n + 1) * sizeof *o->frames);
    o->next_frame = hone_arena_alloc(o->a, (size_t)(o->count + 1) * sizeof *o->next_frame);
    o->notes = hone_json_new_array(o->a);
    o->sets = hone_arena_alloc(o->a, (n + 1) * sizeof *o->sets);
    if (!o->frames || !o->next_frame || !o->notes || !o->sets)
        return hone_err_memory(err, "frames", n);
    for (size_t i = 0; i < n; i++) {
        const char *why;
        int got = hone_frame_induce(&o->frames[o->frame_count], o->a, &seeds[i], o->functions,
                                    o->count, &why, err);
        if (got < 0) return got;
        const hone_frame *f = &o->frames[o->frame_count];
        if (got) o->sets[o->frame_count] = (hone_arg_set){ f->function, f->args };
        o->frame_count += got;
        if (got || seeds[i].expected.count == 0) continue;
        hone_json *note = hone_json_new_object(o->a);
        hone_json_set(o->a, note, "seed", hone_json_new_str(o->a, seeds[i].id));
        hone_json_set(o->a, note, "not_found", hone_json_new_str(o->a, why));
        if (!hone_json_push(o->a, o->notes, note)) return hone_err_memory(err, "notes", 1);
    }
    return 0;
}

static bool one_of_words(const hone_arg *g)
{
    return g->kind == HONE_ARG_WORDS && !g->open;
}

/* How many seeds of the function give arg this value. */
static int given_by(const hone_row *seeds, size_t n, const hone_call *c, const char *arg,
                    const hone_json *v)
{
    int count = 0;
    for (size_t i = 0; i < n; i++) {
        if (seeds[i].expected.count != 1) continue;
        const hone_call *other = &seeds[i].expected.items[0];
        const hone_json *w = hone_json_get(other->arguments, arg);
        count += w && strcmp(other->name, c->name) == 0 && hone_json_is(w, HONE_JSON_STRING) &&
                 strcasecmp(w->text, v->text) == 0;
    }
    return count;
}

/* The values of one seed's call that other seeds give too. */
static void learn_often(hone_offline *o, const hone_row *seeds, size_t n, size_t which)
{
    const hone_call *c = &seeds[which].expected.items[0];
    for (int f = 0; f < o->count; f++) {
        if (strcmp(o->functions[f].name, c->name) != 0) continue;
        for (int k = 0; k < o->functions[f].count; k++) {
            const hone_arg *g = &o->functions[f].args[k];
            const hone_json *v = hone_json_get(c->arguments, g->name);
            if (!one_of_words(g) || !hone_json_is(v, HONE_JSON_STRING) ||
                given_by(seeds, n, c, g->name, v) < 2)
                continue;
            o->often[o->often_count++] = (hone_often){ f, k, v->text };
        }
    }
}

static int learn_values(hone_offline *o, const hone_row *seeds, size_t n, hone_err *err)
{
    o->often = hone_arena_alloc(o->a, (n + 1) * HONE_ARGS_MAX * sizeof *o->often);
    if (!o->often) return hone_err_memory(err, "values", n);
    for (int f = 0; f < o->count; f++) /* those of a function lie together */
        for (size_t i = 0; i < n; i++)
            if (seeds[i].expected.count == 1 &&
                strcmp(seeds[i].expected.items[0].name, o->functions[f].name) == 0)
                learn_often(o, seeds, n, i);
    return 0;
}

/* What s may draw from. */
static void set_often(const hone_offline *o, hone_saying *s)
{
    for (int i = o->often_count; i-- > 0;) {
        if (&o->functions[o->often[i].function] != s->f) continue;
        s->often = &o->often[i];
        s->often_count++;
    }
}

int hone_offline_new(hone_offline **ret, hone_arena *a, const hone_tongue *tongue,
                     const hone_json *tools, const hone_row *seeds, size_t seed_count,
                     uint64_t seed, hone_err *err)
{
    hone_offline *o = hone_arena_alloc(a, sizeof *o);
    if (!o) return hone_err_memory(err, "offline teacher", sizeof *o);
    o->a = a;
    o->tongue = tongue;
    o->rng = (hone_rng){ .seed = seed, .stream = HONE_RNG_DATAGEN,
                        .step = tongue->english ? 2 : 7 };
    HONE_TRY(hone_lexicon_new(&o->words, a, tongue->tables, tongue->table_count, seed, err));
    o->functions = hone_arena_alloc(a, (tools->len + 1) * sizeof *o->functions);
    if (!o->functions) return hone_err_memory(err, "functions", tools->len);
    for (size_t i = 0; i < tools->len; i++) {
        const hone_json *f = hone_json_get(tools->items[i], "function");
        HONE_TRY(hone_function_infer(&o->functions[o->count++], a, f ? f : tools->items[i], err));
    }
    HONE_TRY(learn_seeds(o, seeds, seed_count, err));
    HONE_TRY(learn_values(o, seeds, seed_count, err));
    *ret = o;
    return 0;
}

const hone_function *hone_offline_functions(const hone_offline *o, int *ret_count)
{
    *ret_count = o->count;
    return o->functions;
}

const hone_arg_set *hone_offline_sets(const hone_offline *o, int *ret_count)
{
    *ret_count = o->frame_count;
    return o->sets;
}

bool hone_offline_speaks(const hone_offline *o, int function)
{
    const hone_function *f = &o->functions[function];
    if (o->tongue->english) return true;
    if (!f->family) return false;
    if (strcmp(f->family->name, "light") == 0) return list_exists(o, "f.on.v");
    return list_exists(o, format(o->a, "f.", f->family->name, ".v")) ||
           list_exists(o, format(o->a, "f.", f->family->name, ".s"));
}

void hone_offline_leave_out(hone_offline *o, int function, const char *why)
{
    hone_function *f = &o->functions[function];
    if (!f->unsupported) f->unsupported = why;
}

int hone_offline_induced(const hone_offline *o)
{
    return o->frame_count;
}
const hone_json *hone_offline_notes(const hone_offline *o)
{
    return o->notes;
}

/* ---- telling ---- */

/* Deals an entry of the list and tells it into a fresh phrase. */
static bool tell_list(hone_offline *o, hone_saying *s, const char *name, hone_phrase *out)
{
    size_t n;
    const char *e = hone_lexicon_deal(o->words, name, strlen(name), &n);
    if (!e) return false;
    if (name[0] != 'w') o->entry = hone_crc32c(0, e, n); /* wrappers are no templates */
    *out = (hone_phrase){ NULL, 0, 0 };
    s->teller.out = out;
    s->teller.failed = false;
    return hone_tell(&s->teller, e, n);
}

static bool tell_text(hone_saying *s, const char *text, hone_phrase *out)
{
    *out = (hone_phrase){ NULL, 0, 0 };
    s->teller.out = out;
    s->teller.failed = false;
    return hone_tell(&s->teller, text, strlen(text));
}

/* The last word spoken belongs to a text that runs on: nothing may be put behind it. */
static bool ends_open(const hone_function *f, const hone_phrase *p)
{
    for (size_t i = p->count; i-- > 0;) {
        const hone_seg *g = &p->segs[i];
        if (g->slot < 0 && strspn(g->text, " ") == g->len) continue;
        return g->slot >= 0 && f->args[g->slot].open;
    }
    return false;
}

/* ---- frames of families ---- */

typedef struct frame_kind {
    char kind;
    int weight;
} frame_kind;

/* The lists that a family may draw from in this row, with their weights. */
static int family_lists(const hone_offline *o, hone_arena *a, const hone_function *f,
                        const hone_want *w, const char **names, char *kinds, int *weights, int max)
{
    static const frame_kind all[] = { { 'v', 34 }, { 'c', 13 }, { 'o', 7 }, { 'n', 13 },
                                      { 'b', 13 }, { 's', 26 }, { 'm', 0 }, { 't', 0 } };
    int n = 0;
    const char *base = f->family->name;
    bool light = strcmp(base, "light") == 0;
    bool on = light && (f->switched == 1 || (f->switched < 0 && w->args && w->fixed[0] &&
                                             w->fixed[0]->type == HONE_JSON_TRUE));
    if (light) base = on ? "on" : "off";
    bool page = strcmp(base, "page") == 0;
    for (size_t i = 0; i < sizeof all / sizeof *all && n < max; i++) {
        char suffix[4] = { '.', all[i].kind, 0 };
        const char *name = format(a, "f.", base, suffix);
        if (!list_exists(o, name)) continue;
        /* commands and sentences with arguments that few functions have */
        bool more = all[i].kind == 'm' || all[i].kind == 't';
        if (more && hone_function_role(f, "genre", 5) < 0 &&
            hone_function_role(f, "service", 7) < 0)
            continue;
        names[n] = name;
        kinds[n] = all[i].kind == 'm' ? 'v' : all[i].kind == 't' ? 's' : all[i].kind;
        weights[n++] = all[i].kind == 'm' ? 75 : all[i].kind == 't' ? 40 : all[i].weight;
    }
    const char *special = light  ? (on ? "f.light.on.s" : "f.light.off.s")
                          : page ? "f.page.want.s"
                          : strcmp(base, "music") == 0 && w->args == 0 ? "f.music.any.s"
                                                                       : NULL;
    if (special && n < max) {
        names[n] = special;
        kinds[n] = 's';
        weights[n++] = 45;
    }
    return n;
}

static int pick_weighted(hone_rng *rng, const int *weights, int n)
{
    int total = 0;
    for (int i = 0; i < n; i++) total += weights[i];
    int at = (int)hone_pick(rng, (size_t)total);
    for (int i = 0; i < n; i++) {
        at -= weights[i];
        if (at < 0) return i;
    }
    return 0;
}

/* Booleans of switch families are said by the choice of frames. */
static void say_silent(hone_saying *s, const hone_want *w)
{
    const hone_function *f = s->f;
    for (int i = 0; i < f->count; i++) {
        bool silent = f->family && f->object && f->args[i].kind == HONE_ARG_BOOL;
        if (!silent || !(w->args >> i & 1) || !w->fixed[i]) continue;
        s->computed[i] = hone_json_new_bool(s->teller.a, w->fixed[i]->type == HONE_JSON_TRUE);
        s->said |= 1u << i;
    }
}

/* The request itself, in its wrapper. */
static bool tell_family(hone_offline *o, hone_saying *s, const hone_want *w, hone_phrase *out,
                        const char **frame)
{
    const char *names[16];
    char kinds[16];
    int weights[16];
    int n = family_lists(o, s->teller.a, s->f, w, names, kinds, weights, 16);
    if (n == 0) return false;
    int i = pick_weighted(&o->rng, weights, n);
    hone_phrase inner;
    say_silent(s, w);
    if (!tell_list(o, s, names[i], &inner) || !hone_saying_complete(s)) return false;
    s->inner = &inner;
    char kind[3] = { kinds[i], 0, 0 };
    const char *wrap = format(s->teller.a, "w.", kind, ends_open(s->f, &inner) ? ".open" : ".any");
    *frame = names[i];
    bool ok = tell_list(o, s, wrap, out);
    s->inner = NULL;
    return ok;
}

/* ---- frames from the schema alone ---- */

/* How an argument is tied on when no frame has a place for it. */
static const char *loose_slot(hone_offline *o, hone_arena *a, const hone_arg *g, bool first)
{
    hone_rng *r = &o->rng;
    const char *slot = format(a, "{", g->role, "}");
    const char *bare = format(a, "{", g->role, ":bare}");
    static const char *const led[] = { "date", "time", "duration", "clock", "when" };
    for (size_t i = 0; i < sizeof led / sizeof *led; i++)
        if (strcmp(g->role, led[i]) == 0)
            return format(a,
                          strcmp(led[i], "clock") == 0      ? " at "
                          : strcmp(led[i], "duration") == 0 ? " for "
                                                            : " ",
                          slot, "");
    if (g->kind == HONE_ARG_BOOL || g->kind == HONE_ARG_DATE) return format(a, " ", slot, "");
    if (strcmp(g->role, "destination") == 0 || strcmp(g->role, "to") == 0)
        return format(a, " to ", slot, "");
    if (strcmp(g->role, "city") == 0 || strcmp(g->role, "country") == 0 ||
        strcmp(g->role, "region") == 0 || strcmp(g->role, "room") == 0)
        return format(a, " in ", bare, "");
    if (first && hone_chance(r, 45)) return format(a, hone_chance(r, 70) ? " for " : " ", bare, "");
    switch (hone_pick(r, 7)) {
    case 0: return format(a, format(a, " with ", g->words, " "), bare, "");
    case 1: return format(a, format(a, ", ", g->words, " "), bare, "");
    case 2: return format(a, format(a, ", ", g->words, ": "), bare, "");
    case 3: return format(a, format(a, " and ", g->words, " "), bare, "");
    case 4: return format(a, format(a, ", the ", g->words, " is "), bare, "");
    case 5: return format(a, format(a, " with the ", g->words, " "), bare, "");
    default: return format(a, format(a, ", ", g->words, " should be "), bare, "");
    }
}

static const char *bare_start(hone_offline *o, hone_arena *a, const hone_function *f)
{
    static const char *const articles[] = { " the ", " a* ", " ", " my " };
    const char *start = hone_pick(&o->rng, 3) ? f->verb : "do";
    if (strcmp(f->verb, f->thing) == 0) return f->verb;
    if (strcmp(start, "do") == 0 && f->description[0] && hone_chance(&o->rng, 50)) {
        static const struct {
            const char *verb, *like;
        } other[] = { { "get", "find" },    { "get", "show me" },   { "create", "make" },
                      { "create", "add" },  { "set", "change" },    { "search", "look up" },
                      { "search", "find" }, { "update", "change" }, { "book", "reserve" },
                      { "add", "put in" },  { "delete", "remove" }, { "send", "write" },
                      { "start", "run" },   { "play", "put on" },   { "check", "look at" },
                      { "order", "get me" } };
        for (int i = 0; i < 8; i++) {
            size_t k = hone_pick(&o->rng, sizeof other / sizeof *other);
            if (strcmp(other[k].verb, f->verb) == 0)
                return format(a, other[k].like, " the ", f->thing);
        }
    }
    return format(a, f->verb, articles[hone_pick(&o->rng, 4)], f->thing);
}

static bool tell_generic(hone_offline *o, hone_saying *s, const hone_want *w, hone_phrase *out)
{
    const hone_function *f = s->f;
    hone_arena *a = s->teller.a;
    const char *text = bare_start(o, a, f);
    int order[HONE_ARGS_MAX];
    int n = 0;
    for (int pass = 0; pass < 3; pass++)
        for (int i = 0; i < f->count; i++) {
            int turn = f->args[i].open ? 2 : f->args[i].required ? 0 : 1;
            if ((w->args >> i & 1) && turn == pass && f->args[i].kind != HONE_ARG_MINUTE)
                order[n++] = i;
        }
    for (int i = n - 1; i > 0; i--) {
        int k = (int)hone_pick(&o->rng, (size_t)i + 1);
        if (f->args[order[i]].open || f->args[order[k]].open) continue;
        int t = order[i];
        order[i] = order[k];
        order[k] = t;
    }
    for (int i = 0; i < n; i++) {
        const hone_arg *g = &f->args[order[i]];
        if (g->kind == HONE_ARG_DATETIME) text = format(a, text, " {date} {time}", "");
        else text = format(a, text, loose_slot(o, a, g, i == 0), "");
    }
    hone_phrase inner;
    say_silent(s, w);
    if (!tell_text(s, text, &inner) || !hone_saying_complete(s)) return false;
    s->inner = &inner;
    bool ok = tell_list(o, s, ends_open(f, &inner) ? "w.v.open" : "w.v.any", out);
    s->inner = NULL;
    return ok;
}

/* ---- frames from seeds ---- */

static bool fixed_equal(const hone_frame *f, const hone_want *w, const hone_function *fn)
{
    for (int i = 0; i < fn->count; i++) {
        if (!(w->args >> i & 1) || !w->fixed[i]) continue;
        if (!f->fixed[i] || !hone_json_equal(f->fixed[i], w->fixed[i])) return false;
    }
    return true;
}

static bool tell_seed(hone_offline *o, hone_saying *s, const hone_want *w, hone_phrase *out,
                      const char **seed_id)
{
    int *next = &o->next_frame[w->function];
    for (int i = 0; i < o->frame_count; i++) {
        const hone_frame *f = &o->frames[(*next + i) % o->frame_count];
        if (f->function != w->function || f->args != w->args || !fixed_equal(f, w, s->f)) continue;
        *next = (*next + i + 1) % o->frame_count;
        for (int k = 0; k < s->f->count; k++) {
            if (!f->fixed[k]) continue;
            s->computed[k] = f->fixed[k];
            s->said |= 1u << k;
        }
        *seed_id = f->seed_id;
        return tell_text(s, f->text, out) && hone_saying_complete(s);
    }
    return false;
}

/* ---- what stands around ---- */

static const char *context_list(const hone_offline *o, hone_arena *a, const hone_function *f,
                                const hone_want *w, const char *before)
{
    const char *base = f && f->family ? f->family->name : "any";
    if (strcmp(base, "light") == 0)
        base = f->switched == 1 ||
                       (f->switched < 0 && w->fixed[0] && w->fixed[0]->type == HONE_JSON_TRUE)
                   ? "on"
                   : "off";
    const char *list = format(a, before, ".", base);
    return list_exists(o, list) ? list : format(a, before, ".", "any");
}

/* Wraps core in wake words, contexts and thanks; template text with {core}. */
static bool tell_around(hone_offline *o, hone_saying *s, const hone_want *w,
                        const hone_phrase *core, hone_phrase *out, bool *context)
{
    hone_rng *r = &o->rng;
    hone_arena *a = s->teller.a;
    const char *const *joins = o->tongue->joins;
    const char *text = "{core}";
    size_t dice = hone_pick(r, 100);
    bool open = s->f && ends_open(s->f, core);
    *context = false;
    if (w->bare) dice = 100;
    if (dice < 9) {
        text = format(a, "<wake>", hone_chance(r, 60) ? ", " : " ", "{core}");
    } else if (dice < 21) {
        text = format(a, "<start>", hone_chance(r, 60) ? " " : ", ", "{core}");
    } else if (dice < 34) {
        const char *list = hone_chance(r, 75) ? context_list(o, a, s->f, w, "ctx") : "ctx.any";
        text = format(a, format(a, "<", list, ">"), joins[hone_pick(r, 6)], "{core}");
        *context = true;
    } else if (dice < 41 && !open) {
        const char *list = hone_chance(r, 60) ? context_list(o, a, s->f, w, "after") : "after.any";
        text = format(a, "{core}", hone_chance(r, 60) ? ", " : ". ", format(a, "<", list, ">"));
        *context = true;
    }
    s->inner = core;
    bool ok = tell_text(s, text, out);
    s->inner = NULL;
    return ok;
}

/* Rows of one template belong together when a file is split. */
static const char *group_of(const hone_offline *o, hone_arena *a, const hone_candidate *c)
{
    if (*c->seed_id) return c->seed_id;
    hone_buf b = HONE_BUF_INIT(256);
    hone_buf_printf(&b, "%s/%08x", c->frame, (unsigned)o->entry);
    const char *text = hone_buf_ok(&b) ? hone_arena_strndup(a, b.data, b.len) : NULL;
    hone_buf_done(&b);
    return text ? text : c->frame;
}

static int finish(hone_offline *o, hone_arena *a, hone_phrase *p, const hone_want *w,
                  hone_candidate *c, hone_err *err)
{
    if (!hone_phrase_tidy(a, p)) return hone_err_memory(err, "utterance", 1);
    c->operators = hone_noise_add(p, o->tongue, o->words, &o->rng, a, w->style);
    if (!hone_style_apply(p, o->tongue, a, &o->rng, w->style)) return 0;
    c->user = hone_phrase_text(a, p);
    c->group = group_of(o, a, c);
    return *c->user != 0 && !strpbrk(c->user, "~{}<>|*#"); /* marks of the grammar itself */
}

static bool tell_core(hone_offline *o, hone_saying *s, const hone_want *w, bool seed, int attempt,
                      hone_phrase *core, hone_candidate *c)
{
    c->seed_id = "";
    if (seed && attempt < TRIES / 4) {
        c->frame = "seed";
        return tell_seed(o, s, w, core, &c->seed_id);
    }
    if (s->f->family && attempt < TRIES * 7 / 8) return tell_family(o, s, w, core, &c->frame);
    c->frame = "schema";
    return o->tongue->english && tell_generic(o, s, w, core);
}

/* No frame says these arguments together: people leave some out, or name the thing itself, instead
 * of reading a form aloud. Later turns change more. */
static void want_other(hone_offline *o, const hone_function *f, const hone_want *asked, int turn,
                       hone_want *w)
{
    w->args = asked->args;
    for (int n = 1 + turn / 3; n > 0; n--) {
        size_t i = hone_pick(&o->rng, (size_t)f->count);
        bool given = w->args >> i & 1;
        if (given && !f->args[i].required) w->args &= ~(1u << i);
        if (!given && turn > 1 && f->args[i].kind == HONE_ARG_WORDS) w->args |= 1u << i;
    }
}

static int make_call(hone_offline *o, hone_arena *a, const hone_want *asked, hone_candidate *ret,
                     hone_err *err)
{
    const hone_function *f = &o->functions[asked->function];
    hone_want other = *asked;
    const hone_want *w = &other;
    hone_saying s;
    hone_saying_start(&s, o->tongue, o->words, &o->rng, a, f);
    set_often(o, &s);
    s.wanted = w->args;
    for (int i = 0; i < f->count; i++) s.fixed[i] = w->fixed[i];
    bool seed = o->frame_count > 0 && hone_chance(&o->rng, SEED_SHARE);
    int mends = w->style != HONE_STYLE_WRITTEN && hone_chance(&o->rng, 11);
    for (int attempt = 0; attempt < TRIES; attempt++) {
        if (f->family && attempt > TRIES / 4 && attempt % OTHER == 0) {
            want_other(o, f, asked, (attempt - TRIES / 4) / OTHER, &other);
            s.wanted = other.args;
        }
        hone_saying_reset(&s);
        s.mends = attempt < TRIES / 8 ? mends : 0;
        hone_phrase core;
        hone_phrase all;
        hone_candidate c = { .function = f->name };
        if (!tell_core(o, &s, w, seed, attempt, &core, &c)) continue;
        if (!tell_around(o, &s, w, &core, &all, &c.context)) continue;
        int rc = finish(o, a, &all, w, &c, err);
        if (rc < 0) return rc;
        if (rc == 0) continue;
        c.mended = s.mended > 0;
        c.open = ends_open(f, &core);
        c.arguments = hone_saying_arguments(&s, &all);
        if (!c.arguments) return hone_err_memory(err, "arguments", 1);
        *ret = c;
        return 1;
    }
    return 0;
}

/* ---- no-call rows ---- */

static const char *other_topic(hone_offline *o)
{
    for (int tries = 0; tries < 60; tries++) {
        size_t i = hone_pick(&o->rng, sizeof topics / sizeof *topics);
        if ((int)hone_pick(&o->rng, 3) >= topics[i].weight) continue;
        if (!hone_tools_about(o->functions, o->count, topics[i].words)) return topics[i].list;
    }
    return "nc.facts";
}

static const char *no_call_list(hone_offline *o, hone_arena *a, const hone_want *w)
{
    const hone_function *f = w->function >= 0 ? &o->functions[w->function] : NULL;
    const char *family = f && f->family ? f->family->name : "generic";
    switch (w->sort) {
    case HONE_SORT_SMALL: return "nc.small";
    case HONE_SORT_FACTS: return "nc.facts";
    case HONE_SORT_CHAT: return "nc.chat";
    case HONE_SORT_STATE: return "nc.state";
    case HONE_SORT_OTHER: return other_topic(o);
    case HONE_SORT_NEAR: return format(a, "near.", family, "");
    case HONE_SORT_PAST: return format(a, "past.", family, "");
    default: return format(a, "miss.", family, "");
    }
}

/* Cuts the answer off the utterance ("text##answer"). */
static const char *cut_answer(hone_phrase *p, hone_arena *a)
{
    const char *answer = NULL;
    size_t keep = 0;
    hone_buf b = HONE_BUF_INIT(4096);
    for (size_t i = 0; i < p->count; i++) {
        hone_seg *g = &p->segs[i];
        const char *cut = answer ? NULL : strstr(g->text, "##");
        if (cut) {
            hone_buf_str(&b, cut + 2);
            g->len = (size_t)(cut - g->text);
            g->text = hone_arena_strndup(a, g->text, g->len);
            answer = "";
            keep = i + 1;
        } else if (answer) {
            hone_buf_add(&b, g->text, g->len);
        }
    }
    if (answer && hone_buf_ok(&b) && b.len) answer = hone_arena_strndup(a, b.data, b.len);
    if (answer) p->count = keep;
    hone_buf_done(&b);
    return answer;
}

static int make_no_call(hone_offline *o, hone_arena *a, const hone_want *w, hone_candidate *ret,
                        hone_err *err)
{
    hone_saying s;
    for (int attempt = 0; attempt < TRIES; attempt++) {
        const hone_function *f = w->function >= 0 ? &o->functions[w->function] : NULL;
        hone_saying_start(&s, o->tongue, o->words, &o->rng, a, f);
        const char *list = no_call_list(o, a, w);
        if (!list_exists(o, list))
            list = w->sort == HONE_SORT_MISSING ? "nc.state" : "near.generic";
        if ((!f && strcmp(list, "near.generic") == 0) || !list_exists(o, list)) list = "nc.facts";
        hone_phrase core;
        hone_phrase all;
        hone_candidate c = { .frame = list, .seed_id = "" };
        if (!tell_list(o, &s, list, &core) || !hone_phrase_tidy(a, &core)) continue;
        c.answer = cut_answer(&core, a);
        if (!c.answer) {
            hone_phrase answer;
            if (!tell_list(o, &s, "na.other", &answer)) continue;
            c.answer = hone_phrase_text(a, &answer);
        }
        s.f = NULL;
        if (w->sort == HONE_SORT_SMALL || w->sort == HONE_SORT_STATE || hone_chance(&o->rng, 55))
            all = core;
        else if (!tell_around(o, &s, w, &core, &all, &c.context)) continue;
        int rc = finish(o, a, &all, w, &c, err);
        if (rc < 0) return rc;
        if (rc == 0) continue;
        *ret = c;
        return 1;
    }
    return 0;
}

int hone_offline_make(hone_offline *o, hone_arena *a, const hone_want *want, hone_candidate *ret,
                      hone_err *err)
{
    return want->call ? make_call(o, a, want, ret, err) : make_no_call(o, a, want, ret, err);
}
