/*
 * Building a tokenizer (model/tokenizer.h) out of pieces, of tokenizer.json or of tokenizer.model.
 * Every source becomes a list of pieces, which is checked, mended and indexed in one place. Sources
 * are untrusted: every count, id and piece is checked, and errors name the piece.
 */
#include <math.h>
#include <string.h>

#include "common/json.h"
#include "common/mem.h"
#include "common/text.h"
#include "model/proto.h"
#include "model/tokenizer_parts.h"

/* ---- checks ---- */

static int check_piece(const hone_piece *p, size_t id, hone_err *err)
{
    if (p->len == 0) return hone_fail(err, HONE_E_MODEL, "piece %zu is empty", id);
    if (p->len > HONE_PIECE_BYTES)
        return hone_fail(err, HONE_E_MODEL, "piece %zu has %u bytes, more than %d", id, p->len,
                         HONE_PIECE_BYTES);
    if (!hone_utf8_valid(p->text, p->len))
        return hone_fail(err, HONE_E_MODEL, "piece %zu is no valid UTF-8", id);
    if (memchr(p->text, '\0', p->len))
        return hone_fail(err, HONE_E_MODEL, "piece %zu holds the character NUL", id);
    if (p->type < HONE_PIECE_NORMAL || p->type > HONE_PIECE_BYTE)
        return hone_fail(err, HONE_E_MODEL, "piece %zu has the unknown type %d", id, p->type);
    if (!isfinite(p->score))
        return hone_fail(err, HONE_E_MODEL, "the score of piece %zu is no finite number", id);
    if (p->type == HONE_PIECE_BYTE && hone_byte_value(p->text, p->len) < 0)
        return hone_fail(err, HONE_E_MODEL,
                         "piece %zu is of type byte but named '%.*s', not <0xHH>", id,
                         (int)p->len, p->text);
    return 0;
}

static int check_pieces(const hone_piece *pieces, size_t count, hone_err *err)
{
    if (count < HONE_PIECES_MIN || count > HONE_PIECES_MAX)
        return hone_fail(err, HONE_E_MODEL, "%zu pieces: a Gemma vocabulary has %d to %d", count,
                         HONE_PIECES_MIN, HONE_PIECES_MAX);
    for (size_t i = 0; i < count; i++) HONE_TRY(check_piece(&pieces[i], i, err));
    return 0;
}

static bool piece_is(const hone_piece *p, const char *name)
{
    return p->len == strlen(name) && memcmp(p->text, name, p->len) == 0;
}

/* Plain Gemma: ids 46..52 are <unused40>..<unused46> there. */
static bool has_base_names(const hone_piece *pieces)
{
    char name[HONE_NAME_SIZE];
    for (int i = 0; i < HONE_CONTROL_ROWS; i++) {
        (void)hone_special_name(HONE_CONTROL_FIRST + i + 7, name); /* 53 is our <unused40> */
        if (!piece_is(&pieces[HONE_CONTROL_FIRST + i], name)) return false;
    }
    return true;
}

/* The tokens that prompts and answers are made of have fixed ids. */
static int check_names(const hone_piece *pieces, hone_err *err)
{
    static const int ids[] = { HONE_ID_PAD, HONE_ID_EOS, HONE_ID_BOS, HONE_ID_UNK, HONE_ID_DECL,
                               HONE_ID_END_DECL, HONE_ID_CALL, HONE_ID_END_CALL, HONE_ID_RESPONSE,
                               HONE_ID_END_RESPONSE, HONE_ID_ESCAPE, HONE_ID_TURN,
                               HONE_ID_END_TURN };
    char name[HONE_NAME_SIZE];
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        (void)hone_special_name(ids[i], name);
        if (piece_is(&pieces[ids[i]], name)) continue;
        hone_err_hint(err, "use the tokenizer of Gemma 3 or FunctionGemma");
        return hone_fail(err, HONE_E_MODEL, "piece %d is '%.*s', but must be %s", ids[i],
                         (int)pieces[ids[i]].len, pieces[ids[i]].text, name);
    }
    return 0;
}

/* ---- mending ---- */

/* Texts that replace those of the source, one after the other; pointers into a fixed block. */
typedef struct names {
    char *block;
    size_t used, room;
} names;

