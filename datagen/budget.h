/*
 * Money: the worst cost of a request is reserved before it is sent; the real cost replaces it when
 * the reply tells the usage. What may have been billed counts as spent. All sums in micro-units of
 * the currency of the prices, rounded up. The journal carries them over restarts.
 */
#ifndef HONE_DATAGEN_BUDGET_H
#define HONE_DATAGEN_BUDGET_H

#include "datagen/provider.h"

typedef struct hone_prices { /* per million tokens */
    bool given;
    double input, cached_input, output;
} hone_prices;

typedef struct hone_budget {
    hone_prices prices;
    int64_t limit; /* micro-units; 0 = none */
    int64_t spent, reserved;
} hone_budget;

/* "INPUT,OUTPUT" or "INPUT,CACHED,OUTPUT". */
int hone_prices_parse(hone_prices *ret, const char *text, hone_err *err);
int64_t hone_cost_worst(const hone_prices *p, int64_t input_tokens, int64_t output_tokens);
int64_t hone_cost_used(const hone_prices *p, const hone_usage *u);
/* False if the limit would be passed: nothing is reserved then. */
bool hone_budget_reserve(hone_budget *b, int64_t worst);
/* The reservation becomes spent (cost <= worst is not assumed: what was used is booked). */
void hone_budget_settle(hone_budget *b, int64_t worst, int64_t cost);

#endif
