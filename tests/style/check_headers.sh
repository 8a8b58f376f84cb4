#!/bin/sh
# Every header compiles alone: its includes are complete. usage: check_headers.sh ROOT CC
root=$1
cc=${2:-cc}
status=0
for h in $(cd "$root" && git ls-files '*.h' 2>/dev/null); do
    if ! printf '#include "%s"\n' "$h" | $cc -std=gnu11 -D_GNU_SOURCE -DHONE_VERSION='"0"' \
        -fsyntax-only -Wall -Wextra -Werror -I"$root" -x c - 2>/tmp/hone-header.$$; then
        echo "$h does not compile alone:"
        head -3 /tmp/hone-header.$$
        status=1
    fi
done
rm -f /tmp/hone-header.$$
exit $status
