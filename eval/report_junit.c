/*
 * junit.xml (eval/report_files.h): one test case a row or a function, and one a condition of the
 * gate, so that a CI system shows why it failed. Every testsuite has the counts of what it holds.
 */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"
#include "eval/report_files.h"
#include "eval/report_parts.h"

typedef struct counts {
    int64_t tests, failures, errors;
} counts;

/* One suite being written. */
typedef struct suite {
    hone_parts p; /* for texts; failures show in the end */
    const hone_report *r;
    hone_buf cases;
    counts n;
} suite;

/* Escaped; characters that XML 1.0 does not allow are written as \uXXXX. */
static void put_xml(hone_buf *out, const char *s)
{
    size_t n = strlen(s);
    for (size_t i = 0; i < n;) {
        uint32_t c;
        size_t k = hone_utf8_next(s + i, n - i, &c);
        bool bad = k && ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0xFFFE ||
                         c == 0xFFFF);
        if (bad) hone_buf_printf(out, "\\u%04X", (unsigned)c);
        else hone_text_xml(out, s + i, k ? k : 1);
        i += k ? k : 1;
    }
}

static void put_attribute(hone_buf *out, const char *name, const char *value)
{
    hone_buf_printf(out, " %s=\"", name);
    for (const char *p = value; *p;) { /* line ends in attributes would turn into blanks */
        size_t n = strcspn(p, "\n\r\t");
        char *piece = hone_strndup(p, n);
        if (piece) put_xml(out, piece);
        else out->failed = true;
        hone_free(piece);
        p += n;
        if (*p) hone_buf_char(out, ' '), p++;
    }
    hone_buf_char(out, '"');
}

static void put_counts(hone_buf *out, const counts *n)
{
    hone_buf_printf(out, " tests=\"%lld\" failures=\"%lld\" errors=\"%lld\" skipped=\"0\"",
                    (long long)n->tests, (long long)n->failures, (long long)n->errors);
}

static void case_open(suite *s, const char *class, const char *function, const char *name)
{
    hone_buf text = HONE_BUF_INIT(1 << 20);
    hone_buf_str(&text, class);
    if (function[0]) hone_buf_printf(&text, ".%s", function);
    hone_buf_str(&s->cases, "    <testcase");
    put_attribute(&s->cases, "classname", text.data ? text.data : "");
    put_attribute(&s->cases, "name", name);
    if (text.failed) s->cases.failed = true;
    hone_buf_done(&text);
    s->n.tests++;
}

static void case_fail(suite *s, const char *kind, const char *type, const char *message,
                      const char *text)
{
    bool error = strcmp(kind, "error") == 0;
    hone_buf_printf(&s->cases, ">\n      <%s", kind);
    put_attribute(&s->cases, "type", type);
    put_attribute(&s->cases, "message", message);
    hone_buf_char(&s->cases, '>');
    put_xml(&s->cases, text);
    hone_buf_printf(&s->cases, "</%s>\n    </testcase>\n", kind);
    s->n.errors += error;
    s->n.failures += !error;
}

/* Frees a buffer of the suite; what it could not hold fails the whole. */
static void drop(suite *s, hone_buf *b)
{
    if (b->failed) s->cases.failed = true;
    hone_buf_done(b);
}

static const char *class_of(const hone_row *row)
{
    return row->category[0] ? row->category : "all";
}

static const char *function_of(const hone_row *row)
{
    return row->expected.count ? row->expected.items[0].name : "no_call";
}

static void row_case(suite *s, const hone_result *r)
{
    case_open(s, class_of(r->row), function_of(r->row), r->row->id);
    if (r->right) {
        hone_buf_str(&s->cases, "/>\n");
        return;
    }
    const char *function, *argument, *want = hone_parts_calls(&s->p, &r->row->expected);
    const char *got = r->answer->present ? r->answer->text : "";
    bool error = r->outcome == HONE_OUTCOME_NOT_GENERATED || !strcmp(r->fault, "checker_error");
    hone_buf line = HONE_BUF_INIT(1 << 20), text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_parts_place(s->r, r, &function, &argument);
    hone_buf_printf(&line, "%s", r->fault);
    if (argument[0]) hone_buf_printf(&line, " of %s", argument);
    hone_buf_printf(&text, "\nprompt:   %s\nexpected: %s\ngot:      %s\n",
                    r->row->user_text ? r->row->user_text : "", want[0] ? want : "(no call)", got);
    case_fail(s, error ? "error" : "failure", r->fault, line.data ? line.data : "",
              text.data ? text.data : "");
    drop(s, &line);
    drop(s, &text);
}

/* A function's case fails when one of its rows does. */
static void function_case(suite *s, const char *class, const char *function,
                          const hone_result *const *rows, size_t n)
{
    int64_t right = 0;
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX), line = HONE_BUF_INIT(1 << 16);
    const char *type = "";
    for (size_t i = 0; i < n; i++) {
        right += rows[i]->right;
        if (rows[i]->right) continue;
        if (!type[0]) type = rows[i]->fault;
        hone_buf_printf(&text, "\n%s  %s", rows[i]->row->id, rows[i]->fault);
    }
    case_open(s, class, function, function);
    hone_buf_printf(&line, "%lld of %zu rows right", (long long)right, n);
    if (right == (int64_t)n) hone_buf_str(&s->cases, "/>\n");
    else case_fail(s, "failure", type, line.data ? line.data : "", text.data ? text.data : "");
    drop(s, &text);
    drop(s, &line);
}

