/*
 * The tokenizer on a small vocabulary: merges, runs, special pieces, bytes, memory failures, and 40
 * defects of its three sources, each with its own error. The real vocabulary:
 * tests/golden/test_tokens.c.
 */
#include <math.h>

#include "common/json.h"
#include "tests/support.h"
#include "tests/support_tokenizer.h"

static void check_ids(const char *text, size_t len, bool special, const int *want, size_t n)
{
    hone_tokenizer *t = support_tokenizer();
    hone_ids ids = { NULL, 0, 0 };
    ck_assert_ptr_nonnull(t);
    ck_assert_int_eq(hone_tokenizer_encode(t, text, len, special, &ids, NULL), 0);
    ck_assert_msg(ids.len == n, "%s: %zu ids", text, ids.len);
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(ids.data[i] == want[i], "%s: id %zu is %d", text, i, ids.data[i]);
    hone_ids_done(&ids);
    hone_tokenizer_free(t);
}

#define IDS(text, special, ...)                                                                    \
    do {                                                                                           \
        const int want_[] = { __VA_ARGS__ };                                                       \
        check_ids((text), sizeof(text) - 1, (special), want_, sizeof(want_) / sizeof(want_[0]));   \
    } while (0)

enum { A = 510 + 'a' - '!', L = A + 11, T = A + 19, X = A + 23, MARK = 604, E_ACUTE = 605 };

START_TEST(merging)
{
    check_ids("", 0, true, NULL, 0);
    IDS("x", true, X);
    IDS(" the", true, 497);           /* by way of " t" and "he" */
    IDS("the", true, T, 496);
    IDS("call", true, 500);
    IDS("callcall", true, 500, 500);
    IDS("callx", true, 500, X);
    IDS("cal", true, 498, L);
    IDS("lll", true, 499, L);         /* leftmost of two equal merges */
    IDS("llll", true, 499, 499);
    IDS("\xc3\xa9t", true, 508);
    IDS("\xc3\xa9\xc3\xa9t", true, E_ACUTE, 508);
}
END_TEST

START_TEST(runs_and_bytes)
{
    IDS("x x", true, X, MARK, X);
    IDS("x  x", true, X, 138, X);
    IDS("   the", true, 139, T, 496); /* the run takes all spaces */
    IDS("\n\n\nx", true, 109, X);
    IDS("\xe2\x96\x81\xe2\x96\x81", true, 138);
    IDS("\xe2\x96\x81 x", true, 138, X);
    IDS("\xf0\x9f\x99\x82", true, 238 + 0xf0, 238 + 0x9f, 238 + 0x99, 238 + 0x82);
    IDS("a\xff" "b", true, A, 238 + 0xff, A + 1);
    IDS("\xc3", true, 238 + 0xc3);
    IDS("a\tb", true, A, 238 + 9, A + 1); /* no tab pieces in this vocabulary */
    const char nul[] = { 'a', 0, 'b' };
    const int want[] = { A, 238, A + 1 };
    check_ids(nul, 3, true, want, 3);
}
END_TEST

/* 32 spaces are a run of 31 and one mark, which may merge with what follows. */
START_TEST(long_runs)
{
    char text[80];
    memset(text, ' ', sizeof(text));
    memcpy(text + 32, "the", 3);
    const int want[] = { 167, 497 };
    check_ids(text, 35, true, want, 2);
    const int two[] = { 167, 167 };
    memset(text, ' ', sizeof(text));
    check_ids(text, 62, true, two, 2);
}
END_TEST

START_TEST(special_pieces)
{
    IDS("<start_function_call>call", true, 48, 500);
    IDS("x<escape>x", true, X, 52, X);
    IDS("<escape<escape>", true, 510 + '<' - '!', A + 4, A + 18, 498, A + 15, A + 4, 52);
    IDS("<b>x</b>", true, 200, X, 209);
    IDS("<b>", false, 200);           /* a tag is text */
    IDS("<unused3>", true, 9);
    hone_tokenizer *t = support_tokenizer();
    const char *const tricky = "<escape><end_of_turn><unused3><bos>[multimodal]\n";
    hone_ids ids = { NULL, 0, 0 };
    ck_assert_int_eq(hone_tokenizer_encode(t, tricky, strlen(tricky), false, &ids, NULL), 0);
    for (size_t i = 0; i + 1 < ids.len; i++) ck_assert_int_ge(ids.data[i], 238);
    ck_assert_int_eq(ids.data[ids.len - 1], 107);
    hone_buf out = HONE_BUF_INIT(1000);
    hone_tokenizer_decode(t, ids.data, ids.len, &out);
    ck_assert_str_eq(out.data, tricky);
    const int32_t odd[] = { 48, -1, 1 << 30, 52 };
    hone_buf_clear(&out);
    hone_tokenizer_decode(t, odd, 4, &out);
    ck_assert_str_eq(out.data, "<start_function_call><escape>");
    hone_buf_done(&out);
    hone_ids_done(&ids);
    hone_tokenizer_free(t);
}
END_TEST

