/*
 * The offline teacher: the same bytes for the same inputs, every row fit for training (schema,
 * words taken from the utterance, round trip), quotas met, and tools of a domain it knows nothing
 * about.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/hash.h"
#include "common/mem.h"
#include "datagen/produce.h"
#include "datagen/offline.h"
#include "datasets/check.h"
#include "datasets/rows.h"
#include "datasets/schema.h"

static hone_err err;
static hone_arena *arena;
static char folder[] = "/tmp/hone-offline-XXXXXX";

static const char *in_folder(const char *name)
{
    char *joined = hone_path_join(folder, name);
    const char *kept = hone_arena_strndup(arena, joined, strlen(joined));
    hone_free(joined);
    return kept;
}

static void must(int rc)
{
    char line[1024];
    hone_err_format(&err, line, sizeof line);
    ck_assert_msg(rc >= 0, "%s", line);
}

static const hone_json *tools_of(const char *path)
{
    hone_json *tools;
    must(hone_tools_load(&tools, arena, path, &err));
    return hone_tools_sorted(arena, tools, NULL);
}

typedef struct made {
    hone_json *report;
    hone_rows *rows;
    const hone_json *tools;
    const char *path;
} made;

static hone_mix mix = { .no_call = 15, .ask_back = -1 };

static made make(const char *tools, const char *seeds, int64_t n, uint64_t seed, const char *name)
{
    made m = { .tools = tools_of(tools), .path = in_folder(name) };
    hone_rows *rows = NULL;
    hone_generate_options o = {
        .tools = m.tools, .keep_seeds = true, .rows = n, .mix = mix, .seed = seed, .path = m.path
    };
    hone_rows_options r = { .row = { .tools = m.tools, .sort_tools = true } };
    if (seeds) {
        must(hone_rows_load(&rows, seeds, &r, &err));
        o.seeds = rows->items;
        o.seed_count = rows->count;
    }
    must(hone_generate_offline(&o, arena, &m.report, &err));
    must(hone_rows_load(&m.rows, m.path, &r, &err));
    hone_rows_free(rows);
    return m;
}

#define PHONE HONE_SOURCE_DIR "/examples/phone/tools.json"
#define PHONE_SEEDS HONE_SOURCE_DIR "/examples/phone/seeds.jsonl"
#define TOOLS HONE_SOURCE_DIR "/tests/golden/tools/"

START_TEST(lists_are_whole)
{
    must(hone_offline_check_lists(&hone_tongue_english, &err));
    must(hone_offline_check_lists(&hone_tongue_german, &err));
    ck_assert_int_eq(err.code, 0);
}
END_TEST

/* The figures of docs/datagen.md were measured with these rows: who changes them measures again. */
START_TEST(english_rows_are_those_that_were_measured)
{
    hone_buf b = HONE_BUF_INIT(1 << 24);
    made m = make(PHONE, PHONE_SEEDS, 500, 1, "measured.jsonl");
    must(hone_fs_read(&b, m.path, 1 << 24, &err));
    ck_assert_uint_eq(hone_crc32c(0, b.data, b.len), 3808779075u);
    hone_buf_done(&b);
    hone_rows_free(m.rows);
}
END_TEST

START_TEST(same_bytes)
{
    char a[65];
    char b[65];
    char c[65];
    made x = make(PHONE, PHONE_SEEDS, 600, 7, "a.jsonl");
    made y = make(PHONE, PHONE_SEEDS, 600, 7, "b.jsonl");
    made z = make(PHONE, PHONE_SEEDS, 600, 8, "c.jsonl");
    must(hone_sha256_file(x.path, a, &err));
    must(hone_sha256_file(y.path, b, &err));
    must(hone_sha256_file(z.path, c, &err));
    ck_assert_str_eq(a, b);
    ck_assert_str_ne(a, c);
    ck_assert(hone_json_equal(x.report, y.report));
    hone_rows_free(x.rows);
    hone_rows_free(y.rows);
    hone_rows_free(z.rows);
}
END_TEST

