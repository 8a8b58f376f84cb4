/* For tests of the offline teacher: rows are held to what their utterances say. Header only. */
#ifndef HONE_TESTS_SUPPORT_SAYS_H
#define HONE_TESTS_SUPPORT_SAYS_H

#include "datagen/ground.h"
#include "datagen/offline.h"
#include "tests/support.h"

/* So many rows of o, in every one of which the judge hears each value in the language. */
static inline void support_rows_say_values(hone_offline *o, const hone_tongue *tongue, int rows)
{
    hone_arena *a = hone_arena_new();
    hone_row_plan plan;
    hone_err err;
    int count;
    hone_err_clear(&err);
    const hone_function *f = hone_offline_functions(o, &count);
    const hone_mix mix = { .ask_back = -1 };
    ck_assert_int_eq(hone_row_plan_start(&plan, f, count, rows, &mix, 7, &err), 0);
    for (int made = 0; made < rows;) {
        hone_want w;
        hone_candidate c;
        hone_arena_clear(a);
        hone_row_plan_next(&plan, &w);
        if (hone_offline_make(o, a, &w, &c, &err) != 1) continue;
        hone_row_plan_count(&plan, &w, NULL, c.user);
        made++;
        if (c.operators) continue; /* a typing slip may hit the words of a number */
        for (int i = 0; i < f[w.function].count; i++)
            if (!hone_ground_value(tongue, &f[w.function], i, c.user, c.arguments))
                ck_abort_msg("'%s' does not say %s", c.user, f[w.function].args[i].name);
    }
    hone_arena_free(a);
}

#endif
