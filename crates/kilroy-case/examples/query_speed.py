"""The questions of query_speed.rs, asked of DuckDB: query_speed.py CASE TABLE.md [RUNS] (DuckDB 2.0 and pyarrow).

TABLE.md is what query_speed.rs printed. Prints it again with DuckDB's milliseconds beside.
"""

import sys
import time

import duckdb


def main():
    case, table = sys.argv[1:3]
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    db = duckdb.connect()
    db.execute("SET threads = 2")
    db.execute(f"CREATE VIEW e AS SELECT * FROM read_parquet('{case}/events/*/*.parquet', hive_partitioning = false)")
    db.execute(f"CREATE VIEW s AS SELECT * FROM '{case}/sessions.parquet'")
    for line in open(table, encoding="utf-8"):
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if not line.startswith("|") or "`" not in line:
            print("| question | rows | Kilroy ms | DuckDB ms |" if "question" in line else "|---|--:|--:|--:|")
            continue
        sql = cells[-1].strip("`")
        least = float("inf")
        for _ in range(runs):
            begin = time.perf_counter()
            rows = db.sql(sql).to_arrow_table().num_rows
            least = min(least, time.perf_counter() - begin)
        print(f"| {cells[0]} | {cells[2]} | {cells[3]} | {least * 1000:.0f} |", flush=True)
        assert rows >= 0


main()
