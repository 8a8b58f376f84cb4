/* Rows in memory as a source (datasets/row_source.h). */
#include "datasets/row_source.h"

static int set_load(void *user, hone_encode_set *window, const uint32_t *rows, size_t n,
                    int64_t step, hone_err *err)
{
    const hone_encode_set *set = user;
    (void)step;
    hone_encode_set_clear(window);
    for (size_t i = 0; i < n; i++) {
        const hone_encode_row *r = &set->rows[rows[i]];
        HONE_TRY(hone_encode_set_add_ids(window, r->id, r->source, r->line, set->ids + r->at,
                                         set->labels + r->at, (size_t)r->count,
                                         (size_t)r->prompt_count, err));
    }
    return HONE_OK;
}

hone_row_source hone_row_source_of_set(const hone_encode_set *set)
{
    return (hone_row_source){ set->count, set_load, (void *)(uintptr_t)set };
}
