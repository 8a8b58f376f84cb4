/*
 * One value of an option table on its way from a word or a file to its place (used by options.c
 * alone). Nothing is stored before everything was checked: an error has no partial effect.
 */
#ifndef HONE_COMMON_OPTIONS_VALUE_H
#define HONE_COMMON_OPTIONS_VALUE_H

#include "common/options.h"

typedef struct hone_opt_setting {
    const hone_opt *opt;
    union {
        bool b;
        int64_t i;
        double r;
        const char *s;
        hone_opt_list list;
    } as;
} hone_opt_setting;

/* From a word of the command line; shown is how the user wrote the option ("--lr"). A list grows by
 * what the word holds, so start it empty. */
int hone_opt_from_text(hone_opt_setting *s, const char *text, const char *shown, hone_arena *a,
                       hone_err *err);
/* From a value of a configuration file. */
int hone_opt_from_json(hone_opt_setting *s, const hone_json *v, const char *shown,
                       const char *source, const char *dir, hone_arena *a, hone_err *err);
void hone_opt_store(const hone_opt_setting *s);
hone_json *hone_opt_to_json(const hone_opt *o, hone_arena *a); /* NULL when out of memory */

#endif
