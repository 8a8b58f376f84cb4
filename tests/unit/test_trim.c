/*
 * Smaller vocabularies of a toy model, and the search for mixed precision: what is kept, what rows
 * become, which layers are chosen. /
 */
#include <math.h>

#include "export/mixed.h"
#include "export/trim.h"
#include "export/vocabulary.h"
#include "model/safetensors.h"
#include "tests/support.h"
#include "tests/support_tiny.h"
#include "tests/support_tokenizer.h"

enum { LAYERS = 3, ALWAYS = 494 + 94 + 2 }; /* special, ASCII, U+2581 and e acute */

static char dir[64];
static hone_model *tiny;

static const char TOOLS[] =
    "[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\",\"parameters\":{"
    "\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\",\"description\":\"y\"}},"
    "\"required\":[\"a\"]}}}]";
static const char ROWS[] =
    "{\"id\":\"r1\",\"messages\":[{\"role\":\"user\",\"content\":\"call the model in the user\"},{"
    "\"role\":\"assistant\",\"tool_calls\":[{\"type\":\"function\",\"function\":{\"name\":\"f\","
    "\"arguments\":{\"a\":1}}}]}]}\n";
static const char UNSEEN[] =
    "{\"id\":\"u1\",\"messages\":[{\"role\":\"user\",\"content\":\"\xc3\xa9t\xc3\xa9\"},{"
    "\"role\":\"assistant\",\"content\":\"no\"}]}\n";

static const char *at(const char *name)
{
    return support_path(dir, name);
}

static void put(const char *name, const char *text)
{
    ck_assert_int_eq(hone_fs_write(at(name), text, strlen(text), NULL), 0);
}

