/*
 * `hone run`: the whole of hone.yaml in order. Every stage is one of the program's own commands in
 * a child of this process, so that its memory is its own; a stage whose options, inputs and outputs
 * are unchanged (content hashes in RUN/stages.json) is not repeated. docs/pipeline.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/run_stages.h"
#include "cli/run_summary.h"
#include "common/fs.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/stop.h"

static const char *opt_output;
static bool opt_dry_run, opt_force;
static double forecast; /* --dry-run: seconds by the last times */
static int unknown;     /* stages without one */

static const hone_opt options[] = {
    { "output-dir", 'o', NULL, HONE_OPT_PATH, &opt_output, 0, 0, NULL, "DIR",
      "run folder; default: output_dir of the file, else run/ beside it", false },
    { "dry-run", 0, NULL, HONE_OPT_BOOL, &opt_dry_run, 0, 0, NULL, NULL,
      "check the file, print which stages would run and why, what they took last time, and the "
      "plan of the training", false },
    { "force", 0, NULL, HONE_OPT_BOOL, &opt_force, 0, 0, NULL, NULL,
      "repeat every stage", false },
};

static const hone_command command = {
    "run",
    "hone run hone.yaml [-o RUN]",
    "Generates data, trains, evaluates before and after, exports, evaluates the exported file and\n"
    "calls it. Stages whose inputs are unchanged are skipped; after Ctrl-C (exit status 75) the "
    "same\n"
    "line goes on where it stopped. Not offered yet: failure-driven refill.",
    options,
    sizeof options / sizeof options[0],
    "  hone run examples/phone/hone.yaml\n"
};

/* Runs one stage's command in a child, with one more word (NULL: none); its standard output goes to
 * the file out (-1: kept). */
static int run_child(const hone_stage *s, char *more, int out_fd, struct rusage *ret_usage)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) return -1;
    if (pid == 0) {
        char *argv[HONE_STAGE_WORDS + 2];
        int argc = 0;
        for (int i = 0; i < s->argc; i++) argv[argc++] = s->argv[i];
        if (more) argv[argc++] = more;
        if (out_fd >= 0 && dup2(out_fd, 1) < 0) _exit(74);
        int status = s->run(argc, argv);
        fflush(NULL);
        _exit(status);
    }
    int status = 0;
    while (wait4(pid, &status, 0, ret_usage) < 0) {
        if (errno != EINTR) return -1;
    }
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    return 128 + WTERMSIG(status);
}

/* Effective options of a stage as the command itself sees them. */
static int dump_options(const hone_stage *s, hone_arena *a, hone_json **ret, hone_err *err)
{
    int fds[2];
    if (pipe(fds) != 0) return hone_fail(err, HONE_E_IO, "pipe: %s", strerror(errno));
    fcntl(fds[0], F_SETPIPE_SZ, 1 << 20);
    struct rusage usage;
    static char dump_word[] = "--dump-options";
    int status = run_child(s, dump_word, fds[1], &usage);
    close(fds[1]);
    hone_buf text = HONE_BUF_INIT((size_t)1 << 20);
    char chunk[4096];
    ssize_t n;
    while (status == 0 && (n = read(fds[0], chunk, sizeof chunk)) > 0) {
        hone_buf_add(&text, chunk, (size_t)n);
    }
    close(fds[0]);
    int rc = 0;
    if (status != 0 || !text.data) {
        rc = hone_fail(err, HONE_E_USAGE, "stage %s cannot start (its message stands above)",
                       s->name);
    } else {
        rc = hone_json_parse(ret, a, text.data, text.len, s->name, 1, err);
    }
    hone_buf_done(&text);
    return rc;
}

static int open_log(const hone_plan *p, const hone_stage *s, hone_err *err)
{
    char *dir = hone_path_join(p->dir, "logs");
    if (!dir) return hone_err_memory(err, "path", 0);
    int rc = hone_fs_mkdirs(dir, err);
    hone_buf name = HONE_BUF_INIT(4096);
    hone_buf_printf(&name, "%s/%s.txt", dir, s->name);
    hone_free(dir);
    int fd = -1;
    if (rc == 0) {
        fd = open(name.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0) rc = hone_fail(err, HONE_E_IO, "%s: %s", name.data, strerror(errno));
    }
    hone_buf_done(&name);
    return rc < 0 ? rc : fd;
}

