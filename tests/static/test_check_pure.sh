#!/bin/sh
# test_check_pure.sh CHECK_PURE IMPURE_LIBRARY: does the check find all that impure.c does?
set -u

told=$("$1" "$2")
status=$?
failed=0
if [ $status -ne 1 ]; then
    echo "expected exit code 1, got $status"
    failed=1
fi
for symbol in clock_gettime fopen getenv fprintf stderr crypto_auth_hmacsha256_keygen \
    randombytes_buf rand time read; do
    if ! printf '%s\n' "$told" | grep -qxE "impure\.c\.o uses (__)?$symbol(64|_chk)?"; then
        echo "not found: $symbol"
        failed=1
    fi
done
if "$1" /nowhere.a >/dev/null 2>&1; then
    echo "a library that is not there passes"
    failed=1
fi
[ $failed -eq 0 ] || printf 'the check said:\n%s\n' "$told"
exit $failed
