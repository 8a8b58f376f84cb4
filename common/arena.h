/*
 * Arena: many small objects with one lifetime, freed at once. Grows in chunks, never moves what it
 * gave out. Not thread safe; one arena a thread.
 */
#ifndef HONE_COMMON_ARENA_H
#define HONE_COMMON_ARENA_H

#include <stddef.h>

typedef struct hone_arena hone_arena;

hone_arena *hone_arena_new(void);                 /* NULL when out of memory */
/* 16-byte aligned, zeroed; NULL when out of memory. */
void *hone_arena_alloc(hone_arena *a, size_t n);
char *hone_arena_strndup(hone_arena *a, const char *s, size_t n);
size_t hone_arena_bytes(const hone_arena *a);     /* held in chunks, used or not; accepts NULL */
void hone_arena_clear(hone_arena *a);             /* keeps the first chunk; accepts NULL */
hone_arena *hone_arena_free(hone_arena *a);       /* accepts NULL, returns NULL */

#endif
