/* How people say it: fillers, repeats, restarts, typing slips, and the style of writing. All keep
 * the segments, so that words which are values change together with their values. */
#ifndef HONE_DATAGEN_NOISE_H
#define HONE_DATAGEN_NOISE_H

#include "datagen/phrase.h"
#include "datagen/quota.h"
#include "datagen/tongue.h"

enum { HONE_NOISE_FILLER = 1, HONE_NOISE_REPEAT = 2, HONE_NOISE_RESTART = 4, HONE_NOISE_TYPO = 8 };

/* Puts noise into p; returns what was done (bits as above). */
int hone_noise_add(hone_phrase *p, const hone_tongue *t, hone_lexicon *words, hone_rng *rng,
                   hone_arena *a, hone_style style);
/* Rewrites p in the style: case and punctuation. question: ends with a question mark when written.
 */
bool hone_style_apply(hone_phrase *p, const hone_tongue *t, hone_arena *a, hone_rng *rng,
                      hone_style style);

#endif
