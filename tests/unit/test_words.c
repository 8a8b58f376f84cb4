/*
 * Encoding word by word gives the ids of encoding whole stretches (model/tokenizer_words.c), on
 * texts made at random from the pieces of the small vocabulary, spaces, marks, bytes that are no
 * UTF-8 and special pieces; with words met before and not, and from several threads at once.
 */
#include <pthread.h>

#include "common/rng.h"
#include "tests/support.h"
#include "tests/support_tokenizer.h"

enum { TEXTS = 4000, MOST = 400 };

/* One random bit of text, appended. */
static void put_bit(hone_buf *out, const hone_tokenizer *t, hone_rng *r)
{
    static const char *const odd[] = { " ",    "  ",       SUPPORT_MARK, "\n\n",        "<escape>",
                                       "\xc3", "\xe2\x96", "\x81",       "\xf0\x9f\x99", "<b>",
                                       "\xff", "\xe2\x80\x99" };
    const uint64_t kind = hone_rng_next_below(r, 10);
    if (kind < 6) {
        const int32_t id = 494 + (int32_t)hone_rng_next_below(r, SUPPORT_PIECES - 494);
        const hone_piece p = hone_tokenizer_piece(t, id);
        hone_buf_add(out, p.text, p.len);
    } else if (kind < 8) {
        hone_buf_char(out, ' ');
    } else if (kind < 9) {
        hone_buf_str(out, odd[hone_rng_next_below(r, sizeof odd / sizeof odd[0])]);
    } else {
        hone_buf_char(out, (char)hone_rng_next_below(r, 256));
    }
}

static void put_text(hone_buf *out, const hone_tokenizer *t, uint32_t step)
{
    hone_rng r = { 5, 0, HONE_RNG_TEST, step };
    const size_t len = hone_rng_next_below(&r, step % 50 == 0 ? MOST : 40);
    hone_buf_clear(out);
    while (out->len < len) put_bit(out, t, &r);
}

static void check_text(const hone_tokenizer *t, const hone_buf *text, bool special)
{
    hone_ids ids = { 0 }, want = { 0 };
    const char *s = text->len ? text->data : "";
    SUPPORT_MUST(hone_tokenizer_encode(t, s, text->len, special, &ids, NULL) == 0);
    SUPPORT_MUST(hone_tokenizer_encode_whole(t, s, text->len, special, &want, NULL) == 0);
    SUPPORT_MUST(ids.len == want.len);
    SUPPORT_MUST(ids.len == 0 || !memcmp(ids.data, want.data, ids.len * sizeof *ids.data));
    hone_ids_done(&ids);
    hone_ids_done(&want);
}

static void check_texts(const hone_tokenizer *t, uint32_t from)
{
    hone_buf text = HONE_BUF_INIT(1 << 20);
    for (uint32_t i = from; i < from + TEXTS; i++) {
        put_text(&text, t, i);
        check_text(t, &text, i % 2 == 0);
    }
    hone_buf_done(&text);
}

START_TEST(as_whole)
{
    hone_tokenizer *t = support_tokenizer();
    check_texts(t, 0);
    check_texts(t, 0); /* all words are known now */
    hone_tokenizer_free(t);
}
END_TEST

/* A word stays apart from its neighbours only where no piece joins them. */
START_TEST(borders)
{
    static const char *const texts[] = { "",
                                         " ",
                                         "the the",
                                         "cal lcall",
                                         "  the",
                                         "x  y  ",
                                         "moded",
                                         "usersuser model",
                                         "\xc3\xa9\xc3\xa9 \xc3\xa9t",
                                         "callcallcallcallcallcallcallcall" };
    hone_tokenizer *t = support_tokenizer();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        hone_buf text = HONE_BUF_INIT(1000);
        hone_buf_str(&text, texts[i]);
        check_text(t, &text, true);
        hone_buf_done(&text);
    }
    hone_tokenizer_free(t);
}
END_TEST

/* Pieces whose scores do not fall with their ids. */
START_TEST(unordered_scores)
{
    static support_vocab v;
    hone_tokenizer *t = NULL;
    support_vocab_fill(&v);
    for (int i = 0; i < 16; i++) v.pieces[494 + i].score = -(float)((i * 5) % 16) / 2;
    v.pieces[500].score = v.pieces[499].score; /* equal ones as well */
    ck_assert_int_eq(
        hone_tokenizer_from_pieces(&t, v.pieces, SUPPORT_PIECES, false, "unordered", NULL), 0);
    ck_assert(!t->ranked);
    check_texts(t, 0);
    hone_tokenizer_free(t);
}
END_TEST

/* More words than the table takes. */
START_TEST(many_words)
{
    hone_tokenizer *t = support_tokenizer();
    hone_buf text = HONE_BUF_INIT(1000);
    hone_ids first = { 0 }, again = { 0 };
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < 150000; i++) {
            hone_buf_clear(&text);
            hone_buf_printf(&text, "w%x", i * 7919);
            SUPPORT_MUST(hone_tokenizer_encode(t, text.data, text.len, true,
                                               pass ? &again : &first, NULL) == 0);
        }
    }
    ck_assert_uint_eq(first.len, again.len);
    ck_assert_int_eq(memcmp(first.data, again.data, first.len * sizeof *first.data), 0);
    hone_ids_done(&first);
    hone_ids_done(&again);
    hone_buf_done(&text);
    hone_tokenizer_free(t);
}
END_TEST

static void *worker(void *p)
{
    check_texts(p, 100);
    return NULL;
}

START_TEST(threads)
{
    hone_tokenizer *t = support_tokenizer();
    pthread_t ids[4];
    for (int i = 0; i < 4; i++) ck_assert_int_eq(pthread_create(&ids[i], NULL, worker, t), 0);
    for (int i = 0; i < 4; i++) ck_assert_int_eq(pthread_join(ids[i], NULL), 0);
    hone_tokenizer_free(t);
}
END_TEST

int main(void)
{
    TCase *t = support_case("words");
    tcase_add_test(t, as_whole);
    tcase_add_test(t, borders);
    tcase_add_test(t, unordered_scores);
    tcase_add_test(t, many_words);
    tcase_add_test(t, threads);
    return support_run(t);
}
