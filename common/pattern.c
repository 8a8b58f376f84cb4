/* Regular expressions by PCRE2 (common/pattern.h). The only file that knows it. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "common/pattern.h"

#include <pcre2.h>

#include "common/mem.h"

enum { MAX_PATTERN = 4096, MATCH_LIMIT = 100000, DEPTH_LIMIT = 1000 };

struct hone_pattern {
    pcre2_general_context *memory;
    pcre2_match_context *limits;
    pcre2_code *code;
    pcre2_match_data *data;
};

static void *take(size_t n, void *user)
{
    (void)user;
    return hone_malloc(n);
}

static void give(void *p, void *user)
{
    (void)user;
    hone_free(p);
}

static int compile(hone_pattern *p, const char *pattern, size_t len, hone_err *err)
{
    const uint32_t options =
        PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_BACKSLASH_C;
    pcre2_compile_context *c = pcre2_compile_context_create(p->memory);
    PCRE2_UCHAR why[128] = { 0 };
    PCRE2_SIZE at = 0;
    int code = 0;
    if (!c) return hone_err_memory(err, "a pattern", len);
    (void)pcre2_set_max_pattern_length(c, MAX_PATTERN);
    p->code = pcre2_compile((PCRE2_SPTR)pattern, len, options, &code, &at, c);
    pcre2_compile_context_free(c);
    if (p->code) return 0;
    if (code == PCRE2_ERROR_HEAP_FAILED) return hone_err_memory(err, "a pattern", len);
    (void)pcre2_get_error_message(code, why, sizeof(why));
    return hone_fail(err, HONE_E_DATA, "the pattern is wrong at character %zu: %s", (size_t)at + 1,
                     (const char *)why);
}

int hone_pattern_new(hone_pattern **ret, const char *pattern, size_t len, hone_err *err)
{
    hone_pattern *p = hone_calloc(1, sizeof(*p));
    int rc = p ? 0 : hone_err_memory(err, "a pattern", sizeof(*p));
    if (rc < 0) return rc;
    p->memory = pcre2_general_context_create(take, give, NULL);
    p->limits = p->memory ? pcre2_match_context_create(p->memory) : NULL;
    if (!p->limits)
        rc = hone_err_memory(err, "a pattern", len);
    else
        rc = compile(p, pattern, len, err);
    if (rc == 0) {
        (void)pcre2_set_match_limit(p->limits, MATCH_LIMIT);
        (void)pcre2_set_depth_limit(p->limits, DEPTH_LIMIT);
        p->data = pcre2_match_data_create_from_pattern(p->code, p->memory);
        if (!p->data) rc = hone_err_memory(err, "a pattern", len);
    }
    if (rc < 0) {
        hone_pattern_free(p);
        return rc;
    }
    *ret = p;
    return 0;
}

void hone_pattern_free(hone_pattern *p)
{
    if (!p) return;
    pcre2_match_data_free(p->data);
    pcre2_code_free(p->code);
    pcre2_match_context_free(p->limits);
    pcre2_general_context_free(p->memory);
    hone_free(p);
}

int hone_pattern_match(const hone_pattern *p, const char *text, size_t len, bool *ret,
                       hone_err *err)
{
    const int rc = pcre2_match(p->code, (PCRE2_SPTR)text, len, 0, 0, p->data, p->limits);
    if (rc >= 0 || rc == PCRE2_ERROR_NOMATCH) {
        *ret = rc >= 0;
        return 0;
    }
    if (rc == PCRE2_ERROR_NOMEMORY) return hone_err_memory(err, "a match", len);
    if (rc == PCRE2_ERROR_HEAPLIMIT || rc == PCRE2_ERROR_MATCHLIMIT || rc == PCRE2_ERROR_DEPTHLIMIT)
        return hone_fail(err, HONE_E_DATA, "the pattern needs too much work to match");
    return hone_fail(err, HONE_E_DATA, "the pattern cannot be matched (PCRE2 error %d)", rc);
}
