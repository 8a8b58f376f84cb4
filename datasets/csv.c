/* CSV (datasets/csv.h). */
#include "datasets/csv.h"

#include <string.h>

#include "common/buf.h"
#include "common/mem.h"

enum { FIELD_MAX = 16 << 20, FIELDS_MAX = 256 };

void hone_csv_start(hone_csv *c, const char *path, const char *text, size_t len)
{
    bool mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    *c = (hone_csv){ .text = text, .path = path, .len = len, .at = mark ? 3 : 0, .line = 1 };
}

static bool ends_line(const hone_csv *c)
{
    return c->at >= c->len || c->text[c->at] == '\n' ||
           (c->text[c->at] == '\r' && c->at + 1 < c->len && c->text[c->at + 1] == '\n');
}

static void skip_end(hone_csv *c)
{
    if (c->at < c->len && c->text[c->at] == '\r') c->at++;
    if (c->at < c->len && c->text[c->at] == '\n') c->at++, c->line++;
}

static int quoted(hone_csv *c, hone_buf *out, hone_err *err)
{
    int64_t start = c->line;
    for (c->at++; c->at < c->len; c->at++) {
        char x = c->text[c->at];
        if (x == '\n') c->line++;
        if (x != '"') {
            hone_buf_char(out, x);
        } else if (c->at + 1 < c->len && c->text[c->at + 1] == '"') {
            hone_buf_char(out, x);
            c->at++;
        } else {
            c->at++;
            if (ends_line(c) || c->text[c->at] == ',') return 0;
            hone_err_hint(err, "quotes inside a quoted field are doubled: \"\"");
            return hone_fail(err, HONE_E_DATA, "%s:%lld: text follows a closing quote", c->path,
                             (long long)c->line);
        }
    }
    return hone_fail(err, HONE_E_DATA, "%s:%lld: a quote is never closed", c->path,
                     (long long)start);
}

static int field(hone_csv *c, hone_arena *a, const char **ret, hone_err *err)
{
    hone_buf out = HONE_BUF_INIT(FIELD_MAX);
    int rc = 0;
    if (c->at < c->len && c->text[c->at] == '"')
        rc = quoted(c, &out, err);
    else
        while (!ends_line(c) && c->text[c->at] != ',')
            hone_buf_char(&out, c->text[c->at++]);
    if (rc == 0) {
        *ret = hone_buf_ok(&out) ? hone_arena_strndup(a, out.data ? out.data : "", out.len) : NULL;
        if (!*ret) rc = hone_err_memory(err, "CSV field", out.len);
    }
    hone_buf_done(&out);
    return rc;
}

int hone_csv_next(hone_csv *c, hone_arena *a, hone_csv_record *ret, hone_err *err)
{
    while (c->at < c->len && ends_line(c))
        skip_end(c);
    if (c->at >= c->len) return 0;
    hone_csv_record r = { .line = c->line };
    r.fields = hone_arena_alloc(a, FIELDS_MAX * sizeof *r.fields);
    if (!r.fields) return hone_err_memory(err, "CSV record", 1);
    for (;;) {
        if (r.count == FIELDS_MAX)
            return hone_fail(err, HONE_E_DATA, "%s:%lld: more than %d columns", c->path,
                             (long long)r.line, FIELDS_MAX);
        HONE_TRY(field(c, a, &r.fields[r.count++], err));
        if (ends_line(c)) break;
        c->at++; /* the comma */
    }
    skip_end(c);
    *ret = r;
    return 1;
}
