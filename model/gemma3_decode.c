/*
 * Decoding: keys and values of a shared prefix, computed once, and of the rows behind it
 * (model/gemma3_decode.h, docs/decoding.md). One feed stacks the new tokens of all its slots; long
 * prefixes pass in pieces. The last layer goes on with the tokens after which a choice is wanted.
 */
#include "model/gemma3_decode.h"

#include <string.h>

#include "common/mem.h"

/* ---- memory of a pass ---- */

static int reserve_ints(hone_cache *c, size_t T, size_t wants, hone_err *err)
{
    if (4 * T > c->int_room) {
        int32_t *p = hone_realloc_array(c->pos, 4 * T, sizeof *p);
        if (!p) return hone_err_memory(err, "a decoding step", 4 * T * sizeof *p);
        c->pos = p;
        c->int_room = 4 * T;
    }
    c->row = c->pos + T;
    c->ids = c->row + T;
    c->item = c->ids + T;
    if (wants <= c->want_room) return 0;
    decode_want *w = hone_realloc_array(c->wants, wants, sizeof *w);
    if (w) c->wants = w;
    int32_t *wide = w ? hone_realloc_array(c->wide, wants, sizeof *wide) : NULL;
    if (wide) c->wide = wide;
    decode_top *tops = wide ? hone_realloc_array(c->tops, wants, CPU_RANGES * sizeof *tops) : NULL;
    if (!tops) return hone_err_memory(err, "a decoding step", wants * CPU_RANGES * sizeof *tops);
    c->tops = tops;
    c->want_room = wants;
    return 0;
}

/* Whether any product is one of floats. */
static bool has_floats(const hone_engine *e)
{
    bool any = !e->embed8.q;
    for (int l = 0; l < e->c.L; l++) {
        for (int g = 0; g < GROUPS; g++) any = any || !e->layer[l].linear[g].q[0].q;
    }
    return any;
}

/* Sizes of the float arrays; sets them when there is a block. */
static size_t lay_out(hone_cache *c, int64_t T)
{
    const hone_engine *e = c->e;
    const int64_t C = e->c.C, F = e->c.F, QW = e->QW, width = (int64_t)CPU_MEMBERS * e->R;
    const int64_t wider = QW > F ? QW : F, widest = wider > C ? wider : C;
    const int64_t padded = (T + DECODE_ROWS - 1) / DECODE_ROWS * DECODE_ROWS;
    c->scratch_each = (hone_decode_scratch(c, c->columns) + 15) / 16 * 16;
    const bool copies = (e->quantised && !e->i8) || e->qat.activations; /* inputs, rounded */
    const int64_t quantised = copies ? T : 0, floats = has_floats(e) ? padded : 0;
    const size_t in8 = e->quantised && e->i8 ? hone_int8_input_bytes(T, widest) : 0;
    const int64_t sizes[] = { T * C,
                              T * C,
                              T * C,
                              T * 2 * e->KW,
                              T * QW,
                              T * QW,
                              T * 2 * F,
                              T * F,
                              quantised * widest,
                              quantised,
                              T * width,
                              floats * widest,
                              padded * width,
                              T * C,
                              c->scratch_each * e->threads,
                              (int64_t)(in8 / sizeof(float)) };
    float **arrays[] = { &c->x,  &c->h,  &c->t, &c->kvn, &c->q,  &c->o,      &c->gu,      &c->act,
                         &c->xq, &c->xs, &c->u, &c->xt,  &c->ut, &c->hidden, &c->scratch, &c->in8 };
    size_t at = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        *arrays[i] = c->block ? (float *)c->block + at : NULL;
        at += ((size_t)sizes[i] + 15) / 16 * 16;
    }
    return at * sizeof(float);
}

static int reserve_floats(hone_cache *c, int64_t T, hone_err *err)
{
    const size_t bytes = lay_out(c, T);
    if (bytes > c->block_room) {
        hone_free(c->block);
        c->block_room = 0;
        c->block = hone_aligned(bytes);
        if (!c->block) return hone_err_memory(err, "a decoding step", bytes);
        c->block_room = bytes;
    }
    (void)lay_out(c, T);
    return 0;
}

/* ---- one pass through the layers ---- */

