/*
 * Products of decoding with integer weights (model/gemma3_decode.h, kernels/int8.h): inputs are
 * quantised row by row as the device does, and whatever rows are multiplied together gives the same
 * bits, as integers are summed exactly. So rows pass in chunks and outputs in pieces that suit the
 * caches: a chunk's inputs stay in the second one while a piece's weights pass.
 */
#include "model/gemma3_decode.h"

enum { CHUNK = 96, OUT = 256, QUANTISED = 32, MOST = DECODE_AT_ONCE * CPU_MEMBERS };

/* One matrix and where its outputs go. */
typedef struct member {
    const hone_int8_matrix *q;
    float *y;
    int64_t ldy, pieces; /* of its outputs */
} member;

typedef struct product {
    const hone_engine *e;
    const float *x;
    hone_int8_input in;
    int64_t rows, chunks;
    member of[MOST];
    int members, first; /* first: whose format inputs are quantised for */
} product;

static void quantise(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const product *p = ctx;
    const int64_t from = i * QUANTISED, left = p->rows - from;
    hone_int8_quantise(p->e->i8, p->of[p->first].q, &p->in, p->x, from,
                       left < QUANTISED ? p->rows : from + QUANTISED);
}

/* Pieces of outputs do not cross members: each has a matrix of its own. */
static void multiply(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const product *p = ctx;
    const int64_t row = i % p->chunks * CHUNK, left = p->rows - row;
    int64_t o = i / p->chunks;
    const member *m = &p->of[p->first];
    for (; o >= m->pieces; m++) o -= m->pieces;
    const hone_int8_part part = { row, left < CHUNK ? p->rows : row + CHUNK,
                                  hone_piece_at(m->q->n, m->pieces, o),
                                  hone_piece_at(m->q->n, m->pieces, o + 1) };
    hone_int8_product(p->e->i8, m->y + row * m->ldy + part.out0, m->ldy, &p->in, m->q, part);
}

void hone_decode_int8_linear(hone_cache *c, const cpu_linear *const *w, float *const *y, int count,
                             const float *x, int64_t rows)
{
    product p = { .e = c->e,
                  .x = x,
                  .in = hone_int8_input_place(c->in8, rows, w[0]->in),
                  .rows = rows,
                  .chunks = (rows + CHUNK - 1) / CHUNK };
    for (int i = 0; i < count; i++) {
        for (int m = 0; m < w[i]->members; m++)
            p.of[p.members++] = (member){ &w[i]->q[m], y[i] + w[i]->at[m], w[i]->out,
                                          hone_pieces(w[i]->q[m].n, OUT) };
    }
    for (int next; p.first < p.members; p.first = next) { /* members of one format at once */
        int64_t pieces = 0;
        for (next = p.first; next < p.members; next++) {
            if (!p.of[next].q->block != !p.of[p.first].q->block) break;
            pieces += p.of[next].pieces;
        }
        hone_parallel(c->e->threads, (rows + QUANTISED - 1) / QUANTISED, quantise, &p);
        hone_parallel(c->e->threads, pieces * p.chunks, multiply, &p);
    }
}
