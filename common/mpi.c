/* Ranks (common/mpi.h). The only file that knows MPI; HONE_HAVE_MPI says that it was found. */
#include "common/mpi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/json.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/stop.h"

static int rank, size = 1;
static bool agreed;

/* A number of an environment variable, or 0. */
static int env_count(const char *name)
{
    const char *s = getenv(name);
    int64_t n;
    return s && hone_parse_i64(s, strlen(s), &n) && n > 0 && n < 1 << 20 ? (int)n : 0;
}

int hone_mpi_launched(void)
{
    static const char *const names[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE",
                                         "SLURM_STEP_NUM_TASKS" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int n = env_count(names[i]);
        if (n) return n;
    }
    return 1;
}

int hone_mpi_rank(void)
{
    return rank;
}

int hone_mpi_size(void)
{
    return size;
}

int hone_mpi_local(void)
{
    int n = env_count("OMPI_COMM_WORLD_LOCAL_SIZE");
    return n && n < size ? n : size;
}

bool hone_mpi_agreed(void)
{
    return agreed;
}

#ifdef HONE_HAVE_MPI
#include <mpi.h>

enum { MESSAGE_BYTES = 1 << 30 }; /* MPI counts in int */

/* ---- stop requests ---- */

enum { TAG_STOP = 32767 }; /* the largest that every MPI has */

static struct {
    bool told, heard;
    MPI_Request *sent;   /* to all ranks */
    bool *from;          /* ranks that told us */
} stop;

static int stop_open(hone_err *err)
{
    stop.sent = hone_calloc((size_t)size, sizeof *stop.sent);
    stop.from = hone_calloc((size_t)size, sizeof *stop.from);
    if (stop.sent && stop.from) return HONE_OK;
    return hone_err_memory(err, "ranks", (size_t)size * sizeof *stop.sent);
}

static void stop_tell(void)
{
    stop.told = true;
    for (int i = 0; i < size; i++) {
        stop.sent[i] = MPI_REQUEST_NULL;
        if (i != rank)
            (void)MPI_Isend(NULL, 0, MPI_BYTE, i, TAG_STOP, MPI_COMM_WORLD, &stop.sent[i]);
    }
}

