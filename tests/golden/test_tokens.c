/*
 * The tokenizer of the real base model against the 182 texts of golden_tokens.json: from the GGUF
 * file, from the tokenizer.model that it writes, and from a tokenizer.json with all merges derived
 * from the vocabulary; hostile strings; and encoding by words against encoding as a whole on random
 * text, the golden prompts and the rows of examples/snips. Skipped (77) without the model.
 */
#include "common/json.h"
#include "common/rng.h"
#include "common/text.h"
#include "common/zfile.h"
#include "model/chat.h"
#include "model/gemma3.h"
#include "model/tokenizer_parts.h"
#include "tests/support.h"
#include "tests/support_model.h"

#define GOLDEN HONE_SOURCE_DIR "/tests/golden/functiongemma/"

static const char *model_path;

typedef struct fixture {
    hone_arena *arena;
    hone_json *tokens, *prompts;
    hone_model *model;
} fixture;

static fixture open_all(void)
{
    fixture f = { .arena = hone_arena_new() };
    hone_err err;
    hone_err_clear(&err);
    ck_assert_int_eq(hone_json_load(&f.tokens, f.arena, GOLDEN "golden_tokens.json", NULL), 0);
    ck_assert_int_eq(hone_json_load(&f.prompts, f.arena, GOLDEN "golden_prompts.json", NULL), 0);
    ck_assert_msg(hone_model_open(&f.model, model_path, &err) == 0, "%s", err.message);
    ck_assert_uint_eq(f.tokens->len, 182);
    return f;
}

static void close_all(fixture *f)
{
    hone_model_close(f->model);
    hone_arena_free(f->arena);
}

static const hone_json *case_text(const fixture *f, const hone_json *c)
{
    const hone_json *name = hone_json_get(c, "prompt_of");
    for (size_t i = 0; name && i < f->prompts->len; i++)
        if (hone_json_str_eq(hone_json_get(f->prompts->items[i], "name"), name->text))
            return hone_json_get(f->prompts->items[i], "prompt");
    return hone_json_get(c, "text");
}

static bool same_ids(const hone_ids *have, const hone_json *want)
{
    int64_t id;
    if (have->len != want->len) return false;
    for (size_t i = 0; i < want->len; i++)
        if (!hone_json_i64(want->items[i], &id) || id != have->data[i]) return false;
    return true;
}

static int count_equal_of(const fixture *f, const hone_tokenizer *t, const hone_json *cases)
{
    int equal = 0;
    for (size_t i = 0; i < cases->len; i++) {
        const hone_json *c = cases->items[i], *text = case_text(f, c);
        hone_ids ids = { NULL, 0, 0 };
        ck_assert_int_eq(hone_tokenizer_encode(t, text->text, text->len, true, &ids, NULL), 0);
        bool same = same_ids(&ids, hone_json_get(c, "ids"));
        if (!same) (void)fprintf(stderr, "differs: %.80s\n", text->text);
        equal += same;
        hone_ids_done(&ids);
    }
    return equal;
}

static int count_equal(const fixture *f, const hone_tokenizer *t)
{
    return count_equal_of(f, t, f->tokens);
}

/* decode(encode(x)) is x but for literal U+2581, which becomes a space. */
static void check_decoding(const fixture *f, const hone_tokenizer *t)
{
    for (size_t i = 0; i < f->tokens->len; i++) {
        const hone_json *text = case_text(f, f->tokens->items[i]);
        hone_ids ids = { NULL, 0, 0 };
        hone_buf out = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
        ck_assert_int_eq(hone_tokenizer_encode(t, text->text, text->len, true, &ids, NULL), 0);
        hone_tokenizer_decode(t, ids.data, ids.len, &out);
        if (!strstr(text->text, "\xe2\x96\x81"))
            ck_assert_msg(out.len == text->len &&
                              (out.len == 0 || memcmp(out.data, text->text, out.len) == 0),
                          "%s", text->text);
        hone_buf_done(&out);
        hone_ids_done(&ids);
    }
}

START_TEST(from_gguf)
{
    fixture f = open_all();
    const hone_tokenizer *t = f.model->tokenizer;
    ck_assert(hone_tokenizer_base_names(t));
    ck_assert_uint_eq(hone_tokenizer_size(t), 262144);
    ck_assert_int_eq(count_equal(&f, t), 182);
    check_decoding(&f, t);
    close_all(&f);
}
END_TEST

/* Strings made to hurt, with the ids of Hugging Face's tokenizers
 * (tests/bench/tokenizer_rival.py). */
