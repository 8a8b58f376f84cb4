/* The prompts of datagen/prompts/ as text, embedded at build time. */
#ifndef HONE_DATAGEN_TEACHER_PROMPTS_H
#define HONE_DATAGEN_TEACHER_PROMPTS_H

#include <stddef.h>

extern const char hone_prompt_system[], hone_prompt_call[], hone_prompt_no_call[];
extern const char hone_prompt_ask_back[], hone_prompt_parallel[], hone_prompt_check[];
extern const size_t hone_prompt_system_size, hone_prompt_call_size, hone_prompt_no_call_size,
    hone_prompt_ask_back_size, hone_prompt_parallel_size, hone_prompt_check_size;

#endif
