/*
 * The stages of `hone run`: which command lines hone.yaml stands for, and whether one must run
 * again. A stage's key is the canonical JSON of the program version, its effective options and the
 * SHA-256 of every input; RUN/stages.json keeps the key and the hashes of the outputs of each
 * finished stage.
 */
#ifndef HONE_CLI_RUN_STAGES_H
#define HONE_CLI_RUN_STAGES_H

#include "common/json.h"

enum { HONE_STAGE_WORDS = 32, HONE_STAGES = 8 };

typedef struct hone_stage {
    const char *name, *purpose;
    int (*run)(int argc, char **argv);
    char *argv[HONE_STAGE_WORDS];
    int argc;
    const char *line;      /* the same as a shell line, for messages */
    const char *outputs[4]; /* files or folders that must exist afterwards */
    hone_json *options;    /* as the command itself sees them */
    hone_json *key;        /* set by hone_stage_key; files are named there by their option, */
    hone_json *paths;      /* and here option -> path, so that a moved folder stays up to date */
    bool stale;            /* --dry-run: it would run, so that its outputs are made anew */
} hone_stage;

typedef struct hone_plan {
    hone_arena *arena;     /* owns everything here */
    const char *file;      /* hone.yaml */
    const char *dir;       /* run folder */
    const char *state_path, *lock_path, *timing_path;
    hone_json *state;      /* stages.json as read */
    hone_json *hashes;     /* path -> SHA-256 of inputs, within this run */
    hone_stage stages[HONE_STAGES];
    int count;
} hone_plan;

/* Reads the file and makes the stages; output_dir NULL = the file's own or run/ beside it. */
int hone_plan_make(hone_plan *p, hone_arena *a, const char *file, const char *output_dir,
                   hone_err *err);
/* Fills s->key from the effective options and the files that they name. */
int hone_stage_key(hone_plan *p, hone_stage *s, const hone_json *options, hone_err *err);
/* NULL if the stage is up to date, else why it must run. */
const char *hone_stage_reason(const hone_plan *p, const hone_stage *s);
/* --dry-run: name of the stage whose output s needs and that would run first; NULL: none. */
const char *hone_stage_waits(const hone_plan *p, const hone_stage *s);

/* RUN/timing.json: what a stage took, for the next --dry-run. False when it never ran. */
int hone_stage_timed(hone_plan *p, const hone_stage *s, double seconds, double gigabytes,
                     hone_err *err);
bool hone_stage_last_time(const hone_plan *p, const hone_stage *s, double *ret_seconds,
                          double *ret_gigabytes);
/* Records a finished stage in stages.json. */
int hone_stage_finish(hone_plan *p, hone_stage *s, hone_err *err);

#endif
