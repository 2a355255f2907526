#!/bin/sh
# check_headers.sh SOURCE_ROOT COMPILER...: does every header compile alone, and twice?
#
# Headers are those that git knows or would add; without git, all outside of hidden and build folders.
set -u

root=$1
shift
cd "$root" || exit 99
flags=$(pkg-config --cflags libuv lmdb jansson libsodium icu-uc javascriptcoregtk-4.1) || exit 99

list_headers() {
    git ls-files --cached --others --exclude-standard '*.h' 2>/dev/null ||
        find . -name '*.h' ! -path './.*' ! -path './build*' ! -path '*/node_modules/*' | sed 's|^\./||'
}

count=0
failed=0
for header in $(list_headers); do
    [ -e "$header" ] || continue # removed, and git does not know yet
    count=$((count + 1))
    # shellcheck disable=SC2086 # flags are words
    if ! printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
        "$@" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -I. -isystem /usr/share/include/llhttp $flags \
            -fsyntax-only -x c -; then
        echo "$header does not compile alone"
        failed=$((failed + 1))
    fi
done
echo "$count headers, $failed of them do not compile alone"
[ "$count" -gt 0 ] && [ "$failed" -eq 0 ]
