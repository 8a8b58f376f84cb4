/* Style and script of report.html, embedded from page.css and page.js. Internal to eval/. */
#ifndef HONE_EVAL_PAGE_H
#define HONE_EVAL_PAGE_H

#include <stddef.h>

extern const char hone_page_css[], hone_page_js[];
extern const size_t hone_page_css_size, hone_page_js_size;

#endif
