/*
 * Crafted files, each with one defect: explaining a file names it by a code of its own, and a sound
 * file has none of them. The files are built knob by knob with the writers of FlatBuffers and
 * metadata. /
 */
#include "common/bytes.h"
#include "export/explain.h"
#include "export/tflite_build.h"
#include "model/litertlm_read.h"
#include "model/llm_metadata.h"
#include "tests/support.h"
#include "tests/support_pieces.h"

enum { COLUMNS = 64, PIECES = 320, HEADS_ROOM = 16 };

/* 0 everywhere is a sound file. */
typedef struct knobs {
    /* container */
    int magic, no_model, no_metadata, no_pieces, zipped, twice, outside, unknown, no_type,
        other_type, half, no_backend;
    /* metadata */
    int junk_metadata, no_start, start, no_stops, text_stop, stop_49, no_106, no_50, sampler,
        random, limit, no_limit, no_kind, other_kind, no_template, no_flag, method, no_tools,
        no_bos, unsaid;
    /* tokenizer, model */
    int junk_pieces, more_pieces, junk_model, foreign, no_decode, no_prefill, no_prefill_1,
        no_tokens, float_tokens, no_positions, float_positions, no_mask, flat_mask, other_mask,
        long_prefill, no_cache, odd_cache, lost_cache, other_out, flat_cache, extra_out,
        other_cache, two_tokens, no_logits, flat_logits, prime_vocabulary, prime_columns,
        prime_prefill, prefill_out, odd_name, custom, int4_rows, twins, dynamic;
} knobs;

typedef struct defect {
    size_t at;
    int value;
    const char *code;
} defect;

#define AT(field) offsetof(knobs, field)
static const defect DEFECTS[] = {
    { AT(magic), 1, "container-unreadable" },
    { AT(no_model), 1, "model-missing" },
    { AT(no_metadata), 1, "metadata-missing" },
    { AT(no_pieces), 1, "tokenizer-missing" },
    { AT(zipped), 1, "tokenizer-zipped" },
    { AT(twice), 1, "section-twice" },
    { AT(outside), 1, "weights-outside" },
    { AT(unknown), 1, "section-unknown" },
    { AT(no_type), 1, "model-type-missing" },
    { AT(other_type), 1, "model-type-other" },
    { AT(half), 1, "half-precision" },
    { AT(no_backend), 1, "backend-open" },
    { AT(junk_metadata), 1, "metadata-unreadable" },
    { AT(no_start), 1, "start-missing" },
    { AT(start), 5, "start-other" },
    { AT(no_stops), 1, "stop-missing" },
    { AT(text_stop), 1, "stop-text" },
    { AT(stop_49), 1, "stop-end-of-call" },
    { AT(no_106), 1, "stop-end-of-turn" },
    { AT(no_50), 1, "stop-response" },
    { AT(sampler), 3, "sampler-type" },
    { AT(random), 1, "sampler-random" },
    { AT(no_limit), 1, "limit-missing" },
    { AT(limit), 128, "limit-larger" },
    { AT(limit), 32, "limit-smaller" },
    { AT(no_kind), 1, "type-missing" },
    { AT(other_kind), 1, "type-other" },
    { AT(no_template), 1, "template-missing" },
    { AT(no_flag), 1, "template-flag" },
    { AT(method), 1, "template-method" },
    { AT(no_tools), 1, "template-tools" },
    { AT(no_bos), 1, "template-bos" },
    { AT(unsaid), 1, "calls-unsaid" },
    { AT(junk_pieces), 1, "tokenizer-unreadable" },
    { AT(more_pieces), 2, "tokenizer-size" },
    { AT(junk_model), 1, "model-unreadable" },
    { AT(foreign), 1, "config-missing" },
    { AT(no_decode), 1, "decode-missing" },
    { AT(no_prefill), 1, "prefill-missing" },
    { AT(no_prefill_1), 1, "prefill-1-missing" },
    { AT(no_tokens), 1, "tokens-missing" },
    { AT(float_tokens), 1, "tokens-shape" },
    { AT(no_positions), 1, "positions-missing" },
    { AT(float_positions), 1, "positions-shape" },
    { AT(no_mask), 1, "mask-missing" },
    { AT(flat_mask), 1, "mask-shape" },
    { AT(other_mask), 1, "mask-columns" },
    { AT(long_prefill), 1, "prefill-too-long" },
    { AT(no_cache), 1, "cache-missing" },
    { AT(odd_cache), 1, "cache-odd" },
    { AT(lost_cache), 1, "cache-output" },
    { AT(other_out), 1, "cache-changes" },
    { AT(flat_cache), 1, "cache-shape" },
    { AT(extra_out), 1, "cache-input" },
    { AT(other_cache), 1, "cache-differs" },
    { AT(two_tokens), 1, "decode-length" },
    { AT(no_logits), 1, "logits-missing" },
    { AT(flat_logits), 1, "logits-shape" },
    { AT(prime_vocabulary), 1, "prime-vocabulary" },
    { AT(prime_columns), 1, "prime-context" },
    { AT(prime_prefill), 1, "prime-prefill" },
    { AT(prefill_out), 1, "prefill-output" },
    { AT(odd_name), 1, "prefill-name" },
    { AT(custom), 1, "custom-operator" },
    { AT(int4_rows), 1, "int4-per-row" },
    { AT(twins), 1, "weights-twice" },
    { AT(dynamic), 1, "shape-dynamic" },
};

