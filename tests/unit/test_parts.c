/* Row files shared out among processes, which are threads here: whatever their number, the first
 * one has the rows and the failure of one alone. Rows packed for another process. */
#include <pthread.h>
#include <string.h>

#include "common/mem.h"
#include "datasets/encode_set.h"
#include "datasets/parts.h"
#include "tests/support.h"

enum { RANKS_MAX = 4, NEVER = 1 << 20 };

/* What all threads see of each other. */
typedef struct world {
    pthread_barrier_t meet;
    const void *shown[RANKS_MAX];
    int ranks;
} world;

/* A file of rows and what is wrong with it. */
typedef struct task {
    size_t rows, bytes;      /* bytes: of a row */
    size_t bad[2];           /* rows that cannot be looked at */
    size_t torn;             /* the row at which everybody's reading ends */
    size_t untakable;        /* the row that the first process cannot take */
    size_t short_rank;       /* the process whose file lacks the last row; NEVER: none */
} task;

typedef struct process {
    world *w;
    const task *t;
    hone_parts_ways ways;
    hone_buf got; /* of the first one: the rows taken */
    size_t looked;
    hone_err err;
    int rc;
} process;

static void gather(void *user, const void *mine, size_t bytes, void *all)
{
    process *p = user;
    p->w->shown[p->ways.rank] = mine;
    pthread_barrier_wait(&p->w->meet);
    for (int i = 0; i < p->w->ranks; i++)
        memcpy((char *)all + (size_t)i * bytes, p->w->shown[i], bytes);
    pthread_barrier_wait(&p->w->meet);
}

static int collect(void *user, const void *mine, char *const *in, const size_t *sizes,
                   hone_err *err)
{
    process *p = user;
    (void)err;
    p->w->shown[p->ways.rank] = mine;
    pthread_barrier_wait(&p->w->meet);
    for (int i = 1; i < p->w->ranks && p->ways.rank == 0; i++)
        if (sizes[i]) memcpy(in[i], p->w->shown[i], sizes[i]);
    pthread_barrier_wait(&p->w->meet);
    return HONE_OK;
}

static int take(void *user, const char *part, size_t len, hone_err *err)
{
    process *p = user;
    for (size_t at = 0; at < len; at += sizeof(size_t)) {
        size_t row;
        memcpy(&row, part + at, sizeof row);
        if (row == p->t->untakable) return hone_fail(err, HONE_E_IO, "disk full at %zu", row);
        hone_buf_add(&p->got, &row, sizeof row);
    }
    return HONE_OK;
}

static int read_rows(process *p, hone_parts *parts)
{
    const task *t = p->t;
    const size_t rows = t->rows - ((size_t)p->ways.rank == t->short_rank);
    for (size_t i = 0; i < rows; i++) {
        bool mine;
        if (i == t->torn) return hone_fail(&p->err, HONE_E_IO, "torn at %zu", i);
        HONE_TRY(hone_parts_next(parts, t->bytes, &mine, &p->err));
        if (!mine) continue;
        if (i == t->bad[0] || i == t->bad[1])
            return hone_fail(&p->err, HONE_E_DATA, "bad row %zu", i);
        hone_buf_add(&parts->mine, &i, sizeof i);
        p->looked++;
    }
    return HONE_OK;
}

static void *run(void *user)
{
    process *p = user;
    hone_parts parts;
    p->rc = hone_parts_open(&parts, p->w->ranks > 1 ? &p->ways : NULL, take, p, &p->err);
    if (p->rc == 0) p->rc = hone_parts_end(&parts, read_rows(p, &parts), &p->err);
    hone_parts_close(&parts);
    return NULL;
}

/* The first process's end; the others must have failed if it has, unless it alone could. */
static process together(const task *t, int ranks, bool alone_too)
{
    world w = { .ranks = ranks };
    process p[RANKS_MAX];
    pthread_t threads[RANKS_MAX];
    size_t looked = 0;
    ck_assert_int_eq(pthread_barrier_init(&w.meet, NULL, (unsigned)ranks), 0);
    for (int i = 0; i < ranks; i++) {
        p[i] = (process){ .w = &w, .t = t, .ways = { i, ranks, &p[i], gather, collect },
                          .got = HONE_BUF_INIT(1 << 24) };
        hone_err_clear(&p[i].err);
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run, &p[i]), 0);
    }
    for (int i = 0; i < ranks; i++) ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < ranks; i++) looked += p[i].looked;
    for (int i = 1; i < ranks; i++) {
        ck_assert_uint_eq(p[i].got.len, 0);
        if (!alone_too) ck_assert_int_eq(p[i].rc < 0, p[0].rc < 0);
        hone_buf_done(&p[i].got);
    }
    if (p[0].rc == 0) ck_assert_uint_eq(looked, t->rows); /* each by one process */
    pthread_barrier_destroy(&w.meet);
    return p[0];
}

