/*
 * Greedy generation (eval/generate.h). Each group of prompts has a cache with the keys and values
 * of its common beginning and a number of slots. One round feeds every busy slot: the next token of
 * those that decode, then pieces of new prompts as long as the round has room.
 */
#include "eval/generate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/stop.h"
#include "model/tokenizer.h"

enum { ROUND_TOKENS = 2048 };           /* most tokens of one round */
static const double CACHE_BYTES = 1e9;  /* keys and values of all slots */

typedef struct slot {
    size_t prompt;      /* index of the prompt */
    int32_t fed;        /* ids of the prompt that the cache holds, shared ones included */
    int32_t made;       /* ids generated */
    int32_t piece;      /* ids of the prompt that this round feeds */
    int32_t limit;      /* of made */
    float margin;
    double logprob;
    bool busy;
    int32_t *ids;       /* [max_new_tokens] */
    hone_pick *made_by; /* [max_new_tokens] */
    int32_t unfed;      /* ids at the end of them that the cache does not hold */
    const hone_grammar *grammar;
    hone_constraint *constraint;
    hone_choice choice; /* what the next choice is among, with a grammar */
} slot;

typedef struct generation {
    hone_engine *e;
    const hone_span *prompts;
    const hone_generate_options *o;
    hone_progress progress;
    hone_generate_stats stats;
    int64_t done;
    double start;
    /* of the group at work */
    hone_cache *cache;
    const uint32_t *members;
    size_t num_members, next;
    int32_t prefix;
    slot *slots;
    int num_slots;      /* allocated */
    int used_slots;     /* of this group */
    hone_feed *feeds;
    hone_pick *picks;
    int32_t *drafted;   /* [ROUND_TOKENS] last pieces of prompts with their drafts */
    int32_t *ids;       /* behind the slots' ids */
    hone_pick *made_by;
} generation;

bool hone_is_stop_id(int32_t id)
{
    return id == HONE_ID_RESPONSE || id == HONE_ID_END_TURN || id == HONE_ID_EOS;
}

static int hand_out(generation *g, size_t prompt, const hone_generation *r, hone_err *err)
{
    g->done++;
    return g->o->on_done(g->o->user, prompt, r, err);
}

/* The first rows of many end early: a time left that is worth showing comes with more of them. */
static void show_progress(generation *g)
{
    double seconds = hone_clock() - g->start;
    int64_t shown = 4 * g->done < g->used_slots ? 0 : g->done;
    hone_progress_set(&g->progress, shown, "%.0f tokens/s",
                      seconds > 0 ? (double)g->stats.generated / seconds : 0);
}

/* ---- slots ---- */

/* Begins an answer that keeps to a grammar. */
static int slot_constrain(generation *g, slot *s, hone_err *err)
{
    s->grammar = g->o->grammars ? g->o->grammars[s->prompt] : NULL;
    if (!s->grammar) return HONE_OK;
    if (!s->constraint) HONE_TRY(hone_constraint_new(&s->constraint, err));
    hone_constraint_start(s->constraint, s->grammar);
    return hone_constraint_next(s->constraint, &s->choice, err); /* free text: nothing is forced */
}

/* Takes the next prompt of the group; one that is too long ends at once. */
static int slot_fill(generation *g, slot *s, hone_err *err)
{
    while (g->next < g->num_members) {
        size_t prompt = g->members[g->next++];
        int32_t count = g->prompts[prompt].count, room = g->o->context - count;
        if (room < 1) {
            hone_generation r = { .prompt_count = count, .stop = HONE_STOP_ERROR, .stop_id = -1,
                                  .margin_min = INFINITY };
            HONE_TRY(hand_out(g, prompt, &r, err));
            continue;
        }
        *s = (slot){ .prompt = prompt, .fed = g->prefix, .margin = INFINITY, .busy = true,
                     .ids = s->ids, .made_by = s->made_by, .constraint = s->constraint };
        s->limit = room < g->o->max_new_tokens ? room : g->o->max_new_tokens;
        g->stats.prompt_tokens += count;
        return slot_constrain(g, s, err);
    }
    return HONE_OK;
}

