/* The reference kernels as double: what float versions are measured against, and finite
 * differences. */
#include "kernels/kernels.h"

#include <math.h>

#define REAL double
#define NAME(op) hone_##op##_f64_ref
#define MATH(fn) fn
#include "kernels/ref/rows_tmpl.c"
