/* The verbs of `hone bench`, and the product that they compare themselves with. */
#ifndef HONE_CLI_BENCH_H
#define HONE_CLI_BENCH_H

#include "common/options.h"
#include "model/engine.h"

/* Each verb: its options, and what runs after they are parsed. */
extern const hone_command hone_bench_train_command;
int hone_bench_train(hone_err *err);
extern const hone_command hone_bench_decode_command;
int hone_bench_decode(hone_err *err);

int hone_bench_threads(int64_t option); /* 0 = all processors */

/* Operations a second of the engine's matrix product on operands that fit the caches
 * ([256, 640] by [640, 256], f32 or bf16), on that many threads at once: what a step is held to. */
double hone_bench_product(bool bf16, int threads);

#endif