START_TEST(hostile)
{
    fixture f = open_all();
    hone_json *list = NULL;
    ck_assert_int_eq(hone_json_load(&list, f.arena, GOLDEN "golden_hostile.json", NULL), 0);
    ck_assert_uint_eq(list->len, 180);
    ck_assert_int_eq(count_equal_of(&f, f.model->tokenizer, list), 180);
    ck_assert_int_eq(count_equal_of(&f, f.model->tokenizer, list), 180); /* all words are known */
    close_all(&f);
}
END_TEST

START_TEST(control_tokens)
{
    fixture f = open_all();
    hone_json *list = NULL;
    ck_assert_int_eq(hone_json_load(&list, f.arena, GOLDEN "control_tokens.json", NULL), 0);
    for (size_t i = 0; i < list->len; i++) {
        const hone_json *token = hone_json_get(list->items[i], "token");
        hone_ids ids = { NULL, 0, 0 };
        int64_t id = -1;
        ck_assert(hone_json_i64(hone_json_get(list->items[i], "id"), &id));
        ck_assert_int_eq(hone_tokenizer_encode(f.model->tokenizer, token->text, token->len, true,
                                               &ids, NULL), 0);
        ck_assert_uint_eq(ids.len, 1);
        ck_assert_int_eq(ids.data[0], (int)id);
        ids.len = 0;
        ck_assert_int_eq(hone_tokenizer_encode(f.model->tokenizer, token->text, token->len, false,
                                               &ids, NULL), 0);
        for (size_t k = 0; k < ids.len; k++)
            ck_assert_msg(ids.data[k] >= 238 && ids.data[k] < 255968, "%s", token->text);
        hone_ids_done(&ids);
    }
    close_all(&f);
}
END_TEST

START_TEST(proto_round_trip)
{
    fixture f = open_all();
    hone_buf first = HONE_BUF_INIT(HONE_BUF_TEXT_MAX), second = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_buf third = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_tokenizer *t = NULL, *again = NULL;
    hone_piece *pieces = hone_calloc(262144, sizeof(*pieces));
    char hex[2][65];
    ck_assert_int_eq(hone_tokenizer_write_proto(f.model->tokenizer, &first, NULL), 0);
    ck_assert_uint_eq(first.len, 4689106);
    ck_assert_int_eq(hone_tokenizer_from_proto(&t, first.data, first.len, "proto", NULL), 0);
    ck_assert(!hone_tokenizer_base_names(t));
    ck_assert_int_eq(count_equal(&f, t), 182);
    ck_assert_int_eq(hone_tokenizer_write_proto(t, &second, NULL), 0);
    ck_assert(second.len == first.len && memcmp(first.data, second.data, first.len) == 0);
    for (int32_t i = 0; i < 262144; i++) pieces[i] = hone_tokenizer_piece(t, i);
    ck_assert_int_eq(hone_tokenizer_from_pieces(&again, pieces, 262144, false, "pieces", NULL), 0);
    ck_assert_int_eq(hone_tokenizer_write_proto(again, &third, NULL), 0);
    ck_assert(third.len == first.len && memcmp(first.data, third.data, first.len) == 0);
    hone_tokenizer_hash(f.model->tokenizer, hex[0]);
    hone_tokenizer_hash(t, hex[1]);
    ck_assert_str_eq(hex[0], hex[1]);
    hone_free(pieces);
    hone_tokenizer_free(again);
    hone_tokenizer_free(t);
    hone_buf_done(&first);
    hone_buf_done(&second);
    hone_buf_done(&third);
    close_all(&f);
}
END_TEST

/* ---- words ---- */

static void check_words(const hone_tokenizer *t, const char *s, size_t n)
{
    hone_ids ids = { 0 }, want = { 0 };
    SUPPORT_MUST(hone_tokenizer_encode(t, s, n, true, &ids, NULL) == 0);
    SUPPORT_MUST(hone_tokenizer_encode_whole(t, s, n, true, &want, NULL) == 0);
    SUPPORT_MUST(ids.len == want.len);
    SUPPORT_MUST(!ids.len || !memcmp(ids.data, want.data, ids.len * sizeof *ids.data));
    hone_ids_done(&ids);
    hone_ids_done(&want);
}

/* Pieces one after the other, whole and cut short, spaces, and any characters. */
static void put_random(hone_buf *out, const hone_tokenizer *t, hone_rng *r)
{
    const hone_piece p = hone_tokenizer_piece(t, (int32_t)hone_rng_next_below(r, 262144));
    const uint64_t kind = hone_rng_next_below(r, 8);
    if (kind < 4) hone_buf_add(out, p.text, p.len);
    else if (kind == 4) hone_buf_add(out, p.text, hone_rng_next_below(r, p.len + 1));
    else if (kind == 5) hone_utf8_put(out, (uint32_t)hone_rng_next_below(r, 0x3000));
    else if (kind == 6) hone_utf8_put(out, (uint32_t)hone_rng_next_below(r, 0x110000));
    else hone_buf_char(out, ' ');
}

