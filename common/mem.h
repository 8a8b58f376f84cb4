/*
 * Allocation: the only door to malloc, so that tests can make the Nth allocation fail.
 * Sizes that come from outside pass through the checked helpers before they get here.
 */
#ifndef HONE_COMMON_MEM_H
#define HONE_COMMON_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/* NULL on failure only: 0 bytes give a block too; over 512 GiB always fails. hone_calloc and
 * hone_realloc_array check the product; after a failed hone_realloc_array the old block is still
 * there. Any thread may call these. */
void *hone_malloc(size_t n);
void *hone_calloc(size_t count, size_t size);
void *hone_realloc_array(void *p, size_t count, size_t size);
void *hone_aligned(size_t n); /* 64-byte aligned, not zeroed, never reallocated; hone_free */
void hone_free(void *p);      /* accepts NULL */
/* The caller will write all of this fresh block (or a part of one) now: its pages are asked for at
 * once, which costs a third less than a fault for each. Values stay; nothing can fail. */
void hone_mem_expect(void *p, size_t n);
char *hone_strdup(const char *s);
char *hone_strndup(const char *s, size_t n); /* copies n bytes, adds NUL */

/* Fails err with HONE_E_MEMORY naming what and how much; returns the code. */
int hone_err_memory(hone_err *err, const char *what, size_t bytes);

/* True and *ret set if no overflow. */
bool hone_mul_size(size_t a, size_t b, size_t *ret);
bool hone_add_size(size_t a, size_t b, size_t *ret);
bool hone_mul_u64(uint64_t a, uint64_t b, uint64_t *ret);
bool hone_add_u64(uint64_t a, uint64_t b, uint64_t *ret);

/* Tests: fail the nth allocation from now (1 = next), once or every one from then on; 0 = off. */
void hone_mem_fail_after(int64_t nth, bool persistent);
int64_t hone_mem_live(void);  /* blocks allocated and not freed */
int64_t hone_mem_count(void); /* allocations so far */

#endif
