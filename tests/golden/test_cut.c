/*
 * The real model, cut to two layers and 4,096 pieces, written as a folder in f32 and bf16, single
 * and sharded: all four open to the weights of the GGUF file (its own values, or the nearest bf16).
 */
#include <math.h>
#include <string.h>

#include "common/bytes.h"
#include "kernels/quant_gguf.h"
#include "model/gemma3_open.h"
#include "model/safetensors.h"
#include "tests/support.h"
#include "tests/support_model.h"

enum { PIECES = 4096, LAYERS = 2 };

static const char *model_path;
static char dir[64];
static hone_model *cut;

/* The first pieces of the vocabulary: control tokens, bytes, frequent pieces, and the one
 * for a space, which a tokenizer must have. */
static void cut_tokenizer(hone_model *m)
{
    hone_piece *pieces = hone_calloc(PIECES, sizeof(*pieces));
    hone_tokenizer *t = NULL;
    hone_err err;
    for (int32_t i = 0; i < PIECES; i++) pieces[i] = hone_tokenizer_piece(m->tokenizer, i);
    pieces[PIECES - 1] = (hone_piece){ .text = "\xe2\x96\x81",
                                       .len = 3,
                                       .score = pieces[PIECES - 1].score,
                                       .type = HONE_PIECE_NORMAL };
    ck_assert_msg(hone_tokenizer_from_pieces(&t, pieces, PIECES, false, "cut", &err) == 0, "%s",
                  err.message);
    hone_tokenizer_free(m->tokenizer);
    m->tokenizer = t;
    hone_free(pieces);
}

static void setup(void)
{
    hone_err err;
    support_scratch(dir);
    ck_assert_int_eq(hone_model_open(&cut, model_path, &err), 0);
    cut->config.L = LAYERS;
    cut->config.V = PIECES;
    memset(cut->config.global, 0, sizeof(cut->config.global));
    cut->embed.shape[0] = PIECES;
    cut_tokenizer(cut);
}

static void teardown(void)
{
    hone_model_close(cut);
    support_scratch_done(dir);
}

/* Norms are 1 + w in the GGUF file and w in the folder: one rounding each way. */
static bool fits(float gguf, float folder, bool norm, hone_dtype d)
{
    if (norm && d == HONE_F32) return fabsf(gguf - (1.0f + folder)) <= 0x1p-22f * fabsf(gguf);
    if (norm) return fabsf(gguf - (1.0f + folder)) <= 0x1p-8f * fabsf(gguf - 1.0f);
    if (d == HONE_BF16) gguf = hone_bf16_to_f32(hone_f32_to_bf16(gguf));
    return hone_bits_of_f32(gguf) == hone_bits_of_f32(folder);
}

static void compare(const hone_model *m, hone_dtype d)
{
    float a[2048], b[2048];
    for (int s = 0; s < hone_model_slots(&m->config); s++) {
        const hone_tensor *x = hone_model_slot_const(cut, s), *y = hone_model_slot_const(m, s);
        const int64_t rows = x->rank == 2 ? x->shape[0] : 1, n = x->shape[x->rank - 1];
        ck_assert_int_eq(y->dtype, d);
        for (int64_t r = 0; r < rows; r++) {
            hone_tensor_rows_f32(x, r, 1, a);
            hone_tensor_rows_f32(y, r, 1, b);
            for (int64_t i = 0; i < n; i++) SUPPORT_MUST(fits(a[i], b[i], x->rank == 1, d));
        }
    }
}

START_TEST(four_folders)
{
    const hone_dtype d = _i / 2 ? HONE_BF16 : HONE_F32;
    const uint64_t max_shard = _i % 2 ? 8 << 20 : 0;
    const char *path = support_path(dir, "model");
    hone_model *m = NULL;
    hone_err err;
    ck_assert_msg(hone_model_write_safetensors(cut, NULL, path, d, max_shard, &err) == 0, "%s",
                  err.message);
    ck_assert_msg(hone_model_open(&m, path, &err) == 0, "%s", err.message);
    ck_assert(max_shard ? m->num_maps > 1 : m->num_maps == 1);
    ck_assert_int_eq(memcmp(&m->config, &cut->config, sizeof(m->config)), 0);
    ck_assert(m->control_untrained);
    ck_assert_uint_eq(hone_tokenizer_size(m->tokenizer), PIECES);
    compare(m, d);
    hone_model_close(m);
}
END_TEST

int main(void)
{
    model_path = support_model_path();
    if (!model_path) return SUPPORT_SKIPPED;
    TCase *t = support_case("cut");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, four_folders, 0, 4);
    return support_run(t);
}