static char dir[64];

static void setup(void)
{
    support_scratch(dir);
}

static void teardown(void)
{
    support_scratch_done(dir);
}

/* --- model --- */

static int fill_scales(void *ctx, hone_sink *sink, hone_err *err)
{
    static const float ones[4] = { 1, 1, 1, 1 };
    (void)ctx;
    return hone_sink_put(sink, ones, sizeof(ones), err);
}

static void add_weights(hone_tfb *b, const knobs *k, int which)
{
    static uint8_t data[2][8192];
    const hone_dims dims = HONE_DIMS2(4, 2048), packed = HONE_DIMS2(4, 4096);
    memset(data, 7, sizeof(data));
    /* the same bytes in two buffers: the type tells them apart when they are made */
    const uint32_t one = hone_tfb_buffer(b, HONE_TFL_I8, dims, data[0], sizeof(data[0]));
    const uint32_t two = hone_tfb_buffer(b, HONE_TFL_U8, dims, data[1], sizeof(data[1]));
    (void)hone_tfb_const(b, "weight", HONE_TFL_I8, dims, k->twins && which ? two : one, 0);
    if (!k->int4_rows || which) return;
    const uint32_t four = hone_tfb_buffer(b, HONE_TFL_I4, packed, data[0], sizeof(data[0]));
    (void)hone_tfb_const(b, "rows", HONE_TFL_I4, packed, four,
                         hone_tfb_row_scales(b, 4, fill_scales, NULL));
}

static void add_cache(hone_tfb *b, const knobs *k, const char *name, bool lost, int columns)
{
    const hone_dims dims = k->flat_cache ? HONE_DIMS3(1, columns, 8)
                                         : HONE_DIMS4(1, 1, columns, 8);
    const hone_dims other = HONE_DIMS4(1, 1, columns, 4);
    hone_tfb_input(b, name, hone_tfb_value(b, name, HONE_TFL_F32, dims));
    if (!lost)
        hone_tfb_output(b, name, hone_tfb_value(b, "out", HONE_TFL_F32,
                                                k->other_out ? other : dims));
}

static void add_caches(hone_tfb *b, const knobs *k, bool prefill, int columns)
{
    if (k->no_cache) return;
    const int length = prefill && k->other_cache ? columns / 2 : columns;
    add_cache(b, k, "kv_cache_k_0", false, length);
    if (!k->odd_cache) add_cache(b, k, "kv_cache_v_0", k->lost_cache, length);
    if (k->extra_out)
        hone_tfb_output(b, "kv_cache_k_1", hone_tfb_value(b, "x", HONE_TFL_F32,
                                                          HONE_DIMS4(1, 1, length, 8)));
}

static void add_inputs(hone_tfb *b, const knobs *k, bool prefill, int T, int columns)
{
    const int width = prefill && k->other_mask ? columns / 2 : columns;
    const int tokens = k->float_tokens ? HONE_TFL_F32 : HONE_TFL_I32;
    const int positions = k->float_positions ? HONE_TFL_F32 : HONE_TFL_I32;
    const hone_dims mask = k->flat_mask ? HONE_DIMS2(T, width) : HONE_DIMS4(1, 1, T, width);
    if (!k->no_tokens)
        hone_tfb_input(b, "tokens", hone_tfb_value(b, "t", tokens, HONE_DIMS2(1, T)));
    if (!k->no_positions)
        hone_tfb_input(b, "input_pos", hone_tfb_value(b, "p", positions, HONE_DIMS1(T)));
    if (!k->no_mask) hone_tfb_input(b, "mask", hone_tfb_value(b, "m", HONE_TFL_F32, mask));
}

