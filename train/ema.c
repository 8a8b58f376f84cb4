/* The fading mean of the parameters (train/ema.h). */
#include "train/ema.h"

#include <math.h>

#include "common/mem.h"

int hone_ema_new(float **ret, const hone_engine *e, size_t count, double decay, hone_err *err)
{
    if (!(decay > 0)) return HONE_OK;
    float *mean = hone_calloc(count, sizeof *mean);
    if (!mean) return hone_err_memory(err, "a mean", count * sizeof *mean);
    int rc = hone_engine_read(e, HONE_VEC_PARAMS, mean, err);
    if (rc < 0) hone_free(mean);
    else *ret = mean;
    return rc;
}

int hone_ema_follow(float *mean, float *work, const hone_engine *e, size_t count, double decay,
                    int64_t step, hone_err *err)
{
    const double k = (double)step;
    const float share = (float)(1 - fmin(decay, (1 + k) / (10 + k)));
    HONE_TRY(hone_engine_read(e, HONE_VEC_PARAMS, work, err));
    for (size_t i = 0; i < count; i++) mean[i] += share * (work[i] - mean[i]);
    return HONE_OK;
}
