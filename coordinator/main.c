/* terrella-coordinator CONFIG.json: decides where name-derived ids are first created. */
#include "coordinator/shell.h"

int main(int argument_count, char **arguments)
{
    static struct shell shell;
    return process_main(&shell.process, &shell_role, argument_count, arguments);
}
