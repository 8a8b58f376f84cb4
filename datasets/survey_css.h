/* Style of the survey's page, embedded from survey_page.css. Internal to datasets/. */
#ifndef HONE_DATASETS_SURVEY_CSS_H
#define HONE_DATASETS_SURVEY_CSS_H

#include <stddef.h>

extern const char hone_survey_css[];
extern const size_t hone_survey_css_size;

#endif