static int slot_end(generation *g, int index, hone_stop stop, int32_t stop_id, hone_err *err)
{
    slot *s = &g->slots[index];
    const hone_generation r = { s->ids, s->made, g->prompts[s->prompt].count, stop, stop_id,
                                s->margin, s->logprob, s->made_by };
    hone_cache_reset(g->cache, index);
    s->busy = false;
    HONE_TRY(hand_out(g, s->prompt, &r, err));
    return slot_fill(g, s, err);
}

/* Ids that must follow a choice are part of the answer at once; the next round feeds them all. */
static int slot_force(generation *g, slot *s, int32_t id, hone_err *err)
{
    HONE_TRY(hone_constraint_take(s->constraint, id, err));
    HONE_TRY(hone_constraint_next(s->constraint, &s->choice, err));
    for (int32_t i = 0; i < s->choice.num_forced && s->made < s->limit; i++, s->unfed++) {
        s->made_by[s->made] = (hone_pick){ .id = s->choice.forced[i], .second = -1 };
        s->ids[s->made++] = s->choice.forced[i];
        g->stats.generated++;
        g->stats.forced++;
    }
    return HONE_OK;
}

/* The engine's choice behind all that the slot holds. */
static int slot_pick(generation *g, int index, const hone_pick *p, bool *ret_ended, hone_err *err)
{
    slot *s = &g->slots[index];
    s->made_by[s->made] = *p;
    s->ids[s->made++] = p->id;
    s->unfed = 1;
    s->logprob += (double)p->logprob;
    s->margin = fminf(s->margin, p->logit - p->second_logit);
    g->stats.generated++;
    *ret_ended = true;
    if (hone_is_stop_id(p->id)) return slot_end(g, index, HONE_STOP_TOKEN, p->id, err);
    if (s->grammar) HONE_TRY(slot_force(g, s, p->id, err));
    if (s->made == s->limit) return slot_end(g, index, HONE_STOP_LENGTH, -1, err);
    *ret_ended = false;
    return HONE_OK;
}

/* ---- rounds ---- */

static bool decodes(const generation *g, const slot *s)
{
    return s->busy && s->fed == g->prompts[s->prompt].count;
}

static void restrict_to(const slot *s, hone_feed *f)
{
    if (!s->grammar) return;
    f->allowed = s->choice.allowed;
    f->num_allowed = s->choice.num_allowed;
    f->mask = s->choice.mask;
}

/* Ids of the draft whose choices fit into the round beside the prompt's last piece. */
static int32_t draft_count(const generation *g, const slot *s, int32_t room)
{
    int32_t n = g->o->drafts && !s->grammar ? g->o->drafts[s->prompt].count : 0;
    if (n > s->limit) n = s->limit;
    return n < room + 1 ? n : room + 1; /* the last one is compared, not fed */
}

/* The next piece of a slot's prompt, with the draft behind the last one. */
static hone_feed feed_prompt(generation *g, int index, int32_t room, int32_t *at)
{
    slot *s = &g->slots[index];
    const hone_span *p = &g->prompts[s->prompt];
    hone_feed f = { .slot = index, .tokens = p->ids + s->fed, .picks = HONE_NO_PICK };
    s->piece = p->count - s->fed < room ? p->count - s->fed : room;
    f.n = s->piece;
    if (s->fed + s->piece < p->count) return f;
    f.picks = draft_count(g, s, room - s->piece);
    if (f.picks == 0) f.picks = 1;
    restrict_to(s, &f);
    if (f.picks == 1) return f;
    int32_t *ids = g->drafted + *at;
    f.n = s->piece + f.picks - 1;
    memcpy(ids, f.tokens, (size_t)s->piece * sizeof *ids);
    memcpy(ids + s->piece, g->o->drafts[s->prompt].ids, (size_t)(f.picks - 1) * sizeof *ids);
    f.tokens = ids;
    *at += f.n;
    return f;
}

