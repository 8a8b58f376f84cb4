/* Learning-rate schedules (optim/schedule.h). */
#include "optim/schedule.h"

#include <math.h>
#include <string.h>

static const double FLOOR = 0.05; /* a last step at rate 0 would be wasted */
enum { TUNED_LEAST = 10 };
static const double PI = 3.14159265358979323846;

int hone_schedule_parse(hone_schedule_kind *ret, const char *word, hone_err *err)
{
    static const char *const words[] = { "cosine", "linear", "constant" };
    for (int i = 0; i < 3; i++) {
        if (strcmp(word, words[i]) != 0) continue;
        *ret = (hone_schedule_kind)i;
        return HONE_OK;
    }
    return hone_fail(err, HONE_E_USAGE, "unknown learning-rate schedule '%s' (known: cosine, "
                                        "linear, constant)", word);
}

int64_t hone_schedule_warmup(int64_t asked, int64_t total)
{
    return asked * 10 <= total ? asked : total / 10;
}

int64_t hone_schedule_warmup_tuned(int64_t asked, int64_t total)
{
    const int64_t usual = hone_schedule_warmup(asked, total),
                  half = total / 2 < TUNED_LEAST ? total / 2 : TUNED_LEAST,
                  least = asked < half ? asked : half;
    return usual > least ? usual : least;
}

double hone_schedule_factor(const hone_schedule *s, int64_t step)
{
    double done = s->total > 0 ? fmin(1, (double)step / (double)s->total) : 0;
    double warm = s->warmup > 0 ? fmin(1, (double)(step + 1) / (double)s->warmup) : 1;
    switch (s->kind) {
    case HONE_SCHEDULE_COSINE: return warm * (FLOOR + (1 - FLOOR) * 0.5 * (1 + cos(PI * done)));
    case HONE_SCHEDULE_LINEAR: return warm * (1 - (1 - FLOOR) * done);
    case HONE_SCHEDULE_CONSTANT: break;
    }
    return warm;
}
