#ifndef TERRELLA_NODE_JS_PRELUDE_H
#define TERRELLA_NODE_JS_PRELUDE_H

/* The scripts of prelude/, bundled at build time by prelude/build.mjs: each evaluates to a
 * function. ASCII, terminated by a zero. "main" is loaded into every context, the others when
 * they are first needed. Ended by one without a name. */
struct prelude_file {
    const char *name, *text;
};
extern const struct prelude_file prelude_files[];

#endif
