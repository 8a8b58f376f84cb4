/*
 * Products of decoding with integer weights (model/gemma3_decode.h, kernels/int8.h): inputs are
 * quantised row by row as the device does, and whatever rows are multiplied together gives the same
 * bits, as integers are summed exactly. So rows pass in chunks and outputs in pieces that suit the
 * caches: a chunk's inputs stay in the second one while a piece's weights pass.
 */
#include "model/gemma3_decode.h"

enum { CHUNK = 96, OUT = 256, QUANTISED = 32 };

typedef struct product {
    const hone_engine *e;
    const cpu_linear *w;
    float *y;
    const float *x;
    hone_int8_input in;
    int64_t rows, chunks;
    int64_t pieces[CPU_MEMBERS]; /* of a member's outputs */
    int member;                  /* whose format inputs are quantised for */
} product;

static void quantise(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const product *p = ctx;
    const int64_t from = i * QUANTISED, left = p->rows - from;
    hone_int8_quantise(p->e->i8, &p->w->q[p->member], &p->in, p->x, from,
                       left < QUANTISED ? p->rows : from + QUANTISED);
}

/* Pieces of outputs do not cross members: each has a matrix of its own. */
static void multiply(void *ctx, int64_t i, int worker)
{
    (void)worker;
    const product *p = ctx;
    const int64_t row = i % p->chunks * CHUNK, left = p->rows - row;
    int64_t o = i / p->chunks;
    int m = p->member;
    for (; o >= p->pieces[m]; m++) o -= p->pieces[m];
    const hone_int8_matrix *q = &p->w->q[m];
    const hone_int8_part part = { row, left < CHUNK ? p->rows : row + CHUNK,
                                  hone_piece_at(q->n, p->pieces[m], o),
                                  hone_piece_at(q->n, p->pieces[m], o + 1) };
    hone_int8_product(p->e->i8, p->y + row * p->w->out + p->w->at[m] + part.out0, p->w->out,
                      &p->in, q, part);
}

void hone_decode_int8_linear(hone_cache *c, const cpu_linear *w, float *y, const float *x,
                             int64_t rows)
{
    product p = { .e = c->e,
                  .w = w,
                  .y = y,
                  .x = x,
                  .in = hone_int8_input_place(c->in8, rows, w->in),
                  .rows = rows,
                  .chunks = (rows + CHUNK - 1) / CHUNK };
    for (int m = 0; m < w->members; m++) p.pieces[m] = hone_pieces(w->q[m].n, OUT);
    for (int next; p.member < w->members; p.member = next) { /* members of one format at once */
        int64_t pieces = 0;
        for (next = p.member; next < w->members; next++) {
            if (!w->q[next].block != !w->q[p.member].block) break;
            pieces += p.pieces[next];
        }
        hone_parallel(c->e->threads, (rows + QUANTISED - 1) / QUANTISED, quantise, &p);
        hone_parallel(c->e->threads, pieces * p.chunks, multiply, &p);
    }
}
