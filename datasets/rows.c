/* Row files (datasets/rows.h). */
#include "datasets/rows.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "common/zfile.h"

/* Ids seen so far, open addressing; uses counts how often an id was asked for. */
typedef struct seen_id {
    const char *id;
    size_t uses;
} seen_id;

typedef struct loader {
    hone_rows *rows;
    hone_rows_options options;
    hone_arena *row_arena; /* of the row being read: rows->arena, or cleared after each row */
    int (*on_row)(void *user, const hone_row *row, hone_err *err); /* NULL: rows are kept */
    void *user;
    size_t room;        /* of rows->items */
    seen_id *seen;
    size_t seen_count, seen_room; /* a power of two */
    hone_err *err;
} loader;

/* ---- ids ---- */

static uint64_t id_hash(const char *s)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (; *s; s++) h = (h ^ (unsigned char)*s) * 0x100000001b3u;
    return h ^ (h >> 31);
}

/* The entry of id, or the free one where it belongs. */
static seen_id *seen_find(const loader *l, const char *id)
{
    size_t i = id_hash(id) & (l->seen_room - 1);
    while (l->seen[i].id && strcmp(l->seen[i].id, id) != 0) i = (i + 1) & (l->seen_room - 1);
    return &l->seen[i];
}

static int seen_grow(loader *l)
{
    loader old = *l;
    if (2 * (l->seen_count + 1) < l->seen_room) return 0;
    l->seen_room = l->seen_room ? l->seen_room * 2 : 1024;
    l->seen = hone_calloc(l->seen_room, sizeof(*l->seen));
    if (!l->seen) {
        *l = old;
        return hone_err_memory(l->err, "row ids", 2 * old.seen_room * sizeof(*l->seen));
    }
    for (size_t i = 0; i < old.seen_room; i++)
        if (old.seen[i].id) *seen_find(l, old.seen[i].id) = old.seen[i];
    hone_free(old.seen);
    return 0;
}

static int seen_add(loader *l, const char *id)
{
    HONE_TRY(seen_grow(l));
    *seen_find(l, id) = (seen_id){ id, 1 };
    l->seen_count++;
    return 0;
}

/* Puts "-2", "-3" .. behind an id that is taken. */
static int make_unique(loader *l, hone_row *row)
{
    HONE_TRY(seen_grow(l));
    seen_id *first = seen_find(l, row->id);
    if (!first->id) return seen_add(l, row->id);
    size_t size = strlen(row->id) + 24;
    char *id = hone_arena_alloc(l->rows->arena, size);
    if (!id) return hone_err_memory(l->err, "row ids", size);
    do {
        (void)snprintf(id, size, "%s-%zu", row->id, ++first->uses);
    } while (seen_find(l, id)->id);
    row->id = id;
    l->rows->renamed++;
    return seen_add(l, id);
}

/* ---- rows ---- */

/* A row that is handed out and forgotten: its id may come twice. */
static int hand_out(loader *l, const hone_row *row)
{
    l->rows->count++;
    l->rows->nulls_dropped += row->nulls_dropped;
    const int rc = l->on_row(l->user, row, l->err);
    hone_arena_clear(l->row_arena);
    return rc;
}

static int keep_row(loader *l, hone_row *row)
{
    hone_rows *rows = l->rows;
    if (l->on_row) return hand_out(l, row);
    HONE_TRY(make_unique(l, row));
    if (rows->count == l->room) {
        size_t room = l->room ? l->room * 2 : 256, bytes;
        hone_row *items = hone_mul_size(room, sizeof(*items), &bytes)
                              ? hone_arena_alloc(rows->arena, bytes) : NULL;
        if (!items) return hone_err_memory(l->err, "rows", room * sizeof(*items));
        if (rows->count) memcpy(items, rows->items, rows->count * sizeof(*items));
        rows->items = items;
        l->room = room;
    }
    rows->items[rows->count++] = *row;
    rows->nulls_dropped += row->nulls_dropped;
    return 0;
}

/* A bad row ends a strict run; a lenient one notes it. Only bad data may be passed over. */
static int pass_over(loader *l, int rc, const hone_err *why)
{
    char text[1024];
    hone_rows *rows = l->rows;
    if (rc != HONE_E_DATA || !l->options.lenient) {
        if (!l->err) return rc;
        *l->err = *why;
        if (rc == HONE_E_DATA && rows->count == 0 && !why->hint[0]) /* not one of our rows yet */
            hone_err_hint(l->err, "hone data convert makes rows of CSV, xLAM, sharegpt and others");
        return rc;
    }
    if (rows->num_messages < HONE_ROWS_MESSAGES) {
        hone_err_format(why, text, sizeof(text));
        char *copy = hone_arena_strndup(rows->arena, text, strlen(text));
        if (!copy) return hone_err_memory(l->err, "messages", sizeof(text));
        rows->messages[rows->num_messages++] = copy;
    }
    rows->bad++;
    return 0;
}

static int add_object(loader *l, const hone_json *object, int64_t line)
{
    hone_err why;
    hone_row row;
    hone_err_clear(&why);
    int rc = hone_row_read(&row, l->row_arena, object, &l->options.row, l->rows->path, line,
                           &why);
    return rc < 0 ? pass_over(l, rc, &why) : keep_row(l, &row);
}