START_TEST(lookups)
{
    hone_tokenizer *t = support_tokenizer();
    ck_assert_uint_eq(hone_tokenizer_size(t), SUPPORT_PIECES);
    ck_assert_int_eq(hone_tokenizer_find(t, "call", 4), 500);
    ck_assert_int_eq(hone_tokenizer_find(t, "calx", 4), -1);
    ck_assert_int_eq(hone_tokenizer_find(t, "", 0), -1);
    hone_piece p = hone_tokenizer_piece(t, 500);
    ck_assert(p.len == 4 && memcmp(p.text, "call", 4) == 0 && p.score == -6.0f);
    ck_assert_int_eq(hone_tokenizer_piece(t, -1).len, 0);
    ck_assert_int_eq(hone_tokenizer_piece(t, SUPPORT_PIECES).len, 0);
    hone_tokenizer_free(t);
    hone_tokenizer_free(NULL);
    hone_ids_done(NULL);
}
END_TEST

START_TEST(control_words)
{
    ck_assert_str_eq(hone_control_in("say <escape> now", 16), "<escape>");
    ck_assert_str_eq(hone_control_in("<<end_of_turn>", 14), "<end_of_turn>");
    ck_assert_str_eq(hone_control_in("[multimodal]", 12), "[multimodal]");
    ck_assert_str_eq(hone_control_in("<image_soft_token>", 18), "<image_soft_token>");
    ck_assert_ptr_null(hone_control_in("<escape", 7));
    ck_assert_ptr_null(hone_control_in("a < b, <b>x</b> [1]", 19));
    ck_assert_ptr_null(hone_control_in("", 0));
}
END_TEST

/* Names of both ends of every range, and that there are 6,414 of them. */
START_TEST(special_table)
{
    static const struct { int id; const char *name; } some[] = {
        { 0, "<pad>" }, { 5, "[multimodal]" }, { 6, "<unused0>" }, { 45, "<unused39>" },
        { 46, "<start_function_declaration>" }, { 52, "<escape>" }, { 53, "<unused40>" },
        { 99, "<unused86>" }, { 100, "<start_receiver>" }, { 104, "<unused89>" },
        { 106, "<end_of_turn>" }, { 107, "\n" }, { 168, "<table>" }, { 176, "</table>" },
        { 183, "</td>" }, { 184, "<h1>" }, { 190, "<blockquote>" }, { 197, "</blockquote>" },
        { 198, "<strong>" }, { 206, "<code>" }, { 215, "</code>" }, { 216, "<a>" },
        { 226, "<footer>" }, { 237, "</footer>" }, { 255968, "\t" }, { 255999, "<start_of_image>" },
        { 256000, "<unused90>" }, { 262143, "<unused6233>" },
    };
    char name[HONE_NAME_SIZE];
    int count = 0;
    for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
        ck_assert_uint_eq(hone_special_name(some[i].id, name), strlen(some[i].name));
        ck_assert_str_eq(name, some[i].name);
    }
    for (int id = -1; id <= 262144; id++) count += hone_special_name(id, name) > 0;
    ck_assert_int_eq(count, 6414);
    ck_assert_uint_eq(hone_special_name(137, name), 31);
    ck_assert_uint_eq(hone_special_name(167, name), 93);
    ck_assert_int_eq(hone_byte_value("<0xfF>", 6), 255);
    ck_assert_int_eq(hone_byte_value("<0x-1>", 6), -1);
}
END_TEST

/* ---- defects ---- */