static bool in_words(const char *text)
{
    return strstr(text, "n the words used") != NULL;
}

/* Where the declaration says "in the words used", the value stands in the utterance. */
static void check_words(const hone_row *r, const hone_call *c)
{
    const hone_json *f = hone_tools_find(r->tools, c->name);
    const hone_json *properties = hone_json_get(hone_json_get(f, "parameters"), "properties");
    for (size_t i = 0; i < c->arguments->len; i++) {
        const hone_json_member *g = &c->arguments->members[i];
        const hone_json *about = hone_json_get(hone_json_get(properties, g->key), "description");
        if (!hone_json_is(about, HONE_JSON_STRING) || !in_words(about->text)) continue;
        ck_assert_msg(strstr(r->user_text, g->value->text) != NULL, "'%s' is not in '%s'",
                      g->value->text, r->user_text);
        size_t n = g->value->len;
        ck_assert_msg(n > 0 && g->value->text[0] != ' ' && g->value->text[n - 1] != ' ', "'%s'",
                      r->user_text);
    }
}

static void check_rows(const made *m)
{
    hone_check_options o = { .tools = m->tools };
    hone_check *c;
    must(hone_check_rows(&c, m->path, &o, &err));
    for (size_t i = 0; i < c->count; i++)
        ck_assert_msg(!c->findings[i].error || c->findings[i].line == 0, "line %d: %s",
                      (int)c->findings[i].line, c->findings[i].text);
    hone_check_free(c);
    for (size_t i = 0; i < m->rows->count; i++) {
        const hone_row *r = &m->rows->items[i];
        ck_assert_msg(!strpbrk(r->user_text, "{}<>|~*#"), "'%s'", r->user_text);
        ck_assert_msg(!strstr(r->user_text, "  "), "'%s'", r->user_text);
        for (size_t k = 0; k < r->expected.count; k++) {
            const hone_call *call = &r->expected.items[k];
            ck_assert_int_eq(hone_schema_call(r->tools, call->name, call->arguments, NULL),
                             HONE_SCHEMA_OK);
            check_words(r, call);
        }
    }
}

START_TEST(rows_are_fit)
{
    made phone = make(PHONE, PHONE_SEEDS, 2500, 1, "phone.jsonl");
    made bare = make(PHONE, NULL, 800, 2, "bare.jsonl");
    made snips = make(TOOLS "snips.json", NULL, 800, 3, "snips.jsonl");
    made mobile = make(TOOLS "mobile_actions.json", NULL, 800, 4, "mobile.jsonl");
    const made all[] = { phone, bare, snips, mobile };
    const size_t wanted[] = { 2500, 800, 800, 800 };
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(all[i].rows->count, wanted[i]);
        check_rows(&all[i]);
        hone_rows_free(all[i].rows);
    }
}
END_TEST

START_TEST(quotas_hold)
{
    made m = make(PHONE, PHONE_SEEDS, 2000, 5, "quota.jsonl");
    const hone_json *per = hone_json_get(m.report, "per_category");
    ck_assert_uint_eq(per->len, 11);
    for (size_t i = 0; i < per->len; i++) {
        int64_t n = 0;
        ck_assert(hone_json_i64(per->members[i].value, &n));
        /* a function whose values are worked out from the words gets most */
        ck_assert_msg(n >= 60 && n <= 400, "%s has %d rows", per->members[i].key, (int)n);
    }
    /* Each optional argument is there in a good part of the rows, and missing in a good part. */
    static const struct {
        const char *function, *argument;
    } optional[] = { { "set_alarm", "label" },   { "set_alarm", "repeat" },
                     { "start_timer", "label" }, { "create_calendar_event", "location" },
                     { "navigate_to", "mode" },  { "send_email", "subject" },
                     { "add_contact", "email" }, { "create_note", "title" },
                     { "play_music", "shuffle" } };
    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++) {
        int64_t have = 0;
        int64_t of = 0;
        const hone_json *args =
            hone_json_get(hone_json_get(m.report, "per_argument"), optional[i].function);
        ck_assert(hone_json_i64(hone_json_get(args, optional[i].argument), &have));
        ck_assert(hone_json_i64(hone_json_get(per, optional[i].function), &of));
        ck_assert_msg(have * 10 >= of && have * 10 <= of * 7, "%s.%s: %d of %d",
                      optional[i].function, optional[i].argument, (int)have, (int)of);
    }
    /* Every seed with a call teaches a frame. */
    int64_t frames = 0;
    ck_assert(hone_json_i64(hone_json_get(m.report, "frames_from_seeds"), &frames));
    ck_assert_int_eq(frames, 83);
    hone_rows_free(m.rows);
}
END_TEST

