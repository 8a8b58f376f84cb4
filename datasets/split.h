/*
 * Which part a row belongs to, by the hash of its key alone: independent of order, of the other
 * rows and of the file, so that a row never changes sides when a file grows. docs/data.md.
 */
#ifndef HONE_DATASETS_SPLIT_H
#define HONE_DATASETS_SPLIT_H

#include "model/row.h"

typedef enum hone_part { HONE_PART_TRAIN, HONE_PART_VALID, HONE_PART_TEST } hone_part;

/* u = the first 52 bits of SHA-256(key) as a fraction: test if u < test, valid if u < test + valid.
 */
hone_part hone_split_part(const char *key, double valid, double test);
/* The key of a row: its group if it has one and by_group, else its user text. */
const char *hone_split_key(const hone_row *row, bool by_group);

#endif
