/* Parts by hash (datasets/split.h). */
#include "datasets/split.h"

#include <string.h>

#include "common/hash.h"

hone_part hone_split_part(const char *key, double valid, double test)
{
    char hex[65];
    hone_sha256_of(key, strlen(key), hex);
    uint64_t n = 0;
    for (int i = 0; i < 13; i++)
        n = n << 4 | (uint64_t)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
    double u = (double)n / 4503599627370496.0; /* 2^52 */
    if (u < test) return HONE_PART_TEST;
    return u < test + valid ? HONE_PART_VALID : HONE_PART_TRAIN;
}

const char *hone_split_key(const hone_row *row, bool by_group)
{
    if (by_group && row->group && *row->group) return row->group;
    return row->user_text ? row->user_text : "";
}
