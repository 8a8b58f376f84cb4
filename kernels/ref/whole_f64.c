/* The reference algorithms as double (kernels/ref/reference.h). */
#include "kernels/ref/reference.h"

#include <math.h>

#define REAL double
#define NAME(op) hone_##op##_f64_ref
#define MATH(fn) fn
#include "kernels/ref/whole_tmpl.c"
