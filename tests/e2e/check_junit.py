#!/usr/bin/env python3
"""Is a file JUnit XML as CI systems read it? check_junit.py FILE

The common schema (Jenkins' and Ant's): testsuites > testsuite > properties?, testcase* with at most one
of failure, error, skipped; required names, counts that add up, no unknown elements or attributes.
"""
import sys
import xml.etree.ElementTree as ET

ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname", "id", "package"},
    "properties": set(), "property": {"name", "value"},
    "testcase": {"name", "classname", "time", "assertions", "status"},
    "failure": {"message", "type"}, "error": {"message", "type"}, "skipped": {"message"},
}
REQUIRED = {"testsuite": {"name", "tests", "failures", "errors"}, "testcase": {"name", "classname"},
            "property": {"name", "value"}}
CHILDREN = {"testsuites": ["testsuite"], "testsuite": ["properties", "testcase"], "properties": ["property"],
            "testcase": ["failure", "error", "skipped"]}


def walk(e, say):
    if e.tag not in ATTRIBUTES: return say("unknown element " + e.tag)
    for a in set(e.attrib) - ATTRIBUTES[e.tag]: say("%s has the attribute %s" % (e.tag, a))
    for a in REQUIRED.get(e.tag, set()) - set(e.attrib): say("%s lacks %s" % (e.tag, a))
    order = CHILDREN.get(e.tag, [])
    places = [order.index(c.tag) if c.tag in order else say("%s inside %s" % (c.tag, e.tag)) or 0 for c in e]
    if places != sorted(places): say("children of %s are out of order" % e.tag)
    for c in e: walk(c, say)


def main():
    found = []
    root = ET.parse(sys.argv[1]).getroot()
    if root.tag != "testsuites": found.append("the root is " + root.tag)
    walk(root, found.append)
    for e in [root] + root.findall("testsuite"):
        cases = list(e.iter("testcase"))
        for key, n in (("tests", len(cases)), ("failures", len(list(e.iter("failure")))),
                       ("errors", len(list(e.iter("error")))), ("skipped", len(list(e.iter("skipped"))))):
            if e.get(key) != str(n): found.append("%s %s says %s %s, has %d" % (e.tag, e.get("name"), e.get(key), key, n))
    for c in root.iter("testcase"):
        if len(c) > 1: found.append("testcase %s has %d results" % (c.get("name"), len(c)))
    for f in found[:10]: print(f)
    return 1 if found else 0


sys.exit(main())