static void stop_hear(int from)
{
    (void)MPI_Recv(NULL, 0, MPI_BYTE, from, TAG_STOP, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    stop.from[from] = stop.heard = true;
}

bool hone_mpi_stop_requested(void)
{
    if (size == 1) return hone_stop_requested();
    if (hone_stop_requested() && !stop.told) stop_tell();
    for (int there = 1; there;) {
        MPI_Status s;
        (void)MPI_Iprobe(MPI_ANY_SOURCE, TAG_STOP, MPI_COMM_WORLD, &there, &s);
        if (there) stop_hear(s.MPI_SOURCE);
    }
    return stop.told || stop.heard;
}

/* Nobody may end with a message under way: who told is known to all behind the barrier. */
static void stop_receive_all(void)
{
    for (int i = 0; i < size; i++) {
        bool told = stop.told;
        (void)MPI_Bcast(&told, sizeof told, MPI_BYTE, i, MPI_COMM_WORLD);
        if (told && i != rank && !stop.from[i]) stop_hear(i);
    }
    if (stop.told) (void)MPI_Waitall(size, stop.sent, MPI_STATUSES_IGNORE);
}

void hone_mpi_stop_settle(void)
{
    const struct timespec nap = { 0, 2000000 };
    MPI_Request all;
    int met = 0;
    if (size == 1) return;
    (void)MPI_Ibarrier(MPI_COMM_WORLD, &all);
    while (MPI_Test(&all, &met, MPI_STATUS_IGNORE) == MPI_SUCCESS && !met) {
        (void)hone_mpi_stop_requested();
        (void)nanosleep(&nap, NULL);
    }
    stop_receive_all();
}

/* ---- joining and leaving ---- */

static bool begun;

int hone_mpi_start(hone_err *err)
{
    const int launched = hone_mpi_launched();
    int level;
    if (begun || (launched == 1 && !getenv("OMPI_COMM_WORLD_SIZE"))) return HONE_OK;
    (void)MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
    begun = true;
    (void)MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    (void)MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (size == launched) return stop_open(err);
    hone_err_hint(err, "start it with mpirun of the MPI that hone was built with, or under Slurm "
                       "with srun --mpi=pmix");
    return hone_fail(err, HONE_E_USAGE, "%d processes were started, but MPI joins %d of them",
                     launched, size);
}

void hone_mpi_end(int status)
{
    if (!begun) return;
    begun = false;
    hone_free(stop.sent);
    hone_free(stop.from);
    if (status != 0 && !agreed && size > 1) (void)MPI_Abort(MPI_COMM_WORLD, status);
    (void)MPI_Finalize();
}

void hone_mpi_gather(const void *mine, size_t bytes, void *all)
{
    if (size == 1) memcpy(all, mine, bytes);
    else (void)MPI_Allgather(mine, (int)bytes, MPI_BYTE, all, (int)bytes, MPI_BYTE, MPI_COMM_WORLD);
}

void hone_mpi_share(void *data, size_t bytes)
{
    char *at = data;
    while (size > 1 && bytes > 0) {
        size_t n = bytes < MESSAGE_BYTES ? bytes : MESSAGE_BYTES;
        (void)MPI_Bcast(at, (int)n, MPI_BYTE, 0, MPI_COMM_WORLD);
        at += n;
        bytes -= n;
    }
}

static int pieces(const hone_mpi_message *m, int count)
{
    int n = 0;
    for (int i = 0; i < count; i++) n += (int)((m[i].bytes + MESSAGE_BYTES - 1) / MESSAGE_BYTES);
    return n;
}

/* Messages of one pair and tag arrive in the order in which they were sent. */
static int post(const hone_mpi_message *m, int count, bool out, MPI_Request *r)
{
    int n = 0;
    for (int i = 0; i < count; i++) {
        for (size_t at = 0; at < m[i].bytes; at += MESSAGE_BYTES) {
            size_t rest = m[i].bytes - at, some = rest < MESSAGE_BYTES ? rest : MESSAGE_BYTES;
            char *data = (char *)m[i].data + at;
            if (out)
                (void)MPI_Isend(data, (int)some, MPI_BYTE, m[i].rank, m[i].tag, MPI_COMM_WORLD,
                                &r[n++]);
            else
                (void)MPI_Irecv(data, (int)some, MPI_BYTE, m[i].rank, m[i].tag, MPI_COMM_WORLD,
                                &r[n++]);
        }
    }
    return n;
}

int hone_mpi_swap(const hone_mpi_message *out, int num_out, const hone_mpi_message *in, int num_in,
                  hone_err *err)
{
    int n = pieces(out, num_out) + pieces(in, num_in);
    if (n == 0) return HONE_OK;
    MPI_Request *r = hone_calloc((size_t)n, sizeof *r);
    if (!r) return hone_err_memory(err, "messages", (size_t)n * sizeof *r);
    int at = post(in, num_in, false, r);
    (void)post(out, num_out, true, r + at);
    (void)MPI_Waitall(n, r, MPI_STATUSES_IGNORE);
    hone_free(r);
    return HONE_OK;
}

#else

int hone_mpi_start(hone_err *err)
{
    if (hone_mpi_launched() == 1) return HONE_OK;
    hone_err_hint(err, "install libopenmpi-dev and build again, or start one process");
    return hone_fail(err, HONE_E_USAGE, "%d processes were started, but this hone was built "
                                        "without MPI", hone_mpi_launched());
}

void hone_mpi_end(int status)
{
    (void)status;
}

void hone_mpi_gather(const void *mine, size_t bytes, void *all)
{
    memcpy(all, mine, bytes);
}

void hone_mpi_share(void *data, size_t bytes)
{
    (void)data;
    (void)bytes;
}

bool hone_mpi_stop_requested(void)
{
    return hone_stop_requested();
}

void hone_mpi_stop_settle(void)
{
}

int hone_mpi_swap(const hone_mpi_message *out, int num_out, const hone_mpi_message *in, int num_in,
                  hone_err *err)
{
    (void)out;
    (void)in;
    if (num_out == 0 && num_in == 0) return HONE_OK;
    return hone_fail(err, HONE_E_INTERNAL, "a message without another process");
}

#endif

/* The others wait and cannot be told. */
static int die(void)
{
    hone_warn("out of memory");
    hone_mpi_end(hone_code_exit_status(HONE_E_MEMORY));
    return HONE_E_MEMORY;
}

bool hone_mpi_any(bool mine)
{
    bool any = mine;
    bool *all = size > 1 ? hone_calloc((size_t)size, sizeof *all) : NULL;
    if (size == 1) return mine;
    if (!all) return die() < 0;
    hone_mpi_gather(&mine, sizeof mine, all);
    for (int i = 0; i < size; i++) any = any || all[i];
    hone_free(all);
    return any;
}

int hone_mpi_agree(int rc, hone_err *err)
{
    if (size == 1) return rc;
    hone_err mine;
    hone_err_clear(&mine);
    if (rc < 0 && err) mine = *err;
    if (rc < 0) mine.code = rc;
    hone_err *all = hone_calloc((size_t)size, sizeof *all);
    if (!all) return die();
    hone_mpi_gather(&mine, sizeof mine, all);
    int first = 0, code;
    while (first < size && all[first].code >= 0) first++;
    code = first < size ? all[first].code : 0;
    if (code < 0 && err) {
        *err = all[first];
        if (first > 0) (void)hone_err_context(err, "rank %d", first);
    }
    hone_free(all);
    agreed = code < 0;
    return code < 0 ? code : rc;
}
