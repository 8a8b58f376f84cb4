/*
 * Option tables. Input that begins with '{' is a configuration object; other input is words, one a
 * line. An error changes no value; what was accepted lies in range and survives dump and load.
 */
#include <math.h>
#include <string.h>

#include "common/log.h"
#include "common/mem.h"
#include "common/options.h"
#include "tests/fuzz/fuzz.h"

#define MAX_WORDS 32

typedef struct values {
    bool flag;
    int64_t count;
    double rate;
    const char *text, *path, *choice;
    hone_opt_list list, paths;
} values;

static values v;

static const hone_opt table[] = {
    { "flag", 'f', NULL, HONE_OPT_BOOL, &v.flag, 0, 0, NULL, NULL, "", false },
    { "count", 'c', "number|n-of-things", HONE_OPT_INT, &v.count, -5, 1000, NULL, NULL, "", false },
    { "rate", 'r', "lr", HONE_OPT_REAL, &v.rate, 0, 1, NULL, NULL, "", false },
    { "text", 't', NULL, HONE_OPT_STRING, &v.text, 0, 0, NULL, NULL, "", false },
    { "path", 'p', NULL, HONE_OPT_PATH, &v.path, 0, 0, NULL, NULL, "", false },
    { "choice", 0, NULL, HONE_OPT_CHOICE, &v.choice, 0, 0, "one|two|three", NULL, "", false },
    { "list", 'l', NULL, HONE_OPT_LIST, &v.list, 0, 0, NULL, NULL, "", false },
    { "paths", 0, NULL, HONE_OPT_PATHS, &v.paths, 0, 0, NULL, NULL, "", false },
};

static const hone_command command = { "fuzz", "hone fuzz", "", table,
                                      sizeof table / sizeof table[0], NULL };

static void reset(values *to)
{
    memset(to, 0, sizeof *to);
    to->count = 7;
    to->rate = 0.5;
    to->choice = "two";
}

static void check_accepted(hone_arena *a)
{
    hone_buf out = HONE_BUF_INIT(HONE_BUF_TEXT_MAX), again = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json *back = NULL;
    hone_err err;
    hone_err_clear(&err);
    FUZZ_CHECK(v.count >= -5 && v.count <= 1000);
    FUZZ_CHECK(v.rate >= 0 && v.rate <= 1 && !signbit(v.rate));
    FUZZ_CHECK(v.list.count >= 0 && v.list.count <= 64 && v.paths.count <= 64);
    hone_json_write(&out, hone_options_dump(&command, a), HONE_JSON_COMPACT);
    FUZZ_CHECK(hone_json_parse(&back, a, out.data, out.len, "dump", 1, &err) == 0);
    if (strstr(out.data, "${")) goto done; /* a file would ask the environment for it */
    int count;
    char *none[] = { NULL };
    FUZZ_CHECK(hone_options_parse(&command, 0, none, NULL, 0, &count, a, &err) == 0);
    reset(&v);
    FUZZ_CHECK(hone_options_load(&command, back, "dump", NULL, a, &err) == 0);
    hone_json_write(&again, hone_options_dump(&command, a), HONE_JSON_COMPACT);
    FUZZ_CHECK(out.len == again.len && memcmp(out.data, again.data, out.len) == 0);
done:
    hone_buf_done(&out);
    hone_buf_done(&again);
}

static int load(const char *text, size_t n, hone_arena *a, hone_err *err)
{
    hone_json *object = NULL;
    int rc = hone_json_parse(&object, a, text, n, "fuzz", 1, err);
    if (rc < 0) return rc;
    return hone_options_load(&command, object, "fuzz", "/dir", a, err);
}

static int parse(char *text, hone_arena *a, hone_err *err)
{
    char *argv[MAX_WORDS];
    const char *words[2];
    int argc = 0, count = 0;
    argv[argc++] = text;
    for (char *s = text; s && argc < MAX_WORDS;) {
        if (strncmp(s, "--help", 6) != 0 && strncmp(s, "--version", 9) != 0 &&
            strncmp(s, "-h", 2) != 0) /* they print */
            argv[argc++] = s;
        s = strchr(s, '\n');
        if (s) *s++ = '\0';
    }
    int rc = hone_options_parse(&command, argc, argv, words, 2, &count, a, err);
    FUZZ_CHECK(rc == 0 || rc == HONE_E_USAGE);
    FUZZ_CHECK(count >= 0 && count <= 2);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t before = hone_mem_live();
    hone_arena *a = hone_arena_new();
    char *text = hone_arena_strndup(a, (const char *)data, size);
    values start;
    hone_err err;
    hone_err_clear(&err);
    reset(&v);
    reset(&start);
    int rc = size > 0 && data[0] == '{' ? load(text, size, a, &err) : parse(text, a, &err);
    if (rc == 0) check_accepted(a);
    else FUZZ_CHECK(memcmp(&v, &start, sizeof v) == 0 && err.message[0]);
    hone_log_set_level(HONE_LOG_NORMAL);
    hone_arena_free(a);
    FUZZ_CHECK(hone_mem_live() == before);
    return 0;
}