static bool rename_piece(names *n, hone_piece *p, const char *text, size_t len)
{
    if (n->room - n->used < len) return false;
    memcpy(n->block + n->used, text, len);
    p->text = n->block + n->used;
    p->len = (uint32_t)len;
    n->used += len;
    return true;
}

/* GGUF files write runs of U+2581 as spaces and mark all special pieces alike. */
static bool mend_gguf(names *n, hone_piece *p, size_t id)
{
    char run[HONE_NAME_SIZE];
    size_t spaces = 0;
    if (p->type == HONE_PIECE_NORMAL || p->type == HONE_PIECE_BYTE) return true;
    p->type = (uint8_t)hone_special_type((int32_t)id);
    while (spaces < p->len && p->text[spaces] == ' ') spaces++;
    if (spaces != p->len || spaces > HONE_RUN_MAX) return true;
    for (size_t i = 0; i < spaces; i++) memcpy(run + 3 * i, HONE_RUN_MARK, 3);
    return rename_piece(n, p, run, 3 * spaces);
}

/* Plain Gemma's names become FunctionGemma's; no piece moves. */
static int mend_names(names *n, hone_piece *pieces, size_t count, hone_err *err)
{
    char name[HONE_NAME_SIZE];
    if (count != HONE_GEMMA_PIECES)
        return hone_fail(err, HONE_E_MODEL,
                         "a vocabulary with plain Gemma's names has %d pieces, this one has %zu",
                         HONE_GEMMA_PIECES, count);
    for (size_t id = 0; id < count; id++) {
        size_t len = hone_special_name((int32_t)id, name);
        if (len == 0) continue;
        if (pieces[id].type == HONE_PIECE_NORMAL || pieces[id].type == HONE_PIECE_BYTE)
            return hone_fail(err, HONE_E_MODEL, "piece %zu ('%.*s') must be a special piece", id,
                             (int)pieces[id].len, pieces[id].text);
        if (!rename_piece(n, &pieces[id], name, len)) return hone_err_memory(err, "names", len);
    }
    return 0;
}

/* ---- building ---- */

static uint8_t special_kind(const hone_piece *p)
{
    bool special = p->type == HONE_PIECE_CONTROL || p->type == HONE_PIECE_UNKNOWN ||
                   p->type == HONE_PIECE_USER;
    bool unused = p->len > 7 && memcmp(p->text, "<unused", 7) == 0;
    if (!special) return HONE_SPECIAL_NONE;
    return unused || p->type != HONE_PIECE_USER || hone_is_control(p->text, p->len)
               ? HONE_SPECIAL_CONTROL
               : HONE_SPECIAL_TEXT;
}

static void set_entry(hone_tokenizer *t, size_t id, const hone_piece *p, size_t *at)
{
    memcpy(t->text + *at, p->text, p->len);
    t->entries[id] = (hone_entry){ .at = (uint32_t)*at, .len = (uint8_t)p->len, .type = p->type,
                                   .special = special_kind(p), .score = p->score };
    *at += p->len;
}

static int tokenizer_new(hone_tokenizer **ret, const hone_piece *pieces, size_t count,
                         hone_err *err)
{
    static const char *const extra[HONE_EXTRAS] = { "<image_soft_token>", "<end_of_image>" };
    size_t extras = count == HONE_GEMMA_PIECES ? HONE_EXTRAS : 0, bytes = 2 * HONE_NAME_SIZE;
    size_t slots = 1024, briefs = 1024, at = 0;
    for (size_t i = 0; i < count; i++) bytes += pieces[i].len; /* count * 255 fits */
    while (slots < 2 * (count + extras)) slots *= 2;
    while (briefs < 2 * count) briefs *= 2; /* normal pieces are fewer than all */
    hone_tokenizer *t = hone_calloc(1, sizeof(*t));
    if (!t) return hone_err_memory(err, "a tokenizer", sizeof(*t));
    t->count = count;
    t->extras = extras;
    t->mask = (uint32_t)slots - 1;
    t->text = hone_malloc(bytes);
    t->entries = hone_calloc(count + extras, sizeof(*t->entries));
    t->slots = hone_calloc(slots, sizeof(*t->slots));
    t->brief_mask = (uint32_t)briefs - 1;
    t->briefs = hone_calloc(briefs, sizeof(*t->briefs));
    t->words = hone_words_new();
    if (!t->text || !t->entries || !t->slots || !t->briefs || !t->words) {
        hone_tokenizer_free(t);
        return hone_err_memory(err, "a tokenizer",
                               bytes + slots * sizeof(*t->slots) + briefs * sizeof(*t->briefs));
    }
    hone_mem_expect(t->slots, slots * sizeof(*t->slots)); /* searched before they are filled */
    hone_mem_expect(t->briefs, briefs * sizeof(*t->briefs));
    for (size_t i = 0; i < count; i++) set_entry(t, i, &pieces[i], &at);
    for (size_t i = 0; i < extras; i++) {
        hone_piece p = { extra[i], (uint32_t)strlen(extra[i]), 0, HONE_PIECE_USER };
        set_entry(t, count + i, &p, &at);
    }
    int rc = hone_tokenizer_index(t, err);
    if (rc < 0) {
        hone_tokenizer_free(t);
        return rc;
    }
    *ret = t;
    return 0;
}

