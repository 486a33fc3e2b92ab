"""Works on the directory of a cache beside a Java process, with the Python original of persidict.

Arguments: the directory, the format, the length of digests, and how many seconds it takes.
Waits for a line on standard input; prints what it did as one line of JSON.
"""
import inspect
import json
import sys
import time

from persidict import FileDirDict

base_dir, file_format, digest_len, seconds = sys.argv[1:5]
names = inspect.signature(FileDirDict.__init__).parameters
format_name = "file_type" if "file_type" in names else "serialization_format"
entries = FileDirDict(
    base_dir=base_dir, digest_len=int(digest_len), **{format_name: file_format})


def value(number):
    return {"by": "neighbour", "number": number, "text": "n" * (number % 3000)}


def require_whole(read):
    assert read["text"] == read["by"][0] * (read["number"] % 3000), read
    return read["number"]


print("ready", flush=True)
sys.stdin.readline()
end = time.monotonic() + float(seconds)
written = removed = counted = 0
while time.monotonic() < end:
    written += 1
    entries["neighbour"] = value(written)
    entries["acknowledged"] = written
    if written % 3 == 0:
        entries["both"] = value(written)
    require_whole(entries["both"])
    now = require_whole(entries["cache"])
    assert now >= counted, (now, counted)
    counted = now
    for slot in range(4):
        try:
            del entries["slot", str(slot)]
            removed += 1
        except (KeyError, FileNotFoundError):
            pass
print(json.dumps({"written": written, "removed": removed}), flush=True)
