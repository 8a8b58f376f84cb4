/*
 * The pieces of a SentencePiece model, read where they stand (model/proto.h). Every start of the
 * program reads 262,144 of them; as messages of protobuf-c, two blocks of memory each, they took a
 * quarter of the time to the first answer. The wire format: a key (field number << 3 | wire type),
 * then a varint, 4 or 8 bytes, or a length and so many bytes.
 */
#include <string.h>

#include "common/bytes.h"
#include "common/mem.h"
#include "model/proto.h"

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };
enum { MODEL_PIECES = 1, PIECE_TEXT = 1, PIECE_SCORE = 2, PIECE_TYPE = 3 };

typedef struct wire {
    const uint8_t *at, *end;
} wire;

typedef struct field {
    uint64_t number;
    int type;
    uint64_t value;      /* of a varint, */
    const uint8_t *data; /* or the bytes of any other */
    size_t len;
} field;

static bool varint(wire *w, uint64_t *ret)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64 && w->at < w->end; shift += 7) {
        const uint8_t b = *w->at++;
        v |= (uint64_t)(b & 127) << shift;
        if (b >= 128) continue;
        *ret = v;
        return true;
    }
    return false;
}

/* False at the end of bytes that are cut short, and for groups, which nobody writes any more. */
static bool next_field(wire *w, field *ret)
{
    uint64_t key, n = 0;
    if (!varint(w, &key) || key >> 3 == 0 || key >> 32 != 0) return false;
    *ret = (field){ .number = key >> 3, .type = (int)(key & 7) };
    if (ret->type == WIRE_VARINT) return varint(w, &ret->value);
    if (ret->type == WIRE_BYTES && !varint(w, &n)) return false;
    if (ret->type == WIRE_64) n = 8;
    else if (ret->type == WIRE_32) n = 4;
    else if (ret->type != WIRE_BYTES) return false;
    if (n > (size_t)(w->end - w->at)) return false;
    ret->data = w->at;
    ret->len = (size_t)n;
    w->at += n;
    return true;
}

/* The last of several values counts, as everywhere in this format. */
static bool read_piece(hone_piece *ret, int32_t *ret_type, const field *message)
{
    wire w = { message->data, message->data + message->len };
    field f;
    *ret = (hone_piece){ .text = "" };
    *ret_type = HONE_PIECE_NORMAL;
    while (w.at < w.end) {
        if (!next_field(&w, &f)) return false;
        if (f.number == PIECE_TEXT) {
            if (f.type != WIRE_BYTES) return false;
            ret->text = (const char *)f.data;
            ret->len = (uint32_t)f.len;
        } else if (f.number == PIECE_SCORE) {
            if (f.type != WIRE_32) return false;
            ret->score = hone_le_f32(f.data);
        } else if (f.number == PIECE_TYPE) {
            if (f.type != WIRE_VARINT) return false;
            *ret_type = (int32_t)(uint32_t)f.value;
        }
    }
    return true;
}

static int damaged(hone_err *err)
{
    return hone_fail(err, HONE_E_MODEL, "not a SentencePiece model, or cut short");
}

/* Counts the pieces; the bytes of all other fields go into rest. */
static int split(hone_buf *rest, wire w, size_t *ret_count, hone_err *err)
{
    field f;
    *ret_count = 0;
    while (w.at < w.end) {
        const uint8_t *begin = w.at;
        if (!next_field(&w, &f)) return damaged(err);
        if (f.number != MODEL_PIECES) hone_buf_add(rest, begin, (size_t)(w.at - begin));
        else if (f.type != WIRE_BYTES) return damaged(err);
        else *ret_count += 1;
    }
    return hone_buf_ok(rest) ? 0 : hone_err_memory(err, "a SentencePiece model", rest->len);
}

int hone_sp_pieces(hone_sp *sp, hone_buf *rest, const void *p, size_t n, hone_err *err)
{
    wire w = { p, (const uint8_t *)p + n };
    size_t count = 0;
    HONE_TRY(split(rest, w, &count, err));
    if (count > HONE_SP_MAX_PIECES)
        return hone_fail(err, HONE_E_MODEL, "%zu pieces are more than %d", count,
                         HONE_SP_MAX_PIECES);
    sp->pieces = hone_calloc(count, sizeof(*sp->pieces));
    if (!sp->pieces) return hone_err_memory(err, "pieces", count * sizeof(*sp->pieces));
    while (w.at < w.end) {
        field f;
        int32_t type;
        if (!next_field(&w, &f)) return damaged(err);
        if (f.number != MODEL_PIECES) continue;
        hone_piece *piece = &sp->pieces[sp->count];
        if (!read_piece(piece, &type, &f)) return damaged(err);
        if (type < HONE_PIECE_NORMAL || type > HONE_PIECE_BYTE)
            return hone_fail(err, HONE_E_MODEL, "piece %zu has the unknown type %d", sp->count,
                             type);
        piece->type = (uint8_t)type;
        sp->count++;
    }
    return 0;
}
