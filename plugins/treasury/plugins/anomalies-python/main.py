#!/usr/bin/env python3
"""Amounts that stand out within their category. One call at a time: it announces no `cancel` and the default of one in flight."""
import json
import os
import sys

WINDOW = 16  # batches taken ahead
LEAST = 8  # a category with fewer payments says nothing about what is usual


def median(values):
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) // 2


def find(items, limit):
    by_category = {}
    for item in items:
        by_category.setdefault(item["category"], []).append(item)
    found = []
    for group in by_category.values():
        middle = median([item["cents"] for item in group])
        spread = max(1, median([abs(item["cents"] - middle) for item in group]))
        for item in group:
            # Whole numbers until the last step: the same result in every language.
            score = abs(item["cents"] - middle) * 100 // spread / 100
            if len(group) >= LEAST and score >= 5:
                found.append({"id": item["id"], "score": score, "median": middle})
    found.sort(key=lambda each: (-each["score"], each["id"]))
    return found[:limit]


def main():
    wire, sys.stdout = sys.stdout, sys.stderr  # a stray print() goes to the log

    def send(**frame):
        wire.write(json.dumps(frame) + "\n")
        wire.flush()

    wire.write("SALLYPORT/1 json\n")
    send(t="hello", name="anomalies", version="1.0.0", features=["stream"], methods=[{"name": "anomalies.find", "stream": "in", "idempotent": True}])
    call, items = None, []
    for line in sys.stdin:
        frame = json.loads(line) if line.strip() else {"t": ""}
        kind = frame["t"]
        if kind == "req" and frame["m"] == "anomalies.find":
            call, items = frame, []
            if frame.get("in"):
                send(t="credit", id=call["id"], n=WINDOW)
            else:
                kind = "end"  # nothing follows
        elif kind == "bye":
            break
        elif kind == "req":
            send(t="err", id=frame["id"], e={"code": "unimplemented", "msg": f"there is no method {frame['m']}"})
        elif kind == "data":
            items += frame["d"]
            send(t="credit", id=frame["id"], n=1)
        if kind == "end":
            try:
                send(t="res", id=frame["id"], r=find(items, call["p"]["limit"]))
            except Exception as error:
                send(t="err", id=frame["id"], e={"code": "invalid_argument", "msg": repr(error)})


if __name__ == "__main__":
    if "SALLYPORT_PLUGIN" not in os.environ:
        print("This is a Sallyport plugin of the treasury example; `npm start` runs it.", file=sys.stderr)
        sys.exit(64)
    main()