static void add_logits(hone_tfb *b, const knobs *k)
{
    const int V = k->prime_vocabulary ? 317 : PIECES;
    const hone_dims dims = k->flat_logits ? HONE_DIMS2(1, V) : HONE_DIMS3(1, 1, V);
    if (!k->no_logits)
        hone_tfb_output(b, "logits", hone_tfb_value(b, "l", HONE_TFL_F32, dims));
}

static void add_graph(hone_tfb *b, const knobs *k, const char *name, int T, bool prefill)
{
    const int columns = k->prime_columns ? 67 : COLUMNS;
    hone_tfb_graph(b, name);
    add_inputs(b, k, prefill, T, columns);
    add_caches(b, k, prefill, columns);
    if (!prefill) add_logits(b, k);
    if (prefill && k->prefill_out)
        hone_tfb_output(b, "hidden", hone_tfb_value(b, "h", HONE_TFL_F32, HONE_DIMS2(1, 8)));
    add_weights(b, k, prefill);
    if (k->dynamic) (void)hone_tfb_value(b, "d", HONE_TFL_F32, HONE_DIMS2(-1, 8));
    if (k->custom) {
        const int32_t in = hone_tfb_value(b, "ci", HONE_TFL_F32, HONE_DIMS1(4));
        const int32_t out = hone_tfb_value(b, "co", HONE_TFL_F32, HONE_DIMS1(4));
        hone_tfb_op(b, 32, 1, &in, 1, &out, 1, 0, 0);
    }
}

static void build_model(hone_buf *out, const knobs *k)
{
    hone_tfb *b = hone_tfb_new();
    hone_sink sink = hone_sink_buf(out);
    uint64_t size;
    if (k->junk_model) {
        hone_buf_str(out, "this is no model, but long enough");
        hone_tfb_free(b);
        return;
    }
    if (!k->foreign)
        hone_tfb_metadata(b, HONE_TFL_CONFIG_NAME,
                          hone_tfb_buffer(b, HONE_TFL_U8, HONE_DIMS1(2), "{}", 2));
    add_graph(b, k, k->no_decode ? "other" : "decode", k->two_tokens ? 2 : 1, false);
    if (!k->no_prefill && !k->no_prefill_1) add_graph(b, k, "prefill_1", 1, true);
    if (!k->no_prefill) {
        const int T = k->prime_prefill ? 13 : k->long_prefill ? 128 : 8;
        char name[32];
        (void)snprintf(name, sizeof(name), "prefill_%d", k->odd_name ? 9 : T);
        add_graph(b, k, name, T, true);
    }
    ck_assert_int_eq(hone_tfb_finish(b, "test", &size, NULL), 0);
    ck_assert_int_eq(hone_fbw_write(hone_tfb_writer(b), &sink, NULL), 0);
    hone_tfb_free(b);
}

/* --- metadata --- */

static void build_metadata(hone_buf *out, const knobs *k)
{
    hone_llm_metadata m = {
        .has_start = !k->no_start,
        .start = { k->start ? k->start : HONE_ID_BOS, "" },
        .has_sampler = true,
        .sampler_type = k->sampler ? k->sampler : HONE_LLM_SAMPLE_TOP_P,
        .sampler_k = k->random ? 40 : 1,
        .sampler_p = 0.95f,
        .sampler_temperature = 1.0f,
        .max_tokens = k->no_limit ? 0 : k->limit ? k->limit : k->prime_columns ? 67 : COLUMNS,
        .model_type = k->no_kind || k->other_kind ? 0 : HONE_LLM_FUNCTION_GEMMA,
        .use_template = !k->no_flag,
        .chat_template = "{{ bos_token }}{% if tools %}{{ tools | tojson }}{% endif %}",
        .function_calling = !k->unsaid,
    };
    if (k->method) m.chat_template = "{{ bos_token }}{{ tools.get('x') }}";
    if (k->no_tools) m.chat_template = "{{ bos_token }}";
    if (k->no_bos) m.chat_template = "{{ tools }}";
    if (k->no_template) m.chat_template = NULL;
    if (!k->no_stops) m.stops[m.num_stops++] = (hone_llm_token){ HONE_ID_EOS, "" };
    if (!k->no_stops && !k->no_106)
        m.stops[m.num_stops++] = (hone_llm_token){ HONE_ID_END_TURN, "" };
    if (!k->no_stops && !k->no_50)
        m.stops[m.num_stops++] = (hone_llm_token){ HONE_ID_RESPONSE, "" };
    if (k->stop_49) m.stops[m.num_stops++] = (hone_llm_token){ HONE_ID_END_CALL, "" };
    if (k->text_stop) m.stops[m.num_stops++] = (hone_llm_token){ -1, "\n" };
    if (k->junk_metadata) hone_buf_add(out, "\xff\xff\xff\xff", 4);
    else ck_assert_int_eq(hone_llm_metadata_write(out, &m, NULL), 0);
    if (k->other_kind) hone_buf_add(out, "\x32\x02\x22\x00", 4); /* gemma3 {} */
}