static void same_rows(const process *p, size_t from)
{
    for (size_t i = 0; i < p->got.len / sizeof i; i++) {
        size_t row;
        memcpy(&row, p->got.data + i * sizeof row, sizeof row);
        SUPPORT_MUST(row == from + i);
    }
}

static const task whole = { 1000, 10, { NEVER, NEVER }, NEVER, NEVER, NEVER };

START_TEST(order)
{
    static const size_t rows[] = { 0, 1, 63, 64, 65, 128, 129, 1000 };
    for (int ranks = 1; ranks <= RANKS_MAX; ranks++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            for (size_t bytes = 10; bytes <= 400000; bytes += 399990) {
                task t = whole;
                t.rows = rows[i];
                t.bytes = bytes; /* few large rows are a block */
                process p = together(&t, ranks, false);
                ck_assert_int_eq(p.rc, 0);
                ck_assert_uint_eq(p.got.len, t.rows * sizeof(size_t));
                same_rows(&p, 0);
                hone_buf_done(&p.got);
            }
}
END_TEST

static void must_say(const process *p, int rc, const char *what, size_t n)
{
    char want[64];
    (void)snprintf(want, sizeof want, "%s %zu", what, n);
    ck_assert_int_eq(p->rc, rc);
    ck_assert_str_eq(p->err.message, want);
}

/* In one round, in different ones, in either order: the earlier row. */
START_TEST(first_failure)
{
    static const size_t bad[][2] = { { 0, 70 }, { 130, 70 }, { 5, 6 }, { 700, 690 }, { 999, 998 },
                                     { 64, 65 }, { 260, NEVER }, { 999, NEVER } };
    for (int ranks = 1; ranks <= RANKS_MAX; ranks++)
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            task t = whole;
            memcpy(t.bad, bad[i], sizeof t.bad);
            const size_t first = bad[i][0] < bad[i][1] ? bad[i][0] : bad[i][1];
            process p = together(&t, ranks, false);
            must_say(&p, HONE_E_DATA, "bad row", first);
            ck_assert_int_eq(p.err.code, HONE_E_DATA);
            ck_assert_uint_eq(p.got.len, first * sizeof(size_t));
            same_rows(&p, 0);
            hone_buf_done(&p.got);
        }
}
END_TEST

/* All processes see it, at whosever turn it is; a bad row before it comes first. */
START_TEST(torn_file)
{
    for (int ranks = 1; ranks <= RANKS_MAX; ranks++)
        for (size_t torn = 0; torn < 400; torn += 57) {
            task t = whole;
            t.torn = torn;
            process p = together(&t, ranks, false);
            must_say(&p, HONE_E_IO, "torn at", torn);
            hone_buf_done(&p.got);
            t.bad[0] = torn / 2;
            t.torn = torn + 1;
            p = together(&t, ranks, false);
            must_say(&p, HONE_E_DATA, "bad row", torn / 2);
            hone_buf_done(&p.got);
        }
}
END_TEST

START_TEST(untakable_row)
{
    for (int ranks = 1; ranks <= RANKS_MAX; ranks++)
        for (size_t row = 10; row < 1000; row += 329) {
            task t = whole;
            t.untakable = row;
            t.bad[0] = row + 200; /* not seen, or seen when all is lost already */
            process p = together(&t, ranks, true);
            must_say(&p, HONE_E_IO, "disk full at", row);
            hone_buf_done(&p.got);
        }
}
END_TEST

START_TEST(different_files)
{
    for (int ranks = 2; ranks <= RANKS_MAX; ranks++)
        for (size_t rows = 1; rows < 520; rows += 64) {
            task t = whole;
            t.rows = rows;
            t.short_rank = (size_t)ranks - 1;
            process p = together(&t, ranks, false);
            ck_assert_int_eq(p.rc, HONE_E_DATA);
            ck_assert_str_eq(p.err.message, "the processes read different row files");
            hone_buf_done(&p.got);
        }
}
END_TEST

/* ---- packed rows ---- */