/* Keys and values of all new tokens, into the cache; with queries, those of all too. */
static void store_keys(hone_cache *c, int l, bool queries)
{
    hone_engine *e = c->e;
    const cpu_layer *y = &e->layer[l];
    e->k->rmsnorm_fwd(c->t, c->x, y->input_norm, c->T, e->c.C, e->c.rms_eps);
    if (queries)
        hone_decode_qkv(c, l, c->q, c->kvn, c->t, c->T);
    else
        hone_decode_linear(c, l, GROUP_KV, c->kvn, c->t, c->T);
    for (int32_t i = 0; i < c->T; i++) {
        float *k = c->kvn + (int64_t)i * 2 * e->KW;
        hone_cpu_rotate(e, k, k, y->k_norm, e->c.NKV, c->pos[i], y->global);
        hone_decode_store(c, l, i, k, k + e->KW);
    }
}

/* Attention and feed-forward of rows tokens whose residual is in x; wants: of these, whose normed
 * input is in t, else of all, whose queries are in q. */
static void rest(hone_cache *c, int l, const decode_want *wants, int32_t rows)
{
    hone_engine *e = c->e;
    const cpu_layer *y = &e->layer[l];
    const int64_t C = e->c.C;
    const float eps = e->c.rms_eps;
    if (wants) hone_decode_linear(c, l, GROUP_Q, c->q, c->t, rows);
    for (int32_t i = 0; i < rows; i++) {
        float *q = c->q + (int64_t)i * e->QW;
        hone_cpu_rotate(e, q, q, y->q_norm, e->c.NH, c->pos[wants ? wants[i].token : i],
                        y->global);
    }
    hone_decode_attention(c, l, wants, rows, c->q, c->o);
    hone_decode_linear(c, l, GROUP_O, c->t, c->o, rows);
    e->k->rmsnorm_add(c->h, c->x, c->t, y->post_attn_norm, rows, C, eps);
    e->k->rmsnorm_fwd(c->t, c->h, y->pre_ffn_norm, rows, C, eps);
    hone_decode_linear(c, l, GROUP_GU, c->gu, c->t, rows);
    e->k->geglu_fwd(c->act, c->gu, rows, e->c.F);
    hone_decode_linear(c, l, GROUP_DOWN, c->t, c->act, rows);
    e->k->rmsnorm_add(c->x, c->h, c->t, y->post_ffn_norm, rows, C, eps);
}

/* The last layer goes on with the wanted tokens only. */
static void keep_wanted(hone_cache *c)
{
    const int64_t C = c->e->c.C;
    for (int32_t i = 0; i < c->n; i++) {
        const int32_t token = c->wants[i].token;
        if (token == i) continue; /* ascending: the target was read already */
        memcpy(c->x + i * C, c->x + token * C, (size_t)C * sizeof *c->x);
        memcpy(c->t + i * C, c->t + token * C, (size_t)C * sizeof *c->t);
    }
}

static void forward(hone_cache *c)
{
    hone_engine *e = c->e;
    hone_cpu_embed(e, c->x, c->ids, c->T);
    for (int l = 0; l < e->c.L; l++) {
        const bool some = l + 1 == e->c.L && c->n < c->T;
        store_keys(c, l, !some);
        if (some && !c->n) return; /* only keys and values are wanted */
        if (some) keep_wanted(c);
        rest(c, l, some ? c->wants : NULL, some ? c->n : c->T);
    }
    e->k->rmsnorm_fwd(c->hidden, c->x, e->final_norm, c->n, e->c.C, e->c.rms_eps);
}

/* Positions, cache rows and ids of all new tokens; checks ids. */
static int set_tokens(hone_cache *c, const decode_item *items, int32_t count, hone_err *err)
{
    int32_t t = 0;
    for (int32_t i = 0; i < count; i++) {
        for (int32_t j = 0; j < items[i].n; j++, t++) {
            c->item[t] = i;
            c->ids[t] = items[i].tokens[j];
            c->pos[t] = items[i].pos0 + items[i].held + j;
            c->row[t] = items[i].row0 + items[i].held + j;
            if (c->ids[t] < 0 || c->ids[t] >= c->e->c.V)
                return hone_fail(err, HONE_E_DATA, "id %d is not one of the %d pieces", c->ids[t],
                                 c->e->c.V);
        }
    }
    return 0;
}

