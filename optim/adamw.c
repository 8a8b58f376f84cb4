/* AdamW's coefficients (optim/adamw.h). */
#include "optim/adamw.h"

#include <math.h>
#include <stdbool.h>

/* Written so that NaN is refused too. */
static bool in_range(double x, double lo, double hi_excluded)
{
    return x >= lo && x < hi_excluded;
}

int hone_adamw_check(const hone_adamw *a, hone_err *err)
{
    if (!in_range(a->beta1, 0, 1) || !in_range(a->beta2, 0, 1))
        return hone_fail(err, HONE_E_USAGE, "adam betas must be at least 0 and below 1");
    if (!(a->eps > 0) || !isfinite(a->eps))
        return hone_fail(err, HONE_E_USAGE, "adam epsilon must be above 0");
    if (!in_range(a->weight_decay, 0, 1))
        return hone_fail(err, HONE_E_USAGE, "weight decay must be at least 0 and below 1");
    return HONE_OK;
}

double hone_adamw_correction(double beta, int64_t t)
{
    return 1 - pow(beta, (double)t);
}
