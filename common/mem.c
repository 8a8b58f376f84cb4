/*
 * Counted allocation with a fault hook (common/mem.h). All blocks come from the C library, so that
 * the sanitizers see each one; the counters are atomic, so that any thread may allocate.
 */
#include "common/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* No machine gives this much: sizes above it are mistakes, and the sanitizers would abort on
 * them. */
static const size_t MEM_LARGEST = (size_t)1 << 39;
_Static_assert(sizeof(size_t) == 8, "sizes are 64 bits wide");

static _Atomic int64_t mem_live;
static _Atomic int64_t mem_count;
static _Atomic int64_t fail_countdown; /* allocations until the failing one, while armed */
static atomic_bool fail_armed;
static atomic_bool fail_persistent;

void hone_mem_fail_after(int64_t nth, bool persistent)
{
    atomic_store(&fail_armed, false);
    atomic_store(&fail_countdown, nth);
    atomic_store(&fail_persistent, persistent);
    atomic_store(&fail_armed, nth > 0);
}

int64_t hone_mem_live(void)
{
    return atomic_load(&mem_live);
}

int64_t hone_mem_count(void)
{
    return atomic_load(&mem_count);
}

/* Counts one allocation and says whether the hook wants it to fail. */
static bool must_fail(void)
{
    atomic_fetch_add_explicit(&mem_count, 1, memory_order_relaxed);
    if (!atomic_load_explicit(&fail_armed, memory_order_relaxed)) return false;
    int64_t left = atomic_fetch_sub(&fail_countdown, 1);
    return left == 1 || (left < 1 && atomic_load(&fail_persistent));
}

static void *counted(void *p)
{
    if (p) atomic_fetch_add_explicit(&mem_live, 1, memory_order_relaxed);
    return p;
}

void *hone_malloc(size_t n)
{
    if (must_fail() || n > MEM_LARGEST) return NULL;
    return counted(malloc(n ? n : 1));
}

void *hone_calloc(size_t count, size_t size)
{
    size_t n;
    if (must_fail() || !hone_mul_size(count, size, &n) || n > MEM_LARGEST) return NULL;
    return counted(calloc(n ? n : 1, 1));
}

void *hone_realloc_array(void *p, size_t count, size_t size)
{
    size_t n;
    if (must_fail() || !hone_mul_size(count, size, &n) || n > MEM_LARGEST) return NULL;
    if (!p) return counted(malloc(n ? n : 1));
    return realloc(p, n ? n : 1);
}

void *hone_aligned(size_t n)
{
    if (must_fail() || n > MEM_LARGEST) return NULL;
    return counted(aligned_alloc(64, n ? (n + 63) & ~(size_t)63 : 64));
}

void hone_free(void *p)
{
    if (!p) return;
    atomic_fetch_sub_explicit(&mem_live, 1, memory_order_relaxed);
    free(p);
}

void hone_mem_expect(void *p, size_t n)
{
#if defined(MADV_POPULATE_WRITE) /* Linux 5.14; other page sizes may refuse the address */
    const size_t into = (uintptr_t)p % 4096;
    (void)madvise((char *)p - into, n + into, MADV_POPULATE_WRITE);
#else
    (void)p, (void)n;
#endif
}

char *hone_strndup(const char *s, size_t n)
{
    size_t size;
    if (!hone_add_size(n, 1, &size)) return NULL;
    char *copy = hone_malloc(size);
    if (!copy) return NULL;
    if (n) memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *hone_strdup(const char *s)
{
    return s ? hone_strndup(s, strlen(s)) : NULL;
}

int hone_err_memory(hone_err *err, const char *what, size_t bytes)
{
    hone_err_hint(err, "close other programs or use smaller settings");
    return hone_fail(err, HONE_E_MEMORY, "out of memory for %s (%zu bytes)", what, bytes);
}

bool hone_mul_size(size_t a, size_t b, size_t *ret)
{
    size_t r;
    if (__builtin_mul_overflow(a, b, &r)) return false;
    *ret = r;
    return true;
}

bool hone_add_size(size_t a, size_t b, size_t *ret)
{
    size_t r;
    if (__builtin_add_overflow(a, b, &r)) return false;
    *ret = r;
    return true;
}

bool hone_mul_u64(uint64_t a, uint64_t b, uint64_t *ret)
{
    uint64_t r;
    if (__builtin_mul_overflow(a, b, &r)) return false;
    *ret = r;
    return true;
}

bool hone_add_u64(uint64_t a, uint64_t b, uint64_t *ret)
{
    uint64_t r;
    if (__builtin_add_overflow(a, b, &r)) return false;
    *ret = r;
    return true;
}
