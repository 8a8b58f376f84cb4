/*
 * tokenizer.json into pieces. The file has no scores: the score of a piece is minus the rank of the
 * first merge that makes it, which orders merges as the list does. Where that order is the order of
 * ids, as in Gemma's own files, scores are counted by id, so that equal vocabularies look equal. A
 * piece that no merge makes can never arise; it is kept as unused.
 */
#include <string.h>

#include "common/json.h"
#include "common/mem.h"
#include "model/tokenizer_parts.h"

typedef struct reader {
    const hone_json *vocab, *added, *merges;
    hone_piece *pieces;
    uint32_t *ranks;   /* of pieces, 0 = no merge makes it */
    size_t count;
    const char *source;
    hone_err *err;
} reader;

static int fail_at(const reader *r, const hone_json *v, const char *what)
{
    hone_err_at(r->err, r->source, v ? v->line : 0, -1);
    return hone_fail(r->err, HONE_E_MODEL, "%s", what);
}

static bool is_extra(const char *s)
{
    return strcmp(s, "<image_soft_token>") == 0 || strcmp(s, "<end_of_image>") == 0;
}

/* Ids of the two image tokens lie behind the embedding: the encoder knows them, no table does. */
static int read_vocab(reader *r)
{
    for (size_t i = 0; i < r->vocab->len; i++) {
        const hone_json_member *m = &r->vocab->members[i];
        int64_t id;
        if (!hone_json_i64(m->value, &id) || id < 0)
            return fail_at(r, m->value, "an id of the vocabulary is no whole number");
        if ((uint64_t)id >= r->count && is_extra(m->key)) continue;
        if ((uint64_t)id >= r->count || r->pieces[id].text) {
            hone_err_at(r->err, r->source, m->value->line, -1);
            return hone_fail(r->err, HONE_E_MODEL, "id %lld of the vocabulary is %s",
                             (long long)id, (uint64_t)id >= r->count ? "too large" : "given twice");
        }
        if (m->key_len > UINT32_MAX) return fail_at(r, m->value, "a piece is too long");
        bool byte = hone_byte_value(m->key, m->key_len) >= 0;
        r->pieces[id] = (hone_piece){ m->key, (uint32_t)m->key_len, 0,
                                      byte ? HONE_PIECE_BYTE : HONE_PIECE_NORMAL };
    }
    return 0;
}

static int read_added(reader *r)
{
    for (size_t i = 0; i < r->added->len; i++) {
        const hone_json *v = r->added->items[i], *text = hone_json_get(v, "content");
        int64_t id;
        if (!hone_json_is(text, HONE_JSON_STRING) || !hone_json_i64(hone_json_get(v, "id"), &id))
            return fail_at(r, v, "an added token has no content or id");
        if (is_extra(text->text) && (id < 0 || (uint64_t)id >= r->count)) continue;
        if (id < 0 || (uint64_t)id >= r->count || r->pieces[id].len != text->len ||
            memcmp(r->pieces[id].text, text->text, text->len) != 0) {
            hone_err_at(r->err, r->source, v->line, -1);
            hone_err_hint(r->err, "vocabularies that were extended are not supported");
            return hone_fail(r->err, HONE_E_MODEL, "the added token %lld ('%s') is not in the "
                             "vocabulary", (long long)id, text->text);
        }
        r->pieces[id].type = (uint8_t)hone_special_type((int32_t)id);
    }
    return 0;
}

/* Both halves of a merge: ["a","b"] or "a b". */
static bool merge_halves(const hone_json *v, const char *half[2], size_t len[2])
{
    if (v->type == HONE_JSON_STRING) {
        const char *space = memchr(v->text, ' ', v->len);
        if (!space) return false;
        half[0] = v->text;
        len[0] = (size_t)(space - v->text);
        half[1] = space + 1;
        len[1] = v->len - len[0] - 1;
        return !memchr(half[1], ' ', len[1]);
    }
    for (size_t i = 0; i < 2; i++) {
        const hone_json *s = hone_json_at(v, i);
        if (!hone_json_is(s, HONE_JSON_STRING) || v->len != 2) return false;
        half[i] = s->text;
        len[i] = s->len;
    }
    return true;
}

/* Looks pieces up in a tokenizer that was built without scores. */
static int read_merge(reader *r, const hone_tokenizer *t, size_t rank)
{
    const hone_json *v = r->merges->items[rank];
    const char *half[2] = { NULL, NULL };
    size_t len[2] = { 0, 0 };
    char joined[2 * HONE_PIECE_BYTES];
    if (!merge_halves(v, half, len) || len[0] > HONE_PIECE_BYTES || len[1] > HONE_PIECE_BYTES)
        return fail_at(r, v, "a merge must be two pieces");
    memcpy(joined, half[0], len[0]);
    memcpy(joined + len[0], half[1], len[1]);
    int id = hone_tokenizer_find(t, joined, len[0] + len[1]);
    if (id < 0 || hone_tokenizer_find(t, half[0], len[0]) < 0 ||
        hone_tokenizer_find(t, half[1], len[1]) < 0) {
        hone_err_at(r->err, r->source, v->line, -1);
        return hone_fail(r->err, HONE_E_MODEL,
                         "merge %zu ('%.*s' and '%.*s') is not in the vocabulary", rank,
                         (int)len[0], half[0], (int)len[1], half[1]);
    }
    if (r->ranks[id] == 0) r->ranks[id] = (uint32_t)rank + 1;
    return 0;
}

