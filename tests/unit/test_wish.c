/*
 * Plans of remote runs and the mix of rows: shares are kept whatever comes back, kinds that bring
 * nothing are given up, and what the journal keeps of a request is read back or refused.
 */
#include <string.h>

#include "datagen/ledger.h"
#include "datagen/wish.h"
#include "tests/support.h"

static const char tools_text[] =
    "[{\"name\":\"set_light\",\"description\":\"Switches a "
    "lamp.\",\"parameters\":{\"type\":\"object\","
    "\"properties\":{\"color\":{\"type\":\"string\",\"enum\":[\"red\",\"green\",\"blue\"]},"
    "\"room\":{"
    "\"type\":\"string\",\"description\":\"In the words used.\"}},\"required\":[\"room\"]}},"
    "{\"name\":\"stop_all\",\"description\":\"Stops.\",\"parameters\":{\"type\":\"object\","
    "\"properties\":{}}}]";

enum { PER_REQUEST = 10 };

static hone_err err;
static hone_arena *arena;
static hone_function functions[2];

static hone_wishes *begin(const hone_mix *mix)
{
    hone_json *tools;
    hone_wishes *w;
    hone_err_clear(&err);
    arena = hone_arena_new();
    ck_assert_int_eq(
        hone_json_parse(&tools, arena, tools_text, strlen(tools_text), "tools", 1, &err), 0);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(hone_function_infer(&functions[i], arena, tools->items[i], &err), 0);
    ck_assert_int_eq(hone_wishes_new(&w, arena, functions, 2, mix, PER_REQUEST, 1, &err), 0);
    return w;
}

/* A request that brings `good` rows of ten. */
static void serve(hone_wishes *w, const hone_wish *x, int good, const char *user)
{
    const hone_calls none = { NULL, 0 };
    hone_wishes_sent(w, x);
    hone_wishes_back(w, x);
    for (int i = 0; i < good; i++) hone_wishes_count(w, x, user, &none);
}

START_TEST(keeps_shares)
{
    const hone_mix mix = { .no_call = 20, .ask_back = 5, .parallel = 30, .lengths = { 50, 50, 0 },
                           .languages = { "en", "de" }, .language_count = 2 };
    hone_wishes *w = begin(&mix);
    int rows[HONE_WISH_KINDS] = { 0 };
    int german[2] = { 0 };
    int all = 0;
    for (int i = 0; i < 400; i++) {
        hone_wish x;
        hone_wishes_next(w, &x);
        ck_assert(x.length == HONE_SHORT || x.length == HONE_MEDIUM);
        int good = x.kind == HONE_WISH_PARALLEL ? 3 : 9; /* these are hard for the teacher */
        serve(w, &x, good, x.length == HONE_SHORT ? "lamp" : "one two three four five six");
        rows[x.kind] += good;
        all += good;
        if (x.kind == HONE_WISH_SIMPLE && x.language == 1) german[x.function] += good;
        if (x.kind == HONE_WISH_ASK_BACK) ck_assert_int_eq(x.function, 0); /* has a required one */
    }
    ck_assert_int_le(abs(rows[HONE_WISH_PARALLEL] * 100 / all - 30), 2);
    ck_assert_int_le(abs(rows[HONE_WISH_NO_CALL] * 100 / all - 15), 2);
    ck_assert_int_le(abs(rows[HONE_WISH_ASK_BACK] * 100 / all - 5), 2);
    for (int i = 0; i < 2; i++) ck_assert_int_gt(german[i], all / 20);
    arena = hone_arena_free(arena);
}
END_TEST

START_TEST(asks_for_what_is_missing)
{
    const hone_mix mix = { .ask_back = -1 };
    hone_wishes *w = begin(&mix);
    hone_json *red;
    const char text[] = "{\"room\":\"hall\",\"color\":\"red\"}";
    ck_assert_int_eq(hone_json_parse(&red, arena, text, strlen(text), "row", 1, &err), 0);
    hone_call call = { "set_light", red };
    const hone_calls calls = { &call, 1 };
    int seen[3] = { 0 };
    for (int i = 0; i < 40; i++) {
        hone_wish x;
        hone_wishes_next(w, &x);
        hone_wishes_sent(w, &x);
        hone_wishes_back(w, &x);
        if (x.function == 0 && x.argument == 0) seen[x.value]++;
        for (int k = 0; k < 9 && i < 10; k++) hone_wishes_count(w, &x, "red hall", &calls);
        for (int k = 0; k < 9 && i >= 10; k++)
            hone_wishes_count(w, &x, "hall", &(hone_calls){ &(hone_call){ "x", NULL }, 0 });
    }
    ck_assert_int_gt(seen[1] + seen[2], seen[0]); /* red came too often */
    arena = hone_arena_free(arena);
}
END_TEST

