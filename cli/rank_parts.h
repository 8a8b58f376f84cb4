/* Row files shared out among the ranks of a command (datasets/parts.h over common/mpi.h). */
#ifndef HONE_CLI_RANK_PARTS_H
#define HONE_CLI_RANK_PARTS_H

#include "datasets/parts.h"

/* NULL: there is one rank. */
const hone_parts_ways *hone_rank_parts(void);

#endif
