/* Protocol buffers through protobuf-c (model/proto.h); the pieces are read in proto_pieces.c. */
#include "model/proto.h"

#include <string.h>

#include "common/mem.h"
#include "sentencepiece.pb-c.h"

/* data: NULL, or a bool that is set when memory runs out; protobuf-c itself does not tell. */
static void *proto_alloc(void *data, size_t n)
{
    void *p = hone_malloc(n);
    if (!p && data) *(bool *)data = true;
    return p;
}

static void proto_free(void *data, void *p)
{
    (void)data;
    hone_free(p);
}

static ProtobufCAllocator allocator = { proto_alloc, proto_free, NULL };

/* ---- SentencePiece ---- */

static void read_specs(hone_sp *sp, const Hone__Sp__Model *m)
{
    const Hone__Sp__TrainerSpec *t = m->trainer_spec;
    const Hone__Sp__NormalizerSpec *n = m->normalizer_spec;
    sp->model_type = t && t->has_model_type ? t->model_type : 1;
    sp->byte_fallback = t && t->has_byte_fallback && t->byte_fallback;
    sp->add_dummy_prefix = !n || !n->has_add_dummy_prefix || n->add_dummy_prefix;
    sp->remove_extra_whitespaces =
        !n || !n->has_remove_extra_whitespaces || n->remove_extra_whitespaces;
    sp->escape_whitespaces = !n || !n->has_escape_whitespaces || n->escape_whitespaces;
    sp->has_charsmap = n && n->has_precompiled_charsmap && n->precompiled_charsmap.len > 0;
}

/* All that is not a piece. */
static int read_rest(hone_sp *sp, const hone_buf *rest, hone_err *err)
{
    bool no_memory = false;
    ProtobufCAllocator watched = { proto_alloc, proto_free, &no_memory };
    Hone__Sp__Model *m =
        hone__sp__model__unpack(&watched, rest->len, (const uint8_t *)rest->data);
    if (!m && no_memory) return hone_err_memory(err, "a SentencePiece model", rest->len);
    if (!m) return hone_fail(err, HONE_E_MODEL, "not a SentencePiece model, or cut short");
    read_specs(sp, m);
    hone__sp__model__free_unpacked(m, &allocator);
    return 0;
}

int hone_sp_read(hone_sp *ret, const void *p, size_t n, const char *source, hone_err *err)
{
    hone_sp sp = { 0 };
    hone_buf rest = HONE_BUF_INIT(HONE_SP_MAX_BYTES);
    hone_err_at(err, source, 0, -1);
    if (n > HONE_SP_MAX_BYTES)
        return hone_fail(err, HONE_E_MODEL, "%zu bytes are too many for a SentencePiece model", n);
    int rc = hone_sp_pieces(&sp, &rest, p, n, err);
    if (rc == 0) rc = read_rest(&sp, &rest, err);
    hone_buf_done(&rest);
    if (rc < 0) {
        hone_sp_done(&sp);
        return rc;
    }
    *ret = sp;
    return 0;
}

void hone_sp_done(hone_sp *sp)
{
    if (!sp) return;
    hone_free(sp->pieces);
    *sp = (hone_sp){ 0 };
}

typedef struct buf_sink {
    ProtobufCBuffer base;
    hone_buf *out;
} buf_sink;

static void sink_append(ProtobufCBuffer *base, size_t n, const uint8_t *p)
{
    hone_buf_add(((buf_sink *)base)->out, p, n);
}

static void set_specs(Hone__Sp__TrainerSpec *t, Hone__Sp__NormalizerSpec *n, size_t count)
{
    static char identity[] = "identity";
    t->has_model_type = t->has_vocab_size = t->has_allow_whitespace_only_pieces = 1;
    t->has_byte_fallback = t->has_unk_id = t->has_bos_id = t->has_eos_id = t->has_pad_id = 1;
    t->model_type = HONE_SP_BPE;
    t->vocab_size = (int32_t)count;
    t->allow_whitespace_only_pieces = t->byte_fallback = 1;
    t->unk_id = HONE_ID_UNK;
    t->bos_id = HONE_ID_BOS;
    t->eos_id = HONE_ID_EOS;
    t->pad_id = HONE_ID_PAD;
    n->name = identity;
    n->has_add_dummy_prefix = n->has_remove_extra_whitespaces = n->has_escape_whitespaces = 1;
    n->escape_whitespaces = 1;
}

static void set_piece(Hone__Sp__Piece *to, const hone_piece *p)
{
    hone__sp__piece__init(to);
    to->has_piece = to->has_score = 1;
    to->piece.data = (uint8_t *)(uintptr_t)p->text; /* only read while packing */
    to->piece.len = p->len;
    to->score = p->score;
    to->has_type = p->type != HONE_PIECE_NORMAL;
    to->type = p->type;
}

int hone_sp_write(hone_buf *out, const hone_piece *pieces, size_t count, hone_err *err)
{
    Hone__Sp__Model m = HONE__SP__MODEL__INIT;
    Hone__Sp__TrainerSpec trainer = HONE__SP__TRAINER_SPEC__INIT;
    Hone__Sp__NormalizerSpec normalizer = HONE__SP__NORMALIZER_SPEC__INIT;
    buf_sink sink = { { sink_append }, out };
    Hone__Sp__Piece *all = hone_calloc(count, sizeof(*all));
    Hone__Sp__Piece **list = hone_calloc(count, sizeof(*list));
    int rc = 0;
    if (!all || !list) {
        rc = hone_err_memory(err, "a SentencePiece model", count * sizeof(*all));
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        set_piece(&all[i], &pieces[i]);
        list[i] = &all[i];
    }
    set_specs(&trainer, &normalizer, count);
    m.n_pieces = count;
    m.pieces = list;
    m.trainer_spec = &trainer;
    m.normalizer_spec = &normalizer;
    hone__sp__model__pack_to_buffer(&m, &sink.base);
    if (!hone_buf_ok(out)) rc = hone_err_memory(err, "a SentencePiece model", out->len);
out:
    hone_free(list);
    hone_free(all);
    return rc;
}
