#include "proto/link_dial.h"

#include "common/check.h"

#include <nng/protocol/pipeline0/push.h>
#include <stdlib.h>

enum {
    REDIAL_FIRST_MS = 10,
    REDIAL_LAST_MS = 100,
    REDIAL_ABANDONED_MS = 1000 * 1000,
};

enum err link_nng_err(int code)
{
    switch (code) {
    case 0: return OK;
    case NNG_ENOMEM: return ERR_MEMORY;
    case NNG_EADDRINUSE: return ERR_BUSY;
    case NNG_EADDRINVAL:
    case NNG_EINVAL: return ERR_INVALID;
    default: return ERR_IO;
    }
}

/* Returns nng's code. */
static int prepare(struct link_dial *dial, const char *url, int *ret_fd)
{
    int code = nng_socket_set_int(dial->push, NNG_OPT_SENDBUF, 0);
    if (code == 0)
        code = link_feed_watch_dialer(&dial->claim, dial->push);
    if (code == 0)
        code = nng_dialer_create(&dial->dialer, dial->push, url);
    if (code == 0)
        code = nng_dialer_set_ms(dial->dialer, NNG_OPT_RECONNMINT, REDIAL_FIRST_MS);
    if (code == 0)
        code = nng_dialer_set_ms(dial->dialer, NNG_OPT_RECONNMAXT, REDIAL_LAST_MS);
    return code ? code : nng_socket_get_int(dial->push, NNG_OPT_SENDFD, ret_fd);
}

enum err link_dial_open(struct link_feed *feed, uv_loop_t *loop, const char *url, void *owner,
                        struct link_dial **ret_dial, struct errmsg *reterr_why)
{
    struct link_dial *dial = calloc(1, sizeof *dial);
    if (!dial)
        return err_say(ERR_MEMORY, reterr_why, "cannot dial %s: out of memory", url);
    dial->claim.feed = feed;
    dial->claim.owner = owner;
    CHECK(pthread_mutex_init(&dial->claim.sending, NULL) == 0);
    int fd, code = nng_push0_open(&dial->push);
    if (code != 0)
        goto failed;
    if ((code = prepare(dial, url, &fd)) != 0)
        goto failed_socket;
    if (uv_poll_init(loop, &dial->writable, fd) != 0) {
        code = NNG_ENOFILES;
        goto failed_socket;
    }
    dial->writable.data = owner;
    CHECK(nng_dialer_start(dial->dialer, NNG_FLAG_NONBLOCK) == 0);
    *ret_dial = dial;
    return OK;

failed_socket:
    nng_close(dial->push);
failed:
    pthread_mutex_destroy(&dial->claim.sending);
    free(dial);
    return err_say(link_nng_err(code), reterr_why, "cannot dial %s: %s", url, nng_strerror(code));
}

static void on_closed(uv_handle_t *handle)
{
    struct link_dial *dial =
        (struct link_dial *)(void *)((char *)handle - offsetof(struct link_dial, writable));
    pthread_mutex_destroy(&dial->claim.sending);
    free(dial);
}

void link_dial_close(struct link_dial *dial)
{
    /* First, as long as the descriptor is this one's: libuv takes it out of epoll. */
    uv_close((uv_handle_t *)&dial->writable, on_closed);
    nng_close(dial->push); /* no call to the claim can be under way after this */
}

void link_dial_abandon(struct link_dial *dial)
{
    nng_dialer_set_ms(dial->dialer, NNG_OPT_RECONNMINT, REDIAL_ABANDONED_MS);
    uv_close((uv_handle_t *)&dial->writable, NULL);
}