static int run_stage(hone_plan *p, const hone_stage *s, hone_err *err)
{
    int fd = open_log(p, s, err);
    if (fd < 0) return fd;
    double start = hone_clock();
    struct rusage usage = { 0 };
    int status = run_child(s, NULL, fd, &usage);
    close(fd);
    if (status == 0) {
        double seconds = hone_clock() - start, gigabytes = (double)usage.ru_maxrss * 1024 / 1e9;
        hone_log("%-9s done in %.0f s, peak memory %.2f GB", s->name, seconds, gigabytes);
        return hone_stage_timed(p, s, seconds, gigabytes, err);
    }
    if (status == 75 || hone_stop_requested()) {
        hone_err_hint(err, "run the same line again to go on");
        return hone_fail(err, HONE_E_STOPPED, "stopped in stage %s", s->name);
    }
    hone_err_hint(err, "`%s` alone repeats it", s->line);
    return hone_fail(err, status == 65 ? HONE_E_DATA : status == 64 ? HONE_E_USAGE
                          : status == 69 ? HONE_E_REMOTE : status == 74 ? HONE_E_IO
                          : status == 77 ? HONE_E_REFUSED : status == 3 ? HONE_UNMEASURABLE
                          : HONE_E_INTERNAL, "stage %s ended with status %d", s->name, status);
}

/* What is known of a stage that would run: its last time, and for the training its plan if the rows
 * are there. */
static void foresee(hone_plan *p, hone_stage *s, bool waits)
{
    static char dry_word[] = "--dry-run";
    double seconds, gigabytes;
    struct rusage usage;
    s->stale = true;
    if (hone_stage_last_time(p, s, &seconds, &gigabytes)) {
        hone_log("      took %.0f s and %.2f GB last time", seconds, gigabytes);
        forecast += seconds;
    } else {
        unknown++;
    }
    if (s->run == hone_cmd_train && !waits && s->argc < HONE_STAGE_WORDS)
        (void)run_child(s, dry_word, -1, &usage);
}

static int do_stage(hone_plan *p, hone_stage *s, int number, hone_err *err)
{
    char waiting[64];
    HONE_TRY(hone_stage_key(p, s, s->options, err));
    const char *waits = opt_dry_run ? hone_stage_waits(p, s) : NULL;
    const char *why = opt_force ? "--force" : hone_stage_reason(p, s);
    if (waits) {
        (void)snprintf(waiting, sizeof waiting, "unless stage %s leaves the same", waits);
        if (!why) why = waiting;
    }
    if (!why) {
        hone_log("[%d/%d] %-9s unchanged, skipped", number, p->count, s->name);
        return 0;
    }
    hone_log("[%d/%d] %-9s %s (%s)", number, p->count, s->name, s->purpose, why);
    hone_log_more("%s", s->line);
    if (opt_dry_run) {
        foresee(p, s, waits != NULL);
        return 0;
    }
    HONE_TRY(run_stage(p, s, err));
    return hone_stage_finish(p, s, err);
}

/* All stages' options before the first stage begins: a wrong word is told at once. */
static int all_options(hone_plan *p, hone_err *err)
{
    for (int i = 0; i < p->count; i++)
        HONE_TRY(dump_options(&p->stages[i], p->arena, &p->stages[i].options, err));
    return 0;
}

static int run_all(hone_plan *p, hone_err *err)
{
    double start = hone_clock();
    HONE_TRY(all_options(p, err));
    for (int i = 0; i < p->count; i++) {
        HONE_TRY(do_stage(p, &p->stages[i], i + 1, err));
        if (hone_stop_requested()) {
            hone_err_hint(err, "run the same line again to go on");
            return hone_fail(err, HONE_E_STOPPED, "stopped after stage %s", p->stages[i].name);
        }
    }
    if (opt_dry_run) {
        hone_log("by the last times: %.0f s%s", forecast,
                 unknown ? ", and stages that never ran here" : "");
        return 0;
    }
    HONE_TRY(hone_run_summary(p, err));
    hone_log("all stages up to date after %.0f s", hone_clock() - start);
    return 0;
}

int hone_cmd_run(int argc, char **argv)
{
    hone_err err;
    hone_err_clear(&err);
    hone_arena *a = hone_arena_new();
    int rc = a ? 0 : hone_err_memory(&err, "arena", 0);
    const char *file = NULL;
    int count = 0;
    hone_plan plan = { 0 };
    hone_lock *lock = NULL;
    if (rc == 0) rc = hone_options_parse(&command, argc, argv, &file, 1, &count, a, &err);
    if (rc == 0 && count == 0) {
        hone_err_hint(&err, "for example: hone run examples/phone/hone.yaml");
        rc = hone_fail(&err, HONE_E_USAGE, "name the configuration file");
    }
    if (rc == 0) rc = hone_plan_make(&plan, a, file, opt_output, &err);
    if (rc == 0 && !opt_dry_run) rc = hone_lock_take(&lock, plan.lock_path, &err);
    if (rc == 0) rc = run_all(&plan, &err);
    hone_lock_drop(lock);
    hone_arena_free(a);
    return rc < 0 ? hone_cmd_fail(&err) : 0;
}
