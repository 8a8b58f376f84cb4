/* The reference kernels as float: the portable path, and what faster versions are compared with. */
#include "kernels/kernels.h"

#include <math.h>

#define REAL float
#define NAME(op) hone_##op##_f32_ref
#define MATH(fn) fn##f
#include "kernels/ref/rows_tmpl.c"
