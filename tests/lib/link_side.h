#ifndef TERRELLA_TESTS_LIB_LINK_SIDE_H
#define TERRELLA_TESTS_LIB_LINK_SIDE_H

#include "proto/link.h"
#include "tests/lib/free_url.h"

/* One end of links as the tests of proto/link.h use it: several in one process, on one loop. */

enum { SIDE_PEERS_MAX = 3 };

struct side {
    struct link_config config; /* change it between side_init and side_open */
    struct link_peer peers[SIDE_PEERS_MAX];
    char url[FREE_URL_BYTES];
    struct links *links;
    struct {
        bool up;
        uint64_t boot;
        unsigned up_count, down_count;
        unsigned message_count;
        struct buf text; /* all messages, one behind the other */
    } seen[SIDE_PEERS_MAX];
    char rejected[400]; /* why, one line for each */
    bool rejects_all;   /* answer each message with links_reject */
    bool echoes;        /* send each message back */
};

/* Fill in a configuration without peers and delays, with quick probes, for a port that is free. */
void side_init(struct side *side, const char *code);

/* Add a peer; it gets the next index. */
void side_know(struct side *side, const struct side *peer, uint64_t delay_us);

void side_open(struct side *side);

/* links_send must succeed. */
void side_send(struct side *side, size_t peer, enum link_lane lane, const char *text);

/* Does all that came from this peer read `text`? */
bool side_heard(const struct side *side, size_t peer, const char *text);

/* Stop the links and forget what was seen. */
void side_stop(struct side *side);

/* The loop and the sides of a test, from sides_begin to sides_end. */
extern uv_loop_t loop;
extern struct side one, two, three;
void sides_begin(void);
int sides_end(void); /* 0: nothing is left in the loop */

/* Run the loop until the condition holds. A watchdog ends the test when that takes very long. */
#define AWAIT(condition)                \
    do {                                \
        sides_watch(true);              \
        while (!(condition))            \
            uv_run(&loop, UV_RUN_ONCE); \
        sides_watch(false);             \
    } while (0)
void sides_watch(bool on);

#endif