static bool one_character(const hone_piece *p)
{
    size_t n = 0;
    for (uint32_t i = 0; i < p->len; i++) n += ((unsigned char)p->text[i] & 0xC0) != 0x80;
    return n == 1;
}

static void set_scores(reader *r)
{
    size_t first = 0;
    uint32_t last = 0;
    bool by_id = true;
    while (first < r->count && r->pieces[first].type != HONE_PIECE_NORMAL) first++;
    for (size_t i = first; i < r->count; i++) {
        hone_piece *p = &r->pieces[i];
        if (p->type != HONE_PIECE_NORMAL || one_character(p)) continue;
        if (r->ranks[i] == 0) {
            p->type = HONE_PIECE_UNUSED;
            continue;
        }
        by_id = by_id && r->ranks[i] > last;
        last = r->ranks[i];
    }
    for (size_t i = first; i < r->count; i++) {
        uint32_t rank = by_id ? (uint32_t)(i - first) : r->ranks[i] ? r->ranks[i] : UINT32_MAX >> 8;
        if (r->pieces[i].type == HONE_PIECE_NORMAL) r->pieces[i].score = -(float)rank;
    }
}

static int read_all(reader *r, hone_tokenizer **ret)
{
    hone_tokenizer *plain = NULL;
    int rc = 0;
    HONE_TRY(read_vocab(r));
    for (size_t i = 0; i < r->count; i++)
        if (!r->pieces[i].text) {
            hone_err_at(r->err, r->source, 0, -1);
            return hone_fail(r->err, HONE_E_MODEL, "id %zu is missing in the vocabulary", i);
        }
    HONE_TRY(read_added(r));
    HONE_TRY(hone_tokenizer_from_pieces(&plain, r->pieces, r->count, false, r->source, r->err));
    for (size_t i = 0; rc == 0 && i < r->merges->len; i++) rc = read_merge(r, plain, i);
    hone_tokenizer_free(plain);
    if (rc < 0) return rc;
    set_scores(r);
    return hone_tokenizer_from_pieces(ret, r->pieces, r->count, false, r->source, r->err);
}

static int check_file(reader *r, const hone_json *file)
{
    const hone_json *model = hone_json_get(file, "model"), *type = hone_json_get(model, "type");
    r->vocab = hone_json_get(model, "vocab");
    r->merges = hone_json_get(model, "merges");
    r->added = hone_json_get(file, "added_tokens");
    if (type && !hone_json_str_eq(type, "BPE")) return fail_at(r, type, "the model is not BPE");
    if (!hone_json_is(r->vocab, HONE_JSON_OBJECT) || !hone_json_is(r->merges, HONE_JSON_ARRAY))
        return fail_at(r, model, "model.vocab must be an object and model.merges a list");
    if (!hone_json_is(r->added, HONE_JSON_ARRAY))
        return fail_at(r, r->added, "added_tokens must be a list");
    if (!hone_json_is(hone_json_get(model, "byte_fallback"), HONE_JSON_TRUE))
        return fail_at(r, model, "the model has no byte fallback");
    if (r->vocab->len > HONE_PIECES_MAX || r->merges->len > 16 * (size_t)HONE_PIECES_MAX)
        return fail_at(r, model, "too many pieces or merges");
    r->count = r->vocab->len;
    for (size_t i = 0; i < r->vocab->len; i++) {
        int64_t id;
        const hone_json_member *m = &r->vocab->members[i];
        if (is_extra(m->key) && hone_json_i64(m->value, &id) && id >= HONE_GEMMA_PIECES) r->count--;
    }
    return 0;
}

int hone_tokenizer_from_json(hone_tokenizer **ret, const char *text, size_t len, const char *source,
                             hone_err *err)
{
    reader r = { .source = source, .err = err };
    hone_arena *a = hone_arena_new();
    hone_json *file = NULL;
    int rc = a ? 0 : hone_err_memory(err, "a tokenizer", len);
    if (rc < 0) return rc;
    rc = hone_json_parse(&file, a, text, len, source, 1, err);
    if (rc < 0) {
        if (rc == HONE_E_DATA && err) rc = err->code = HONE_E_MODEL;
        goto out;
    }
    HONE_GOTO(rc, out, check_file(&r, file));
    r.pieces = hone_calloc(r.count + 1, sizeof(*r.pieces));
    r.ranks = hone_calloc(r.count + 1, sizeof(*r.ranks));
    if (!r.pieces || !r.ranks) {
        rc = hone_err_memory(err, "a tokenizer", r.count * sizeof(*r.pieces));
        goto out;
    }
    rc = read_all(&r, ret);
out:
    hone_free(r.pieces);
    hone_free(r.ranks);
    hone_arena_free(a);
    return rc;
}
