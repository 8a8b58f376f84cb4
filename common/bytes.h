/*
 * Little-endian numbers in bytes of any alignment, and bit casts of floats. All formats that we
 * read and write are little-endian; the ranges were checked by the caller.
 */
#ifndef HONE_COMMON_BYTES_H
#define HONE_COMMON_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint16_t hone_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | (unsigned)p[1] << 8);
}

static inline uint32_t hone_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t hone_le64(const uint8_t *p)
{
    return (uint64_t)hone_le32(p) | (uint64_t)hone_le32(p + 4) << 32;
}

static inline void hone_put_le16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void hone_put_le32(uint8_t *p, uint32_t v)
{
    hone_put_le16(p, (uint16_t)v);
    hone_put_le16(p + 2, (uint16_t)(v >> 16));
}

static inline void hone_put_le64(uint8_t *p, uint64_t v)
{
    hone_put_le32(p, (uint32_t)v);
    hone_put_le32(p + 4, (uint32_t)(v >> 32));
}

static inline float hone_f32_of_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof(f));
    return f;
}

static inline uint32_t hone_bits_of_f32(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof(bits));
    return bits;
}

static inline float hone_le_f32(const uint8_t *p)
{
    return hone_f32_of_bits(hone_le32(p));
}

#endif
