"""An erased person who comes back is found; a certificate says what it does not cover."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipelines.desk.erased_keys import Erased, Key, expire, keep, kept, read_keys, write_keys
from pipelines.desk.erasure import check
from pipelines.errors import Refused
from pipelines.layout import Layout
from pipelines.load import load
from pipelines.results import AssetResult
from pipelines.seal import Sealer
from pipelines.store.reader import Reader
from pipelines.subject.certificate import certificates
from pipelines.subject.show import residuals_table
from tests.commands import Command
from tests.pipelines.people import table
from tests.pipelines.scans import KEYS, asset, examined, finding, job, not_examined, scan, typed

TARO = {"name": "山田 太郎", "phone": "090-1234-5678", "born": "1980-01-02"}
CSV = "kind,value\nname,山田 太郎\nphone,+81 90-1234-5678\nborn,1980/1/2\n"


def keys(tmp_path: Path, text: str = CSV) -> list[Key]:
    path = tmp_path / "erased.csv"
    path.write_text(text, "utf-8")
    return read_keys(path, KEYS)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    work = job(tmp_path / "out", assets=[{"match": "crm/books", "retention": "tax_books"}])
    assets = [
        table(work, "crm/books", [TARO]),
        table(work, "crm/list", [{"name": "山田 太郎", "born": "1980-01-02"}, {"name": "山田 太郎"}]),
        table(work, "crm/family", [{"name": "山田 花子", "phone": "090-1234-5678"}]),
        table(work, "share/mail", [{"phone": "03-1234-5678"}]),
    ]
    load(work, scan("s", assets))
    return work.layout.out


def test_residuals_stand_with_place_and_statute_and_a_name_alone_is_none(tmp_path: Path, out: Path) -> None:
    with Reader(out / "store.duckdb") as reader:
        found = check(reader, keys(tmp_path))
        assert len(residuals_table(reader, [found]).rows) == 3
    assert [(row["state"], row["asset"], row["place"], row["law"]) for row in found.residuals] == [
        ("held", "crm/books", "#0.0", "法人税法施行規則59条"),
        ("residual", "crm/list", "#0.0", None),
        ("to-check", "crm/family", "#0.0", None),
    ]


def test_values_and_exported_keys_find_the_same(tmp_path: Path) -> None:
    by_value = keys(tmp_path)
    by_key = keys(tmp_path, write_keys(by_value))
    by_line = keys(tmp_path, '{"kind": "phone", "value": "09012345678"}\n')
    assert by_key == by_value
    assert by_line[0] in by_value
    assert "山田" not in write_keys(by_value)


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "keys-empty"), ("kind,value\nphone,なし\n", "keys-line"), ('{"kind": "phone"', "keys-line"),
     ('{"entity_type": "PERSON", "key": "zz"}', "keys-line"), ("kind,value\nfoo,bar\n", "keys-line"),
     ('{"a": 1}\n[2]\n', "keys-line")],
)  # fmt: skip
def test_a_bad_line_is_refused_by_its_number(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        keys(tmp_path, text)
    assert refusal.value.code == code
    assert "なし" not in str(refusal.value)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", "kind,value\nname,山田 太郎\n".encode()])
def test_a_file_of_keys_that_is_called_after_the_person_is_refused_without_its_name(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "山田太郎.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Refused, match=r"keys-(unreadable|empty|weak): --keys") as refusal:
        read_keys(path, KEYS)
    assert "山田" not in repr(refusal.value)


def sealed(entity_type: str, value: str) -> Key:
    key = Sealer(KEYS).keys(entity_type, value)[0]
    assert key is not None
    return Key(entity_type, key)


@pytest.mark.parametrize(
    ("entity_type", "value", "residuals"),
    [("JP_MY_NUMBER", "201938475615", 1), ("CREDIT_CARD", "4111111111111111", 1),
     ("JP_DRIVER_LICENSE", "301234567890", 1), ("JP_POSTAL_CODE", "100-0001", 0),
     ("EMPLOYMENT_HISTORY", "架空銀行", 0)],
)  # fmt: skip
def test_a_number_of_any_type_alone_is_a_residual_and_what_others_have_too_is_none(
    tmp_path: Path, entity_type: str, value: str, residuals: int
) -> None:
    held = sealed(entity_type, value)
    work = job(tmp_path / "out")
    memo = [finding(0, entity_type, value_key=held.key)]
    load(work, scan("s", [table(work, "share/mail", [], findings=memo)]))
    with Reader(work.layout.store) as reader:
        asked = keys(tmp_path, write_keys([held, sealed("PHONE_NUMBER", "090-1234-5678")]))
        found = check(reader, asked)
    assert (len(found.residuals), found.certified) == (residuals, not residuals)


@pytest.mark.parametrize(
    "text",
    ["kind,value\nname,山田 太郎\n", "kind,value\nborn,1980-01-02\naddress,東京都千代田区架空町1-2-3\n",
     write_keys([sealed("PERSON", "山田 太郎"), sealed("JP_POSTAL_CODE", "100-0001"),
                 sealed("EMPLOYMENT_HISTORY", "架空銀行")])],
)  # fmt: skip
def test_keys_that_tell_nobody_apart_are_refused_and_none_kept_give_a_certificate(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(Refused) as refusal:
        keys(tmp_path, text)
    assert refusal.value.code == "keys-weak"
    layout = Layout(tmp_path).create()
    path = keep(layout, Erased((sealed("PERSON", "山田 太郎"),)), 30, date(2026, 4, 1))
    with pytest.raises(Refused, match="keys-weak"):
        kept(layout, date(2026, 4, 2))
    assert (expire(layout, date(2026, 6, 1)), path.exists()) == (1, False)


def test_a_column_that_holds_an_asked_type_and_no_keys_withholds_the_certificate(tmp_path: Path) -> None:
    work = job(tmp_path / "out")
    where = asset("crm/payments")
    fields = (typed("card", "CREDIT_CARD"), typed("post", "JP_POSTAL_CODE", position=1))
    part = examined(work.layout, where, "work-payments")
    load(work, scan("s", [AssetResult(asset=where, fields=fields, parts=(part,))]))
    phone, post = sealed("PHONE_NUMBER", "090-1234-5678"), sealed("JP_POSTAL_CODE", "100-0001")
    with Reader(work.layout.store) as reader:
        found = check(reader, [phone, sealed("CREDIT_CARD", "4111111111111111")])
        other = check(reader, [phone, post])
    assert found.gaps == [{"asset": "crm/payments", "reason": "not-keyed", "parts": 1}]
    assert (found.certified, other.certified) == (False, True)
    assert "crm/payments: 照合用の鍵のない列がある (1)" in certificates([found], "markdown", "ja")


def test_the_certificate_names_what_was_not_examined_and_why(tmp_path: Path) -> None:
    work = job(tmp_path)
    locked = asset("share/locked.xlsx")
    load(work, scan("s", [AssetResult(asset=locked, parts=(not_examined(locked, "file-encrypted"),))]))
    with Reader(work.layout.store) as reader:
        found = check(reader, keys(tmp_path))
    assert found.residuals == []
    for lang, warning, why in (
        ("ja", "未検査は「残存なし」ではありません", "暗号化・パスワード付き"),
        ("en", "Not examined is not clean", "encrypted or protected by a password"),
    ):
        for output in ("markdown", "html"):
            text = certificates([found], output, lang)  # type: ignore[arg-type]
            assert warning in text
            assert f"share/locked.xlsx: {why} (1)" in text
    assert json.loads(certificates([found], "json", "ja"))["not_examined"][0]["reason"] == "file-encrypted"


def test_a_name_that_came_back_in_kana_is_found_by_its_reading(tmp_path: Path) -> None:
    work = job(tmp_path / "out")
    load(work, scan("s", [table(work, "crm/list", [{"name": "ヤマダ タロウ", "born": "1980-01-02"}])]))
    with Reader(work.layout.store) as reader:
        assert len(check(reader, keys(tmp_path)).residuals) == 1


def test_the_name_of_one_beside_the_birth_date_of_another_is_neither(tmp_path: Path) -> None:
    work = job(tmp_path / "out")
    load(work, scan("s", [table(work, "crm/list", [{"name": "山田 太郎", "born": "1991-05-06"}])]))
    hanako = keys(tmp_path, "kind,value\nname,佐藤 花子\nborn,1991-05-06\n")
    with Reader(work.layout.store) as reader:
        assert [check(reader, each).residuals for each in (keys(tmp_path), hanako)] == [[], []]


def test_only_what_was_examined_after_the_erasure_certifies_it(tmp_path: Path) -> None:
    work = job(tmp_path / "out")
    night = scan("s", [table(work, "crm/list", [{"phone": "03-9999-0000"}])])
    load(work, night)
    with Reader(work.layout.store) as reader:
        before = check(reader, keys(tmp_path), night.started_at)
        after = check(reader, keys(tmp_path), night.finished_at)
    assert (before.certified, before.unseen) == (True, [])
    assert (after.certified, [row["asset"] for row in after.unseen]) == (False, ["crm/list"])
    assert certificates([before], "markdown", "ja").startswith("# 消去確認書")
    sheet = certificates([after], "markdown", "ja")
    assert "確認書ではありません" in sheet
    assert "消去より後に検査していない資産: 1" in sheet


def test_keys_of_the_erased_expire(tmp_path: Path) -> None:
    layout = Layout(tmp_path).create()
    gone = Erased(tuple(keys(tmp_path)), datetime(2026, 3, 31, 15, tzinfo=UTC))
    path = keep(layout, gone, 30, date(2026, 4, 1))
    assert path.stat().st_mode & 0o777 == 0o600
    assert "山田" not in path.read_text("utf-8")
    assert [(each.name, each.erased_at) for each in kept(layout, date(2026, 5, 1))] == [
        (gone.name, gone.erased_at)
    ]
    assert (expire(layout, date(2026, 5, 1)), kept(layout, date(2026, 5, 2))) == (0, [])
    assert (expire(layout, date(2026, 5, 2)), list(path.parent.iterdir())) == (1, [])


def test_the_command_exits_3_with_residuals_and_0_with_a_certificate(
    tmp_path: Path, out: Path, command: Command
) -> None:
    given, key = tmp_path / "erased.csv", "a key for tests, not a secret"
    given.write_text(CSV, "utf-8")
    code, back, _ = command(
        "erase-check", "--keys", given, "--out", out, "--format", "json", "--keep", key=key
    )
    assert (code, len(json.loads(back))) == (3, 3)
    given.write_text("kind,value\nmember,M-9999\n", "utf-8")
    asked = ("erase-check", "--keys", given, "--out", out, "--erased-on", "2026-01-01")
    code, gone, _ = command(*asked, "--keep", key=key)
    assert (code, gone.startswith("# 消去確認書")) == (0, True)
    code, both, _ = command("erase-check", "--out", out, key=key)  # the keys that were kept, person by person
    assert (code, "# 消去確認書" in both) == (3, True)
    assert "keys of 2 erased" in command("purge", "--all", "--out", out, key=key)[1]
