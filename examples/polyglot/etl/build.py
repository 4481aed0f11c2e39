"""Packs the sources and the generated schema into one archive."""
import pathlib
import zipfile

pathlib.Path("dist").mkdir(exist_ok=True)
files = sorted(pathlib.Path("src").rglob("*.py")) + [pathlib.Path("../schema/out/record.py")]
with zipfile.ZipFile("dist/etl.pyz", "w") as archive:
    for path in files:
        archive.writestr(zipfile.ZipInfo(path.name, (1980, 1, 1, 0, 0, 0)), path.read_bytes())
print(f"packed {len(files)} files")
