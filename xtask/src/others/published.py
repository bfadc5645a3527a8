"""What the page `docs/src/reference/schema.md` says."""


def types(page):
    """Arrow's types, by table and by place in a row (`sources[].time`)."""
    tables, table = {}, None
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("<!-- begin "):
            table = tables.setdefault(line.split()[2], {})
        elif line.startswith("<!-- end "):
            table = None
        elif table is not None and line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            table[cells[0].strip("`")] = cells[1]
    return tables


def query(page):
    """The page's query in SQL, without its last semicolon."""
    return page.read_text(encoding="utf-8").split("```sql\n")[1].split("```")[0].rstrip().rstrip(";")
