#ifndef TERRELLA_NODE_JS_JSC_H
#define TERRELLA_NODE_JS_JSC_H

#include <JavaScriptCore/JavaScript.h>
#include <stdbool.h>
#include <stddef.h>

/* Functions that JavaScriptCore exports and its installed headers do not declare. */

typedef bool JSShouldTerminateCallback(JSContextRef context, void *data);

/* Ask `callback` after `seconds` of uninterrupted script whether to stop it; answering false turns
 * the limit off until it is set again. A limit that was set once and cleared costs nothing. */
void JSContextGroupSetExecutionTimeLimit(JSContextGroupRef group, double seconds,
                                         JSShouldTerminateCallback *callback, void *data);
void JSContextGroupClearExecutionTimeLimit(JSContextGroupRef group);

/* `function` is called with the promise and the reason, after microtasks have drained. */
void JSGlobalContextSetUnhandledRejectionCallback(JSGlobalContextRef context, JSObjectRef function,
                                                  JSValueRef *reterr_exception);

/* Before the first context: no garbage collection on timers of the engine's own. */
void JSDisableGCTimer(void);

void JSSynchronousGarbageCollectForDebugging(JSContextRef context);

/* Between the two, calls into the engine are one: microtasks drain when the last lock goes. */
void JSLock(JSContextRef context);
void JSUnlock(JSContextRef context);

/* Tell the collector of memory held on behalf of the heap. */
void JSReportExtraMemoryCost(JSContextRef context, size_t size);

#endif