/* Runs items through the model; feeds: what restricts the last choice of each item, or NULL. */
static int run(hone_cache *c, const decode_item *items, int32_t count, const hone_feed *feeds,
               hone_err *err)
{
    int64_t T = 0, wants = 0;
    int32_t end = 0;
    for (int32_t i = 0; i < count; i++) {
        const int32_t stop = items[i].pos0 + items[i].held + items[i].n;
        T += items[i].n;
        wants += items[i].picks;
        end = stop > end ? stop : end;
    }
    if (T > INT32_MAX / 8)
        return hone_fail(err, HONE_E_DATA, "%lld tokens in one feed", (long long)T);
    c->items = items;
    c->T = (int32_t)T;
    c->n = 0;
    c->columns = end;
    HONE_TRY(reserve_ints(c, (size_t)T, (size_t)wants, err));
    HONE_TRY(set_tokens(c, items, count, err));
    HONE_TRY(hone_cpu_rope_reserve(c->e, end, err));
    HONE_TRY(reserve_floats(c, T, err));
    for (int32_t i = 0, t = 0; i < count; i++) {
        t += items[i].n;
        for (int32_t j = items[i].picks; j > 0; j--)
            c->wants[c->n++] = (decode_want){ t - j, feeds && j == 1 ? &feeds[i] : NULL };
    }
    forward(c);
    if (hone_cpu_finite(c->n ? (double)c->e->k->sum(c->hidden, c->n * (int64_t)c->e->c.C) : 0))
        return 0;
    return hone_fail(err, HONE_E_MODEL, "NaN or Inf arose while decoding");
}

/* ---- the cache ---- */

static int32_t in_tiles(int32_t n)
{
    return (int32_t)(((int64_t)n + DECODE_TILE - 1) / DECODE_TILE * DECODE_TILE);
}

/* Values stand in whole tiles, so what no token has written must be a number. */
static int allocate(hone_cache *c, hone_err *err)
{
    const hone_engine *e = c->e;
    size_t each = 0;
    const bool fits = hone_mul_size((size_t)c->rows, (size_t)e->KW * 2 * sizeof(float), &each);
    c->kv = fits ? hone_calloc((size_t)e->c.L, each) : NULL;
    c->len = hone_calloc((size_t)c->slots, sizeof *c->len);
    return c->kv && c->len ? 0 : hone_err_memory(err, "keys and values", each * (size_t)e->c.L);
}

static int run_prefix(hone_cache *c, const int32_t *prefix, hone_err *err)
{
    c->prefill = true;
    for (int32_t at = 0; at < c->prefix; at += DECODE_PIECE) {
        const int32_t n = c->prefix - at < DECODE_PIECE ? c->prefix - at : DECODE_PIECE;
        const decode_item it = { prefix + at, n, 0, 0, at, 0 };
        HONE_TRY(run(c, &it, 1, NULL, err));
    }
    c->prefill = false;
    return 0;
}

static int check_sizes(const hone_engine *e, int32_t prefix_len, int slots, int32_t max_suffix,
                       hone_err *err)
{
    if (prefix_len < 0 || slots < 1 || slots > CPU_LABELS || max_suffix < 1)
        return hone_fail(err, HONE_E_USAGE, "a cache of %d slots (1 to %d) with %d + %d tokens",
                         slots, CPU_LABELS, prefix_len, max_suffix);
    if (prefix_len > e->c.max_positions - 1)
        return hone_fail(err, HONE_E_DATA, "a prompt has %d tokens, the model takes %d", prefix_len,
                         e->c.max_positions);
    if (e->c.NH / e->c.NKV > DECODE_ROWS)
        return hone_fail(err, HONE_E_MODEL, "%d query heads share a key/value head, at most %d may",
                         e->c.NH / e->c.NKV, DECODE_ROWS);
    return 0;
}

int hone_cache_new(hone_cache **ret, hone_engine *e, const int32_t *prefix, int32_t prefix_len,
                   int slots, int32_t max_suffix, hone_err *err)
{
    HONE_TRY(check_sizes(e, prefix_len, slots, max_suffix, err));
    HONE_TRY(hone_cpu_weights_resident(e, err));
    e->dropping = false;
    if (max_suffix > e->c.max_positions - prefix_len) max_suffix = e->c.max_positions - prefix_len;
    hone_cache *c = hone_calloc(1, sizeof *c);
    if (!c) return hone_err_memory(err, "a cache", sizeof *c);
    *c = (hone_cache){ .e = e,
                       .prefix = prefix_len,
                       .slots = slots,
                       .max_suffix = max_suffix,
                       .slot_rows = in_tiles(max_suffix) };
    c->rows = in_tiles(prefix_len) + (int64_t)slots * c->slot_rows;
    int rc = c->rows > INT32_MAX
                 ? hone_fail(err, HONE_E_USAGE, "a cache of %lld tokens", (long long)c->rows)
                 : allocate(c, err);
    if (rc == 0) rc = run_prefix(c, prefix, err);
    if (rc < 0) {
        hone_cache_free(c);
        return rc;
    }
    *ret = c;
    return 0;
}

