/* Gradient clipping by the norm over all parameters (Pascanu et al. 2013). */
#ifndef HONE_OPTIM_CLIP_H
#define HONE_OPTIM_CLIP_H

/* Factor of all gradients so that their norm is at most max_norm; 1 if it is, or if max_norm is 0
 * (clipping off). norm must be finite: a NaN is the guard's business, not the optimiser's. */
double hone_clip_factor(double norm, double max_norm);

#endif
