/*
 * The program: picks the command and returns its exit status. Commands parse their own words;
 * nothing is computed here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "common/log.h"
#include "common/mpi.h"
#include "common/stop.h"
#include "kernels/blas.h"

typedef struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
    bool ranks; /* several processes may run it together, under mpirun, */
    const char *verb; /* or only this verb of it */
} command;

static const command commands[] = {
    { "datagen", hone_cmd_datagen, "make training rows from tools and seeds", false },
    { "data", hone_cmd_data, "check, split, dedup, inspect rows", false, "check" },
    { "trim", hone_cmd_trim, "make a model folder with a smaller vocabulary", false },
    { "train", hone_cmd_train, "tune an adapter on rows", true },
    { "eval", hone_cmd_eval, "score a model on rows", true },
    { "export", hone_cmd_export, "write the file that an app bundles, or GGUF, safetensors",
      false },
    { "run", hone_cmd_run, "the whole of hone.yaml, in order", false },
    { "verify-run", hone_cmd_verify_run, "repeat steps of a training run and compare", false },
    { "chat", hone_cmd_chat, "try a model by hand", false },
    { "pull", hone_cmd_pull, "fetch a model folder from a hub", false },
    { "bench", hone_cmd_bench, "speed figures on this machine", false },
    { "doctor", hone_cmd_doctor, "what this machine offers and what is missing", false },
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(FILE *out)
{
    fprintf(out, "hone " HONE_VERSION
                 ": from a list of app functions to a small model file that calls them\n\n"
                 "usage: hone COMMAND [options]     hone COMMAND --help\n\n");
    for (int i = 0; i < COMMANDS; i++) {
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    }
    fprintf(out,
            "\nexit status: 0 done or gate passed, 1 gate failed, 2 not enough rows to decide,\n"
            "  3 could not measure, 64 usage, 65 bad input data, 69 remote service, 70 internal,\n"
            "  74 input/output, 75 stopped and resumable, 77 refused for safety, 130 interrupted\n"
            "No telemetry. Nothing is downloaded but by `hone pull` and by a teacher you name.\n");
}

static int unknown_command(const char *word)
{
    const char *names[COMMANDS];
    for (int i = 0; i < COMMANDS; i++) names[i] = commands[i].name;
    const char *near = hone_nearest(word, names, COMMANDS);
    hone_err err;
    hone_err_clear(&err);
    hone_fail(&err, HONE_E_USAGE, "unknown command '%s'", word);
    if (near) hone_err_hint(&err, "did you mean 'hone %s'? 'hone --help' lists all", near);
    else hone_err_hint(&err, "'hone --help' lists the commands");
    return hone_cmd_fail(&err);
}

static int one_process_only(const char *word)
{
    hone_err err;
    hone_err_clear(&err);
    hone_err_hint(&err, "start it without mpirun; `hone train`, `hone eval` and `hone data check` "
                        "are for several processes");
    hone_fail(&err, HONE_E_USAGE, "%d processes of 'hone %s' were started, it runs in one",
              hone_mpi_launched(), word);
    return hone_cmd_fail(&err);
}

/* OpenBLAS reads its core type when it is loaded, before main: with another one the program starts
 * again. Where it cannot, products are slow and right. */
static void mend_blas(char **argv)
{
    const char *core = hone_blas_core_to_ask_for();
    if (core && setenv("OPENBLAS_CORETYPE", core, 1) == 0) execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
    mend_blas(argv);
    hone_stop_install();
    if (argc < 2) {
        print_help(stderr);
        return hone_code_exit_status(HONE_E_USAGE);
    }
    const char *word = argv[1];
    if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help")) {
        print_help(stdout);
        return 0;
    }
    if (!strcmp(word, "--version")) {
        printf("hone " HONE_VERSION "\n");
        return 0;
    }
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(word, commands[i].name)) continue;
        const char *verb = commands[i].verb;
        const bool many = commands[i].ranks || (verb && argc > 2 && !strcmp(argv[2], verb));
        if (hone_mpi_launched() > 1 && !many) return one_process_only(word);
        return commands[i].run(argc - 1, argv + 1);
    }
    return unknown_command(word);
}