void hone_cache_free(hone_cache *c)
{
    if (!c) return;
    hone_free(c->kv);
    hone_free(c->len);
    hone_free(c->tops);
    hone_free(c->wants);
    hone_free(c->wide);
    hone_free(c->pos);
    hone_free(c->block);
    hone_free(c);
}

static int check_choice(const hone_cache *c, int i, const hone_feed *f, hone_err *err)
{
    if (f->picks < HONE_NO_PICK || f->picks > f->n)
        return hone_fail(err, HONE_E_USAGE, "feed %d: %d choices after %d tokens", i, f->picks,
                         f->n);
    if (f->allowed && f->num_allowed < 1)
        return hone_fail(err, HONE_E_USAGE, "feed %d: no id is allowed", i);
    for (int32_t k = 0; f->allowed && k < f->num_allowed; k++) {
        const int32_t id = f->allowed[k];
        if (id < 0 || id >= c->e->c.V || (k && id <= f->allowed[k - 1]))
            return hone_fail(err, HONE_E_USAGE, "feed %d: allowed id %d", i, id);
    }
    return 0;
}

static int make_items(const hone_cache *c, decode_item *items, const hone_feed *feeds, int count,
                      hone_err *err)
{
    for (int i = 0; i < count; i++) {
        const hone_feed *f = &feeds[i];
        if (f->slot < 0 || f->slot >= c->slots || f->n < 1)
            return hone_fail(err, HONE_E_USAGE, "feed %d: %d tokens for slot %d of %d", i, f->n,
                             f->slot, c->slots);
        if (f->n > c->max_suffix - c->len[f->slot])
            return hone_fail(err, HONE_E_DATA,
                             "slot %d holds %d tokens, %d more pass its limit of %d", f->slot,
                             c->len[f->slot], f->n, c->max_suffix);
        for (int j = 0; j < i; j++) {
            if (feeds[j].slot == f->slot)
                return hone_fail(err, HONE_E_USAGE, "slot %d is fed twice at once", f->slot);
        }
        HONE_TRY(check_choice(c, i, f, err));
        items[i] = (decode_item){ f->tokens,
                                  f->n,
                                  in_tiles(c->prefix) + f->slot * c->slot_rows,
                                  c->prefix,
                                  c->len[f->slot],
                                  f->picks == 0 ? 1 : f->picks == HONE_NO_PICK ? 0 : f->picks };
    }
    return 0;
}

int hone_cache_feed(hone_cache *c, const hone_feed *feeds, int count, hone_pick *ret, hone_err *err)
{
    if (count < 1 || count > c->slots)
        return hone_fail(err, HONE_E_USAGE, "%d feeds for %d slots", count, c->slots);
    decode_item *items = hone_calloc((size_t)count, sizeof *items);
    int rc = items ? 0 : hone_err_memory(err, "a feed", (size_t)count * sizeof *items);
    if (rc == 0) rc = make_items(c, items, feeds, count, err);
    if (rc == 0) rc = run(c, items, count, feeds, err);
    if (rc == 0 && c->n) rc = hone_cpu_table_need(c->e, err);
    if (rc == 0 && c->n) hone_decode_head(c, ret);
    for (int i = 0; rc == 0 && i < count; i++) c->len[feeds[i].slot] += feeds[i].n;
    c->items = NULL;
    hone_free(items);
    return rc;
}

int32_t hone_cache_length(const hone_cache *c, int slot)
{
    return c->len[slot];
}

void hone_cache_reset(hone_cache *c, int slot)
{
    c->len[slot] = 0;
}

void hone_cache_truncate(hone_cache *c, int slot, int32_t len)
{
    if (len < c->len[slot]) c->len[slot] = len;
}