/* --- container --- */

static hone_fbw_ref pair(hone_fbw *w, const char *key, const char *value)
{
    hone_fbw_ref t = hone_fbw_table(w), v = hone_fbw_table(w);
    hone_fbw_child(w, v, 0, hone_fbw_string(w, value));
    hone_fbw_child(w, t, HONE_PAIR_KEY, hone_fbw_string(w, key));
    hone_fbw_scalar(w, t, HONE_PAIR_TAG, 1, HONE_PAIR_STRING);
    hone_fbw_child(w, t, HONE_PAIR_VALUE, v);
    return t;
}

static hone_fbw_ref model_items(hone_fbw *w, const knobs *k)
{
    hone_fbw_ref items[3];
    uint32_t n = 0;
    if (!k->no_type)
        items[n++] = pair(w, "model_type",
                          k->other_type ? "tf_lite_embedder" : "tf_lite_prefill_decode");
    items[n++] = pair(w, "prefer_activation_type", k->half ? "fp16" : "fp32");
    if (!k->no_backend) items[n++] = pair(w, "backend_constraint", "cpu");
    return hone_fbw_refs(w, items, n);
}

typedef struct payload {
    int type;
    const hone_buf *data;
} payload;

static void write_container(const char *path, const knobs *k, const payload *p, uint32_t count)
{
    hone_buf out = HONE_BUF_INIT(1 << 24);
    hone_fbw *w = hone_fbw_new();
    hone_fbw_ref root = hone_fbw_table(w), list = hone_fbw_table(w), objects[HEADS_ROOM];
    uint8_t fixed[HONE_LITERTLM_FIXED] = { 'L', 'I', 'T', 'E', 'R', 'T', 'L', 'M', 1 };
    uint64_t at = HONE_LITERTLM_ALIGN, size = 0;
    for (uint32_t i = 0; i < count; i++) {
        objects[i] = hone_fbw_table(w);
        if (p[i].type == HONE_SECTION_TFLITE)
            hone_fbw_child(w, objects[i], HONE_OBJECT_ITEMS, model_items(w, k));
        hone_fbw_scalar(w, objects[i], HONE_OBJECT_BEGIN, 8, at);
        hone_fbw_scalar(w, objects[i], HONE_OBJECT_END, 8, at + p[i].data->len);
        hone_fbw_scalar(w, objects[i], HONE_OBJECT_TYPE, 1, (uint64_t)p[i].type);
        at = (at + p[i].data->len + HONE_LITERTLM_ALIGN - 1) & ~(uint64_t)(HONE_LITERTLM_ALIGN - 1);
    }
    hone_fbw_child(w, list, HONE_HEADER_LIST, hone_fbw_refs(w, objects, count));
    hone_fbw_child(w, root, HONE_HEADER_SECTIONS, list);
    ck_assert_int_eq(hone_fbw_layout(w, root, NULL, &size, NULL), 0);
    hone_put_le64(fixed + 24, HONE_LITERTLM_FIXED + size);
    if (k->magic) fixed[0] = 'X';
    hone_buf_add(&out, fixed, sizeof(fixed));
    hone_sink sink = hone_sink_buf(&out);
    ck_assert_int_eq(hone_fbw_write(w, &sink, NULL), 0);
    for (uint32_t i = 0; i < count; i++) {
        while (out.len % HONE_LITERTLM_ALIGN) hone_buf_char(&out, 0);
        hone_buf_add(&out, p[i].data->data, p[i].data->len);
    }
    ck_assert(hone_buf_ok(&out));
    ck_assert_int_eq(hone_fs_write(path, out.data, out.len, NULL), 0);
    hone_fbw_free(w);
    hone_buf_done(&out);
}

