/* terrella-node CONFIG.json: one region: takes requests, runs Workers, hosts objects. */
#include "node/shell.h"

#include <stdlib.h>

int main(int argument_count, char **arguments)
{
    static struct shell shell;
    /* Optimized code looks for wishes to stop in each turn of a loop. Without this the engine relies
     * on signals of its own, and an endless loop that it has optimized for the second time runs on. */
    setenv("JSC_usePollingTraps", "1", 0);
    return process_main(&shell.process, &shell_role, argument_count, arguments);
}
