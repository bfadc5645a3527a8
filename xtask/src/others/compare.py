"""Do other programs find in the tables of a case what Kilroy prints?

usage: compare.py KILROY CASE PAGE READER...

Every table of the case is read with every reader, each with a reader of Parquet of its own (pandas has that of Arrow). All
values of all rows are compared with what `kilroy ... --format jsonl` prints, and the types with the published page.
"""

import json
import subprocess
import sys
from pathlib import Path

import published
import readers

# The file of each table, and the command that prints its rows in the same order.
TABLES = {
    "sessions": ["sessions", "--background"],
    "logon_sessions": ["logon-sessions"],
    "terminal_sessions": ["terminal-sessions"],
    "boots": ["sql", "SELECT * FROM boots"],
    "coverage": ["coverage"],
    "hops": ["hops"],
    "addresses": ["hops", "--addresses"],
    "findings": ["findings"],
}


def main(kilroy, case, page, names):
    # What logs say is printed in case of an error: any letter, on any console.
    sys.stdout.reconfigure(errors="backslashreplace")
    case = Path(case)
    types = published.types(Path(page))
    wanted = {table: printed(kilroy, case, *command) for table, command in TABLES.items()}
    wanted["findings"] = as_stored(wanted["findings"])
    wanted["boots"] = [without_sql(row, types["boots"]) for row in wanted["boots"]]
    events = {event["event_uid"]: event for event in printed(kilroy, case, "events")}
    for name in names:
        reader = readers.READERS[name]()
        for table, rows in wanted.items():
            found = reader.read(case / f"{table}.parquet")
            same_types(name, table, reader.types(types[table]), found.types)
            same_rows(name, table, rows, [as_printed(row) for row in found.rows])
        hidden, count = compare_events(reader, case, events, types)
        if hasattr(reader, "events"):
            compare_query(reader, published.query(Path(page)), case, events)
        reader.close()
        sessions = ", ".join(f"{len(rows)} {table}" for table, rows in wanted.items())
        print(f"{reader.version}: {count} events, {hidden} of them repeats, {sessions}: all as printed")


def printed(kilroy, case, command, *more):
    """What a command of Kilroy says of the case."""
    call = [kilroy, command, str(case), *more, "--format", "jsonl"]
    answer = subprocess.run(call, stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in answer.stdout.decode("utf-8").splitlines()]


def without_sql(row, types):
    """SQL has no lists: it prints them as text of JSON."""
    return {key: json.loads(value) if types[key].startswith("List") else value for key, value in row.items()}


def compare_events(reader, case, wanted, types):
    """All event files, row by row, without the rows that `repeats.parquet` names."""
    repeats = reader.read(case / "repeats.parquet")
    same_types(reader.name, "repeats", reader.types(types["repeats"]), repeats.types)
    hidden = set()
    for row in repeats.rows:
        for at in range(row["first_row"], row["first_row"] + row["rows"]):
            hidden.add((row["host"], row["evidence_id"], at))
    shown, count, gone = {}, 0, 0
    for file in sorted((case / "events").glob("*/*.parquet")):
        found = reader.read(file)
        same_types(reader.name, file.name, reader.types(types["events"]), found.types)
        for at, row in enumerate(found.rows):
            count += 1
            if (row["host"].strip().rstrip(".").lower(), file.stem, at) in hidden:
                gone += 1
                continue
            event = {key: value for key, value in row.items() if value is not None}
            if event["event_uid"] in shown:
                fail(f"{reader.name}: {event['event_uid']} is there twice")
            shown[event["event_uid"]] = event
    if gone != len(hidden):
        fail(f"{reader.name}: {len(hidden)} repeats are named, {gone} are there")
    order = list(wanted)
    same_rows(reader.name, "events", [wanted[uid] for uid in order], [shown.pop(uid, None) for uid in order])
    if shown:
        fail(f"{reader.name}: {len(shown)} events are not printed, one is {next(iter(shown))}")
    # And all files at once, in the way that the page shows.
    if reader.count(case / "events") != count:
        fail(f"{reader.name}: {reader.count(case / 'events')} events in all files at once, {count} one by one")
    return gone, count


def compare_query(reader, query, case, wanted):
    """The query of the page for each record once."""
    found = sorted(reader.events(query.replace("case/", f"{case.as_posix()}/")))
    if found != sorted(wanted):
        fail(f"{reader.name}: the query of the page finds {len(found)} events, should be {len(wanted)}")


def as_stored(findings):
    """Kilroy prints the findings that matter most first, in words, and what people said of them; the table has none of it."""
    stored = sorted(findings, key=lambda finding: (finding["first"], finding["finding_uid"]))
    return [{key: finding[key] for key in finding if key not in ("title", "text", "dismissed")} for finding in stored]


def as_printed(row):
    """Where one key in JSON stands for several columns or rows of a table."""
    # A fact has one number or time, or as many texts as there are.
    if "facts" in row:
        facts = {}
        for fact in row["facts"]:
            if fact["text"] is None:
                facts[fact["name"]] = fact["time"] if fact["number"] is None else fact["number"]
            else:
                facts.setdefault(fact["name"], []).append(fact["text"])
        row["facts"] = facts
    # A reason is a number or a text.
    number = row.pop("reason_number", None)
    if number is not None:
        if row["reason"] != str(number):
            fail(f"{row['session_uid']}: {row['reason']!r} and {number} are one reason")
        row["reason"] = number
    return row


def same_types(reader, table, wanted, found):
    for column in [*wanted, *found]:
        if wanted.get(column) != found.get(column):
            fail(f"{reader}: {table}: {column} is {found.get(column)}, should be {wanted.get(column)}")
    if list(wanted) != list(found):
        fail(f"{reader}: {table}: columns are in another order")


def same_rows(reader, table, wanted, found):
    if len(wanted) != len(found):
        fail(f"{reader}: {table}: {len(found)} rows, should be {len(wanted)}")
    for at, (should, row) in enumerate(zip(wanted, found)):
        if should != row:
            keys = [key for key in {**should, **(row or {})} if row is None or should.get(key) != row.get(key)]
            key = keys[0]
            has = None if row is None else row.get(key)
            fail(f"{reader}: {table}, row {at}: {key} is {has!r}, should be {should.get(key)!r}")


def fail(what):
    print(what)
    sys.exit(1)


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
