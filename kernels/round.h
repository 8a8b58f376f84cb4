/* Rounding that is the same on every machine and that loops can use vector instructions for. */
#ifndef HONE_KERNELS_ROUND_H
#define HONE_KERNELS_ROUND_H

/* Half to even for |x| < 2^22: above 1.5 * 2^23 the spacing of floats is exactly 1. Unlike rintf
 * this is two additions on every x86. NaN stays NaN. */
static inline float hone_round_even(float x)
{
    const float magic = 12582912.0f;
    return (x + magic) - magic;
}

#endif