static void setup(void)
{
    hone_config c = support_tiny_config(LAYERS, 1);
    hone_err err;
    c.V = SUPPORT_PIECES;
    c.C = 64;
    c.F = 128;
    c.HD = 32;
    c.embed_scale = sqrtf((float)c.C);
    hone_err_clear(&err);
    support_scratch(dir);
    tiny = support_tiny_model(&c, 5);
    tiny->tokenizer = support_tokenizer();
    int rc = hone_model_write_safetensors(tiny, NULL, at("base"), HONE_F32, 0, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    put("tools.json", TOOLS);
    put("rows.jsonl", ROWS);
    put("unseen.jsonl", UNSEEN);
    put("names.txt", "\xc3\xa9t");
}

static void teardown(void)
{
    hone_model_close(tiny);
    support_scratch_done(dir);
}

/* --- vocabulary --- */

static int choose(hone_vocabulary *v, const char *text, int size, hone_err *err)
{
    int64_t counts[SUPPORT_PIECES] = { 0 };
    hone_ids ids = { 0 };
    ck_assert_int_eq(hone_tokenizer_encode(tiny->tokenizer, text, strlen(text), true, &ids, NULL),
                     0);
    for (size_t i = 0; i < ids.len; i++) counts[ids.data[i]]++;
    hone_ids_done(&ids);
    hone_err_clear(err);
    return hone_vocabulary_choose(v, tiny->tokenizer, counts, size, err);
}

static bool kept(const hone_vocabulary *v, const char *piece)
{
    const int id = hone_tokenizer_find(tiny->tokenizer, piece, strlen(piece));
    ck_assert_int_ge(id, 0);
    return v->new_ids[id] >= 0;
}

/* "model" is made of mo + de + l: it stays only with mode, mo and de. */
START_TEST(test_closure)
{
    hone_vocabulary v;
    hone_err err;
    ck_assert_int_eq(choose(&v, "model", ALWAYS + 4, &err), 0);
    ck_assert_int_eq(v.count, ALWAYS + 4);
    ck_assert_int_eq(v.missed, 0);
    ck_assert(kept(&v, "model") && kept(&v, "mode") && kept(&v, "mo") && kept(&v, "de"));
    ck_assert(!kept(&v, "call"));
    for (int i = 0; i < 494; i++) ck_assert_int_eq(v.kept[i], i);
    for (int i = 1; i < v.count; i++) ck_assert_int_lt(v.kept[i - 1], v.kept[i]);
    hone_vocabulary_done(&v);
    ck_assert_int_eq(choose(&v, "model", ALWAYS + 2, &err), 0);
    ck_assert_int_eq(v.missed, 1);
    ck_assert(!kept(&v, "model"));
    hone_vocabulary_done(&v);
}
END_TEST

START_TEST(test_sizes)
{
    static const struct {
        int size;
        const char *message;
    } bad[] = { { ALWAYS + 3, "not an even number" },
                { ALWAYS - 2, "are needed for any text" },
                { SUPPORT_PIECES, "has 606 pieces already" },
                { 0, "not an even number" } };
    hone_vocabulary v;
    hone_err err;
    ck_assert_int_eq(choose(&v, "call", bad[_i].size, &err), HONE_E_USAGE);
    ck_assert_msg(strstr(err.message, bad[_i].message) != NULL, "%s", err.message);
}
END_TEST

/* --- the whole --- */

static int trim(hone_trim_result *r, int vocab, bool keep, hone_err *err)
{
    static hone_opt_list data = { .count = 1 }, names = { .count = 0 };
    static char paths[6][128];
    const char *const files[6] = { "base", "tools.json", "rows.jsonl", "unseen.jsonl", "names.txt",
                                   "small/" };
    for (int i = 0; i < 6; i++) (void)snprintf(paths[i], sizeof(paths[i]), "%s/%s", dir, files[i]);
    data.items[0] = paths[2];
    names.items[0] = paths[4];
    names.count = keep;
    const hone_trim_options o = { .model = paths[0], .tools = paths[1], .data = &data,
                                  .keep = &names, .dev = paths[3], .dtype = "auto",
                                  .out = paths[5], .vocab = vocab };
    hone_err_clear(err);
    return hone_trim_run(&o, r, err);
}

START_TEST(test_trim)
{
    hone_trim_result r;
    hone_err err;
    hone_model *m = NULL;
    float want[64], have[64];
    int rc = trim(&r, SUPPORT_PIECES - 2, false, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    ck_assert_int_eq(r.data.rows, 1);
    ck_assert_int_eq(r.data.changed, 0);
    ck_assert_int_eq(r.missed, 0);
    ck_assert_int_eq(r.dev.changed, 1); /* its words are the ones that went */
    ck_assert_int_gt(r.dev.new_ids, r.dev.old_ids);
    ck_assert_int_eq(hone_model_open(&m, at("small"), &err), 0);
    ck_assert_int_eq(m->config.V, SUPPORT_PIECES - 2);
    ck_assert_int_eq(hone_tokenizer_size(m->tokenizer), SUPPORT_PIECES - 2);
    for (int i = 0; i < m->config.V; i++) {
        const hone_piece p = hone_tokenizer_piece(m->tokenizer, i);
        const int old = hone_tokenizer_find(tiny->tokenizer, p.text, p.len);
        ck_assert_int_ge(old, 0);
        const hone_piece q = hone_tokenizer_piece(tiny->tokenizer, old);
        ck_assert(p.score == q.score && p.type == q.type);
        hone_tensor_rows_f32(&m->embed, i, 1, have);
        hone_tensor_rows_f32(&tiny->embed, old, 1, want);
        ck_assert_int_eq(memcmp(want, have, sizeof(want)), 0);
    }
    hone_model_close(m);
    ck_assert_int_eq(trim(&r, SUPPORT_PIECES - 2, true, &err), 0); /* a folder of ours: replaced */
    ck_assert_int_eq(r.used > 0, 1);
}
END_TEST

START_TEST(test_trim_refused)
{
    hone_trim_result r;
    hone_err err;
    ck_assert_int_eq(trim(&r, 7, false, &err), HONE_E_USAGE);
    ck_assert_int_eq(hone_fs_mkdirs(at("small"), NULL), 0);
    put("small/mine.txt", "x");
    ck_assert_int_eq(trim(&r, SUPPORT_PIECES - 2, false, &err), HONE_E_REFUSED);
    ck_assert(hone_fs_is_file(at("small/mine.txt")));
    ck_assert(!hone_fs_exists(at("small.part")));
}
END_TEST

/* --- mixed precision --- */

static hone_encode_set *some_rows(void)
{
    hone_encode_set *set = NULL;
    hone_err err;
    ck_assert_int_eq(hone_encode_set_new(&set, &err), 0);
    for (int r = 0; r < 5; r++) {
        int32_t ids[12];
        uint8_t labels[12] = { 0 };
        for (int i = 0; i < 12; i++) {
            ids[i] = i == 0 ? 2 : 494 + (int32_t)((r * 31 + i * 17) % 100);
            labels[i] = i > 6;
        }
        ck_assert_int_eq(hone_encode_set_add_ids(set, "r", "rows", r, ids, labels, 12, 7, &err), 0);
    }
    return set;
}

static int search(hone_mixed_table *t, hone_scheme *s, const hone_mixed_goal *g, hone_err *err)
{
    const hone_merge merged = { tiny, NULL };
    hone_encode_set *set = some_rows();
    hone_err_clear(err);
    int rc = hone_mixed_search(t, s, &merged, set, g, 1, err);
    hone_encode_set_free(set);
    return rc;
}

static void check_table(const hone_mixed_table *t, const hone_scheme *s)
{
    ck_assert_int_eq(t->count, 2 * LAYERS);
    ck_assert_uint_eq(hone_scheme_bytes(s, &tiny->config), t->chosen_bytes);
    double last = -INFINITY;
    for (int i = 0; i < t->count; i++) {
        const hone_mixed_unit *u = &t->units[i];
        const double cost = (u->loss - t->base_loss) / (double)u->saved;
        ck_assert(cost >= last);
        last = cost;
        ck_assert_int_eq(u->chosen, i < t->chosen);
        ck_assert_int_eq(s->linear[u->layer][u->feed_forward ? HONE_UP : HONE_Q],
                         u->chosen ? HONE_QUANT_I4_B32 : HONE_QUANT_I8_ROW);
    }
    ck_assert_int_eq(s->embed, HONE_QUANT_I8_ROW);
}

START_TEST(test_mixed_size)
{
    const hone_scheme all = hone_scheme_uniform(HONE_QUANT_I8_ROW, HONE_QUANT_I8_ROW);
    const uint64_t bytes = hone_scheme_bytes(&all, &tiny->config);
    static hone_mixed_table t;
    hone_scheme s;
    hone_err err;
    hone_mixed_goal g = { .target_bytes = bytes - 20000, .loss_points = -1, .rows = 4,
                          .low = HONE_QUANT_I4_B32 };
    int rc = search(&t, &s, &g, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    check_table(&t, &s);
    ck_assert_int_eq(t.rows, 4);
    ck_assert_uint_le(t.chosen_bytes, g.target_bytes);
    ck_assert_uint_gt(t.chosen_bytes + t.units[t.chosen - 1].saved, g.target_bytes);
    hone_buf text = HONE_BUF_INIT(1 << 16);
    hone_mixed_text(&text, &t);
    ck_assert_ptr_nonnull(strstr(text.data, "feed-forward"));
    hone_buf_done(&text);
    /* what no choice reaches is refused before a single layer is measured */
    g.target_bytes = 1000;
    const int64_t allocations = hone_mem_count();
    ck_assert_int_eq(search(&t, &s, &g, &err), HONE_E_USAGE);
    ck_assert_ptr_nonnull(strstr(err.message, "are left for them"));
    ck_assert_int_lt(hone_mem_count() - allocations, 20);
}
END_TEST

START_TEST(test_mixed_loss)
{
    static hone_mixed_table t;
    hone_scheme s;
    hone_err err;
    const hone_mixed_goal g = { .loss_points = 100, .rows = 5, .low = HONE_QUANT_I4_B32 };
    ck_assert_int_eq(search(&t, &s, &g, &err), 0); /* any loss is allowed: everything is int4 */
    check_table(&t, &s);
    ck_assert_int_eq(t.chosen, t.count);
    ck_assert(!hone_mixed_wanted(&(hone_mixed_goal){ .loss_points = -1 }));
}
END_TEST

int main(void)
{
    TCase *t = support_case("trim");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_closure);
    tcase_add_loop_test(t, test_sizes, 0, 4);
    tcase_add_test(t, test_trim);
    tcase_add_test(t, test_trim_refused);
    tcase_add_test(t, test_mixed_size);
    tcase_add_test(t, test_mixed_loss);
    return support_run(t);
}
