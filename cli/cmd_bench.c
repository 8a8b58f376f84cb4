/*
 * `hone bench VERB`: speed figures on this machine, by the same code that the other commands run.
 */
#include <stdio.h>
#include <string.h>

#include "cli/bench.h"
#include "cli/cmd.h"
#include "common/mem.h"

typedef struct verb {
    const char *name;
    const hone_command *command;
    int (*run)(hone_err *err);
    const char *summary;
} verb;

static const verb verbs[] = {
    { "train", &hone_bench_train_command, hone_bench_train, "steps of LoRA training" },
    { "decode", &hone_bench_decode_command, hone_bench_decode, "prompts and answers" },
};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

static void print_verbs(FILE *out)
{
    fprintf(out, "usage: hone bench VERB [options]     hone bench VERB --help\n\n");
    for (int i = 0; i < VERBS; i++) fprintf(out, "  %-8s %s\n", verbs[i].name, verbs[i].summary);
}

static int run_verb(const verb *v, int argc, char **argv)
{
    hone_err err;
    hone_err_clear(&err);
    hone_arena *a = hone_arena_new();
    int rc = a ? hone_cmd_parse(v->command, argc, argv, NULL, 0, NULL, a, &err)
               : hone_err_memory(&err, "options", 1);
    if (rc == 0) rc = v->run(&err);
    hone_arena_free(a);
    return rc < 0 ? hone_cmd_fail(&err) : 0;
}

int hone_cmd_bench(int argc, char **argv)
{
    if (argc < 2) {
        print_verbs(stderr);
        return hone_code_exit_status(HONE_E_USAGE);
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "--help-all")) {
        print_verbs(stdout);
        return 0;
    }
    for (int i = 0; i < VERBS; i++) {
        if (!strcmp(argv[1], verbs[i].name)) return run_verb(&verbs[i], argc - 1, argv + 1);
    }
    hone_err err;
    hone_err_clear(&err);
    hone_fail(&err, HONE_E_USAGE, "unknown verb '%s'", argv[1]);
    hone_err_hint(&err, "'hone bench' lists them");
    return hone_cmd_fail(&err);
}
