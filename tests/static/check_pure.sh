#!/bin/sh
# check_pure.sh LIBRARY [NEEDED...]: does a static library decide only, without performing?
#
# Its object files may use what they, the NEEDED libraries and the allow-list below define, nothing
# else: no clock, random source, environment, file, socket, libuv, nng, LMDB or script engine. Each
# NEEDED library is checked by a test of its own. Prints every object file that uses something else.
# Exit: 0 pure, 1 not pure, 99 the check itself could not be made.
set -u

# One extended regular expression a line, each for a whole symbol. __assert_fail: the macros of
# utlist.h state what must hold, as CHECK does. uthash.h wants HASH_NONFATAL_OOM: exit is not here.
allowed='
malloc|calloc|realloc|reallocarray|free
mem(cpy|move|set|cmp|chr|rchr|mem)|mempcpy
str(len|nlen|cmp|ncmp|chr|rchr|str|spn|cspn|cpy|ncpy|cat|dup|ndup)|stpcpy
snprintf|vsnprintf|bsearch|abs|labs|llabs|hton[sl]|ntoh[sl]
sqrt|cbrt|hypot|pow|exp|exp2|expm1|log|log2|log10|log1p|sin|cos|tan|asin|acos|atan|atan2
fabs|fmin|fmax|fmod|floor|ceil|trunc|round|lround|llround|rint|lrint|llrint|ldexp|frexp|modf
crypto_(auth|generichash|hash|shorthash|verify)[a-z0-9_]*
sodium_(memcmp|memzero|compare|is_zero)
msgpack_[a-z0-9_]*
_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__assert_fail
__(mem|str|stp)[a-z]*_chk|__v?snprintf_chk
__u?(div|mod|mul)[a-z]*[sdt]i[34]|__(popcount|clz|ctz)[sdt]i2
__(asan|ubsan|tsan|sanitizer|gcov|llvm_profile)_[A-Za-z0-9_]*
'
# These match the lines above and are random all the same.
refused='crypto_[a-z0-9_]*_keygen'
# The one place that may speak: a broken CHECK says so and stops the process.
allowed_in_check='abort|fprintf|__fprintf_chk|stderr'

if [ $# -lt 1 ]; then
    echo "usage: $0 LIBRARY [NEEDED...]" >&2
    exit 99
fi
directory=$(mktemp -d) || exit 99
trap 'rm -rf "$directory"' EXIT

# Lines of "OBJECT SYMBOL", the object as "claim.c.o".
nm -A -u "$1" | sed -E 's/^.*[:\/]([^:\/]+\.o): +[a-zA-Z] (.*)$/\1 \2/' >"$directory/used" || exit 99
nm --defined-only -g "$@" | awk 'NF == 3 { print $3 }' >"$directory/defined" || exit 99
printf '%s' "$allowed" | grep . >"$directory/allowed" || exit 99
if ! [ -s "$directory/used" ] || ! [ -s "$directory/defined" ]; then
    echo "$1: no symbols to read" >&2
    exit 99
fi

awk -v allowed_in_check="$allowed_in_check" -v refused="$refused" '
    FILENAME ~ /defined$/ { defined[$1] = 1; next }
    FILENAME ~ /allowed$/ { pattern = pattern (pattern ? "|" : "") $1; next }
    $2 in defined { next }
    $1 == "check.c.o" && $2 ~ "^(" allowed_in_check ")$" { next }
    $2 ~ "^(" pattern ")$" && $2 !~ "^(" refused ")$" { next }
    { print $1 " uses " $2; impure = 1 }
    END { exit impure }
' "$directory/defined" "$directory/allowed" "$directory/used"
