"""A hundred invented values that may never come out again: planting them, and looking for them in what is left.

`plant_files`, `plant_sqlite`, `plant_postgres` and `plant_mariadb` hide them in contents, names and wreckage of
every kind of source; `leaks` looks for each of them in directories and texts, raw, folded, encoded and packed.
"""

from __future__ import annotations

import base64
import io
import json
import mailbox
import plistlib
import sqlite3
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pypdfium2
from ahocorasick_rs import BytesAhoCorasick
from stdnum import luhn
from stdnum.jp import in_

from detectors.text import fold
from tests.lzh import lzh
from tests.outlook import attachment, forwarded, letter, msg, recipient
from tests.outlook_store import Folder, pst
from tests.pipelines.phones import UDID, android_backup, apple_note, attributed_body, field, ios_backup, keyed
from tests.sevenzip import sevenzip

_SURNAMES = (
    "勅使河原", "小鳥遊", "五百旗頭", "武者小路", "長宗我部", "東海林", "月見里", "八月朔日", "栗花落", "喜屋武",
    "我如古", "東風平", "仲村渠", "雲林院", "御手洗", "百目鬼", "大豆生田", "西園寺", "綾小路", "徳大寺",
    "伊集院", "神宮寺", "宇都宮", "長曽我部", "曽我部", "小比類巻", "薬師寺", "海老名", "鬼龍院", "安居院",
)  # fmt: skip
_GIVEN = ("健太郎", "陽菜", "大輔", "美咲", "翔太", "由美子")
_TOWNS = (
    "東京都千代田区丸の内", "大阪府大阪市北区梅田", "北海道札幌市中央区大通西", "福岡県福岡市博多区博多駅前",
    "愛知県名古屋市中村区名駅",
)  # fmt: skip

_draw = Random(20261121)


def _digits(count: int) -> str:
    return "".join(_draw.choices("0123456789", k=count))


def _my_number() -> str:
    body = f"{_draw.randint(1, 9)}{_digits(10)}"
    return body + in_.calc_check_digit(body)


def _card() -> str:
    body = f"4{_digits(14)}"
    return body + luhn.calc_check_digit(body)


NAMES = tuple(f"{surname} {_GIVEN[n % 6]}" for n, surname in enumerate(_SURNAMES))
PHONES = tuple(f"0{_draw.choice('789')}0-{_draw.randint(2000, 8999)}-{_digits(4)}" for _ in range(20))
MAILS = tuple(f"kanaria.{_digits(6)}@mail{n}.example.co.jp" for n in range(15))
ADDRESSES = tuple(
    f"{_TOWNS[n % 5]}{n % 4 + 1}丁目{_draw.randint(20, 99)}番{_draw.randint(20, 99)}号" for n in range(15)
)
MY_NUMBERS = tuple(_my_number() for _ in range(10))
CARDS = tuple(_card() for _ in range(5))
MEMBERS = tuple(f"KNR-{_digits(8)}" for _ in range(5))
CANARIES = (*NAMES, *PHONES, *MAILS, *ADDRESSES, *MY_NUMBERS, *CARDS, *MEMBERS)

HEADER = ("会員番号", "氏名", "電話番号", "メール", "住所", "マイナンバー", "カード番号", "状態", "メモ")


def rows() -> Iterator[tuple[str, ...]]:
    """Yield rows in which every canary stands, in a column of its own and in a note."""
    for n, name in enumerate(NAMES):
        phone, mail, address = PHONES[n % 20], MAILS[n % 15], ADDRESSES[n % 15]
        member = f"{MEMBERS[n % 5]}" if n < 5 else f"KNR-{n:08}"
        memo = f"{name}様より連絡。TEL {phone}、{mail}、{address} へ発送。マイナンバー {MY_NUMBERS[n % 10]}"
        status = f"退会 {name}様" if n % 10 == 0 else "有効"
        yield member, name, phone, mail, address, MY_NUMBERS[n % 10], CARDS[n % 5], status, memo


