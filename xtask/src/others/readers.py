"""Programs that read Parquet, each brought to say the same: rows as Kilroy prints them, types as the page names them."""

from collections import namedtuple

# Rows as dicts; types by place in a row.
Found = namedtuple("Found", "rows types")


def time(nanos):
    """As Kilroy prints it: UTC, with the seven digits that Windows has."""
    from datetime import datetime, timedelta

    seconds, rest = divmod(nanos, 1_000_000_000)
    ticks, lost = divmod(rest, 100)
    if lost:
        raise ValueError(f"{nanos} has parts of 100 ns")
    moment = datetime(1970, 1, 1) + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ticks:07}Z"


class InArrow:
    """A reader that can hand on what it read as an Arrow table."""

    def types(self, published):
        return published

    def read(self, file):
        table = self.table(str(file))
        places = {}
        for field in table.schema:
            name_types(field.name, field.type, places)
        columns = [values(column) for column in table.columns]
        rows = [dict(zip(table.column_names, row)) for row in zip(*columns)]
        return Found(rows, places)

    def close(self):
        pass


def name_types(place, kind, places):
    """Names a type, and those of its parts, as the page does."""
    from pyarrow import types as is_

    if is_.is_map(kind):
        places[place] = "Map"
        name_types(f"{place}{{}}.key", kind.key_type, places)
        name_types(f"{place}{{}}.value", kind.item_type, places)
    elif is_.is_struct(kind):
        places[place] = "Struct"
        for part in kind:
            name_types(f"{place}.{part.name}", part.type, places)
    elif is_.is_list(kind) or is_.is_large_list(kind):
        inside = {}
        name_types("", kind.value_type, inside)
        places[place] = f"List of {inside.pop('')}"
        places.update({f"{place}[]{part}": name for part, name in inside.items()})
    else:
        places[place] = plain_name(kind)


def plain_name(kind):
    from pyarrow import types as is_

    if is_.is_string(kind) or is_.is_large_string(kind) or is_.is_string_view(kind):
        return "Utf8"
    if is_.is_timestamp(kind):
        return f"Timestamp({kind.unit}, {kind.tz})"
    names = {
        "bool": "Boolean",
        "uint8": "UInt8",
        "uint16": "UInt16",
        "uint32": "UInt32",
        "uint64": "UInt64",
        "int64": "Int64",
    }
    return names.get(str(kind), f"unexpected {kind}")


def values(column):
    """A column as Python values: exact times as text, maps as dicts."""
    import pyarrow as pa

    plain = column.cast(with_numbers(column.type))
    make = maker(column.type)
    return [make(value) for value in pa.chunked_array(plain).to_pylist()]


def with_numbers(kind):
    """The type with times as numbers: a Python time would lose digits."""
    import pyarrow as pa

    if pa.types.is_timestamp(kind):
        return pa.int64()
    if pa.types.is_map(kind):
        return pa.map_(pa.string(), pa.string())
    if pa.types.is_struct(kind):
        return pa.struct([(part.name, with_numbers(part.type)) for part in kind])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(with_numbers(kind.value_type))
    return pa.string() if plain_name(kind) == "Utf8" else kind


def maker(kind):
    """Makes of such a value what Kilroy prints."""
    from pyarrow import types as is_

    def known(make):
        return lambda value: None if value is None else make(value)

    if is_.is_timestamp(kind):
        return known(time)
    if is_.is_map(kind):
        return known(unique)
    if is_.is_struct(kind):
        parts = {part.name: maker(part.type) for part in kind}
        return known(lambda value: {name: make(value[name]) for name, make in parts.items()})
    if is_.is_list(kind) or is_.is_large_list(kind):
        make = maker(kind.value_type)
        return known(lambda value: [make(one) for one in value])
    return lambda value: value


def unique(pairs):
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError(f"a name is there twice: {pairs}")
    return made


class DuckDb(InArrow):
    name = "duckdb"

    def __init__(self):
        import duckdb

        self.version = f"DuckDB {duckdb.__version__}"
        self.db = duckdb.connect()
        self.db.sql("SET TimeZone = 'UTC'")

    def table(self, file):
        return self.db.read_parquet(file, hive_partitioning=False).to_arrow_table()

    def count(self, folder):
        files = f"{folder}/*/*.parquet"
        return self.db.sql(f"SELECT count(*) FROM read_parquet('{files}', hive_partitioning = false)").fetchall()[0][0]

    def events(self, query):
        return [uid for (uid,) in self.db.sql(f"SELECT event_uid FROM ({query})").fetchall()]