static void expect_error(int rc, const hone_err *err, const char *want)
{
    ck_assert_msg(rc == HONE_E_MODEL, "%s: %d %s", want, rc, err->message);
    ck_assert_msg(strstr(err->message, want) != NULL, "wanted '%s', got '%s'", want, err->message);
    ck_assert_str_eq(err->source, "defect");
}

static void set_text(hone_piece *p, const char *text, size_t len)
{
    p->text = text;
    p->len = (uint32_t)len;
}

static void piece_defect(int which, support_vocab *v, size_t *count)
{
    static char longest[300];
    hone_piece *p = v->pieces;
    memset(longest, 'x', sizeof(longest));
    switch (which) {
    case 0: *count = 0; break;
    case 1: *count = 106; break;
    case 2: *count = (size_t)HONE_PIECES_MAX + 1; break;
    case 3: p[500].len = 0; break;
    case 4: set_text(&p[500], longest, 256); break;
    case 5: set_text(&p[500], "\xff\xfe", 2); break;
    case 6: set_text(&p[500], "a\0b", 3); break;
    case 7: p[500].type = 0; break;
    case 8: p[500].type = 7; break;
    case 9: p[500].score = (float)NAN; break;
    case 10: p[500].score = (float)INFINITY; break;
    case 11: set_text(&p[300], "<0x-1>", 6); break;
    case 12: set_text(&p[300], "<0x3G>", 6); break;
    case 13: set_text(&p[300], "<0x100>", 7); break;
    case 14: set_text(&p[300], "byte", 4); break;
    case 15: set_text(&p[300], "<0x00>", 6); break;
    case 16: p[300].type = HONE_PIECE_NORMAL; break;
    case 17: set_text(&p[501], "call", 4); break;
    case 18: set_text(&p[510], "<escape>", 8); break;
    case 19: set_text(&p[52], "<quote>", 7); break;
    case 20: set_text(&p[2], "<s>", 3); break;
    case 21: set_text(&p[106], "<eot>", 5); break;
    case 22: for (int i = 0; i < 7; i++) set_text(&p[46 + i], p[53 + i].text, p[53 + i].len); break;
    case 23: for (int i = 238; i < 494; i++) p[i].type = HONE_PIECE_NORMAL; break;
    case 24: p[604].type = HONE_PIECE_USER; break;
    default: break;
    }
}

START_TEST(defects_of_pieces)
{
    static const char *const want[25] = {
        "0 pieces", "106 pieces", "1048577 pieces", "piece 500 is empty", "piece 500 has 256 bytes",
        "piece 500 is no valid UTF-8", "holds the character NUL", "unknown type 0",
        "unknown type 7",
        "score of piece 500", "score of piece 500", "not <0xHH>", "not <0xHH>", "not <0xHH>",
        "not <0xHH>", "pieces 238 and 300 are the same", "byte piece <0x3E> is missing",
        "pieces 500 and 501 are the same", "pieces 52 and 510 are the same", "must be <escape>",
        "must be <bos>", "must be <end_of_turn>", "has 262144 pieces, this one has 606",
        "byte piece <0x00> is missing", "the normal piece U+2581"
    };
    static support_vocab v;
    for (int i = 0; i < 25; i++) {
        hone_tokenizer *t = NULL;
        hone_err err;
        size_t count = SUPPORT_PIECES;
        hone_err_clear(&err);
        support_vocab_fill(&v);
        piece_defect(i, &v, &count);
        expect_error(hone_tokenizer_from_pieces(&t, v.pieces, count, false, "defect", &err), &err,
                     want[i]);
        ck_assert_ptr_null(t);
    }
}
END_TEST

