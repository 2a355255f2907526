#include "node/js/engine.h"

#include "node/js/value.h"

/* What the prelude's gate.js asks: on whose behalf a turn is. */

/* runStarts(run): what follows in this turn is done for it. */
NATIVE(native_runStarts)
{
    (void)function, (void)self, (void)count, (void)exception;
    struct run *run = run_find(engine_here, value_number(context, values[0]));
    if (run)
        engine_here->turn_owner = (struct owner){
            .run = run->run, .instance = run->instance, .request_id = run->request_id};
    return JSValueMakeUndefined(context);
}

NATIVE(native_turnInstance)
{
    (void)function, (void)self, (void)count, (void)values, (void)exception;
    return JSValueMakeNumber(context, (double)engine_here->turn_owner.instance);
}

NATIVE(native_turnRun)
{
    (void)function, (void)self, (void)count, (void)values, (void)exception;
    return JSValueMakeNumber(context, (double)engine_here->turn_owner.run);
}

/* The section of blockConcurrencyWhile() that this turn is in; 0: none. */
NATIVE(native_turnSection)
{
    (void)function, (void)self, (void)count, (void)values, (void)exception;
    return JSValueMakeNumber(context, (double)engine_here->turn_owner.section);
}

NATIVE(native_sectionEnter)
{
    (void)function, (void)self, (void)count, (void)exception;
    engine_here->turn_owner.section = value_number(context, values[0]);
    return JSValueMakeUndefined(context);
}