static int64_t count_of(const hone_json *report, const char *part, const char *key)
{
    int64_t n = 0;
    hone_json_i64(hone_json_get(part ? hone_json_get(report, part) : report, key), &n);
    return n;
}

/* Shares of kinds and lengths are kept; rows of every kind pass the checks of the others. */
START_TEST(kinds_hold)
{
    const hone_mix usual = mix;
    mix = (hone_mix){ .no_call = 20, .ask_back = 8, .parallel = 25, .masked = 10, .few_tools = 12,
                      .lengths = { 20, 40, 40 } };
    made m = make(PHONE, PHONE_SEEDS, 1000, 6, "kinds.jsonl");
    mix = usual;
    check_rows(&m);
    ck_assert_int_eq(count_of(m.report, NULL, "rows"), 1000);
    ck_assert_int_ge(count_of(m.report, "per_category", "parallel"), 200);
    ck_assert_int_le(count_of(m.report, "per_category", "parallel"), 260);
    ck_assert_int_ge(count_of(m.report, "per_kind", "missing_argument"), 60);
    ck_assert_int_le(count_of(m.report, "per_kind", "missing_argument"), 110);
    ck_assert_int_ge(count_of(m.report, NULL, "masked"), 95);
    ck_assert_int_ge(count_of(m.report, NULL, "few_tools"), 110);
    ck_assert_int_ge(count_of(m.report, "per_length", "long"), 320);
    hone_rows_free(m.rows);
}
END_TEST

START_TEST(unknown_domain)
{
    made m = make(TOOLS "workshop.json", NULL, 300, 6, "workshop.jsonl");
    ck_assert_uint_eq(m.rows->count, 300);
    check_rows(&m);
    const hone_json *left = hone_json_get(m.report, "functions_left_out");
    ck_assert_uint_eq(left->len, 1);
    ck_assert_str_eq(left->members[0].key, "store_matrix");
    hone_rows_free(m.rows);
}
END_TEST

/* As many rows of each language, and each row says which. */
START_TEST(languages_take_turns)
{
    mix.languages[0] = "de";
    mix.languages[1] = "en";
    mix.language_count = 2;
    made m = make(PHONE, PHONE_SEEDS, 400, 3, "two.jsonl");
    mix.language_count = 0;
    int rows[2] = { 0, 0 }, said = 0;
    for (size_t i = 0; i < m.rows->count; i++) {
        const hone_json *code = hone_json_get(m.rows->items[i].source, "language");
        if (!code) continue; /* a seed */
        bool german = hone_json_str_eq(code, "de");
        ck_assert(german || hone_json_str_eq(code, "en"));
        rows[german]++;
        said += german && strstr(m.rows->items[i].user_text, "ecker") != NULL;
    }
    ck_assert_int_le(abs(rows[0] - rows[1]), 1);
    ck_assert_int_gt(said, 10);
    hone_rows_free(m.rows);
}
END_TEST

