/*
 * What a function is about: its family (alarm, mail, music ...) and what each argument holds,
 * guessed from names, descriptions, types and enums. Nothing here knows one particular tools.json.
 */
#ifndef HONE_DATAGEN_INFER_H
#define HONE_DATAGEN_INFER_H

#include <stdbool.h>

#include "common/arena.h"
#include "common/json.h"

enum { HONE_ARGS_MAX = 32 };

typedef enum hone_arg_kind {
    HONE_ARG_WORDS,    /* words of the utterance, from a word list */
    HONE_ARG_HOUR,     /* number: hour of the clock slot */
    HONE_ARG_MINUTE,   /* number: its minute */
    HONE_ARG_HHMM,     /* string "HH:MM" of the clock slot */
    HONE_ARG_TIME,     /* words: a spoken time of day */
    HONE_ARG_SPAN,     /* number: a length of time, in units of arg.unit seconds */
    HONE_ARG_DATE,     /* string YYYY-MM-DD */
    HONE_ARG_DATETIME, /* string YYYY-MM-DDTHH:MM:SS */
    HONE_ARG_PHONE,    /* digits alone */
    HONE_ARG_BOOL,
    HONE_ARG_ENUM,
    HONE_ARG_INT,
    HONE_ARG_REAL,
    HONE_ARG_LIST, /* array of words */
    HONE_ARG_NONE  /* nothing that can be said: objects and the like */
} hone_arg_kind;

typedef struct hone_arg {
    const char *name;
    const hone_json *schema;
    bool required;
    hone_arg_kind kind;
    const char *role;  /* its name in frames */
    const char *list;  /* word list, without "k." */
    const char *words; /* the name as words: "first name" */
    bool open;         /* a text that runs on: nothing may follow it */
    bool left_out;     /* a boolean that is only ever true, else left out */
    int unit;          /* seconds */
    int share;         /* per cent of rows that give it, if it is optional */
    int64_t min, max;
} hone_arg;

typedef struct hone_family {
    const char *name;    /* frames are "f.<name>.v" and so on */
    const char *words;   /* of the function's name or description: "alarm" or "timer|countdown" */
    const char * not ;   /* words that exclude the family, or NULL */
    const char *objects; /* list of things that are switched or opened, or NULL */
} hone_family;

typedef struct hone_function {
    const char *name, *description;
    const hone_json *tool;     /* the function object */
    const hone_family *family; /* NULL: only generic frames */
    const char *object;        /* "flashlight": obj.<object>.the exists; or NULL */
    int switched;              /* 1: only turns on, 0: only turns off, -1: neither */
    hone_arg args[HONE_ARGS_MAX];
    int count;
    const char *verb, *thing; /* from the name: "set", "alarm" */
    const char *unsupported;  /* why no row can be made, or NULL */
} hone_function;

/* Fills f from a tool's function object. */
int hone_function_infer(hone_function *ret, hone_arena *a, const hone_json *function,
                        hone_err *err);
/* The argument of that role, or -1. */
int hone_function_role(const hone_function *f, const char *role, size_t len);
/* Do the tools have a function about one of these words ("weather|forecast")? */
bool hone_tools_about(const hone_function *f, int count, const char *words);
/* Word lists that the rules name, without "k."; NULL behind the last. */
const char *hone_infer_list(size_t i);
extern const hone_family hone_families[];
extern const int hone_family_count;

#endif