static int add_line(loader *l, const char *text, size_t len, int64_t line)
{
    hone_err why;
    hone_json *object = NULL;
    hone_err_clear(&why);
    int rc = hone_json_parse(&object, l->row_arena, text, len, l->rows->path, line, &why);
    return rc < 0 ? pass_over(l, rc, &why) : add_object(l, object, line);
}

static bool is_full(const loader *l)
{
    return l->options.limit > 0 && l->rows->count >= l->options.limit;
}

static size_t blank_length(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r')) i++;
    return i;
}

/* Rows that others look at count here as well: limits hold for all of them. */
static int is_wanted(loader *l, size_t bytes, bool *ret)
{
    *ret = true;
    if (!l->options.pick) return HONE_OK;
    HONE_TRY(l->options.pick(l->options.pick_user, bytes, ret, l->err));
    l->rows->count += !*ret;
    return HONE_OK;
}

/* Reads lines; *ret_array says that the file is one array instead, told by its first character. */
static int read_lines(loader *l, bool *ret_array)
{
    hone_lines *lines = NULL;
    const char *text = NULL;
    size_t len = 0;
    int64_t line = 0;
    bool first = true, wanted;
    int rc = 0;
    HONE_TRY(hone_lines_open(&lines, l->rows->path, HONE_ROWS_LINE_MAX, l->err));
    while (!is_full(l) && (rc = hone_lines_next(lines, &text, &len, &line, l->err)) > 0) {
        size_t blank = blank_length(text, len);
        if (blank == len) continue;
        if (first && text[blank] == '[') {
            *ret_array = true;
            rc = 0;
            goto out;
        }
        first = false;
        HONE_GOTO(rc, out, is_wanted(l, len, &wanted));
        if (wanted) HONE_GOTO(rc, out, add_line(l, text, len, line));
    }
    if (is_full(l)) rc = 0;
out:
    hone_lines_close(lines);
    return rc;
}

static int read_array(loader *l)
{
    hone_json *array = NULL;
    HONE_TRY(hone_json_load(&array, l->rows->arena, l->rows->path, l->err));
    for (size_t i = 0; i < array->len && !is_full(l); i++) {
        bool wanted;
        HONE_TRY(is_wanted(l, 0, &wanted));
        if (wanted) HONE_TRY(add_object(l, array->items[i], array->items[i]->line));
    }
    return 0;
}

static int check_share(const loader *l)
{
    const hone_rows *rows = l->rows;
    double share = l->options.max_bad_share > 0 ? l->options.max_bad_share : HONE_ROWS_BAD_SHARE;
    size_t all = rows->count + rows->bad;
    hone_err_at(l->err, rows->path, 0, -1);
    if (all == 0) return hone_fail(l->err, HONE_E_DATA, "the file holds no rows");
    if ((double)rows->bad <= share * (double)all) return 0;
    hone_err_hint(l->err, "hone data check lists all bad rows");
    return hone_fail(l->err, HONE_E_DATA,
                     "%zu of %zu rows are bad, more than %.4g %%; the first: %s", rows->bad,
                     all, share * 100, rows->messages[0]);
}

static int load(loader *l)
{
    bool array = false;
    hone_row_options *row = &l->options.row;
    if (row->tools && row->sort_tools) { /* once, not in every row */
        row->tools = hone_tools_sorted(l->rows->arena, row->tools, NULL);
        if (!row->tools) return hone_err_memory(l->err, "tools", 0);
    }
    HONE_TRY(read_lines(l, &array));
    if (array) HONE_TRY(read_array(l));
    return check_share(l);
}

static int run(loader *l, hone_rows **ret, const char *path, const hone_rows_options *options)
{
    int rc;
    if (options) l->options = *options;
    l->rows = hone_calloc(1, sizeof(*l->rows));
    if (!l->rows) return hone_err_memory(l->err, "rows", sizeof(*l->rows));
    l->rows->arena = hone_arena_new();
    if (!l->row_arena) l->row_arena = l->rows->arena;
    l->rows->path = hone_arena_strndup(l->rows->arena, path, strlen(path));
    rc = l->rows->path ? load(l) : hone_err_memory(l->err, "rows", strlen(path));
    hone_free(l->seen);
    if (rc < 0) hone_rows_free(l->rows);
    else *ret = l->rows;
    return rc;
}

int hone_rows_load(hone_rows **ret, const char *path, const hone_rows_options *options,
                   hone_err *err)
{
    loader l = { .err = err };
    return run(&l, ret, path, options);
}

int hone_rows_each(const char *path, const hone_rows_options *options,
                   int (*on_row)(void *user, const hone_row *row, hone_err *err), void *user,
                   int64_t *ret_nulls, hone_err *err)
{
    loader l = { .err = err, .on_row = on_row, .user = user, .row_arena = hone_arena_new() };
    hone_rows *summary = NULL;
    int rc = l.row_arena ? run(&l, &summary, path, options) : hone_err_memory(err, "rows", 0);
    if (rc == 0 && ret_nulls) *ret_nulls = summary->nulls_dropped;
    hone_rows_free(summary);
    hone_arena_free(l.row_arena);
    return rc;
}

void hone_rows_free(hone_rows *rows)
{
    if (!rows) return;
    hone_arena_free(rows->arena);
    hone_free(rows);
}
