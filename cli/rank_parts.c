/* Row files shared out among ranks (cli/rank_parts.h). */
#include "cli/rank_parts.h"

#include "common/mem.h"
#include "common/mpi.h"

static void gather(void *user, const void *mine, size_t bytes, void *all)
{
    (void)user;
    hone_mpi_gather(mine, bytes, all);
}

static int collect(void *user, const void *mine, char *const *in, const size_t *sizes,
                   hone_err *err)
{
    const int ranks = hone_mpi_size(), rank = hone_mpi_rank();
    (void)user;
    if (rank > 0) {
        const hone_mpi_message out = { 0, 0, (void *)(uintptr_t)mine, sizes[rank] };
        return hone_mpi_swap(&out, sizes[rank] > 0, NULL, 0, err);
    }
    hone_mpi_message *list = hone_calloc((size_t)ranks, sizeof *list);
    if (!list) return hone_err_memory(err, "messages", (size_t)ranks * sizeof *list);
    int n = 0;
    for (int i = 1; i < ranks; i++)
        if (sizes[i]) list[n++] = (hone_mpi_message){ i, 0, in[i], sizes[i] };
    const int rc = hone_mpi_swap(NULL, 0, list, n, err);
    hone_free(list);
    return rc;
}

const hone_parts_ways *hone_rank_parts(void)
{
    static hone_parts_ways ways;
    ways = (hone_parts_ways){ hone_mpi_rank(), hone_mpi_size(), NULL, gather, collect };
    return ways.ranks > 1 ? &ways : NULL;
}
