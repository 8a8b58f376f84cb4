/* The languages (datagen/tongue.h). */
#include "datagen/tongue.h"

#include <string.h>

#include "datagen/clock.h"
#include "datagen/ground.h"
#include "datagen/mix.h"
#include "datagen/say.h"
#include "datagen/words.h"

/* ---- English ---- */

static const hone_words *const english_tables[] = {
    hone_words_names, hone_words_places, hone_words_music, hone_words_things,  hone_words_texts,
    hone_words_talk,  hone_words_nocall, hone_words_near,  hone_words_phone,   hone_words_office,
    hone_words_move,  hone_words_media,  hone_words_home,  hone_words_numbers,
};

static const hone_unit_word english_units[] = {
    { "hours", 3600 }, { "hour", 3600 }, { "hrs", 3600 }, { "hr", 3600 },  { "h", 3600 },
    { "minutes", 60 }, { "minute", 60 }, { "mins", 60 },  { "min", 60 },   { "m", 60 },
    { "seconds", 1 },  { "second", 1 },  { "secs", 1 },   { "sec", 1 },    { "s", 1 },
    { "days", 86400 }, { "day", 86400 }, { NULL, 0 },
};

static const char *const english_late[] = { "pm",    "p.m.", "afternoon", "evening",  "tonight",
                                            "night", "noon", "lunch",     "midnight", "dinner",
                                            NULL };
static const char *const english_early[] = { "am",       "a.m.",  "morning",
                                             "midnight", "night", "dawn", NULL };
static const char *const english_joins[] = { ", ", ". ", ", so ", ", ", " so ", " " };
static const char *const english_questions[] = {
    "can ",   "could ", "would ", "will ",  "is ",  "are ", "do you", "do I",
    "does ",  "did ",   "what",   "which ", "how ", "where", "when ", "who",
    "why ",   "may ",   "any chance", "am ", "should ", "was ", "have ", NULL
};

static const char *const english_months[] = { "January",   "February", "March",    "April",
                                              "May",       "June",     "July",     "August",
                                              "September", "October",  "November", "December" };

const hone_tongue hone_tongue_english = {
    .name = "English",
    .tables = english_tables,
    .table_count = sizeof english_tables / sizeof *english_tables,
    .english = true,
    .number = hone_number_words,
    .clock = hone_clock_say,
    .span = hone_span_say,
    .clock_cores = HONE_CLOCK_CORES,
    .clock_parts = HONE_CLOCK_PARTS,
    .span_forms = HONE_SPAN_FORMS,
    .read_words = hone_ground_read_words,
    .decimal = '.',
    .half = "half",
    .and_half = " and a half",
    .units = english_units,
    .late = english_late,
    .early = english_early,
    .and = " and ",
    .at = "at ",
    .with = "with ",
    .without = "without ",
    .joins = english_joins,
    .questions = english_questions,
    .months = english_months,
};

/* ---- German ---- */

static const hone_words *const german_tables[] = { hone_words_german_frames,
                                                   hone_words_german_lists };

static const hone_unit_word german_units[] = {
    { "Stunden", 3600 }, { "Stunde", 3600 }, { "Std", 3600 },  { "h", 3600 }, { "Minuten", 60 },
    { "Minute", 60 },    { "Min", 60 },      { "m", 60 },      { "Sekunden", 1 },
    { "Sekunde", 1 },    { "Sek", 1 },       { "s", 1 },       { "Tage", 86400 },
    { "Tagen", 86400 },  { "Tag", 86400 },   { NULL, 0 },
};

/* "morgen" alone is tomorrow, and "vormittag" holds "mittag". */
static const char *const german_late[] = { "abend", "nachmittag", "nacht", " mittag", NULL };
static const char *const german_early[] = { "morgens",   "am morgen", "heute morgen", "fr\u00fch",
                                            "vormittag", "nacht",     NULL };
static const char *const german_joins[] = { ", ", ". ", ", also ", ", ", ", ", ". " };
static const char *const german_questions[] = {
    "kannst", "k\u00f6nntest", "w\u00fcrdest", "wie ", "was ", "wo ", "wann ", "wer ", "warum ",
    "welche", "soll ", "ist ", "wird ", "hast ", "bist ", "magst ", "lohnt ", "kennst ",
    "regnet ", "geht ", "findest ", "brauche ich", NULL
};
static const char *const german_months[] = { "Januar",    "Februar", "M\u00e4rz",    "April",
                                             "Mai",       "Juni",    "Juli",     "August",
                                             "September", "Oktober", "November", "Dezember" };

const hone_tongue hone_tongue_german = {
    .name = "German",
    .tables = german_tables,
    .table_count = sizeof german_tables / sizeof *german_tables,
    .number = hone_german_number,
    .clock = hone_german_clock,
    .span = hone_german_span,
    .clock_cores = HONE_GERMAN_CORES,
    .clock_parts = HONE_GERMAN_PARTS,
    .span_forms = HONE_GERMAN_SPANS,
    .read_words = hone_german_read,
    .decimal = ',',
    .half = "halb",
    .units = german_units,
    .late = german_late,
    .early = german_early,
    .and = " und ",
    .at = "um ",
    .with = "mit ",
    .without = "ohne ",
    .joins = german_joins,
    .questions = german_questions,
    .months = german_months,
};

static const struct {
    const char *code;
    const hone_tongue *tongue;
} all[] = { { "en", &hone_tongue_english }, { "de", &hone_tongue_german } };

const hone_tongue *hone_tongue_find(const char *language)
{
    const char *name = hone_language_name(language);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].tongue->name, name) == 0) return all[i].tongue;
    return NULL;
}

void hone_tongue_list(hone_buf *out)
{
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        hone_buf_printf(out, "%s%s (%s)", i ? ", " : "", all[i].code, all[i].tongue->name);
}