static const char *const json_defects[][2] = {
    { "", "" },
    { "{}", "must be an object" },
    { "[1]", "must be an object" },
    { "{\"model\":{\"type\":\"Unigram\"}}", "not BPE" },
    { "{\"model\":{\"vocab\":{},\"merges\":{}}}", "merges a list" },
    { "{\"model\":{\"vocab\":{},\"merges\":[]}}", "added_tokens" },
    { "{\"model\":{\"vocab\":{},\"merges\":[]},\"added_tokens\":[]}", "byte fallback" },
    { "{\"model\":{\"byte_fallback\":true,\"vocab\":{},\"merges\":[]},\"added_tokens\":[]}",
        "0 pieces" },
    { "{\"model\":{\"byte_fallback\":true,\"vocab\":{\"a\":\"0\"},\"merges\":[]},"
        "\"added_tokens\":[]}",
      "no whole number" },
    { "{\"model\":{\"byte_fallback\":true,\"vocab\":{\"a\":7},\"merges\":[]},\"added_tokens\":[]}",
      "too large" },
    { "{\"model\":{\"byte_fallback\":true,\"vocab\":{\"a\":0,\"b\":0},\"merges\":[]},"
        "\"added_tokens\":[]}",
      "given twice" },
    { "{\"model\":{\"byte_fallback\":true,\"vocab\":{\"a\":-1},\"merges\":[]},\"added_tokens\":[]}",
      "no whole number" },
    { "{\"model\":{\"byte_fallback\":true,\"vocab\":{\"a\":0},\"merges\":[]},"
        "\"added_tokens\":[{}]}",
      "no content or id" },
    { "{\"model\":{\"byte_fallback\":true,\"vocab\":{\"a\":0},\"merges\":[]},"
      "\"added_tokens\":[{\"id\":0,\"content\":\"b\"}]}", "not in the vocabulary" },
    { "{\"model\":{\"byte_fallback\":true,\"vocab\":{\"a\":0},\"merges\":[]},"
      "\"added_tokens\":[{\"id\":9,\"content\":\"b\"}]}", "not in the vocabulary" },
};

START_TEST(defects_of_json)
{
    for (size_t i = 0; i < sizeof(json_defects) / sizeof(json_defects[0]); i++) {
        hone_tokenizer *t = NULL;
        hone_err err;
        hone_err_clear(&err);
        int rc = hone_tokenizer_from_json(&t, json_defects[i][0], strlen(json_defects[i][0]),
                                          "defect", &err);
        expect_error(rc, &err, json_defects[i][1]);
    }
}
END_TEST

/* tokenizer.json of the small vocabulary; the caller adds merges and "]}}". */
static void put_json(hone_buf *out)
{
    static support_vocab v;
    support_vocab_fill(&v);
    hone_buf_str(out, "{\"added_tokens\":[");
    for (int i = 0; i < 238; i++) {
        hone_buf_printf(out, "%s{\"id\":%d,\"content\":", i ? "," : "", i);
        hone_json_write_str(out, v.pieces[i].text, v.pieces[i].len);
        hone_buf_char(out, '}');
    }
    hone_buf_str(out, "],\"model\":{\"byte_fallback\":true,\"vocab\":{");
    for (int i = 0; i < SUPPORT_PIECES; i++) {
        if (i) hone_buf_char(out, ',');
        hone_json_write_str(out, v.pieces[i].text, v.pieces[i].len);
        hone_buf_printf(out, ":%d", i);
    }
    hone_buf_str(out, "},\"merges\":[");
}

static int load_json(hone_tokenizer **ret, const char *merges, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(1 << 20);
    put_json(&text);
    hone_buf_printf(&text, "%s]}}", merges);
    hone_err_clear(err);
    int rc = hone_tokenizer_from_json(ret, text.data, text.len, "defect", err);
    hone_buf_done(&text);
    return rc;
}

