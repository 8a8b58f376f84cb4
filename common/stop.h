/*
 * Stop requests: SIGINT, SIGTERM and SIGHUP set a flag that long loops ask for between steps; a
 * second SIGINT ends the process at once with status 130 (files are safe: they are replaced
 * atomically). SIGPIPE is ignored.
 */
#ifndef HONE_COMMON_STOP_H
#define HONE_COMMON_STOP_H

#include <stdbool.h>

void hone_stop_install(void);
bool hone_stop_requested(void);
void hone_stop_request(void); /* as a signal would, for tests */

#endif
