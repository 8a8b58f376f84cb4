/* The word lists of the offline teacher (datagen/phrase.h): tables that end with a NULL name. All
 * were written for this program; none is taken from a data set. */
#ifndef HONE_DATAGEN_WORDS_H
#define HONE_DATAGEN_WORDS_H

#include "datagen/phrase.h"

extern const hone_words hone_words_names[];  /* people, firms, addresses, numbers */
extern const hone_words hone_words_places[]; /* where to go, cities, venues */
extern const hone_words hone_words_music[];  /* artists, titles, playlists, works */
extern const hone_words hone_words_things[]; /* everyday nouns, labels, events, dates */
extern const hone_words hone_words_texts[];  /* messages, notes, subjects */
extern const hone_words hone_words_talk[];   /* wrappers, fillers, contexts, corrections */
extern const hone_words hone_words_nocall[]; /* utterances that want no call, and answers */
extern const hone_words hone_words_near[];   /* requests near to a function, but outside it */
extern const hone_words hone_words_phone[];  /* frames of alarms and timers */
extern const hone_words hone_words_office[]; /* frames of events, mail, contacts, notes */
extern const hone_words hone_words_move[];   /* frames of light, settings, the way, music */
extern const hone_words hone_words_media[];  /* frames of music, books, films, weather, tables */
extern const hone_words hone_words_home[];   /* frames of homes, lists, calls, shops */
extern const hone_words hone_words_german_frames[], hone_words_german_lists[];

#endif