class PyArrow(InArrow):
    name = "pyarrow"

    def __init__(self):
        import pyarrow

        self.version = f"pyarrow {pyarrow.__version__}"

    def table(self, file):
        import pyarrow.parquet

        return pyarrow.parquet.read_table(file, partitioning=None)

    def count(self, folder):
        return self.table(folder).num_rows


class Pandas(InArrow):
    name = "pandas"

    def __init__(self):
        import pandas

        self.version = f"pandas {pandas.__version__}"

    def frame(self, file):
        import pandas

        return pandas.read_parquet(file, partitioning=None, dtype_backend="pyarrow")

    def table(self, file):
        import pyarrow

        return pyarrow.Table.from_pandas(self.frame(file), preserve_index=False)

    def count(self, folder):
        return len(self.frame(folder))


class Polars(InArrow):
    name = "polars"

    def __init__(self):
        import polars

        self.version = f"Polars {polars.__version__}"

    def table(self, file):
        import polars

        # In one file, so that nothing is asked of folders.
        return polars.read_parquet(file, hive_partitioning=False).to_arrow()

    def count(self, folder):
        import polars

        return polars.scan_parquet(f"{folder}/", hive_partitioning=False).select(polars.len()).collect().item()


class Spark:
    """Spark knows no unsigned numbers and no nanoseconds: a wider type holds each, and times are numbers."""

    name = "spark"

    WIDER = {
        "Utf8": "string",
        "Boolean": "boolean",
        "UInt8": "smallint",
        "UInt16": "int",
        "UInt32": "bigint",
        "UInt64": "decimal(20,0)",
        "Int64": "bigint",
        "Timestamp(ns, UTC)": "bigint",
    }

    def __init__(self):
        import pyspark
        from pyspark.sql import SparkSession

        self.version = f"Spark {pyspark.__version__}"
        builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.ui.showConsoleProgress", "false")
        for end in ["spark.driver.bindAddress", "spark.driver.host"]:
            builder = builder.config(end, "127.0.0.1")
        self.spark = builder.config("spark.sql.legacy.parquet.nanosAsLong", "true").getOrCreate()
        self.spark.sparkContext.setLogLevel("ERROR")

    def types(self, published):
        def wider(name):
            return f"List of {self.WIDER[name[8:]]}" if name[8:] in self.WIDER else self.WIDER.get(name, name)

        return {place: wider(name) for place, name in published.items()}

    def files(self, path):
        return self.spark.read.option("recursiveFileLookup", "true").parquet(str(path))

    def read(self, file):
        frame = self.files(file)
        places = {}
        for field in frame.schema:
            self.name_types(field.name, field.dataType, places)
        rows = [self.printed(row, frame.schema) for row in frame.collect()]
        return Found(rows, places)

    def name_types(self, place, kind, places):
        what = kind.typeName()
        if what == "map":
            places[place] = "Map"
            self.name_types(f"{place}{{}}.key", kind.keyType, places)
            self.name_types(f"{place}{{}}.value", kind.valueType, places)
        elif what == "struct":
            places[place] = "Struct"
            for part in kind:
                self.name_types(f"{place}.{part.name}", part.dataType, places)
        elif what == "array":
            inside = {}
            self.name_types("", kind.elementType, inside)
            places[place] = f"List of {inside.pop('')}"
            places.update({f"{place}[]{part}": name for part, name in inside.items()})
        else:
            places[place] = kind.simpleString()

    TIMES = {"time", "attempt", "start", "end", "end_not_after", "boot", "shell_start"}

    def printed(self, value, kind, name=""):
        what = kind.typeName()
        if value is None:
            return None
        if what == "struct":
            return {part.name: self.printed(value[part.name], part.dataType, part.name) for part in kind}
        if what == "array":
            return [self.printed(one, kind.elementType) for one in value]
        if what == "long" and name in self.TIMES:
            return time(value)
        return int(value) if what == "decimal" else value

    def count(self, folder):
        return self.files(folder).count()

    def close(self):
        self.spark.stop()


READERS = {reader.name: reader for reader in [DuckDb, PyArrow, Pandas, Polars, Spark]}
