#!/bin/sh
# No global symbol of our libraries lacks the prefix. usage: check_symbols.sh LIBRARY...
status=0
for lib in "$@"; do
    bad=$(nm -g --defined-only "$lib" 2>/dev/null | awk 'NF == 3 && $3 !~ /^(hone_|_|LLVM)/ { print $3 }' | sort -u)
    if [ -n "$bad" ]; then
        echo "$lib: global symbols without hone_:" $bad
        status=1
    fi
done
exit $status