/* Fills feeds: those that decode first, so that a long prompt never holds them up. */
static int round_plan(generation *g)
{
    int32_t n = 0, room = ROUND_TOKENS, at = 0;
    for (int i = 0; i < g->used_slots; i++) {
        slot *s = &g->slots[i];
        if (!decodes(g, s)) continue;
        g->feeds[n] = (hone_feed){
            .slot = i, .tokens = &s->ids[s->made - s->unfed], .n = s->unfed, .picks = 1
        };
        restrict_to(s, &g->feeds[n++]);
        room -= s->unfed;
    }
    for (int i = 0; i < g->used_slots && room > 0; i++) {
        if (!g->slots[i].busy || decodes(g, &g->slots[i])) continue;
        g->feeds[n] = feed_prompt(g, i, room, &at);
        room -= g->feeds[n++].n;
    }
    return n;
}

/* Takes the choices up to the first one that the draft does not have, and forgets what was fed
 * behind it. */
static int slot_compare(generation *g, int index, const hone_pick *picks, int32_t count,
                        hone_err *err)
{
    slot *s = &g->slots[index];
    const size_t prompt = s->prompt;
    const int32_t own = g->prompts[prompt].count - g->prefix;
    const hone_span draft = g->o->drafts ? g->o->drafts[prompt] : (hone_span){ NULL, 0 };
    bool ended = false, right = true;
    for (int32_t i = 0; i < count && right; i++) {
        right = i < draft.count && picks[i].id == draft.ids[i];
        if (right) g->stats.drafted++;
        HONE_TRY(slot_pick(g, index, &picks[i], &ended, err));
        if (ended) return HONE_OK; /* the slot may hold another prompt by now */
    }
    hone_cache_truncate(g->cache, index, own + s->made - s->unfed);
    return HONE_OK;
}

static int round_run(generation *g, int n, hone_err *err)
{
    const hone_pick *picks = g->picks;
    HONE_TRY(hone_cache_feed(g->cache, g->feeds, n, g->picks, err));
    for (int k = 0; k < n; k++) {
        const hone_feed *f = &g->feeds[k];
        slot *s = &g->slots[f->slot];
        bool ended;
        if (f->picks == HONE_NO_PICK) {
            s->fed += s->piece; /* more of the prompt to come */
            g->stats.prefilled += s->piece;
        } else if (decodes(g, s)) {
            HONE_TRY(slot_pick(g, f->slot, picks, &ended, err));
        } else {
            s->fed += s->piece;
            g->stats.prefilled += s->piece;
            HONE_TRY(slot_compare(g, f->slot, picks, f->picks, err));
        }
        picks += f->picks > 0 ? f->picks : 0;
    }
    return HONE_OK;
}

/* ---- groups ---- */

static int32_t longest_suffix(const generation *g)
{
    int32_t most = 0;
    for (size_t i = 0; i < g->num_members; i++) {
        int32_t n = g->prompts[g->members[i]].count;
        if (n < g->o->context && n - g->prefix > most) most = n - g->prefix;
    }
    return most;
}

static int slots_for(const generation *g, int32_t suffix)
{
    const hone_config *c = hone_engine_config(g->e);
    double bytes = 2.0 * c->L * c->NKV * c->HD * sizeof(float) * suffix, most = CACHE_BYTES / bytes;
    int n = g->num_slots;
    if ((size_t)n > g->num_members) n = (int)g->num_members;
    if (most < n) n = most < 1 ? 1 : (int)most;
    return n;
}

static int group_run(generation *g, hone_err *err)
{
    int32_t own = longest_suffix(g), suffix = own + g->o->max_new_tokens;
    const int32_t *prefix = g->prefix ? g->prompts[g->members[0]].ids : NULL;
    int rc = HONE_OK, n;
    g->next = 0;
    if (own == 0) return slot_fill(g, &g->slots[0], err); /* all are too long */
    g->used_slots = slots_for(g, suffix);
    HONE_TRY(hone_cache_new(&g->cache, g->e, prefix, g->prefix, g->used_slots, suffix, err));
    g->stats.prefilled += g->prefix;
    for (int i = 0; i < g->used_slots && rc == 0; i++) {
        g->slots[i].busy = false;
        rc = slot_fill(g, &g->slots[i], err);
    }
    while (rc == 0 && (n = round_plan(g)) > 0) {
        if (g->o->stop ? g->o->stop() : hone_stop_requested()) {
            hone_err_clear(err);
            rc = hone_fail(err, HONE_E_STOPPED, "generation was stopped");
        } else {
            rc = round_run(g, n, err);
            show_progress(g);
        }
    }
    hone_cache_free(g->cache);
    g->cache = NULL;
    return rc;
}