def plant_files(share: Path) -> None:
    """Write a file of every kind, some of them broken, some named after a person."""
    share.mkdir(parents=True)
    table = [HEADER, *rows()]
    (share / "会員.csv").write_text("\n".join(map(",".join, table)), "cp932")
    (share / f"{NAMES[0].replace(' ', '')}様_解約届.tsv").write_text(
        "\n".join(map("\t".join, table)), "utf-8"
    )
    nested = [json.dumps({"顧客": dict(zip(HEADER, row, strict=True))}, ensure_ascii=False) for row in rows()]
    (share / "顧客.jsonl").write_text("\n".join(nested), "utf-8")
    columns = dict(zip(HEADER, map(list, zip(*rows(), strict=True)), strict=True))
    pq.write_table(pa.table(columns), share / "顧客.parquet")
    folder = share / f"{NAMES[1]}様"
    folder.mkdir()
    (folder / f"TEL_{PHONES[1]}.txt").write_text("\n".join(row[-1] for row in rows()), "utf-8")
    (folder / f"{MAILS[1]}.txt").write_text("\n".join("、".join(row) for row in rows()), "euc-jp")
    named = [f"{NAMES[2]}様", PHONES[2], MAILS[2]]
    (share / "見出し.csv").write_text(
        "\n".join([",".join(named), *(f"{n},{n},{n}" for n in range(9))]), "utf-8"
    )
    _plant_workbook(share / "名簿.xlsx", table)
    _plant_phone(share / "端末")
    _plant_containers(share)
    _plant_backups(share / "端末")
    _plant_wreckage(share, table)


