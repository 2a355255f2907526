/* terrella-node CONFIG.json: one region: takes requests, runs Workers, hosts objects. */
#include "common/log.h"
#include "node/shell.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void on_signal(uv_signal_t *signal_handle, int number)
{
    struct shell *shell = signal_handle->data;
    log_line(LOG_INFO, "stopping on signal %d", number);
    shell_close(shell);
    _exit(0); /* nng's sockets are not closed: that has races */
}

static void watch(struct shell *shell, uv_signal_t *handle, int number)
{
    uv_signal_init(shell->loop, handle);
    handle->data = shell;
    uv_signal_start(handle, on_signal, number);
    uv_unref((uv_handle_t *)handle);
}

int main(int argument_count, char **arguments)
{
    static struct shell shell;
    struct errmsg why = {.text = ""};
    if (argument_count != 2) {
        fprintf(stderr, "usage: terrella-node CONFIG.json (see docs/CONFIG.md)\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    /* Optimized code looks for wishes to stop in each turn of a loop. Without this the engine relies
     * on signals of its own, and an endless loop that it has optimized for the second time runs on. */
    setenv("JSC_usePollingTraps", "1", 0);
    log_init("node", LOG_INFO);
    enum err err = sodium_init() < 0 ? ERR_IO : config_read(arguments[1], &shell.config, &why);
    if (!err && shell.config.coordinator)
        err = err_say(ERR_INVALID, &why, "%s: role: this is a node, not the coordinator",
                      arguments[1]);
    if (!err)
        log_init(shell.config.topology.regions[shell.config.region].code, LOG_INFO);
    shell.loop = uv_default_loop();
    if (!err)
        err = shell_open(&shell, &why);
    if (err) {
        log_line(LOG_ERROR, "cannot start: %s", why.text[0] ? why.text : err_text(err));
        _exit(1);
    }
    uv_signal_t terminate, interrupt;
    watch(&shell, &terminate, SIGTERM);
    watch(&shell, &interrupt, SIGINT);
    log_line(LOG_INFO, "ready, boot %llu", (unsigned long long)shell.datadir.boot);
    return uv_run(shell.loop, UV_RUN_DEFAULT);
}
