/* A row file shared out among processes (datasets/parts.h). */
#include "datasets/parts.h"

#include "common/mem.h"

/* Small enough that a file of some thousand rows is shared evenly, large enough that a round is
 * longer than a message. */
enum { BLOCK_ROWS = 64, BLOCK_BYTES = 1 << 20 };

/* What a process says at the end of a round. */
struct hone_parts_state {
    uint64_t bytes, rows;
    int32_t last;    /* no rows follow */
    int32_t foreign; /* it failed in a block of another one, which comes before in the order */
    hone_err err;    /* code 0: it did not */
};

int hone_parts_open(hone_parts *p, const hone_parts_ways *ways,
                    int (*take)(void *user, const char *part, size_t len, hone_err *err),
                    void *user, hone_err *err)
{
    const size_t n = ways ? (size_t)ways->ranks : 0;
    *p = (hone_parts){ .ways = ways, .take = take, .user = user };
    hone_buf_init(&p->mine, HONE_BUF_TEXT_MAX);
    if (n == 0) return HONE_OK;
    p->states = hone_calloc(n, sizeof *p->states);
    p->in = hone_calloc(n, sizeof *p->in);
    p->sizes = hone_calloc(n, sizeof *p->sizes);
    p->ready = hone_calloc(n, sizeof *p->ready);
    if (p->states && p->in && p->sizes && p->ready) return HONE_OK;
    hone_parts_close(p);
    return hone_err_memory(err, "parts of a row file", n * sizeof *p->states);
}

void hone_parts_close(hone_parts *p)
{
    hone_buf_done(&p->mine);
    hone_free(p->states);
    hone_free(p->in);
    hone_free(p->sizes);
    hone_free(p->ready);
    *p = (hone_parts){ .over = true };
}

static int alone_end(hone_parts *p, int rc, hone_err *err)
{
    const hone_err why = err && rc < 0 ? *err : (hone_err){ 0 };
    int taken = hone_buf_ok(&p->mine) ? HONE_OK : hone_err_memory(err, "rows", p->mine.len);
    if (taken == 0 && p->mine.len)
        taken = p->take(p->user, p->mine.data, p->mine.len, err);
    hone_buf_clear(&p->mine);
    p->turn = 0;
    p->over = taken < 0 || rc < 0;
    if (taken < 0 || rc == 0) return taken;
    if (err) *err = why;
    return rc;
}

static bool any_failed(const hone_parts *p)
{
    for (int i = 0; i < p->ways->ranks; i++)
        if (p->states[i].err.code < 0) return true;
    return false;
}

/* Processes that look at other files would wait for each other in different places. */
static bool are_together(const hone_parts *p)
{
    for (int i = 1; i < p->ways->ranks; i++)
        if (p->states[i].rows != p->states[0].rows || p->states[i].last != p->states[0].last)
            return false;
    return true;
}

static void room_free(hone_parts *p)
{
    for (int i = 1; i < p->ways->ranks; i++) {
        hone_free(p->in[i]);
        p->in[i] = NULL;
    }
}

/* Process 0's room for the messages. Without it the others must not send: they are told. */
static int room_make(hone_parts *p, bool *ret_ready, hone_err *err)
{
    const hone_parts_ways *w = p->ways;
    int rc = HONE_OK;
    for (int i = 0; i < w->ranks; i++) {
        p->sizes[i] = p->states[i].bytes;
        if (i == 0 || w->rank > 0 || rc < 0) continue;
        p->in[i] = hone_calloc(p->sizes[i] + 1, 1);
        if (!p->in[i]) rc = hone_err_memory(err, "rows of another process", p->sizes[i]);
    }
    const int32_t ready = rc == 0;
    w->gather(w->user, &ready, sizeof ready, p->ready);
    *ret_ready = p->ready[0] != 0;
    return rc;
}

/* Process 0: rows and failures in the order of the file. */
static int round_take(hone_parts *p, hone_err *err)
{
    const int ranks = p->ways->ranks;
    p->in[0] = p->mine.data;
    for (int i = 0; i < ranks; i++) {
        const hone_parts_state *s = &p->states[i];
        if (s->bytes) HONE_TRY(p->take(p->user, p->in[i], s->bytes, err));
        if (s->err.code >= 0 || s->foreign) continue;
        if (err) *err = s->err;
        return s->err.code;
    }
    for (int i = 0; i < ranks; i++) {
        if (p->states[i].err.code >= 0) continue;
        if (err) *err = p->states[i].err;
        return p->states[i].err.code;
    }
    if (are_together(p)) return HONE_OK;
    return hone_fail(err, HONE_E_DATA, "the processes read different row files");
}

/* Everybody's parts to process 0, which takes them. */
static int round_swap(hone_parts *p, hone_err *err)
{
    const hone_parts_ways *w = p->ways;
    bool ready;
    int rc = room_make(p, &ready, err);
    p->over = !ready || any_failed(p) || !are_together(p);
    if (rc == 0 && ready) rc = w->collect(w->user, p->mine.data, p->in, p->sizes, err);
    if (rc == 0 && w->rank == 0) rc = round_take(p, err);
    if (rc == 0 && p->over)
        rc = hone_fail(err, HONE_E_STOPPED, "another process ended the reading");
    room_free(p);
    return rc;
}

static int round_end(hone_parts *p, int rc, bool last, hone_err *err)
{
    const hone_parts_ways *w = p->ways;
    if (!w) return alone_end(p, rc, err);
    const hone_err why = err && rc < 0 ? *err : (hone_err){ 0 };
    const bool ok = hone_buf_ok(&p->mine);
    hone_parts_state s = { ok ? p->mine.len : 0, p->rows, last, p->turn != w->rank, why };
    if (rc == 0 && !ok) rc = hone_err_memory(&s.err, "rows", p->mine.len);
    s.err.code = rc;
    w->gather(w->user, &s, sizeof s, p->states);
    rc = round_swap(p, err);
    hone_buf_clear(&p->mine);
    p->turn = 0;
    return rc;
}

int hone_parts_next(hone_parts *p, size_t bytes, bool *ret_mine, hone_err *err)
{
    if (p->block_rows == BLOCK_ROWS || p->block_bytes >= BLOCK_BYTES) {
        p->block_rows = p->block_bytes = 0;
        if (++p->turn == (p->ways ? p->ways->ranks : 1)) HONE_TRY(round_end(p, 0, false, err));
    }
    p->block_rows++;
    p->block_bytes += bytes;
    p->rows++;
    *ret_mine = !p->ways || p->turn == p->ways->rank;
    return HONE_OK;
}

int hone_parts_end(hone_parts *p, int rc, hone_err *err)
{
    if (p->over) return rc;
    rc = round_end(p, rc, true, err);
    p->block_rows = p->block_bytes = 0;
    return rc;
}