def _plant_phone(phone: Path) -> None:
    phone.mkdir()
    card = "BEGIN:VCARD\nFN:{0[1]}\nTEL:{0[2]}\nX-{0[3]}:{0[3]}\nADR:;;{0[4]};;;;\nNOTE:{0[8]}\n{0[8]}\nEND:VCARD"
    cards = [card.format(row) for row in rows()]
    (phone / f"{NAMES[12]}.vcf").write_text("\n".join([*cards, cards[0][:-9]]), "cp932")
    event = "BEGIN:VEVENT\nSUMMARY:{0[8]}\nATTENDEE;CN={0[1]};X-{0[2]}={0[3]}:mailto:{0[3]}\nEND:VEVENT"
    (phone / "予定.ics").write_text("\n".join(["BEGIN:VCALENDAR", *map(event.format, rows())]), "utf-8")
    leaves = {row[2]: dict(zip(HEADER, row, strict=True)) for row in rows()}
    (phone / "app.plist").write_bytes(plistlib.dumps(leaves | {NAMES[13]: MAILS[13], "b": b"\xff" * 9}))
    (phone / "torn.plist").write_bytes(plistlib.dumps(leaves, fmt=plistlib.FMT_BINARY)[:-40])
    path = phone / f"{PHONES[13]}.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f'CREATE TABLE "{NAMES[14]}様" ("{PHONES[14]}", "{NAMES[15]}")')
        connection.executemany(f'INSERT INTO "{NAMES[14]}様" VALUES (?, ?)', (row[2:4] for row in rows()))
        connection.execute(f'CREATE VIEW v AS SELECT f(*) AS "{MAILS[14]}" FROM "{NAMES[14]}様"')
        connection.commit()
    content = path.read_bytes()
    (phone / "torn.db").write_bytes(content[: len(content) // 2])
    (phone / "torn.db-wal").write_bytes(b"\x37\x7f\x06\x82" + "\n".join(NAMES).encode())
    (phone / f"{NAMES[16]}.db-wal").write_bytes(b"\x37\x7f\x06\x82" + "\n".join(NAMES).encode())


def _plant_backups(phone: Path) -> None:
    """Plant backups, and what apps wrap and put into cells: under persons' names, some of it torn."""
    told = ["、".join(row) for row in rows()]
    picture = phone / f"{NAMES[9]}.png"
    plant_image(picture)
    photo = picture.read_bytes()
    path = phone / f"{NAMES[10]}様.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f'CREATE TABLE "{PHONES[15]}" ("{NAMES[16]}様 {PHONES[16]}" BLOB)')
        table = pa.BufferOutputStream()
        pq.write_table(pa.table({f"{NAMES[17]}様": [photo]}), table)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(f"{NAMES[18]}様_{PHONES[18]}.parquet", table.getvalue().to_pybytes())
        cells = [attributed_body(told[0], PHONES[17]), apple_note(told[1]), keyed({NAMES[19]: told[2]}, "X")]
        cells += [photo, photo[:9_000], packed.getvalue(), *(each[:-30] for each in cells)]
        connection.executemany(f'INSERT INTO "{PHONES[15]}" VALUES (?)', ((cell,) for cell in cells))
        connection.commit()
    packed_photos = [base64.b64encode(each).decode() for each in (photo, photo[:99])]
    photos = "\n".join(f"PHOTO;X-{NAMES[20]}={PHONES[14]};ENCODING=b:{each}" for each in packed_photos)
    (phone / "写真.vcf").write_text(f"BEGIN:VCARD\nFN:{NAMES[20]}\n{photos}\nEND:VCARD\n", "utf-8")
    (phone / "設定.pb").write_bytes(field(1, field(1, told[3].encode()) + field(2, PHONES[19].encode())))
    files = {f"{NAMES[21]}様/{PHONES[13]}.txt": told[4].encode(), "db/a.db": path.read_bytes()}
    for encryption in ("none", NAMES[22]):
        (phone / f"{encryption}.ab").write_bytes(android_backup(files, encryption=encryption))
    (phone / "torn.ab").write_bytes(android_backup(files)[:-400])
    placed = {("AppDomain-" + NAMES[23], name): content for name, content in files.items()}
    info = {"Device Name": f"{NAMES[24]}のiPhone", "Phone Number": PHONES[12]}
    ios_backup(phone / UDID, placed, **info)
    ios_backup(phone / f"{NAMES[25]}様", placed, encrypted=True, **info)
    with zipfile.ZipFile(phone / f"{NAMES[26]}様.zip", "w") as archive:
        for each in sorted((phone / UDID).rglob("*")):
            archive.write(each, each.relative_to(phone))
    with closing(pypdfium2.PdfDocument.new()) as document:
        document.new_page(100, 100)
        for name, content in files.items():
            document.new_attachment(name).set_data(content)
        document.save(phone / "添付.pdf")


def _plant_workbook(path: Path, table: list[tuple[str, ...]]) -> None:
    book = openpyxl.Workbook()
    for title, state in (("一覧", "visible"), (f"{NAMES[3]}様", "hidden"), (PHONES[3], "veryHidden")):
        sheet = book.create_sheet(title)
        sheet.sheet_state = state
        for row in table:
            sheet.append(row)
    book.save(path)


def _plant_containers(share: Path) -> None:
    """Pack and attach what lies there so far, under persons' names, and break some of it off."""
    files = [path for path in sorted(share.rglob("*")) if path.is_file()]
    with zipfile.ZipFile(share / f"{NAMES[17]}様.zip", "w") as archive:
        for path in files:
            archive.write(path, f"{NAMES[18]}様/{PHONES[6]}_{path.relative_to(share)}")
    with tarfile.open(share / "控え.tar.gz", "w:gz") as packed:
        packed.add(share / f"{NAMES[17]}様.zip", f"{NAMES[19]}様.zip")
        packed.add(files[0], f"{MAILS[2]}.csv")
    (share / f"{NAMES[20]}様.tgz").write_bytes((share / "控え.tar.gz").read_bytes()[:-2_000])
    (share / "壊れ.zip").write_bytes((share / f"{NAMES[17]}様.zip").read_bytes()[:-40])
    kept = {f"{NAMES[18]}様/{PHONES[6]}_{path.name}": path.read_bytes() for path in files[:5]}
    (share / f"{NAMES[19]}様.7z").write_bytes(sevenzip(kept))
    (share / f"{NAMES[20]}様.lzh").write_bytes(lzh(kept))
    (share / "壊れ.lzh").write_bytes(lzh(kept)[:-900])
    (share / "壊れ.7z").write_bytes(sevenzip(kept).replace(b"\x21\x21\1", b"\x21\x03\1"))
    mail = EmailMessage()
    mail["From"], mail["Subject"] = f"{NAMES[21]} <{MAILS[3]}>", f"{NAMES[22]}様 解約の件"
    mail.set_content("\n".join(row[-1] for row in rows()))
    for path in files:
        name = f"{NAMES[23]}様_{path.name}"
        mail.add_attachment(path.read_bytes(), "application", "octet-stream", filename=name)
    (share / "連絡.eml").write_bytes(mail.as_bytes())
    sent = letter(f"{NAMES[24]}様 解約の件", "\n".join(row[-1] for row in rows()))
    sent.recipients = [recipient(row[1], row[3]) for row in rows()]
    kept = [attachment(f"{NAMES[25]}様_{path.name}", path.read_bytes()) for path in files[:4]]
    sent.attachments = [*kept, forwarded(letter(f"{NAMES[26]}様 転送"))]
    (share / f"{NAMES[27]}様.msg").write_bytes(msg(sent))
    box_of_outlook = pst(Folder(f"{NAMES[28]}様", [sent], [Folder(PHONES[7], [letter(NAMES[29])])]))
    (share / f"{MAILS[5]}.pst").write_bytes(box_of_outlook)
    torn = bytearray(box_of_outlook)
    torn[0x4400 + 64 :: 997] = bytes(len(torn[0x4400 + 64 :: 997]))
    (share / "壊れ.pst").write_bytes(bytes(torn))
    (share / "壊れ.msg").write_bytes(msg(sent)[:-3_000])
    box = mailbox.mbox(share / "受信箱.mbox")
    box.add(mail)
    box.close()


def _plant_wreckage(share: Path, table: list[tuple[str, ...]]) -> None:
    lines = [",".join(row) for row in table]
    (share / f"{NAMES[4]}様.csv").write_text(
        "\n".join([*lines, f'{NAMES[4]},"{PHONES[4]}', ",".join([*NAMES, *PHONES]), *lines[1:]]), "utf-8"
    )
    (share / "壊れ.csv").write_bytes("\n".join(lines).encode("cp932") + b"\xff\xfd," + MAILS[4].encode())
    (share / f"{NAMES[5]}様.parquet").write_bytes((share / "顧客.parquet").read_bytes()[:-60])
    (share / f"{PHONES[5]}.xlsx").write_bytes("\n".join(lines).encode())
    (share / "壊れ.jsonl").write_text(f'{{"a": "{NAMES[6]}", {PHONES[6]}\n{{"b": "{MAILS[6]}"}}\n', "utf-8")
    (share / f"{NAMES[7]}様.png").write_bytes(b"\x89PNG\r\n\x1a\n" + "\n".join(lines).encode())
    (share / f"{NAMES[8]}様.pdf").write_bytes(b"%PDF-1.7\n" + "\n".join(lines).encode())
    (share / f"{NAMES[8]}様.docx").write_bytes(b"PK\x03\x04" + "\n".join(lines).encode())
    (share / f"{NAMES[8]}様.doc").write_bytes(b"\xd0\xcf\x11\xe0" + "\n".join(lines).encode("utf-16-le"))
    (share / f"{NAMES[9]}様.txt").symlink_to(share / f"{NAMES[10]}様.txt")


def plant_image(path: Path | io.BytesIO) -> None:
    """Draw a few canaries as a picture of text."""
    from PIL import Image, ImageDraw, ImageFont
    from pylopdf_fonts_jp import sans_path

    font = ImageFont.truetype(str(sans_path()), 36)
    image = Image.new("RGB", (1100, 640), "white")
    pen = ImageDraw.Draw(image)
    text = (
        "申込書",
        f"氏名 {NAMES[11]}",
        f"電話 {PHONES[11]}",
        f"メール {MAILS[11]}",
        f"住所 {ADDRESSES[11]}",
    )
    for n, line in enumerate(text):
        pen.text((60, 60 + 100 * n), line, "black", font=font)
    image.save(path, "PNG")


def cells() -> list[bytes]:
    """What stands in cells of bytes: a picture, one that is broken, an archive, nothing anybody knows."""
    picture, packed = io.BytesIO(), io.BytesIO()
    plant_image(picture)
    lines = "\n".join(",".join(row) for row in rows()).encode()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{NAMES[24]}様/{PHONES[7]}.csv", lines)
        archive.writestr(f"{NAMES[24]}様.png", b"\x89PNG\r\n\x1a\n" + lines)
    broken = b"\x89PNG\r\n\x1a\n" + lines
    return [picture.getvalue(), broken, packed.getvalue(), packed.getvalue()[:-40], b"\xff" + lines]


def plant_sqlite(path: Path) -> None:
    """Write a database: a table of persons, one whose key column is named after a person."""
    with sqlite3.connect(path) as database:
        columns = ", ".join(f'"{name}" TEXT' for name in HEADER[1:])
        database.execute(f'CREATE TABLE members ("{HEADER[0]}" TEXT PRIMARY KEY, {columns})')
        database.executemany(f"INSERT INTO members VALUES ({','.join('?' * len(HEADER))})", rows())
        database.execute(
            f'CREATE TABLE "{NAMES[12]}様" ("{NAMES[13]}様" INTEGER PRIMARY KEY, "{PHONES[13]}" TEXT)'
        )
        database.execute(f'INSERT INTO "{NAMES[12]}様" VALUES (1, ?)', [NAMES[13]])
        database.execute(
            f'CREATE TABLE "{NAMES[25]}様" (氏名 TEXT PRIMARY KEY, "{NAMES[26]}様 {PHONES[8]}" BLOB)'
        )
        database.executemany(f'INSERT INTO "{NAMES[25]}様" VALUES (?, ?)', zip(NAMES, cells(), strict=False))
    database.close()


def plant_postgres(server: Any) -> None:
    """Fill the server: schema, table and column named after persons, a view that fails on a value."""
    quoted = [", ".join("'" + cell + "'" for cell in row) for row in rows()]
    schema, table = f'"{NAMES[14]}様"', f'"{NAMES[15]}様"'
    columns = ", ".join(f'"{name}" text' for name in HEADER[1:])
    server.sql(
        "DROP SCHEMA IF EXISTS canary CASCADE",
        f"DROP SCHEMA IF EXISTS {schema} CASCADE",
        "CREATE SCHEMA canary",
        f"CREATE SCHEMA {schema}",
        f'CREATE TABLE canary.members ("{HEADER[0]}" text PRIMARY KEY, {columns})',
        f"INSERT INTO canary.members VALUES {', '.join(f'({row})' for row in quoted)}",
        f'CREATE TABLE {schema}.{table} ("{NAMES[16]}様" text, "{PHONES[16]}" text)',
        f"INSERT INTO {schema}.{table} VALUES ('{NAMES[16]}', '{PHONES[16]}')",
        f'CREATE TABLE {schema}.cells ("氏名" text PRIMARY KEY, "{NAMES[26]}様 {PHONES[8]}" bytea)',
        *(
            rf"INSERT INTO {schema}.cells VALUES ('{name}', '\x{cell.hex()}')"
            for name, cell in zip(NAMES, cells(), strict=False)
        ),
        'CREATE VIEW canary.failing AS SELECT "氏名"::int AS n FROM canary.members',
        "DROP ROLE IF EXISTS canary_reader",
        "CREATE ROLE canary_reader",
        f"GRANT USAGE ON SCHEMA {schema} TO canary_reader",
        f'GRANT SELECT ("{NAMES[16]}様", "{PHONES[16]}") ON {schema}.{table} TO canary_reader',
        f'CREATE VIEW {schema}."{NAMES[18]}様" AS SELECT * FROM {schema}.{table}',
        f'GRANT SELECT ON {schema}."{NAMES[18]}様" TO canary_reader',
    )


def plant_mariadb(server: Any) -> None:
    """Fill the server: database, table and column named after persons, a view of nothing any more."""
    database, table = f"`{NAMES[14]}様`", f"`{NAMES[15]}様`"
    columns = ", ".join(f"`{name}` text" for name in HEADER)
    latin = ", ".join(f"`{name}` text CHARACTER SET latin1" for name in HEADER)
    quoted = ["(" + ", ".join(f"'{cell}'" for cell in row) + ")" for row in rows()]
    careless = [
        "(" + ", ".join(f"_latin1 x'{cell.encode('cp932').hex()}'" for cell in row) + ")" for row in rows()
    ]
    server.sql(
        "CREATE OR REPLACE DATABASE canary CHARACTER SET utf8mb4",
        f"CREATE OR REPLACE DATABASE {database} CHARACTER SET utf8mb4",
        f"CREATE TABLE canary.members (id int PRIMARY KEY AUTO_INCREMENT, {columns})",
        f"INSERT INTO canary.members ({', '.join(f'`{name}`' for name in HEADER)}) VALUES {', '.join(quoted)}",
        f"CREATE TABLE canary.careless ({latin})",
        f"INSERT INTO canary.careless VALUES {', '.join(careless)}",
        f"CREATE TABLE {database}.{table} (`{NAMES[16]}様` text, `{PHONES[16]}` text)",
        f"INSERT INTO {database}.{table} VALUES ('{NAMES[16]}', '{PHONES[16]}')",
        f"CREATE TABLE {database}.cells (氏名 varchar(50) PRIMARY KEY, `{NAMES[26]}様 {PHONES[8]}` longblob)",
        *(
            f"INSERT INTO {database}.cells VALUES ('{name}', x'{cell.hex()}')"
            for name, cell in zip(NAMES, cells(), strict=False)
        ),
        "CREATE TABLE canary.gone (x int)",
        f"CREATE VIEW canary.failing AS SELECT x AS `{NAMES[17]}様` FROM canary.gone",
        "DROP TABLE canary.gone",
        f"CREATE VIEW {database}.`{NAMES[18]}様` AS SELECT * FROM {database}.{table}",
        "CREATE OR REPLACE ROLE canary_reader",
        f"GRANT SELECT (`{NAMES[16]}様`) ON {database}.{table} TO canary_reader",
        f"GRANT SELECT ON {database}.`{NAMES[18]}様` TO canary_reader",
        f"GRANT SELECT ON {database}.* TO PUBLIC",
    )


# --- looking for them --------------------------------------------------------------------------------------


def leaks(directories: Iterable[Path] = (), texts: Iterable[bytes] = ()) -> list[str]:
    """Return where a canary stands, as ``place: number of the canary and form``; no value is quoted."""
    needles = {
        needle: label for number, value in enumerate(CANARIES) for needle, label in _needles(number, value)
    }
    order = list(needles)
    automaton = BytesAhoCorasick(order)
    blobs = [(f"text {n}", text) for n, text in enumerate(texts)]
    found = set()
    for place, blob in (*blobs, *_blobs(directories)):
        for index, _, _ in automaton.find_matches_as_indexes(blob, overlapping=True):
            found.add(f"{place}: {needles[order[index]]}")
    return sorted(found)


def _needles(number: int, value: str) -> Iterator[tuple[bytes, str]]:
    for form, text in _forms(value).items():
        encoded = {
            "utf-8": text.encode(),
            "utf-16-le": text.encode("utf-16-le"),
            "utf-16-be": text.encode("utf-16-be"),
            "cp932": text.encode("cp932", "ignore"),
            "euc-jp": text.encode("euc-jp", "ignore"),
            "json": json.dumps(text)[1:-1].encode(),
            "address": quote(text).encode(),
        }
        for shift in range(3):
            # Base64 of the value somewhere inside a longer text: drop what its neighbours decide.
            packed = base64.b64encode(b"\0" * shift + text.encode())
            encoded[f"base64+{shift}"] = packed[(0, 2, 3)[shift] : -4]
        yield from (
            (needle, f"{number} {form} {codec}") for codec, needle in encoded.items() if len(needle) >= 6
        )


def _forms(value: str) -> dict[str, str]:
    digits = "".join(filter(str.isdigit, value))
    forms = {"raw": value, "folded": fold(value), "joined": value.replace(" ", "").replace("-", "")}
    if value in NAMES:
        forms |= {
            "surname": value.split()[0],
            "wide": value.replace(" ", "\u3000"),
            "_": value.replace(" ", "_"),
        }
    elif value in MAILS:
        forms["local part"] = value.split("@")[0]
    elif value not in ADDRESSES and len(digits) >= 8:
        forms["digits"] = digits
    return forms


def _blobs(directories: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    for directory in directories:
        for path in sorted(directory.rglob("*")):
            place = str(path.relative_to(directory))
            yield f"name of {path.suffix or 'a directory'}", place.encode()
            if path.is_file():
                yield place, path.read_bytes()
                yield from ((f"{place} unpacked", text) for text in _unpacked(path))


def _unpacked(path: Path) -> Iterator[bytes]:
    """Yield what compression hides: Parquet that needs no key, and every table of a database."""
    if path.suffix == ".parquet" and path.read_bytes()[:4] == b"PAR1":
        yield from (repr(row).encode() for row in pq.read_table(path).to_pylist())
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as store:
            for (table,) in store.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                rows_as_text = store.execute(f'SELECT place::VARCHAR FROM "{table}" AS place').fetchall()
                yield from (text.encode() for (text,) in rows_as_text)
