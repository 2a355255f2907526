#include "common/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The new directory's own entry must survive a power failure, or all in it is lost. */
static int sync_parent(const char *path)
{
    char *parent;
    if (asprintf(&parent, "%s/..", path) < 0)
        return -1;
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = fd < 0 ? -1 : fsync(fd);
    if (fd >= 0)
        close(fd);
    free(parent);
    return result;
}

static enum err make_directory(const char *path, struct errmsg *reterr_why)
{
    if (mkdir(path, 0700) != 0) {
        if (errno == EEXIST)
            return OK;
        return err_say(ERR_IO, reterr_why, "cannot make the directory %s: %s", path,
                       strerror(errno));
    }
    if (sync_parent(path) != 0)
        return err_say(ERR_IO, reterr_why, "cannot sync the directory above %s: %s", path,
                       strerror(errno));
    return OK;
}

static enum err say_who_has_it(const char *path, int fd, struct errmsg *reterr_why)
{
    char text[32];
    ssize_t size = pread(fd, text, sizeof text - 1, 0);
    text[size > 0 ? size : 0] = 0;
    long pid = strtol(text, NULL, 10);
    if (pid > 0)
        return err_say(ERR_BUSY, reterr_why, "the data directory %s is in use by process %ld", path,
                       pid);
    return err_say(ERR_BUSY, reterr_why, "the data directory %s is in use by another process",
                   path);
}

enum err store_lock(const char *path, int *ret_lock_fd, struct errmsg *reterr_why)
{
    enum err err = make_directory(path, reterr_why);
    if (err != OK)
        return err;
    char *name;
    if (asprintf(&name, "%s/process.lock", path) < 0)
        return err_say(ERR_MEMORY, reterr_why, "out of memory");
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        err = err_say(ERR_IO, reterr_why, "cannot open %s: %s", name, strerror(errno));
    } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        err = errno == EWOULDBLOCK
                  ? say_who_has_it(path, fd, reterr_why)
                  : err_say(ERR_IO, reterr_why, "cannot lock %s: %s", name, strerror(errno));
    } else if (ftruncate(fd, 0) != 0 || dprintf(fd, "%ld\n", (long)getpid()) < 0) {
        err = err_say(ERR_IO, reterr_why, "cannot write %s: %s", name, strerror(errno));
    }
    free(name);
    if (err != OK && fd >= 0)
        close(fd);
    if (err == OK)
        *ret_lock_fd = fd;
    return err;
}
