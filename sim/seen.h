#ifndef TERRELLA_SIM_SEEN_H
#define TERRELLA_SIM_SEEN_H

#include "proto/msg.h"

#include <stdbool.h>
#include <stddef.h>

/* What an onlooker sees of a world: the border of each core, event by event, and the lives of the
 * processes. The checkers read nothing else, so a history can also be made by hand.
 *
 * Each step of a core begins with one of CALLED, ARRIVED, LINK, DURABLE or STEPPED; what follows
 * until the next of these is what the step wanted done, seen before any of it is done. All that is
 * pointed to is borrowed for the moment. Processes are named as in sim/world.h. */

enum seen_kind {
    /* The life of a process. */
    SEEN_STARTED,  /* on what its disk holds */
    SEEN_CRASHED,  /* with its memory, and all that was not durable */
    SEEN_WIPED,    /* its data is gone; it is not running */
    SEEN_RESTORED, /* its data was put back from a copy, or is the newest again; it is not running */
    SEEN_COMPARED, /* before a JOIN arrives: the coordinator's log, with the one that it replaced */
    SEEN_TROUBLED, /* it is stopped, or its disk or clock do not do as they should */
    SEEN_WELL,     /* that is over */
    SEEN_MADE,     /* a unique id was made there: `id` */

    /* A step begins. */
    SEEN_CALLED,
    SEEN_ARRIVED,
    SEEN_LINK,
    SEEN_DURABLE,
    SEEN_STEPPED, /* any other event */

    /* What it wants done. */
    SEEN_WRITTEN, /* something is written, under operation `op` */
    SEEN_RECORD,  /* a home is written down, under the same operation */
    SEEN_SENT,    /* a message; it may get lost */
    SEEN_RUN,     /* a handler begins */
    SEEN_DROPPED, /* an instance has left the memory */
    SEEN_ANSWERED,
    SEEN_JOINED, /* the node is welcome, under `number` */
};

struct seen_call {
    uint64_t token; /* from 1 upwards, over all regions; the body of each call begins with it */
    struct object_ref object;
    enum hint hint;
    bool nested; /* an object makes it */
    bool writes; /* its answer is, in digits, how often the object was written */
};

struct seen_run {
    uint64_t run;   /* the node's number for it */
    uint64_t token; /* of the call; 0: not told */
    struct object_id id;
    uint64_t instance;
    uint16_t number; /* birth number of the node */
    bool fresh;      /* the instance was made for this run */
    uint64_t stored; /* how often the object was written, as its storage tells */
};

struct seen {
    enum seen_kind kind;
    uint64_t now_us;
    uint64_t clock_us; /* the process's own clock */
    size_t process;
    union {
        struct object_id id;   /* MADE */
        struct seen_call call; /* CALLED */
        struct {
            size_t peer;           /* ARRIVED: from; SENT: to; LINK */
            const struct msg *msg; /* ARRIVED, SENT */
            bool up;               /* LINK */
            uint64_t boot;         /* LINK, when it is up: of the peer */
        };
        uint64_t op; /* WRITTEN; DURABLE: all up to this one */
        struct {
            struct object_id id;
            uint16_t home_number;
        } record;
        struct seen_run run;
        struct {
            struct object_id id;
            uint64_t instance;
        } dropped;
        struct {
            uint64_t token;
            const struct outcome *outcome;
        } answer;
        uint16_t number; /* JOINED */
        struct {
            bool older;      /* than what it replaces; else it is the newest */
            uint64_t boot;   /* the last that it knows of */
            uint64_t length; /* of the coordinator's log */
        } restored;
        uint64_t common_length; /* COMPARED */
    };
};

#endif
