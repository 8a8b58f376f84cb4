/* The reference algorithms as float (kernels/ref/reference.h). */
#include "kernels/ref/reference.h"

#include <math.h>

#define REAL float
#define NAME(op) hone_##op##_f32_ref
#define MATH(fn) fn##f
#include "kernels/ref/whole_tmpl.c"