START_TEST(unknown_languages_are_refused)
{
    hone_json *report = NULL;
    const hone_generate_options o = { .tools = tools_of(PHONE),
                                      .rows = 5,
                                      .mix = { .languages = { "en", "sv" }, .language_count = 2 },
                                      .path = in_folder("none.jsonl") };
    ck_assert_int_eq(hone_generate_offline(&o, arena, &report, &err), HONE_E_USAGE);
    ck_assert_ptr_nonnull(strstr(err.message, "en (English), de (German), not Swedish"));
}
END_TEST

/* What German has no frames for is left out with the reason, not said in English. */
START_TEST(what_german_cannot_say)
{
    hone_json *report = NULL;
    const hone_generate_options o = {
        .tools = tools_of(HONE_SOURCE_DIR "/examples/snips/tools.json"),
        .rows = 60,
        .mix = { .no_call = 10, .ask_back = -1, .languages = { "de" }, .language_count = 1 },
        .path = in_folder("snips-de.jsonl")
    };
    must(hone_generate_offline(&o, arena, &report, &err));
    const hone_json *left = hone_json_get(report, "functions_left_out");
    ck_assert_uint_gt(left->len, 2);
    ck_assert(hone_json_str_eq(left->members[0].value, "no frames in this language"));
}
END_TEST

/* Utterances of a file named with exclude never come up. */
START_TEST(excluded_rows)
{
    made m = make(PHONE, NULL, 300, 9, "first.jsonl");
    hone_generate_options o = { .tools = m.tools,
                                .rows = 300,
                                .mix.no_call = 15,
                                .seed = 9,
                                .path = in_folder("second.jsonl") };
    const char *exclude[] = { m.path };
    o.exclude = exclude;
    o.exclude_count = 1;
    hone_json *report;
    hone_rows *rows;
    hone_rows_options r = { .row = { .tools = m.tools } };
    must(hone_generate_offline(&o, arena, &report, &err));
    must(hone_rows_load(&rows, o.path, &r, &err));
    for (size_t i = 0; i < rows->count; i++)
        for (size_t k = 0; k < m.rows->count; k++)
            ck_assert_str_ne(rows->items[i].user_text, m.rows->items[k].user_text);
    hone_rows_free(rows);
    hone_rows_free(m.rows);
}
END_TEST

/* A weather function silences requests for the weather among the no-call rows. */
START_TEST(declared_topics_are_silent)
{
    made m = make(TOOLS "snips.json", NULL, 1200, 10, "topics.jsonl");
    for (size_t i = 0; i < m.rows->count; i++) {
        const hone_row *r = &m.rows->items[i];
        const hone_json *frame = hone_json_get(r->source, "frame");
        ck_assert_msg(!hone_json_str_eq(frame, "ot.weather"), "'%s'", r->user_text);
    }
    hone_rows_free(m.rows);
}
END_TEST

static void set_up(void)
{
    hone_err_clear(&err);
    arena = hone_arena_new();
}

static void tear_down(void)
{
    arena = hone_arena_free(arena);
}

int main(void)
{
    if (!mkdtemp(folder)) return 1;
    Suite *s = suite_create("offline");
    TCase *t = tcase_create("offline");
    tcase_set_timeout(t, 100);
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, lists_are_whole);
    tcase_add_test(t, english_rows_are_those_that_were_measured);
    tcase_add_test(t, same_bytes);
    tcase_add_test(t, rows_are_fit);
    tcase_add_test(t, quotas_hold);
    tcase_add_test(t, kinds_hold);
    tcase_add_test(t, unknown_domain);
    tcase_add_test(t, languages_take_turns);
    tcase_add_test(t, unknown_languages_are_refused);
    tcase_add_test(t, what_german_cannot_say);
    tcase_add_test(t, excluded_rows);
    tcase_add_test(t, declared_topics_are_silent);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    hone_fs_remove_tree(folder, NULL);
    return failed != 0;
}