START_TEST(words_as_whole)
{
    fixture f = open_all();
    const hone_tokenizer *t = f.model->tokenizer;
    hone_buf text = HONE_BUF_INIT(1 << 20);
    hone_lines *lines = NULL;
    const char *line;
    size_t len;
    ck_assert(t->ranked);
    for (uint32_t i = 0; i < 20000; i++) {
        hone_rng r = { 9, 0, HONE_RNG_TEST, i };
        hone_buf_clear(&text);
        for (uint64_t k = 1 + hone_rng_next_below(&r, i % 100 ? 12 : 300); k > 0; k--)
            put_random(&text, t, &r);
        check_words(t, text.data ? text.data : "", text.len);
    }
    for (size_t i = 0; i < f.prompts->len; i++) {
        const hone_json *p = hone_json_get(f.prompts->items[i], "prompt");
        if (hone_json_is(p, HONE_JSON_STRING)) check_words(t, p->text, p->len);
    }
    ck_assert_int_eq(
        hone_lines_open(&lines, HONE_SOURCE_DIR "/examples/snips/train.jsonl.zst", 1 << 20, NULL),
        0);
    while (hone_lines_next(lines, &line, &len, NULL, NULL) == 1) check_words(t, line, len);
    hone_lines_close(lines);
    hone_buf_done(&text);
    close_all(&f);
}
END_TEST

/* ---- tokenizer.json ---- */

static void put_string(hone_buf *out, const hone_piece *p)
{
    hone_json_write_str(out, p->text, p->len);
}

/* Every way to make a normal piece out of two normal pieces, in id order. */
static void put_merges(hone_buf *out, const hone_tokenizer *t)
{
    bool first = true;
    for (int32_t id = 0; id < 262144; id++) {
        const hone_piece p = hone_tokenizer_piece(t, id);
        for (uint32_t k = 1; p.type == HONE_PIECE_NORMAL && k < p.len; k++) {
            int left = hone_tokenizer_find(t, p.text, k);
            int right = hone_tokenizer_find(t, p.text + k, p.len - k);
            if (left < 494 || right < 494) continue;
            if (!first) hone_buf_char(out, ',');
            first = false;
            hone_buf_char(out, '[');
            hone_json_write_str(out, p.text, k);
            hone_buf_char(out, ',');
            hone_json_write_str(out, p.text + k, p.len - k);
            hone_buf_char(out, ']');
        }
    }
}

static void put_tokenizer_json(hone_buf *out, const hone_tokenizer *t)
{
    hone_buf_str(out, "{\"added_tokens\":[");
    for (int32_t id = 0; id < 262144; id++) {
        const hone_piece p = hone_tokenizer_piece(t, id);
        if (p.type == HONE_PIECE_NORMAL || p.type == HONE_PIECE_BYTE) continue;
        hone_buf_printf(out, "%s{\"id\":%d,\"content\":", id ? ",\n" : "", id);
        put_string(out, &p);
        hone_buf_char(out, '}');
    }
    hone_buf_str(out, ",{\"id\":262144,\"content\":\"<image_soft_token>\"}],"
        "\"model\":{\"type\":\"BPE\","
                      "\"byte_fallback\":true,\"vocab\":{");
    for (int32_t id = 0; id < 262144; id++) {
        const hone_piece p = hone_tokenizer_piece(t, id);
        if (id) hone_buf_str(out, ",\n");
        put_string(out, &p);
        hone_buf_printf(out, ":%d", id);
    }
    hone_buf_str(out, "},\"merges\":[");
    put_merges(out, t);
    hone_buf_str(out, "]}}");
    ck_assert(hone_buf_ok(out));
}

START_TEST(from_json)
{
    fixture f = open_all();
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_tokenizer *t = NULL;
    hone_err err;
    hone_err_clear(&err);
    put_tokenizer_json(&text, f.model->tokenizer);
    int rc = hone_tokenizer_from_json(&t, text.data, text.len, "tokenizer.json", &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    ck_assert_int_eq(count_equal(&f, t), 182);
    for (int32_t id = 494; id < 236743; id += 1001)
        ck_assert(hone_tokenizer_piece(t, id).score ==
                  hone_tokenizer_piece(f.model->tokenizer, id).score);
    hone_tokenizer_free(t);
    hone_buf_done(&text);
    close_all(&f);
}
END_TEST

int main(void)
{
    model_path = support_model_path();
    if (!model_path) return SUPPORT_SKIPPED;
    TCase *t = support_case("tokens");
    tcase_add_test(t, from_gguf);
    tcase_add_test(t, hostile);
    tcase_add_test(t, control_tokens);
    tcase_add_test(t, proto_round_trip);
    tcase_add_test(t, words_as_whole);
    tcase_add_test(t, from_json);
    return support_run(t);
}
