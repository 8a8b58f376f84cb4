/* What the golden tests of the engine share: the real model, an engine on it, values of a JSON
 * file. */
#ifndef HONE_TESTS_GOLDEN_SUPPORT_GOLDEN_H
#define HONE_TESTS_GOLDEN_SUPPORT_GOLDEN_H

#include <math.h>

#include "common/json.h"
#include "model/engine.h"
#include "tests/support.h"
#include "tests/support_model.h"

typedef struct golden {
    hone_arena *arena;
    hone_json *json;
    hone_model *model;
    hone_engine *engine;
} golden;

static inline golden golden_open(const char *model_path, const char *file, bool training)
{
    golden g = { .arena = hone_arena_new() };
    hone_err err = { 0 };
    hone_engine_options o = { .training = training };
    ck_assert_msg(hone_json_load(&g.json, g.arena, file, &err) == 0, "%s", err.message);
    ck_assert_msg(hone_model_open(&g.model, model_path, &err) == 0, "%s", err.message);
    ck_assert_msg(hone_engine_open(&g.engine, g.model, &o, &err) == 0, "%s", err.message);
    return g;
}

static inline void golden_close(golden *g)
{
    hone_engine_close(g->engine);
    hone_model_close(g->model);
    hone_arena_free(g->arena);
}

static inline double golden_number(const hone_json *o, const char *key)
{
    const hone_json *v = hone_json_get(o, key);
    ck_assert_msg(v != NULL, "no key %s", key);
    return hone_json_f64(v);
}

/* An array of integers, in the arena. */
static inline int32_t *golden_ids(golden *g, const hone_json *array, int32_t *ret_count)
{
    int32_t *ids = hone_arena_alloc(g->arena, (array->len + 1) * sizeof *ids);
    for (size_t i = 0; i < array->len; i++) {
        int64_t x = 0;
        ck_assert(hone_json_i64(hone_json_at(array, i), &x));
        ids[i] = (int32_t)x;
    }
    *ret_count = (int32_t)array->len;
    return ids;
}

#endif
