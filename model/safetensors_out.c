/*
 * Streaming writer of safetensors files (model/safetensors.h): header first, padded with spaces to
 * a multiple of eight bytes, then the values in order. Nothing in the file depends on time or
 * place.
 */
#include "model/safetensors.h"

#include <string.h>

#include "common/bytes.h"
#include "common/fs.h"
#include "common/mem.h"
#include "kernels/quant_gguf.h"

enum { CHUNK = 4096 };

struct hone_safetensors_out {
    hone_out *file;
    const hone_tensor *tensors;
    size_t count, at; /* tensor that takes the next value */
    uint64_t room;    /* values that it still takes */
    uint8_t bytes[4 * CHUNK];
};

static uint64_t num_values(const hone_tensor *t)
{
    uint64_t n = 1;
    for (int i = 0; i < t->rank; i++) n *= (uint64_t)t->shape[i];
    return n;
}

static void write_entry(hone_buf *b, const hone_tensor *t, uint64_t *at)
{
    const uint64_t bytes = num_values(t) * hone_dtype_row_bytes(t->dtype, 1);
    hone_buf_char(b, ',');
    hone_json_write_str(b, t->name, strlen(t->name));
    hone_buf_printf(b, ":{\"dtype\":\"%s\",\"shape\":[", hone_dtype_name(t->dtype));
    for (int i = 0; i < t->rank; i++)
        hone_buf_printf(b, "%s%lld", i ? "," : "", (long long)t->shape[i]);
    hone_buf_printf(b, "],\"data_offsets\":[%llu,%llu]}", (unsigned long long)*at,
                    (unsigned long long)(*at + bytes));
    *at += bytes;
}

static int write_header(hone_safetensors_out *o, hone_err *err)
{
    hone_buf b = HONE_BUF_INIT(HONE_SAFETENSORS_HEADER_MAX);
    uint8_t length[8];
    uint64_t at = 0;
    hone_buf_str(&b, "{\"__metadata__\":{\"format\":\"pt\"}");
    for (size_t i = 0; i < o->count; i++) write_entry(&b, &o->tensors[i], &at);
    hone_buf_char(&b, '}');
    while (hone_buf_ok(&b) && b.len % 8 != 0) hone_buf_char(&b, ' ');
    int rc = hone_buf_ok(&b) ? 0 : hone_err_memory(err, "a safetensors header", b.len);
    if (rc < 0) goto done;
    hone_put_le64(length, b.len);
    HONE_GOTO(rc, done, hone_out_write(o->file, length, sizeof(length), err));
    rc = hone_out_write(o->file, b.data, b.len, err);
done:
    hone_buf_done(&b);
    return rc;
}

int hone_safetensors_out_open(hone_safetensors_out **ret, const char *path,
                              const hone_tensor *tensors, size_t count, hone_err *err)
{
    hone_safetensors_out *o = hone_calloc(1, sizeof(*o));
    if (!o) return hone_err_memory(err, "a safetensors writer", sizeof(*o));
    o->tensors = tensors;
    o->count = count;
    o->room = count ? num_values(&tensors[0]) : 0;
    int rc = hone_out_open(&o->file, path, 0, err);
    if (rc == 0) rc = write_header(o, err);
    if (rc < 0) {
        hone_safetensors_out_abort(o);
        return rc;
    }
    *ret = o;
    return 0;
}

static size_t convert(uint8_t *out, hone_dtype dtype, const float *values, size_t n)
{
    if (dtype == HONE_F32) {
        for (size_t i = 0; i < n; i++) hone_put_le32(out + 4 * i, hone_bits_of_f32(values[i]));
        return 4 * n;
    }
    for (size_t i = 0; i < n; i++)
        hone_put_le16(out + 2 * i,
                      dtype == HONE_F16 ? hone_f32_to_f16(values[i]) : hone_f32_to_bf16(values[i]));
    return 2 * n;
}

int hone_safetensors_out_write(hone_safetensors_out *o, const float *values, size_t n,
                               hone_err *err)
{
    while (n > 0) {
        if (o->at == o->count)
            return hone_fail(err, HONE_E_INTERNAL, "more values than the header says");
        size_t k = n < CHUNK ? n : CHUNK;
        if (k > o->room) k = (size_t)o->room;
        const size_t bytes = convert(o->bytes, o->tensors[o->at].dtype, values, k);
        HONE_TRY(hone_out_write(o->file, o->bytes, bytes, err));
        values += k;
        n -= k;
        o->room -= k;
        if (o->room == 0 && ++o->at < o->count) o->room = num_values(&o->tensors[o->at]);
    }
    return 0;
}

int hone_safetensors_out_commit(hone_safetensors_out *o, hone_err *err)
{
    if (o->at < o->count) {
        int rc = hone_fail(err, HONE_E_INTERNAL, "tensor %s lacks values", o->tensors[o->at].name);
        hone_safetensors_out_abort(o);
        return rc;
    }
    const int rc = hone_out_commit(o->file, err);
    hone_free(o);
    return rc;
}

void hone_safetensors_out_abort(hone_safetensors_out *o)
{
    if (!o) return;
    hone_out_abort(o->file);
    hone_free(o);
}
