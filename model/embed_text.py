#!/usr/bin/env python3
"""Turns a text file into a C string at build time: embed_text.py INPUT HEADER SYMBOL OUTPUT"""
import sys


def quoted(line):
    out = []
    for byte in line.encode("utf-8"):
        plain = 32 <= byte < 127 and byte not in b'"\\?'
        out.append(chr(byte) if plain else "\\%03o" % byte)
    return '    "' + "".join(out) + '"'


def main():
    source, header, symbol, target = sys.argv[1:]
    with open(source, encoding="utf-8", newline="") as f:
        lines = f.read().splitlines(keepends=True)
    with open(target, "w", encoding="ascii") as f:
        f.write(f'#include "{header}"\n\nconst char {symbol}[] =\n')
        f.write("\n".join(quoted(line) for line in lines) + ";\n\n")
        f.write(f"const size_t {symbol}_size = sizeof({symbol}) - 1;\n")


main()