/* Ranks decide, not ids; a piece that no merge makes never arises. */
START_TEST(merges_of_json)
{
    hone_tokenizer *t = NULL;
    hone_err err;
    hone_ids ids = { NULL, 0, 0 };
    int rc = load_json(&t, "[\"l\",\"l\"],\"c a\",\"ca ll\",[\"h\",\"e\"]", &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    ck_assert_int_eq(hone_tokenizer_encode(t, "callin", 6, true, &ids, NULL), 0);
    ck_assert_uint_eq(ids.len, 3);
    ck_assert_int_eq(ids.data[0], 500);
    ck_assert_int_eq(ids.data[1], A + 8);
    ck_assert_int_eq(hone_tokenizer_piece(t, 494).type, HONE_PIECE_UNUSED);
    ck_assert(hone_tokenizer_piece(t, 499).score > hone_tokenizer_piece(t, 498).score);
    hone_ids_done(&ids);
    hone_tokenizer_free(t);
    t = NULL;
    expect_error(load_json(&t, "\"call\"", &err), &err, "must be two pieces");
    expect_error(load_json(&t, "\"c a l\"", &err), &err, "must be two pieces");
    expect_error(load_json(&t, "[\"c\",1]", &err), &err, "must be two pieces");
    expect_error(load_json(&t, "[\"c\",\"a\",\"l\"]", &err), &err, "must be two pieces");
    expect_error(load_json(&t, "\"q q\"", &err), &err, "merge 0 ('q' and 'q')");
    expect_error(load_json(&t, "\"cal l\"", &err), &err, "not in the vocabulary");
}
END_TEST

static void small_proto(hone_buf *out)
{
    hone_tokenizer *t = support_tokenizer();
    ck_assert_int_eq(hone_tokenizer_write_proto(t, out, NULL), 0);
    hone_tokenizer_free(t);
}

START_TEST(proto_round_trip)
{
    hone_buf first = HONE_BUF_INIT(1 << 20), second = HONE_BUF_INIT(1 << 20);
    hone_tokenizer *t = NULL;
    small_proto(&first);
    ck_assert_int_eq(hone_tokenizer_from_proto(&t, first.data, first.len, "small", NULL), 0);
    ck_assert_int_eq(hone_tokenizer_write_proto(t, &second, NULL), 0);
    ck_assert(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    hone_tokenizer_free(t);
    hone_buf_done(&first);
    hone_buf_done(&second);
}
END_TEST

/* Every truncation is refused: either the message is cut, or a piece or the settings are
 * missing. */
START_TEST(defects_of_proto)
{
    hone_buf all = HONE_BUF_INIT(1 << 20);
    hone_tokenizer *t = NULL;
    hone_err err;
    small_proto(&all);
    hone_err_clear(&err);
    expect_error(hone_tokenizer_from_proto(&t, all.data, 7, "defect", &err), &err, "cut short");
    for (size_t n = 0; n < all.len; n++)
        ck_assert_int_eq(hone_tokenizer_from_proto(&t, all.data, n, "defect", &err), HONE_E_MODEL);
    /* the settings stand at the end: trainer 3 (type), 35 (byte fallback); normalizer 3, 4, 5 */
    static const struct { const char *find; size_t len, at; const char *want; } edits[] = {
        { "\x18\x02\x20", 3, 1, "is no BPE model" },
        { "\x98\x02\x01", 3, 2, "has no byte fallback" },
        { "\x18\x00\x20\x00", 4, 1, "adds a space" },
    };
    for (size_t i = 0; i < 3; i++) {
        char *p = memmem(all.data, all.len, edits[i].find, edits[i].len);
        ck_assert_ptr_nonnull(p);
        char *last = p;
        while ((p = memmem(last + 1, (size_t)(all.data + all.len - last - 1), edits[i].find,
                           edits[i].len)) != NULL)
            last = p;
        last[edits[i].at] ^= 1;
        expect_error(hone_tokenizer_from_proto(&t, all.data, all.len, "defect", &err), &err,
                     edits[i].want);
        last[edits[i].at] ^= 1;
    }
    hone_buf_done(&all);
}
END_TEST

/* Bytes in front of the first piece's message, and whether the file is read with them. */
START_TEST(fields_of_proto)
{
    static const struct { const char *bytes; size_t len; bool good; } cases[] = {
        { "", 0, true },
        { "\x78\x81\x80\x01", 4, true },            /* unknown field 15: a varint, */
        { "\x7d" "abcd", 5, true },                  /* 4 bytes, */
        { "\x79" "abcdefgh", 9, true },              /* 8 bytes, */
        { "\x7a\x03" "abc", 5, true },               /* bytes, */
        { "\x7b\x7c", 2, false },                    /* a group */
        { "\x7e", 1, false },                        /* wire types that do not exist */
        { "\x7f", 1, false },
        { "\x00\x01", 2, false },                    /* field 0 */
        { "\x08\x01", 2, false },                    /* pieces that are no messages */
        { "\x0d" "abcd", 5, false },
        { "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, false }, /* a length past the end */
        { "\x78\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12, false }, /* 11 bytes */
    };
    hone_buf all = HONE_BUF_INIT(1 << 20);
    small_proto(&all);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hone_buf b = HONE_BUF_INIT(1 << 20);
        hone_tokenizer *t = NULL;
        hone_err err;
        hone_buf_add(&b, cases[i].bytes, cases[i].len);
        hone_buf_add(&b, all.data, all.len);
        hone_err_clear(&err);
        int rc = hone_tokenizer_from_proto(&t, b.data, b.len, "fields", &err);
        ck_assert_msg((rc == 0) == cases[i].good, "case %zu: %d %s", i, rc, err.message);
        hone_tokenizer_free(t);
        hone_buf_done(&b);
    }
    hone_buf_done(&all);
}
END_TEST

/* Inside of a piece: the first one, whose message begins at byte 2, gets more fields. */
START_TEST(fields_of_a_piece)
{
    static const struct { const char *bytes; size_t len; bool good; } cases[] = {
        { "\x0a\x01" "x\x0a\x05<pad>\x18\x01\x18\x03", 14, true }, /* the last value counts */
        { "\x20\x07\x2a\x01" "a", 5, true },       /* unknown fields */
        { "\x08\x01", 2, false },                   /* a text that is a number, */
        { "\x12\x01" "a", 3, false },                /* a score of bytes, */
        { "\x1d" "abcd", 5, false },                 /* a type of 4 bytes */
        { "\x18\x07", 2, false },                   /* no type */
        { "\x0a\x20", 2, false },                   /* longer than the message */
    };
    hone_buf all = HONE_BUF_INIT(1 << 20);
    small_proto(&all);
    const size_t old = (unsigned char)all.data[1];
    ck_assert(all.data[0] == 0x0a && old < 100);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hone_buf b = HONE_BUF_INIT(1 << 20);
        hone_tokenizer *t = NULL;
        hone_err err;
        const char head[2] = { 0x0a, (char)(old + cases[i].len) };
        hone_buf_add(&b, head, 2);
        hone_buf_add(&b, all.data + 2, old);
        hone_buf_add(&b, cases[i].bytes, cases[i].len);
        hone_buf_add(&b, all.data + 2 + old, all.len - 2 - old);
        hone_err_clear(&err);
        int rc = hone_tokenizer_from_proto(&t, b.data, b.len, "fields", &err);
        ck_assert_msg((rc == 0) == cases[i].good, "case %zu: %d %s", i, rc, err.message);
        if (rc == 0) ck_assert_uint_eq(hone_tokenizer_piece(t, 0).len, 5);
        hone_tokenizer_free(t);
        hone_buf_done(&b);
    }
    hone_buf_done(&all);
}
END_TEST

/* Any allocation may fail: an error, nothing left behind, nothing appended. */
START_TEST(no_memory)
{
    hone_tokenizer *t = support_tokenizer();
    hone_buf proto = HONE_BUF_INIT(1 << 20);
    const char *text = "<start_of_turn>user\ncall the model  \xf0\x9f\x99\x82";
    int failures = 0;
    small_proto(&proto);
    for (int nth = 1; nth < 100; nth++) {
        hone_ids ids = { NULL, 0, 0 };
        hone_mem_fail_after(nth, false);
        int rc = hone_tokenizer_encode(t, text, strlen(text), true, &ids, NULL);
        hone_mem_fail_after(0, false);
        ck_assert(rc == 0 || (rc == HONE_E_MEMORY && ids.len == 0));
        failures += rc != 0;
        hone_ids_done(&ids);
    }
    ck_assert_int_ge(failures, 3);
    for (int nth = 1; nth < 3000; nth += nth < 40 ? 1 : 97) {
        hone_tokenizer *made = NULL;
        hone_mem_fail_after(nth, false);
        int rc = hone_tokenizer_from_proto(&made, proto.data, proto.len, "small", NULL);
        hone_mem_fail_after(0, false);
        ck_assert((rc == 0) == (made != NULL));
        hone_tokenizer_free(made);
    }
    hone_buf_done(&proto);
    hone_tokenizer_free(t);
}
END_TEST

int main(void)
{
    TCase *t = support_case("tokenizer");
    tcase_add_test(t, merging);
    tcase_add_test(t, runs_and_bytes);
    tcase_add_test(t, long_runs);
    tcase_add_test(t, special_pieces);
    tcase_add_test(t, lookups);
    tcase_add_test(t, control_words);
    tcase_add_test(t, special_table);
    tcase_add_test(t, defects_of_pieces);
    tcase_add_test(t, defects_of_json);
    tcase_add_test(t, merges_of_json);
    tcase_add_test(t, proto_round_trip);
    tcase_add_test(t, defects_of_proto);
    tcase_add_test(t, fields_of_proto);
    tcase_add_test(t, fields_of_a_piece);
    tcase_add_test(t, no_memory);
    return support_run(t);
}
