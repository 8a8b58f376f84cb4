/*
 * Strict reading of a .litertlm container: fixed part, header FlatBuffer, sections. Views point
 * into the caller's bytes. Stricter than the device runtime: sections may not overlap, be empty
 * or unaligned, and the header may not be larger than 16 KiB. Section types and items that we do
 * not know are listed, not refused. docs/litertlm.md. /
 */
#ifndef HONE_MODEL_LITERTLM_READ_H
#define HONE_MODEL_LITERTLM_READ_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/error.h"

enum { HONE_LITERTLM_FIXED = 32, HONE_LITERTLM_ALIGN = 16384 };

enum hone_section_type {
    HONE_SECTION_BINARY = 1, HONE_SECTION_TFLITE = 3, HONE_SECTION_SENTENCEPIECE = 4,
    HONE_SECTION_METADATA = 5, HONE_SECTION_HF_TOKENIZER = 6, HONE_SECTION_WEIGHTS = 7
};

/* Slots of the header's tables, shared with the writer. */
enum {
    HONE_HEADER_SYSTEM = 0, HONE_HEADER_SECTIONS = 1, HONE_HEADER_LIST = 0,
    HONE_OBJECT_ITEMS = 0, HONE_OBJECT_BEGIN = 1, HONE_OBJECT_END = 2, HONE_OBJECT_TYPE = 3,
    HONE_PAIR_KEY = 0, HONE_PAIR_TAG = 1, HONE_PAIR_VALUE = 2, HONE_PAIR_STRING = 9
};

typedef struct hone_header_pair {
    const char *key;
    const char *value;  /* NULL if it is no string */
} hone_header_pair;

typedef struct hone_section {
    uint8_t type;       /* hone_section_type, or another number */
    uint64_t begin, end; /* bytes of the file */
    const uint8_t *data;
    size_t size;
    hone_header_pair *items;
    uint32_t num_items;
} hone_section;

typedef struct hone_litertlm {
    uint32_t major, minor, patch;
    uint64_t header_end;
    hone_header_pair *system;  /* uuid, creation_timestamp, ... */
    uint32_t num_system;
    hone_section *sections;
    uint32_t num_sections;
} hone_litertlm;

/* Fails with HONE_E_MODEL naming the byte and the rule. Everything lives in a. */
int hone_litertlm_read(hone_litertlm **ret, hone_arena *a, const uint8_t *data, size_t size,
                       const char *source, hone_err *err);

/* The only section of a type; NULL if there is none. *ret_more (may be NULL) tells of a second
 * one. */
const hone_section *hone_litertlm_section(const hone_litertlm *l, int type, int *ret_more);
/* Value of an item, "" if absent or no string. */
const char *hone_section_item(const hone_section *s, const char *key);
const char *hone_section_type_name(int type); /* "?" if unknown */

/* HF_Tokenizer_Zlib: u64 size of the text, then one zlib stream of tokenizer.json. */
int hone_litertlm_inflate(hone_buf *out, const hone_section *s, const char *source, hone_err *err);

#endif
