/*
 * A vocabulary as tokenizer.json (export/folder.h): the BPE of Hugging Face's library with the
 * settings of Gemma's own file. Its merges are a list, best first, of pairs of pieces; ours are
 * scores of whole pieces. Every way to cut a piece into two others becomes a merge, ordered by the
 * score of the piece they make: then the library and ours merge in the same order.
 */
#include <stdlib.h>
#include <string.h>

#include "common/fs.h"
#include "common/json.h"
#include "common/mem.h"
#include "common/text.h"
#include "export/folder.h"
#include "model/tokenizer_parts.h"

enum { FLUSH_BYTES = 1 << 18 };

typedef struct merge {
    int32_t id;    /* of the piece that is made */
    int32_t left, right;
    float score;
} merge;

typedef struct writer {
    const hone_tokenizer *t;
    hone_out *out;
    hone_buf text;
    merge *merges;
    size_t count, cap;
    hone_err *err;
} writer;

static int flush(writer *w, size_t least)
{
    if (!hone_buf_ok(&w->text)) return hone_err_memory(w->err, "tokenizer.json", w->text.len);
    if (w->text.len < least) return 0;
    HONE_TRY(hone_out_write(w->out, w->text.data, w->text.len, w->err));
    hone_buf_clear(&w->text);
    return 0;
}

static void put_piece(writer *w, int32_t id)
{
    const hone_piece p = hone_tokenizer_piece(w->t, id);
    hone_json_write_str(&w->text, p.text, p.len);
}

/* --- merges --- */

static int add_merge(writer *w, int32_t id, int32_t left, int32_t right)
{
    if (w->count == w->cap) {
        const size_t cap = w->cap ? 2 * w->cap : 1 << 16;
        merge *grown = hone_realloc_array(w->merges, cap, sizeof(*grown));
        if (!grown) return hone_err_memory(w->err, "merges", cap * sizeof(*grown));
        w->merges = grown;
        w->cap = cap;
    }
    w->merges[w->count++] = (merge){ id, left, right, hone_tokenizer_piece(w->t, id).score };
    return 0;
}

static int32_t find_normal(const writer *w, const char *s, size_t n)
{
    const int32_t id = hone_tokenizer_find(w->t, s, n);
    return id >= 0 && hone_tokenizer_piece(w->t, id).type == HONE_PIECE_NORMAL ? id : -1;
}

static int cut_piece(writer *w, int32_t id)
{
    const hone_piece p = hone_tokenizer_piece(w->t, id);
    if (p.type != HONE_PIECE_NORMAL) return 0;
    for (size_t at = 1; at < p.len; at++) {
        if (((unsigned char)p.text[at] & 0xC0) == 0x80) continue; /* inside a character */
        const int32_t left = find_normal(w, p.text, at);
        const int32_t right = left < 0 ? -1 : find_normal(w, p.text + at, p.len - at);
        if (right >= 0) HONE_TRY(add_merge(w, id, left, right));
    }
    return 0;
}

/* Best first; ties by the pieces, so that the file is always the same. */
static int by_score(const void *a, const void *b)
{
    const merge *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    if (x->id != y->id) return x->id < y->id ? -1 : 1;
    return x->left != y->left ? (x->left < y->left ? -1 : 1) : x->right - y->right;
}

static int write_merges(writer *w)
{
    for (size_t i = 0; i < hone_tokenizer_size(w->t); i++) HONE_TRY(cut_piece(w, (int32_t)i));
    if (w->count) qsort(w->merges, w->count, sizeof(*w->merges), by_score);
    for (size_t i = 0; i < w->count; i++) {
        hone_buf_str(&w->text, i ? ",\n[" : "\n[");
        put_piece(w, w->merges[i].left);
        hone_buf_char(&w->text, ',');
        put_piece(w, w->merges[i].right);
        hone_buf_char(&w->text, ']');
        HONE_TRY(flush(w, FLUSH_BYTES));
    }
    return 0;
}

/* --- the rest --- */

/* Special pieces are found in raw text before anything else; "special" ones are left out when text
 * is printed. */
static int write_added(writer *w)
{
    bool first = true;
    for (size_t i = 0; i < hone_tokenizer_size(w->t); i++) {
        const hone_piece p = hone_tokenizer_piece(w->t, (int32_t)i);
        if (p.type == HONE_PIECE_NORMAL || p.type == HONE_PIECE_BYTE) continue;
        const bool special = p.type != HONE_PIECE_USER || hone_is_control(p.text, p.len);
        hone_buf_printf(&w->text, "%s{\"id\":%zu,\"content\":", first ? "\n" : ",\n", i);
        put_piece(w, (int32_t)i);
        hone_buf_printf(&w->text, ",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,"
                        "\"normalized\":false,\"special\":%s}", special ? "true" : "false");
        first = false;
        HONE_TRY(flush(w, FLUSH_BYTES));
    }
    return 0;
}

static int write_vocab(writer *w)
{
    for (size_t i = 0; i < hone_tokenizer_size(w->t); i++) {
        hone_buf_str(&w->text, i ? ",\n" : "\n");
        put_piece(w, (int32_t)i);
        hone_buf_printf(&w->text, ":%zu", i);
        HONE_TRY(flush(w, FLUSH_BYTES));
    }
    return 0;
}

static int write_all(writer *w)
{
    hone_buf_str(&w->text, "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,"
                 "\"added_tokens\":[");
    HONE_TRY(write_added(w));
    hone_buf_str(
        &w->text,
        "],\n\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":"
        "\"\xe2\x96\x81\"},\n\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"String\":\" \"},"
        "\"behavior\":\"MergedWithPrevious\",\"invert\":false},\n\"post_processor\":{\"type\":"
        "\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"<bos>\",\"type_id\":0}},"
        "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],\"pair\":[{\"SpecialToken\":{\"id\":"
        "\"<bos>\",\"type_id\":0}},{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},{\"SpecialToken\":"
        "{\"id\":\"<bos>\",\"type_id\":1}},{\"Sequence\":{\"id\":\"B\",\"type_id\":1}}],"
        "\"special_tokens\":{\"<bos>\":{\"id\":\"<bos>\",\"ids\":[2],\"tokens\":[\"<bos>\"]}}},\n"
        "\"decoder\":{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Replace\",\"pattern\":"
        "{\"String\":\"\xe2\x96\x81\"},\"content\":\" \"},{\"type\":\"ByteFallback\"},{\"type\":"
        "\"Fuse\"}]},\n\"model\":{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":\"<unk>\","
        "\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,\"fuse_unk\":true,"
        "\"byte_fallback\":true,\"ignore_merges\":false,\"vocab\":{");
    HONE_TRY(write_vocab(w));
    hone_buf_str(&w->text, "},\n\"merges\":[");
    HONE_TRY(write_merges(w));
    hone_buf_str(&w->text, "]}}\n");
    return flush(w, 0);
}

int hone_tokenizer_json_write(const hone_tokenizer *t, const char *path, hone_err *err)
{
    writer w = { .t = t, .text = HONE_BUF_INIT((size_t)16 << 20), .err = err };
    int rc = hone_out_open(&w.out, path, 0, err);
    if (rc == 0) rc = write_all(&w);
    if (rc == 0)
        rc = hone_out_commit(w.out, err);
    else
        hone_out_abort(w.out);
    hone_free(w.merges);
    hone_buf_done(&w.text);
    return rc;
}
