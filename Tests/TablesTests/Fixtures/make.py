"""Makes the fixture files anew, into the folder of this script. They are committed; the tests do not run it.

Needs Python with openpyxl and XlsxWriter, the tools gzip, zstd and xz, and LibreOffice Calc (`soffice`).
"""

import datetime
import os
import subprocess
import zipfile

import openpyxl
import xlsxwriter

os.chdir(os.path.dirname(os.path.abspath(__file__)))

ROWS = [
    ["姓名", "手机号", "登记日期", "备注"],
    ["甲", 13800000001, datetime.date(2026, 1, 31), "a, \"b\"\nc"],
    ["乙", "13800000002", datetime.datetime(2026, 1, 31, 8, 30), True],
    [],
    ["丙", 1.3800000003e10, "2026-02-01", 0.5],
    ["丁", "=13800000000+4", None, None],
]


def fill(sheet, formula):
    for number, row in enumerate(ROWS, 1):
        for column, value in enumerate(row, 1):
            if value is not None and (formula or not str(value).startswith("=")):
                sheet.cell(number, column, value)


def workbook(path, formula):
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active["A1"] = "13800009999"
    book.active.sheet_state = "hidden"
    fill(book.create_sheet("名单"), formula)
    other = book.create_sheet("other")
    other["A1"] = "# covers: +86138, +86139"
    other["A2"], other["B2"] = "#", "phone"
    other["A3"], other["B3"] = 1, 13800000005
    book.active = 1
    book.save(path)


def office(kind, source, target):
    subprocess.run(["soffice", "--headless", "--convert-to", kind, "--outdir", "/tmp/office", source], check=True)
    os.replace("/tmp/office/" + os.path.splitext(os.path.basename(source))[0] + "." + kind.split(":")[0], target)


workbook("openpyxl.xlsx", formula=False)
workbook("formula-without-value.xlsx", formula=True)
office("xlsx", "formula-without-value.xlsx", "libreoffice.xlsx")
office("xls", "openpyxl.xlsx", "old.xls")
office("ods", "openpyxl.xlsx", "open.ods")
office("pdf", "openpyxl.xlsx", "list.pdf")

book = xlsxwriter.Workbook("inline.xlsx", {"constant_memory": True})
sheet = book.add_worksheet("list")
for number, row in enumerate([["phone", "name"], ["13800000001", "x_000D_"], [13800000002, "_x000D_y_x005F_"]]):
    sheet.write_row(number, 0, row)
book.close()


def repacked(path, change, source="libreoffice.xlsx"):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


ENTITIES = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10 if n else b"13800000001") for n in range(9))
repacked(
    "entity-bomb.xlsx",
    lambda name, data: data.replace(b"<sst ", b"<!DOCTYPE sst [" + ENTITIES + b"]><sst ", 1).replace(b"13800000002", b"&e8;")
    if name.endswith("sharedStrings.xml") else data,
)
repacked(
    "external-entity.xlsx",
    lambda name, data: data.replace(b"<sst ", b'<!DOCTYPE sst [<!ENTITY e SYSTEM "file:///etc/hostname">]><sst ', 1)
    .replace(b"13800000002", b"&e;") if name.endswith("sharedStrings.xml") else data,
)
repacked(
    "bomb.xlsx",
    lambda name, data: data.replace(b"</sheetData>", b'<row><c t="n"><v>13800000001</v></c></row>' * 500_000 + b"</sheetData>")
    if name.endswith("sheet2.xml") else data,
)
with zipfile.ZipFile("plain.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr(zipfile.ZipInfo("list.csv", (2026, 1, 1, 0, 0, 0)), "phone\n13800000001\n")

TEXT = "姓名,手机号\n甲,13800000001\n乙乙,13800000002\n"
for name, encoding in [
    ("utf-8.csv", "utf-8"), ("utf-8-mark.csv", "utf-8-sig"), ("utf-16.csv", "utf-16"), ("utf-16le.csv", "utf-16-le"),
    ("utf-16be.csv", "utf-16-be"), ("gb18030.csv", "gb18030"), ("gbk.csv", "gbk"),
]:
    with open(name, "wb") as file:
        file.write(TEXT.encode(encoding))

LIST = "".join(f"{13800000000 + n}\n" for n in range(1, 41)).encode()


def packed(command, data):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def save(name, data):
    with open(name, "wb") as file:
        file.write(data)


half = len(LIST) // 2
save("list.gz", packed(["gzip", "-9n"], LIST))
save("members.gz", packed(["gzip", "-9n"], LIST[:half]) + packed(["gzip", "-9n"], LIST[half:]))
save("list.zst", packed(["zstd", "-19"], LIST))
save("frames.zst", packed(["zstd"], LIST[:half]) + packed(["zstd", "--no-check"], LIST[half:]))
save("list.xz", packed(["xz"], LIST))
save("bomb.gz", packed(["gzip", "-9n"], b"13800000001\n" * 2_000_000))
save("bomb.zst", packed(["zstd", "-19"], b"13800000001\n" * 2_000_000))