static void add(hone_encode_set *s, const char *id, int32_t first, size_t count, size_t labels)
{
    int32_t ids[300];
    uint8_t marks[300] = { 0 };
    for (size_t i = 0; i < count; i++) ids[i] = i < 150 ? (int32_t)i : first + (int32_t)i;
    for (size_t i = count - labels; i < count; i++) marks[i] = 1;
    ck_assert_int_eq(hone_encode_set_add_ids(s, id, "rows", first, ids, marks, count,
                                             count - labels, NULL), 0);
}

static void same_set(const hone_encode_set *a, const hone_encode_set *b)
{
    ck_assert_uint_eq(a->count, b->count);
    ck_assert_uint_eq(a->num_ids, b->num_ids);
    ck_assert_int_eq(memcmp(a->ids, b->ids, a->num_ids * sizeof *a->ids), 0);
    ck_assert_int_eq(memcmp(a->labels, b->labels, a->num_ids), 0);
    ck_assert_int_eq(a->num_labels, b->num_labels);
    ck_assert_int_eq(a->longest, b->longest);
    ck_assert_uint_eq(a->longest_row, b->longest_row);
    for (size_t i = 0; i < a->count; i++) {
        ck_assert_str_eq(a->rows[i].id, b->rows[i].id);
        ck_assert_str_eq(a->rows[i].source, b->rows[i].source);
        ck_assert_int_eq(a->rows[i].line, b->rows[i].line);
        ck_assert_int_eq(a->rows[i].prompt_count, b->rows[i].prompt_count);
        ck_assert_int_eq(a->rows[i].num_labels, b->rows[i].num_labels);
    }
}

START_TEST(packed_rows)
{
    hone_encode_set *s = NULL, *back = NULL;
    hone_buf b = HONE_BUF_INIT(1 << 20);
    ck_assert_int_eq(hone_encode_set_new(&s, NULL), 0);
    ck_assert_int_eq(hone_encode_set_new(&back, NULL), 0);
    add(s, "a", 1000, 200, 20);
    add(s, "", 2000, 290, 1);
    add(s, "a", 1000, 200, 20); /* as two rows before */
    add(s, "short", 7, 1, 0);
    add(s, "labels early", 9, 160, 150); /* labels within what is shared */
    for (size_t i = 0; i < s->count; i++) hone_encode_set_pack(&b, s, i);
    ck_assert(hone_buf_ok(&b));
    ck_assert_uint_lt(b.len, 4 * s->num_ids); /* beginnings are there once */
    for (size_t at = 0, used = 0; at < b.len; at += used) {
        const size_t len = b.len - at;
        hone_err err;
        size_t whole_row = 0;
        for (size_t cut = 0; cut < 8; cut++) { /* torn: refused, and nothing is added */
            ck_assert_int_eq(hone_encode_set_unpack(back, "rows", b.data + at, cut, &whole_row,
                                                    &err), HONE_E_INTERNAL);
        }
        ck_assert_int_eq(hone_encode_set_unpack(back, "rows", b.data + at, len, &used, &err), 0);
        ck_assert_uint_le(used, len);
    }
    same_set(s, back);
    hone_encode_set_free(s);
    hone_encode_set_free(back);
    hone_buf_done(&b);
}
END_TEST

START_TEST(damaged_rows)
{
    hone_encode_set *s = NULL, *back = NULL;
    hone_buf b = HONE_BUF_INIT(1 << 20);
    size_t used;
    hone_err err;
    ck_assert_int_eq(hone_encode_set_new(&s, NULL), 0);
    ck_assert_int_eq(hone_encode_set_new(&back, NULL), 0);
    add(s, "a", 1000, 200, 20);
    add(s, "b", 2000, 200, 20);
    hone_encode_set_pack(&b, s, 1);
    /* its beginning is that of a row which is not there */
    ck_assert_int_eq(hone_encode_set_unpack(back, "rows", b.data, b.len, &used, &err),
                     HONE_E_INTERNAL);
    hone_buf_clear(&b);
    hone_encode_set_pack(&b, s, 0);
    for (size_t cut = 0; cut < b.len; cut++)
        SUPPORT_MUST(hone_encode_set_unpack(back, "rows", b.data, cut, &used, &err) < 0);
    ck_assert_uint_eq(back->count, 0);
    hone_encode_set_free(s);
    hone_encode_set_free(back);
    hone_buf_done(&b);
}
END_TEST

int main(void)
{
    TCase *t = support_case("parts");
    tcase_add_test(t, order);
    tcase_add_test(t, first_failure);
    tcase_add_test(t, torn_file);
    tcase_add_test(t, untakable_row);
    tcase_add_test(t, different_files);
    tcase_add_test(t, packed_rows);
    tcase_add_test(t, damaged_rows);
    return support_run(t);
}
