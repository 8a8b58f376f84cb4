/*
 * Which of many sockets are due (epoll), for connections that are used again and again: a kept
 * socket that nobody waits for stays with the kernel as it is, since it is mostly wanted the same
 * way a moment later. Only when it becomes due meanwhile is it taken out. One thread.
 */
#ifndef HONE_COMMON_WATCH_H
#define HONE_COMMON_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

enum { HONE_WATCH_IN = 1, HONE_WATCH_OUT = 2 };

typedef struct hone_watch hone_watch;

typedef struct hone_watch_due {
    int fd, tag;
    int what; /* HONE_WATCH_IN, an error or a hang-up too, and HONE_WATCH_OUT */
} hone_watch_due;

int hone_watch_new(hone_watch **ret, hone_err *err);
void hone_watch_free(hone_watch *w); /* accepts NULL */
/* Waits for `what` of fd from now on; 0: for nothing. tag comes back with what is due. */
bool hone_watch_set(hone_watch *w, int fd, int tag, int what);
/* fd is new, and hone_watch_closed will be called for it: worth keeping while nobody waits. */
bool hone_watch_keep(hone_watch *w, int fd);
void hone_watch_closed(hone_watch *w, int fd); /* or about to be: the kernel forgets it by itself */
/* Up to `room` that are due, after at most so many milliseconds; 0 also after a signal. */
int hone_watch_wait(hone_watch *w, hone_watch_due *ret, int room, int milliseconds, hone_err *err);

#endif