static int index_compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static int members_run(generation *g, uint32_t *members, size_t count, int32_t prefix,
                       hone_err *err)
{
    if (count == 0) return HONE_OK;
    qsort(members, count, sizeof *members, index_compare); /* rows come out near the file's order */
    g->members = members;
    g->num_members = count;
    g->prefix = prefix;
    return group_run(g, err);
}

/* Prompts that share nothing worth it go together behind an empty prefix. */
static int groups_run(generation *g, hone_clusters *c, uint32_t *loose, hone_err *err)
{
    size_t num_loose = 0;
    for (int32_t k = 0; k < c->count; k++) {
        const hone_cluster *item = &c->items[k];
        uint32_t *members = c->order + item->first;
        if (item->prefix == 0)
            for (int32_t i = 0; i < item->count; i++) loose[num_loose++] = members[i];
        else
            HONE_TRY(members_run(g, members, (size_t)item->count, item->prefix, err));
    }
    return members_run(g, loose, num_loose, 0, err);
}

static int buffers_alloc(generation *g, hone_err *err)
{
    size_t slots = (size_t)g->num_slots, each = (size_t)g->o->max_new_tokens;
    g->slots = hone_calloc(slots, sizeof *g->slots);
    g->feeds = hone_calloc(slots, sizeof *g->feeds);
    g->picks = hone_calloc(slots + ROUND_TOKENS, sizeof *g->picks);
    g->drafted = hone_calloc(ROUND_TOKENS, sizeof *g->drafted);
    g->ids = hone_calloc(slots, each * sizeof *g->ids);
    g->made_by = hone_calloc(slots, each * sizeof *g->made_by);
    if (!g->slots || !g->feeds || !g->picks || !g->drafted || !g->ids || !g->made_by)
        return hone_err_memory(err, "generation", slots * each * sizeof *g->made_by);
    for (size_t i = 0; i < slots; i++) {
        g->slots[i].ids = g->ids + i * each;
        g->slots[i].made_by = g->made_by + i * each;
    }
    return HONE_OK;
}

int hone_generate(hone_engine *e, const hone_span *prompts, size_t count,
                  const hone_generate_options *o, hone_generate_stats *ret_stats, hone_err *err)
{
    generation g = { .e = e, .prompts = prompts, .o = o, .num_slots = o->slots };
    hone_clusters clusters = { 0 };
    const hone_cluster_rule rule = { HONE_MIN_TOKEN_RATIO,
                                     1 }; /* a slot needs a token of its own */
    uint32_t *loose = NULL;
    int rc;
    if (count == 0) return HONE_OK;
    g.start = hone_clock();
    hone_progress_start(&g.progress, o->label, (int64_t)count);
    HONE_GOTO(rc, done, buffers_alloc(&g, err));
    loose = hone_calloc(count, sizeof *loose);
    if (!loose) {
        rc = hone_err_memory(err, "prompts", count * sizeof *loose);
        goto done;
    }
    HONE_GOTO(rc, done, hone_clusters_build(&clusters, prompts, count, &rule, err));
    rc = groups_run(&g, &clusters, loose, err);
    g.progress.done = g.done;
    g.stats.seconds = hone_clock() - g.start;
    hone_progress_end(&g.progress, "%.0f tokens/s", (double)g.stats.generated / g.stats.seconds);
    if (ret_stats) *ret_stats = g.stats;
done:
    hone_clusters_done(&clusters);
    hone_free(loose);
    for (int i = 0; g.slots && i < g.num_slots; i++) hone_constraint_free(g.slots[i].constraint);
    hone_free(g.slots);
    hone_free(g.feeds);
    hone_free(g.picks);
    hone_free(g.drafted);
    hone_free(g.ids);
    hone_free(g.made_by);
    return rc;
}
