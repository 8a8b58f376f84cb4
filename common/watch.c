/* Sockets under epoll (common/watch.h). */
#include "common/watch.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/mem.h"

enum { EVENTS = 256, FIRST_ROOM = 64 };

typedef struct known { /* of a descriptor */
    uint8_t wanted, kernel; /* HONE_WATCH_IN and _OUT: what we wait for, what epoll holds */
    bool kept;
    int tag;
} known;

struct hone_watch {
    int epoll;
    known *fds;
    int room;
};

int hone_watch_new(hone_watch **ret, hone_err *err)
{
    hone_watch *w = hone_calloc(1, sizeof *w);
    if (!w) return hone_err_memory(err, "waiting for sockets", sizeof *w);
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (w->epoll < 0) {
        hone_free(w);
        return hone_fail(err, HONE_E_INTERNAL, "epoll: %s", strerror(errno));
    }
    *ret = w;
    return 0;
}

void hone_watch_free(hone_watch *w)
{
    if (!w) return;
    (void)close(w->epoll);
    hone_free(w->fds);
    hone_free(w);
}

static bool make_room(hone_watch *w, int fd)
{
    int room = w->room ? w->room : FIRST_ROOM;
    if (fd < w->room) return true;
    while (room <= fd) room *= 2;
    known *more = hone_realloc_array(w->fds, (size_t)room, sizeof *more);
    if (!more) return false;
    memset(more + w->room, 0, (size_t)(room - w->room) * sizeof *more);
    w->fds = more;
    w->room = room;
    return true;
}

/* Tells the kernel. What it holds may differ from what was noted if someone else closed fd. */
static bool tell(const hone_watch *w, int fd, known *k)
{
    struct epoll_event e = { .data.fd = fd };
    if (k->wanted & HONE_WATCH_IN) e.events |= EPOLLIN;
    if (k->wanted & HONE_WATCH_OUT) e.events |= EPOLLOUT;
    int first = k->kernel ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    bool ok = epoll_ctl(w->epoll, first, fd, &e) == 0;
    if (!ok && (errno == EEXIST || errno == ENOENT))
        ok = epoll_ctl(w->epoll, k->kernel ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &e) == 0;
    k->kernel = ok ? k->wanted : 0;
    return ok;
}

static void leave(const hone_watch *w, int fd, known *k)
{
    (void)epoll_ctl(w->epoll, EPOLL_CTL_DEL, fd, NULL);
    k->kernel = 0;
}

bool hone_watch_set(hone_watch *w, int fd, int tag, int what)
{
    if (fd < 0 || !make_room(w, fd)) return false;
    known *k = &w->fds[fd];
    k->wanted = (uint8_t)what;
    k->tag = tag;
    if (what == 0 && !k->kept) leave(w, fd, k);
    return what == 0 || what == k->kernel || tell(w, fd, k);
}

bool hone_watch_keep(hone_watch *w, int fd)
{
    if (fd < 0 || !make_room(w, fd)) return false;
    w->fds[fd] = (known){ .kept = true };
    return true;
}

void hone_watch_closed(hone_watch *w, int fd)
{
    if (fd >= 0 && fd < w->room) w->fds[fd] = (known){ 0 };
}

int hone_watch_wait(hone_watch *w, hone_watch_due *ret, int room, int milliseconds, hone_err *err)
{
    struct epoll_event events[EVENTS];
    int count = 0;
    int n = epoll_wait(w->epoll, events, room < EVENTS ? room : EVENTS, milliseconds);
    if (n < 0 && errno != EINTR)
        return hone_fail(err, HONE_E_INTERNAL, "epoll: %s", strerror(errno));
    for (int i = 0; i < n; i++) {
        int fd = events[i].data.fd;
        known *k = &w->fds[fd];
        if (k->wanted == 0) { /* an idle connection: it would be due for ever */
            leave(w, fd, k);
            continue;
        }
        int what = events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP) ? HONE_WATCH_IN : 0;
        if (events[i].events & EPOLLOUT) what |= HONE_WATCH_OUT;
        ret[count++] = (hone_watch_due){ fd, k->tag, what };
    }
    return count;
}