static int by_place(const void *a, const void *b)
{
    const hone_result *x = *(const hone_result *const *)a, *y = *(const hone_result *const *)b;
    int c = strcmp(class_of(x->row), class_of(y->row));
    if (!c) c = strcmp(function_of(x->row), function_of(y->row));
    return c ? c : x < y ? -1 : x > y;
}

static void put_properties(suite *s, hone_buf *out)
{
    static const char *const keys[] = { "sha256", "adapter_sha256" };
    const hone_json *model = hone_json_get(hone_json_get(s->r->json, "provenance"), "model");
    bool any = false;
    for (int i = 0; i < 2; i++) {
        const hone_json *v = hone_json_get(model, keys[i]);
        if (!hone_json_is(v, HONE_JSON_STRING)) continue;
        if (!any) hone_buf_str(out, "    <properties>\n");
        any = true;
        hone_buf_printf(out, "      <property name=\"model_%s\"", keys[i]);
        put_attribute(out, "value", v->text);
        hone_buf_str(out, "/>\n");
    }
    if (any) hone_buf_str(out, "    </properties>\n");
}

/* Hands the suite's cases over to out and adds its counts. */
static void suite_close(suite *s, hone_buf *out, counts *all, const char *name)
{
    hone_buf_str(out, "  <testsuite");
    put_attribute(out, "name", name);
    put_counts(out, &s->n);
    hone_buf_str(out, ">\n");
    put_properties(s, out);
    hone_buf_add(out, s->cases.data ? s->cases.data : "", s->cases.len);
    hone_buf_str(out, "  </testsuite>\n");
    all->tests += s->n.tests;
    all->failures += s->n.failures;
    all->errors += s->n.errors;
    if (s->cases.failed || s->p.failed) out->failed = true;
    hone_buf_clear(&s->cases);
    s->n = (counts){ 0 };
}

/* All rows of one category. */
static void category_suite(suite *s, hone_buf *out, counts *all, const hone_result *const *rows,
                           size_t n, bool by_function)
{
    hone_buf name = HONE_BUF_INIT(1 << 16);
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        const char *function = function_of(rows[i]->row);
        if (by_function) {
            while (end < n && !strcmp(function_of(rows[end]->row), function)) end++;
            function_case(s, class_of(rows[i]->row), function, rows + i, end - i);
        } else {
            row_case(s, rows[i]);
        }
        i = end;
    }
    hone_buf_printf(&name, "eval.%s", class_of(rows[0]->row));
    suite_close(s, out, all, name.data ? name.data : "eval");
    if (name.failed) out->failed = true;
    hone_buf_done(&name);
}

static void gate_suite(suite *s, hone_buf *out, counts *all)
{
    const hone_json *gate = hone_json_get(s->r->json, "gate");
    const hone_json *list = hone_json_get(gate, "conditions");
    if (!hone_json_is(list, HONE_JSON_ARRAY)) return;
    for (size_t i = 0; i < list->len; i++) {
        const hone_json *c = list->items[i];
        const char *status = hone_json_get(c, "status")->text;
        const char *text = hone_json_get(c, "text")->text;
        case_open(s, "gate", "", hone_json_get(c, "name")->text);
        if (!strcmp(status, "pass")) hone_buf_str(&s->cases, "/>\n");
        else case_fail(s, !strcmp(status, "fail") ? "failure" : "error", status, text, text);
    }
    suite_close(s, out, all, "eval.gate");
}

void hone_report_junit(hone_buf *out, const hone_report *r, bool by_function)
{
    suite s = { .p = { r->arena, false }, .r = r, .cases = HONE_BUF_INIT(HONE_BUF_TEXT_MAX) };
    hone_buf body = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    counts all = { 0 };
    const hone_result **rows = hone_calloc(r->count + 1, sizeof *rows);
    if (!rows) out->failed = true;
    for (size_t i = 0; rows && i < r->count; i++) rows[i] = &r->results[i];
    if (rows) qsort(rows, r->count, sizeof *rows, by_place);
    for (size_t i = 0; rows && i < r->count;) {
        size_t end = i + 1;
        while (end < r->count && !strcmp(class_of(rows[end]->row), class_of(rows[i]->row))) end++;
        category_suite(&s, &body, &all, rows + i, end - i, by_function);
        i = end;
    }
    gate_suite(&s, &body, &all);
    hone_buf_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"hone\"");
    put_counts(out, &all);
    hone_buf_str(out, ">\n");
    hone_buf_add(out, body.data ? body.data : "", body.len);
    hone_buf_str(out, "</testsuites>\n");
    if (body.failed) out->failed = true;
    hone_buf_done(&body);
    hone_buf_done(&s.cases);
    hone_free(rows);
}
