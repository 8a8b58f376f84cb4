/*
 * Option tables: one table a command gives the parser, --help, the keys of the YAML file and the
 * options part of the manifest. Long names in kebab-case; snake_case is accepted; --opt=value and
 * --opt value; --no-x negates a boolean; -o FILE and -oFILE; "--" ends the options. Values come
 * from defaults, then the file, then the flags, in whichever order the two are read. On an error no
 * value has changed. Every command also has --help, --help-all, --version, --quiet and --verbose
 * (-h, -q, -v unless its table uses the letter); the last two set the log level (common/log.h).
 */
#ifndef HONE_COMMON_OPTIONS_H
#define HONE_COMMON_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/error.h"
#include "common/json.h"

typedef enum hone_opt_type {
    HONE_OPT_BOOL,   /* bool * */
    HONE_OPT_INT,    /* int64_t *, min..max */
    HONE_OPT_REAL,   /* double *, min..max */
    HONE_OPT_STRING, /* const char ** */
    HONE_OPT_PATH,   /* const char **; in a file relative to that file */
    HONE_OPT_CHOICE, /* const char **; one of choices "a|b|c" */
    HONE_OPT_LIST,   /* hone_opt_list *; may be repeated or comma separated */
    HONE_OPT_PATHS   /* hone_opt_list * of paths; repeated only: paths may hold commas */
} hone_opt_type;

typedef struct hone_opt_list {
    const char *items[64];
    int count;
} hone_opt_list;

typedef struct hone_opt {
    const char *name;      /* "lora-r" */
    char letter;           /* 'o' or 0 */
    const char *aliases;   /* "lora-rank|rank" or NULL */
    hone_opt_type type;
    void *value;           /* where the value goes; holds the default before parsing */
    double min, max;       /* INT and REAL; both 0 = no limits */
    const char *choices;   /* CHOICE */
    const char *metavar;   /* "N", "FILE"; NULL = by type */
    const char *help;      /* one sentence; may name the unit */
    bool advanced;         /* shown by --help-all only */
} hone_opt;

typedef struct hone_command {
    const char *name;      /* "train" */
    const char *usage;     /* "hone train --model MODEL --data ROWS -o RUN" */
    const char *summary;   /* first lines of --help; says what is thinner than documented */
    const hone_opt *options;
    int count;
    const char *examples;  /* lines, may be NULL */
} hone_command;

/* Parses argv[1..] (argv[0] is the command); an option that is no list may be given once. Words
 * that are no options go to positional (max entries; more is an error; 0 refuses all); ret_count
 * may be NULL. Returns 1 if --help or --version was served and the command should return at once.
 */
int hone_options_parse(const hone_command *c, int argc, char **argv, const char **positional,
                       int max, int *ret_count, hone_arena *a, hone_err *err);
/* Sets values from an object of a configuration file: unknown keys fail with file:line and the
 * nearest key. In paths ${NAME} is replaced from the environment, and relative ones become relative
 * to dir (NULL = as they are). null means "no value" for words and paths. Values that flags have
 * set stay. */
int hone_options_load(const hone_command *c, const hone_json *object, const char *source,
                      const char *dir, hone_arena *a, hone_err *err);
/* All values as an object in table order with snake_case keys, for manifests and
 * config.effective.yaml; hone_options_load reads it back. NULL when out of memory. */
hone_json *hone_options_dump(const hone_command *c, hone_arena *a);
/* Set by a flag of the last parse or a key of the last load of this table. The marks are kept for
 * the process, in one place: options belong to the main thread. */
bool hone_options_given(const hone_command *c, const char *name);
/* What an option accepts, in words: "a whole number from 1 to 256". */
void hone_options_form(const hone_opt *o, char *buf, size_t size);
void hone_options_help(const hone_command *c, bool all, FILE *out);
/* The name of the list nearest to word (edit distance), or NULL if none is close. */
const char *hone_nearest(const char *word, const char *const *names, int count);

#endif
