/* Money (datagen/budget.h). */
#include "datagen/budget.h"

#include <math.h>
#include <string.h>

int hone_prices_parse(hone_prices *ret, const char *text, hone_err *err)
{
    double v[3];
    int n = 0;
    const char *at = text;
    for (;;) {
        size_t len = strcspn(at, ",");
        if (n == 3 || !hone_parse_f64(at, len, &v[n]) || !(v[n] >= 0) || v[n] > 1e6) break;
        n++;
        if (!at[len]) {
            if (n < 2) break;
            *ret = (hone_prices){ true, v[0], n == 3 ? v[1] : v[0], v[n - 1] };
            return 0;
        }
        at += len + 1;
    }
    hone_err_hint(err, "per million tokens: --prices 0.15,0.60 or 0.15,0.075,0.60 (input, cached "
                       "input, output)");
    return hone_fail(err, HONE_E_USAGE, "--prices '%s' are not two or three numbers", text);
}

int64_t hone_cost_worst(const hone_prices *p, int64_t input_tokens, int64_t output_tokens)
{
    double dear = p->input > p->cached_input ? p->input : p->cached_input;
    return (int64_t)ceil((double)input_tokens * dear + (double)output_tokens * p->output);
}

int64_t hone_cost_used(const hone_prices *p, const hone_usage *u)
{
    double fresh = (double)(u->input - u->cached_input);
    return (int64_t)ceil(fresh * p->input + (double)u->cached_input * p->cached_input +
                         (double)u->output * p->output);
}

bool hone_budget_reserve(hone_budget *b, int64_t worst)
{
    if (b->limit > 0 && b->spent + b->reserved + worst > b->limit) return false;
    b->reserved += worst;
    return true;
}

void hone_budget_settle(hone_budget *b, int64_t worst, int64_t cost)
{
    b->reserved -= worst;
    b->spent += cost;
}
