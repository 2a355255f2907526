#ifndef TERRELLA_COMMON_LIMITS_H
#define TERRELLA_COMMON_LIMITS_H

/* Every bound of the program, with its unit. What a user may change comes from the configuration
 * of a process (common/config.h) and is only bounded here. */

enum {
    OBJECT_ID_BYTES = 32,
    KEY_BYTES = 32,
    CLUSTER_ID_BYTES = 16,
    REGION_CODE_BYTES_MAX = 8, /* without the zero */
    REGION_COUNT_MAX = 512,
    BIRTH_NUMBER_MAX = 65535, /* it takes 16 bits of a unique id */
    NAMESPACE_NAME_BYTES_MAX = 512,
    OBJECT_NAME_BYTES_MAX =
        1 << 20,                    /* names may be longer; they then do not travel to the object */
    FRAME_BYTES_MAX = 64 << 10,     /* one nng message: the messages of one turn of the loop */
    BODY_PART_BYTES_MAX = 48 << 10, /* what one message carries of a body */
    HEAD_BYTES_MAX = 128 << 10,     /* method, URL and headers of one fetch */
    BODY_WINDOW_BYTES = 1 << 20, /* sent ahead of the reader, for each body between two regions */
    BODY_NEAR_BYTES = 64 << 10,  /* the same, where writer and reader are in one process */
    MESSAGE_BYTES_MAX = 2 << 20, /* a message with the longest head and name */
    CONFIG_FILE_BYTES_MAX = 16 << 20,
    STORE_BATCH_BYTES_MAX = 64 << 20, /* records put and not yet handed to the store's writer */
};

#endif
