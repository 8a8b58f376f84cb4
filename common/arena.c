/*
 * Chunked arena (common/arena.h). The newest ordinary chunk is the head of the list; a request
 * larger than the next chunk gets one of its own behind the head, so that the rest of the head
 * stays in use. Under AddressSanitizer everything that was not given out is poisoned.
 */
#include "common/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/mem.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum { ARENA_ALIGN = 16, ARENA_FIRST = 8 << 10, ARENA_LARGEST = 1 << 20 };

typedef struct arena_chunk {
    struct arena_chunk *next;
    size_t size, used;
    _Alignas(ARENA_ALIGN) unsigned char data[];
} arena_chunk;

struct hone_arena {
    arena_chunk *head, *first;
    size_t next_size, held;
};

hone_arena *hone_arena_new(void)
{
    hone_arena *a = hone_calloc(1, sizeof(*a));
    if (a) a->next_size = ARENA_FIRST;
    return a;
}

static arena_chunk *chunk_new(hone_arena *a, size_t size)
{
    size_t total;
    if (!hone_add_size(sizeof(arena_chunk), size, &total)) return NULL;
    arena_chunk *c = hone_malloc(total);
    if (!c) return NULL;
    c->next = NULL;
    c->size = size;
    c->used = 0;
    a->held += size;
    ASAN_POISON_MEMORY_REGION(c->data, size);
    return c;
}

static void chunk_free(hone_arena *a, arena_chunk *c)
{
    a->held -= c->size;
    ASAN_UNPOISON_MEMORY_REGION(c->data, c->size);
    hone_free(c);
}

/* Adds a chunk with room for n bytes and returns it. */
static arena_chunk *arena_grow(hone_arena *a, size_t n)
{
    bool own = n > a->next_size;
    arena_chunk *c = chunk_new(a, own ? n : a->next_size);
    if (!c) return NULL;
    if (!a->first) a->first = c;
    if (own && a->head) {
        c->next = a->head->next;
        a->head->next = c;
        return c;
    }
    c->next = a->head;
    a->head = c;
    if (a->next_size < ARENA_LARGEST) a->next_size *= 2;
    return c;
}

void *hone_arena_alloc(hone_arena *a, size_t n)
{
    if (!a || n > PTRDIFF_MAX - ARENA_ALIGN) return NULL;
    size_t rounded = n ? (n + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1) : ARENA_ALIGN;
    arena_chunk *c = a->head;
    if (!c || rounded > c->size - c->used) c = arena_grow(a, rounded);
    if (!c) return NULL;
    unsigned char *p = c->data + c->used;
    c->used += rounded;
    ASAN_UNPOISON_MEMORY_REGION(p, n);
    memset(p, 0, n);
    return p;
}

char *hone_arena_strndup(hone_arena *a, const char *s, size_t n)
{
    size_t size;
    if (!hone_add_size(n, 1, &size)) return NULL;
    char *copy = hone_arena_alloc(a, size);
    if (copy && n) memcpy(copy, s, n);
    return copy;
}

size_t hone_arena_bytes(const hone_arena *a)
{
    return a ? a->held : 0;
}

/* Frees every chunk but keep, which may be NULL. */
static void chunks_free(hone_arena *a, const arena_chunk *keep)
{
    arena_chunk *c = a->head;
    while (c) {
        arena_chunk *next = c->next;
        if (c != keep) chunk_free(a, c);
        c = next;
    }
}

void hone_arena_clear(hone_arena *a)
{
    if (!a) return;
    chunks_free(a, a->first);
    a->head = a->first;
    a->next_size = ARENA_FIRST;
    if (!a->first) return;
    a->first->next = NULL;
    a->first->used = 0;
    ASAN_POISON_MEMORY_REGION(a->first->data, a->first->size);
}

hone_arena *hone_arena_free(hone_arena *a)
{
    if (!a) return NULL;
    chunks_free(a, NULL);
    hone_free(a);
    return NULL;
}
