/* The rows of a training run: encoded once into a file, and the ones that are set aside. */
#ifndef HONE_CLI_TRAIN_ROWS_H
#define HONE_CLI_TRAIN_ROWS_H

#include "cli/train_setup.h"

/* Fills t->shard and t->rows: from the file that an earlier start left in dir if its key fits, else
 * from --data. With --valid-share the rows set aside are in dir/valid.jsonl afterwards. Collective:
 * every rank encodes a part, rank 0 writes. */
int hone_train_rows_open(hone_trainer *t, const char *dir, hone_err *err);
/* Fills t->valid and the rows of t->scorer from --valid-file or dir/valid.jsonl. */
int hone_train_valid_open(hone_trainer *t, const char *dir, hone_err *err);

#endif