static void write_file(const char *path, const knobs *k)
{
    hone_buf model = HONE_BUF_INIT(1 << 20), meta = HONE_BUF_INIT(1 << 16);
    hone_buf pieces = HONE_BUF_INIT(1 << 20), spare = HONE_BUF_INIT(1 << 10);
    hone_tokenizer *t = support_tiny_tokenizer(PIECES + (size_t)k->more_pieces);
    payload p[8];
    uint32_t n = 0;
    build_model(&model, k);
    build_metadata(&meta, k);
    hone_buf_str(&spare, "spare bytes of some section");
    if (k->junk_pieces) hone_buf_add(&pieces, "\xff\xff\xff\xff", 4);
    else ck_assert_int_eq(hone_tokenizer_write_proto(t, &pieces, NULL), 0);
    if (!k->no_metadata) p[n++] = (payload){ HONE_SECTION_METADATA, &meta };
    if (k->twice) p[n++] = (payload){ HONE_SECTION_METADATA, &meta };
    if (k->zipped) p[n++] = (payload){ HONE_SECTION_HF_TOKENIZER, &spare };
    else if (!k->no_pieces) p[n++] = (payload){ HONE_SECTION_SENTENCEPIECE, &pieces };
    if (k->outside) p[n++] = (payload){ HONE_SECTION_WEIGHTS, &spare };
    if (k->unknown) p[n++] = (payload){ 77, &spare };
    if (!k->no_model) p[n++] = (payload){ HONE_SECTION_TFLITE, &model };
    write_container(path, k, p, n);
    hone_tokenizer_free(t);
    hone_buf_done(&model);
    hone_buf_done(&meta);
    hone_buf_done(&pieces);
    hone_buf_done(&spare);
}

/* --- tests --- */

static bool found(const hone_json *o, const char *code)
{
    const hone_json *list = hone_json_get(o, "findings");
    for (size_t i = 0; i < list->len; i++)
        if (hone_json_str_eq(hone_json_get(list->items[i], "code"), code)) return true;
    return false;
}

static hone_json *explain(hone_arena *a, const knobs *k)
{
    const char *path = support_path(dir, "x.litertlm");
    hone_json *o = NULL;
    hone_err err;
    hone_err_clear(&err);
    write_file(path, k);
    int rc = hone_explain(&o, a, path, &err);
    ck_assert_msg(rc == 0, "%s", err.message);
    return o;
}

START_TEST(test_sound)
{
    const knobs k = { 0 };
    hone_arena *a = hone_arena_new();
    const hone_json *o = explain(a, &k);
    for (size_t i = 0; i < sizeof(DEFECTS) / sizeof(DEFECTS[0]); i++)
        ck_assert_msg(!found(o, DEFECTS[i].code), "%s in a sound file", DEFECTS[i].code);
    ck_assert(hone_json_str_eq(hone_json_get(o, "made_by"), "hone"));
    ck_assert(hone_json_is(hone_json_get(o, "system"), HONE_JSON_OBJECT));
    ck_assert_int_eq(hone_json_get(hone_json_get(o, "model"), "signatures")->len, 3);
    hone_arena_free(a);
}
END_TEST

START_TEST(test_defect)
{
    const defect *d = &DEFECTS[_i];
    knobs k = { 0 };
    hone_arena *a = hone_arena_new();
    *(int *)((char *)&k + d->at) = d->value;
    const hone_json *o = explain(a, &k);
    ck_assert_msg(found(o, d->code), "%s was not found", d->code);
    hone_arena_free(a);
}
END_TEST

START_TEST(test_codes_differ)
{
    const size_t n = sizeof(DEFECTS) / sizeof(DEFECTS[0]);
    ck_assert_int_ge(n, 50);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) ck_assert_str_ne(DEFECTS[i].code, DEFECTS[j].code);
}
END_TEST

START_TEST(test_bare)
{
    const knobs k = { 0 };
    hone_buf model = HONE_BUF_INIT(1 << 20);
    hone_arena *a = hone_arena_new();
    hone_json *o = NULL;
    hone_err err;
    build_model(&model, &k);
    const char *path = support_path(dir, "x.tflite");
    ck_assert_int_eq(hone_fs_write(path, model.data, model.len, NULL), 0);
    ck_assert_int_eq(hone_explain(&o, a, path, &err), 0);
    ck_assert(hone_json_str_eq(hone_json_get(o, "kind"), "tflite"));
    ck_assert_int_eq(hone_json_get(o, "findings")->len, 0);
    ck_assert_int_lt(hone_explain(&o, a, support_path(dir, "nothing"), &err), 0);
    hone_buf_done(&model);
    hone_arena_free(a);
}
END_TEST

int main(void)
{
    TCase *t = support_case("explain");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_sound);
    tcase_add_loop_test(t, test_defect, 0, sizeof(DEFECTS) / sizeof(DEFECTS[0]));
    tcase_add_test(t, test_codes_differ);
    tcase_add_test(t, test_bare);
    return support_run(t);
}