START_TEST(gives_up)
{
    const hone_mix mix = { .no_call = 50, .ask_back = 0 };
    hone_wishes *w = begin(&mix);
    int asked = 0;
    for (int i = 0; i < 200; i++) {
        hone_wish x;
        hone_wishes_next(w, &x);
        asked += x.kind == HONE_WISH_SIMPLE && x.function == 1;
        serve(w, &x, x.kind == HONE_WISH_SIMPLE && x.function == 1 ? 0 : 9, "a row");
    }
    ck_assert_int_eq(asked, 15);
    ck_assert_ptr_nonnull(hone_json_get(hone_wishes_given_up(w, arena), "stop_all"));
    arena = hone_arena_free(arena);
}
END_TEST

START_TEST(reads_its_own_wishes)
{
    const hone_mix mix = { .no_call = 30, .ask_back = 10, .parallel = 10, .lengths = { 1, 1, 1 } };
    hone_wishes *w = begin(&mix);
    for (int i = 0; i < 200; i++) {
        int64_t fields[HONE_WISH_FIELDS];
        hone_wish x;
        hone_wish back;
        hone_wishes_next(w, &x);
        serve(w, &x, 5, "a row");
        hone_wish_write(&x, fields);
        ck_assert(hone_wish_read(&back, w, fields));
        ck_assert_mem_eq(&x, &back, sizeof x);
        for (int k = 0; k < HONE_WISH_FIELDS; k++) { /* hostile numbers are no wish */
            int64_t kept = fields[k];
            fields[k] = i % 2 ? 1000000 : -7;
            ck_assert(!hone_wish_read(&back, w, fields));
            fields[k] = kept;
        }
    }
    arena = hone_arena_free(arena);
}
END_TEST

START_TEST(reads_a_mix)
{
    hone_mix m = { .no_call = 20, .ask_back = -1 };
    arena = hone_arena_new();
    hone_err_clear(&err);
    ck_assert_int_eq(hone_mix_kinds(&m, "parallel=10,ask_back=5,masked=3,few_tools=7", &err), 0);
    ck_assert(m.parallel == 10 && m.ask_back == 5 && m.masked == 3 && m.few_tools == 7);
    ck_assert_int_eq(hone_mix_lengths(&m, "20,50,30", &err), 0);
    ck_assert_int_eq(m.lengths[HONE_LONG], 30);
    ck_assert_int_eq(hone_mix_languages(&m, arena, "en, de,Swiss German", &err), 0);
    ck_assert_int_eq(m.language_count, 3);
    ck_assert_str_eq(hone_language_name(m.languages[1]), "German");
    ck_assert_str_eq(hone_language_name(m.languages[2]), "Swiss German");
    static const char *const bad[] = { "parallel",     "parallel=",   "parallel=x", "odd=3",
                                       "parallel=101", "ask_back=21", "parallel=80" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hone_err_clear(&err);
        ck_assert_int_eq(hone_mix_kinds(&m, bad[i], &err), HONE_E_USAGE);
    }
    static const char *const lengths[] = { "", "1,2", "1,2,3,4", "a,b,c", "0,0,0", "-1,2,3" };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        ck_assert_int_eq(hone_mix_lengths(&m, lengths[i], &err), HONE_E_USAGE);
    ck_assert_int_eq(hone_mix_languages(&m, arena, "en,,de", &err), HONE_E_USAGE);
    arena = hone_arena_free(arena);
}
END_TEST

int main(void)
{
    TCase *t = support_case("wish");
    tcase_add_test(t, keeps_shares);
    tcase_add_test(t, asks_for_what_is_missing);
    tcase_add_test(t, gives_up);
    tcase_add_test(t, reads_its_own_wishes);
    tcase_add_test(t, reads_a_mix);
    return support_run(t);
}
