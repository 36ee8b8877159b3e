"""Kinds of documents: every card is told, every page that speaks of one is not. Nobody on the cards exists."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageFilter

from detectors.jp.passport import calc_check_digit
from detectors.ocr import kinds, mrz
from detectors.ocr.image import ImageScan, scan_image
from detectors.ocr.repair import repair
from detectors.registry import find_entities
from detectors.text import fold
from pipelines.demo import drawn_papers, drawn_passports, drawn_phone
from pipelines.demo.pencil import Drawn
from pipelines.demo.people import Person, build_world

#: Line 2 of the specimen of ICAO Doc 9303 part 4.
SPECIMEN = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"

CARDS = (
    drawn_papers.health_insurance_card,
    drawn_papers.residence_card,
    drawn_passports.passport,
    drawn_phone.booking_screen,
)
OTHER_CARDS = (
    drawn_papers.eligibility_certificate,
    drawn_papers.national_insurance_card,
    drawn_papers.elderly_insurance_card,
    drawn_papers.permanent_resident_certificate,
    drawn_passports.foreign_passport,
    drawn_papers.pension_notice,
    drawn_papers.pension_book,
    drawn_phone.credit_card,
    drawn_phone.bank_card,
    drawn_phone.transit_card,
    drawn_phone.east_booking_screen,
    drawn_phone.student_card,
    drawn_phone.employee_card,
)


@pytest.mark.parametrize("draw", CARDS)
def test_a_card_is_told_and_all_its_fields_are_found(draw: Callable[[Random, Person], Drawn]) -> None:
    look(drawing(draw))


@pytest.mark.slow
@pytest.mark.parametrize("draw", OTHER_CARDS)
def test_so_are_the_others(draw: Callable[[Random, Person], Drawn]) -> None:
    look(drawing(draw))


@pytest.mark.slow
@pytest.mark.parametrize("draw", CARDS + OTHER_CARDS)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda image: image.rotate(180),
        lambda image: image.rotate(6, expand=True, fillcolor="#776655", resample=Image.Resampling.BICUBIC),
        lambda image: ImageEnhance.Brightness(image).enhance(0.3),
        lambda image: image.filter(ImageFilter.GaussianBlur(1.2)),
    ],
    ids=["on its head", "tilted", "dark", "blurred"],
)
def test_a_spoilt_card_is_still_told_and_its_number_found(
    draw: Callable[[Random, Person], Drawn], spoil: Callable[[Image.Image], Image.Image]
) -> None:
    card = drawing(draw)
    scan = scanned(spoil(card.picture))
    assert scan.kind == card.kind
    assert numbers(card) <= found(scan)


def test_the_names_of_a_contact_list_are_found() -> None:
    screen = drawn_phone.contact_screen(people()[:12])
    scan = scanned(screen.picture)
    assert scan.kind == "contact_list"
    assert len({(value.entity_type, key(value.text)) for value in screen.values} & found(scan)) >= 10


def test_a_card_has_one_holder_and_one_birthday() -> None:
    card = drawing(drawn_papers.pension_notice)
    scan = scanned(card.picture)
    assert [key(each.text) for each in scan.findings if each.entity_type == "DATE_OF_BIRTH"] == [
        key(value.text) for value in card.values if value.entity_type == "DATE_OF_BIRTH"
    ]


def test_what_speaks_of_a_card_is_none(repo_root: Path) -> None:
    paragraphs = (repo_root / "tests/fixtures/ocr/look_alikes.txt").read_text("utf-8").strip().split("\n\n")
    pages = [paragraph.split("\n") for paragraph in paragraphs[1:]]
    assert len(pages) > 40
    assert [page[0] for page in pages if kinds.judge(page).kind != kinds.OTHER] == []


@pytest.mark.slow
def test_a_drawn_page_that_speaks_of_a_card_is_none(repo_root: Path) -> None:
    paragraphs = (repo_root / "tests/fixtures/ocr/look_alikes.txt").read_text("utf-8").strip().split("\n\n")
    for number, paragraph in enumerate(paragraphs[1:]):
        page = drawn_phone.leaflet(Random(number), paragraph.split("\n"))
        assert scanned(page.picture).kind == kinds.OTHER, paragraph


def test_lines_tell_a_kind_in_any_order() -> None:
    lines = ["学生証", "架空大学", "21A04464", "学籍番号", "臼井香奈絵", "氏名", "昭和27年9月28日", "生年月日",
             "上記の者は本学の学生であることを証明する", "有効期限 2028年3月31日"]  # fmt: skip
    assert kinds.judge(lines).kind == kinds.judge(sorted(lines)).kind == "student_card"


def test_no_kind_goes_without_its_anchor() -> None:
    for kind in kinds.KINDS:
        words = [form for _, forms in kind.words for form in forms]
        assert kinds.judge(words).kind != kind.name, kind.name


def test_every_kind_has_words_for_a_privacy_officer(repo_root: Path) -> None:
    reports = repo_root / "pipelines/reports"
    labels = yaml.safe_load((reports / "labels.yaml").read_text("utf-8"))["document_kind"]
    reasons = [each["is"] for each in yaml.safe_load((reports / "reasons.yaml").read_text("utf-8"))]
    names = {kinds.OTHER, *(kind.name for kind in kinds.KINDS)}
    assert labels.keys() == names
    assert {f"document {name}: (\\S+)" for name in names} <= set(reasons)


# --- the machine-readable zone -----------------------------------------------------------------------------------


def test_a_zone_is_mended_where_a_place_says_letter_or_digit() -> None:
    assert (
        mrz.mended("TT26940038JΡN84O2013M3411230<<<<<<<<<<<<<<02")
        == "TT26940038JPN8402013M3411230<<<<<<<<<<<<<<02"
    )
    assert mrz.mended("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<").startswith("P<UTOERIKSSON")
    assert repair("E808216524UT07811296M3210101<<<<<<<<<<<<<<02")[10:13] == "UTO"
    assert mrz.mended("a<<b, 2026年3月14日のお知らせ") == "a<<b, 2026年3月14日のお知らせ"


@given(st.text(alphabet="ABOIZS0123456789<ΡΝ∪ あ", max_size=60))
def test_mending_keeps_the_length(text: str) -> None:
    assert len(mrz.mended(text)) == len(text)


@given(st.sampled_from([*range(9), *range(13, 19), *range(21, 27)]), st.sampled_from("0123456789"))
def test_one_wrong_digit_in_number_birth_or_expiry_is_no_zone(place: int, digit: str) -> None:
    wrong = SPECIMEN[:place] + digit + SPECIMEN[place + 1 :]
    field = next((start, end) for start, end in ((0, 9), (13, 19), (21, 27)) if start <= place < end)
    right = calc_check_digit(wrong[slice(*field)]) == wrong[field[1]]
    assert mrz.checked(SPECIMEN)
    assert mrz.checked(wrong) == right


@pytest.mark.parametrize("line", [SPECIMEN[:42], SPECIMEN[:40] + "<<<<<<10"])
def test_a_filler_too_many_or_too_few_is_still_a_zone(line: str) -> None:
    assert mrz.checked(line)


# --- repair ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("在留力一ド", "在留カード"),
        ("入カしてください", "入力してください"),
        ("購入カード", "購入カード"),
        ("番号 AX66486248Q0", "番号 AX66486248QO"),
        ("番号 A866486248Q0", "番号 A866486248Q0"),
        ("学籍番号 25B02502", "学籍番号 25B02502"),
        ("621498320257", "621498320257"),
    ],
)
def test_letters_stay_letters_and_digits_digits(read: str, meant: str) -> None:
    assert repair(read) == meant


# --- drawing and reading -----------------------------------------------------------------------------------------


@cache
def people() -> list[Person]:
    return [each.person for each in build_world(11, "small").customers if not each.person.name.foreign]


@cache
def drawing(draw: Callable[[Random, Person], Drawn]) -> Drawn:
    rng = Random(draw.__name__)
    return draw(rng, rng.choice(people()))


def look(card: Drawn) -> None:
    scan = scanned(card.picture)
    assert scan.kind == card.kind
    assert {(value.entity_type, key(value.text)) for value in card.values} <= found(scan)
    assert any(each.entity_type == "FACE" for each in scan.findings) == bool(card.faces)


def scanned(image: Image.Image) -> ImageScan:
    out = BytesIO()
    image.save(out, "PNG", compress_level=1)
    return scan_image(out.getvalue(), analyze=find_entities)


def numbers(card: Drawn) -> set[tuple[str, str]]:
    """What of a card is a number: names and addresses may lose a stroke to a blur."""
    return {
        (value.entity_type, key(value.text))
        for value in card.values
        if value.entity_type not in ("PERSON", "JP_ADDRESS")
    }


def found(scan: ImageScan) -> set[tuple[str, str]]:
    return {(each.entity_type, key(each.text)) for each in scan.findings if each.text}


def key(text: str) -> str:
    return re.sub(r"[\s・]", "", fold(text)).upper()