int hone_tokenizer_from_pieces(hone_tokenizer **ret, const hone_piece *pieces, size_t count,
                               bool gguf, const char *source, hone_err *err)
{
    names n = { NULL, 0, 0 };
    hone_piece *own = NULL;
    hone_tokenizer *t = NULL;
    int rc;
    hone_err_at(err, source, 0, -1);
    HONE_GOTO(rc, out, check_pieces(pieces, count, err));
    n.room = 2 * HONE_NAME_SIZE * 1024 + (count == HONE_GEMMA_PIECES ? (size_t)256 << 10 : 0);
    n.block = hone_malloc(n.room);
    own = hone_realloc_array(NULL, count, sizeof(*own));
    if (!n.block || !own) {
        rc = hone_err_memory(err, "a tokenizer", count * sizeof(*own));
        goto out;
    }
    memcpy(own, pieces, count * sizeof(*own));
    for (size_t i = 0; gguf && i < count; i++)
        if (!mend_gguf(&n, &own[i], i)) {
            rc = hone_fail(err, HONE_E_MODEL, "too many pieces are runs of spaces");
            goto out;
        }
    bool base = has_base_names(own);
    if (base) HONE_GOTO(rc, out, mend_names(&n, own, count, err));
    HONE_GOTO(rc, out, check_names(own, err));
    HONE_GOTO(rc, out, tokenizer_new(&t, own, count, err));
    t->base_names = base;
    *ret = t;
out:
    hone_free(own);
    hone_free(n.block);
    return rc;
}

/* ---- tokenizer.model ---- */

static int check_model(const hone_sp *sp, hone_err *err)
{
    const char *what = NULL;
    if (sp->model_type != HONE_SP_BPE) what = "is no BPE model";
    else if (!sp->byte_fallback) what = "has no byte fallback";
    else if (sp->add_dummy_prefix) what = "adds a space before the text";
    else if (sp->remove_extra_whitespaces) what = "removes white space";
    else if (!sp->escape_whitespaces) what = "does not map spaces to U+2581";
    else if (sp->has_charsmap) what = "normalises its input";
    if (!what) return 0;
    hone_err_hint(err, "use the tokenizer of Gemma 3 or FunctionGemma");
    return hone_fail(err, HONE_E_MODEL, "this SentencePiece model %s", what);
}

int hone_tokenizer_from_proto(hone_tokenizer **ret, const void *p, size_t n, const char *source,
                              hone_err *err)
{
    hone_sp sp = { 0 };
    hone_tokenizer *t = NULL;
    int rc;
    HONE_TRY(hone_sp_read(&sp, p, n, source, err));
    HONE_GOTO(rc, out, check_model(&sp, err));
    HONE_GOTO(rc, out, hone_tokenizer_from_pieces(&t, sp.pieces, sp.count, false, source, err));
    if (!t->base_names) { /* kept, so that exported files carry the very bytes */
        t->model = hone_malloc(n);
        if (!t->model) {
            rc = hone_err_memory(err, "a tokenizer", n);
            goto out;
        }
        memcpy(t->model, p, n);
        t->model_size = n;
    }
    *ret = t;
    t = NULL;
out:
    hone_tokenizer_free(t);
    hone_sp_done(&sp);
    return rc;
}
