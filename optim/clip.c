/* Gradient clipping (optim/clip.h). */
#include "optim/clip.h"

double hone_clip_factor(double norm, double max_norm)
{
    if (max_norm <= 0 || norm <= max_norm) return 1;
    return max_norm / (norm + 1e-6); /* the 1e-6 of the common trainers, so that curves agree */
}
