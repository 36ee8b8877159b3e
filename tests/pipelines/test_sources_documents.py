"""PDF, Word and PowerPoint: what is read of them, what is told to be missing. Persons are invented."""

from __future__ import annotations

import ctypes
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import docx
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pptx
import pyarrow as pa
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from pptx.util import Inches
from pylopdf_fonts_jp import sans_path

from detectors.ocr.image import default_engine
from detectors.text import fold
from pipelines.config import load_estate
from pipelines.errors import NotExamined
from pipelines.examine.image_parts import examine_images
from pipelines.job import Job
from pipelines.layout import Layout
from pipelines.scan import scan
from pipelines.seal import Sealer
from pipelines.sources import Gap, Source
from pipelines.store.reader import Reader
from tests.pipelines.scans import KEYS
from tests.pipelines.test_sources_files import put, read, reason, root, source

__all__ = ["root", "source"]

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def texts(source: Source, ending: str = "") -> tuple[str, set[Gap]]:
    table, gaps = read(source, ending)
    return "\n".join(table.get("text", [])), set(gaps)


def wide(text: str) -> Any:
    buffer = ctypes.create_string_buffer(f"{text}\0".encode("utf-16-le"))
    return ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))


def pdf(
    path: Path, pages: list[str], draw: Callable[[Any, Any], None] | None = None, *, unseen: bool = False
) -> Path:
    """A PDF with one line per page in a Japanese font; `draw` adds to the first page."""
    document = pypdfium2.PdfDocument.new()
    data = Path(sans_path()).read_bytes()
    letters = (ctypes.c_ubyte * len(data)).from_buffer_copy(data)
    font = pdfium.FPDFText_LoadFont(document, letters, len(data), pdfium.FPDF_FONT_TRUETYPE, 1)
    for number, line in enumerate(pages):
        page = document.new_page(595, 842)
        if line:
            text = pdfium.FPDFPageObj_CreateTextObj(document, font, 12)
            pdfium.FPDFText_SetText(text, wide(line))
            if unseen:
                pdfium.FPDFTextObj_SetTextRenderMode(text, pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)
            pdfium.FPDFPageObj_Transform(text, 1, 0, 0, 1, 50, 700)
            pdfium.FPDFPage_InsertObject(page, text)
        if draw and number == 0:
            draw(document, page)
        page.gen_content()
    document.save(path)
    return path


def picture(path: Path, lines: Sequence[str]) -> Path:
    """A sheet of paper as a scanner sees it."""
    image = PIL.Image.new("RGB", (1240, 1754), "white")
    font = PIL.ImageFont.truetype(sans_path(), 40)
    for number, line in enumerate(lines):
        PIL.ImageDraw.Draw(image).text((100, 120 + 80 * number), line, "black", font)
    image.save(path)
    return path


def test_every_page_of_a_pdf_is_a_row_in_order(root: Path, source: Source) -> None:
    pdf(root / "契約.pdf", ["氏名: 山田 太郎", "", "電話 090-1234-5678 まで"])
    (asset,) = source.assets()
    assert (asset.id, asset.kind) == ("share/契約.pdf", "text")
    table, gaps = read(source)
    # The font has one glyph for both spaces, and one for both hyphens.
    assert [fold(text) for text in table["text"]] == ["氏名: 山田 太郎", "", "電話 090-1234-5678 まで"]
    assert gaps == []


def test_comments_links_and_properties_of_a_pdf_are_read(root: Path, source: Source) -> None:
    def note(document: Any, page: Any) -> None:
        for kind, entry, value in (
            (pdfium.FPDF_ANNOT_TEXT, b"Contents", "折り返し 03-1234-5678"),
            (pdfium.FPDF_ANNOT_HIGHLIGHT, b"T", "佐藤 花子"),
        ):
            annotation = pdfium.FPDFPage_CreateAnnot(page, kind)
            pdfium.FPDFAnnot_SetStringValue(annotation, entry, wide(value))
            pdfium.FPDFPage_CloseAnnot(annotation)
        link = pdfium.FPDFPage_CreateAnnot(page, pdfium.FPDF_ANNOT_LINK)
        pdfium.FPDFAnnot_SetURI(link, b"mailto:taro@example.jp")
        pdfium.FPDFPage_CloseAnnot(link)

    pdf(root / "a.pdf", ["この頁には本文がそれなりにあります。"], note)
    said, gaps = texts(source)
    assert not gaps
    for part in ("折り返し 03-1234-5678", "記入者: 佐藤 花子", "mailto:taro@example.jp"):
        assert part in said


def test_answers_in_a_form_are_read(root: Path, source: Source) -> None:
    put(root, "form.pdf", FORM.encode("latin-1"))
    assert "phone: 090-1234-5678" in texts(source)[0]


def test_what_a_form_offers_and_a_comment_or_link_keeps_is_read(root: Path, source: Source) -> None:
    fields = (
        "/Subtype /Widget /FT /Ch /Ff 131072 /T (who) /TU (ask 03-1234-0001) /V (b) /DV (03-1234-0002)"
        " /Opt [(03-1234-0003) [(x) (03-1234-0004)] (b)]",
        "/Subtype /FreeText /RC (<p>03-1234-0005</p>)",
        "/Subtype /Redact /OverlayText (03-1234-0006)",
        f"/Subtype /Link /A << /S /Launch /F <{wide_hex('名簿 山田.xlsx')}> >>",
    )
    put(root, "a.pdf", annotated(*fields).encode("latin-1"))
    said, _ = texts(source)
    assert [each for each in range(1, 7) if f"03-1234-000{each}" not in said] == []
    assert "名簿 山田.xlsx" in said and "who: b" in said


def test_a_page_with_a_stamp_is_looked_at(root: Path, source: Source) -> None:
    stamp = "/Subtype /Stamp /Contents (approved) /AP << /N 5 0 R >>"
    drawing = "5 0 obj << /Type /XObject /Subtype /Form /BBox [0 0 200 90] /Length 13 >> stream\n"
    drawn = annotated(stamp, text="This page has text enough.").replace(
        "trailer", f"{drawing}0 0 90 9 re f \nendstream endobj\ntrailer"
    )
    put(root, "a.pdf", drawn.encode("latin-1"))
    put(root, "b.pdf", drawn.replace("50 600 350 720", "50 700 90 720").encode("latin-1"))
    assert [asset.kind for asset in source.assets()] == ["text", "image", "text"]
    assert texts(source, "b.pdf")[1] == {Gap("attachment", 1)}


def test_what_a_pdf_says_of_itself_is_read(root: Path, source: Source) -> None:
    title, script = map(wide_hex, ("佐藤 花子様", "var who = '田中 実'"))
    packet = (
        "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><r:RDF xmlns:r='r'>"
        "<r:Description r:about='' xmlns:d='d'><d:creator><r:Seq><r:li>山田 太郎</r:li></r:Seq></d:creator>"
        "<d:format>application/pdf</d:format></r:Description></r:RDF></x:xmpmeta><?xpacket end='w'?>"
    )
    form = "<data><applicant>鈴木 一郎</applicant></data>"
    body = _objects(
        "<< /Type /Catalog /Pages 2 0 R /Outlines 4 0 R /Metadata 6 0 R /AcroForm << /Fields [] /XFA 7 0 R >>"
        f" /Names << /JavaScript << /Names [(a) << /S /JavaScript /JS <{script}> >>] >> >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        "<< /Type /Outlines /First 5 0 R /Last 5 0 R >>",
        f"<< /Title <{title}> /Parent 4 0 R >>",
        f"<< /Type /Metadata /Subtype /XML /Length {len(packet.encode())} >> stream\n{packet}\nendstream",
        f"<< /Length {len(form.encode())} >> stream\n{form}\nendstream",
    )
    put(root, "a.pdf", (body + "trailer << /Root 1 0 R >>\n%%EOF\n").encode())
    said, gaps = texts(source)
    assert said.strip().split("\n") == [
        "作成者: 山田 太郎",
        "佐藤 花子様",
        "var who = '田中 実'",
        "applicant: 鈴木 一郎",
    ]
    assert not gaps
    put(root, "a.pdf", (body.replace("</data>", "<data>") + "trailer << /Root 1 0 R >>\n%%EOF\n").encode())
    assert texts(source)[1] == {Gap("part-damaged")}


def test_text_in_fonts_that_are_not_embedded_is_read_upright_and_letter_by_letter(
    root: Path, source: Source
) -> None:
    place = iter(range(800, 0, -20))
    letters = "".join(
        f"1 0 0 1 90 {next(place)} Tm <{each.encode('utf-16-be').hex()}> Tj " for each in "山田太郎"
    )
    upright = "東京都千代田区丸の内一丁目".encode("utf-16-be").hex()
    shown = f"BT /H 12 Tf {letters} /V 12 Tf 1 0 0 1 300 800 Tm <{upright}> Tj ET"
    fonts = [
        f"<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiMin-W3 /Encoding /UniJIS-UCS2-{way}"
        " /DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiMin-W3"
        " /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >>"
        " /FontDescriptor << /Type /FontDescriptor /FontName /HeiseiMin-W3 /Flags 4 >> >>] >>"
        for way in "HV"
    ]
    body = _objects(
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 6 0 R"
        " /Resources << /Font << /H 4 0 R /V 5 0 R >> >> >>",
        *fonts,
        f"<< /Length {len(shown)} >> stream\n{shown}\nendstream",
    )
    put(root, "a.pdf", (body + "trailer << /Root 1 0 R >>\n%%EOF\n").encode())
    assert texts(source)[0].split() == ["山田太郎", "東京都千代田区丸の内一丁目"]


def test_a_page_whose_letters_nobody_can_tell_is_read_by_ocr(root: Path, source: Source) -> None:
    path = pdf(root / "a.pdf", ["この頁の文字はどれがどれだか分かりません。"])
    assert [asset.kind for asset in source.assets()] == ["text"]
    path.write_bytes(path.read_bytes().replace(b"/ToUnicode", b"/ToNobodyX"))
    assert [asset.kind for asset in source.assets()] == ["text", "image"]


def test_scanned_pages_are_pictures_of_their_own_with_their_numbers(root: Path, source: Source) -> None:
    scan = PIL.Image.open(picture(root / "scan.png", ["氏名 山田 太郎"])).convert("RGB")
    scan.save(root / "scan.pdf")
    (root / "scan.png").unlink()
    text, pages = source.assets()
    assert (text.id, text.kind) == ("share/scan.pdf", "text")
    assert (pages.id, pages.kind) == ("share/scan.pdf#スキャン", "image")
    table, gaps = read(source, "#スキャン")
    assert (table["page"], gaps) == ([1], [])
    assert table["image"][0].startswith(b"\x89PNG")
    assert texts(source, ".pdf")[1] == set()


def test_where_ocr_is_not_installed_scans_are_told_and_texts_read(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = PIL.Image.open(picture(root / "scan.png", ["氏名 山田 太郎"])).convert("RGB")
    scan.save(root / "scan.pdf")
    image = (root / "scan.png").read_bytes()
    default_engine.cache_clear()
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    with pytest.raises(NotExamined, match="ocr-missing"):
        examine_images(pa.record_batch({"image": [image]}), 0, "balanced", Sealer(KEYS), "Asia/Tokyo")
    for module in ("PIL", "PIL.Image"):
        monkeypatch.setitem(sys.modules, module, None)
    assert reason(source, "#スキャン") == "ocr-missing"
    assert "タイトル: scan" in texts(source, "scan.pdf")[0]


def test_pictures_of_which_the_page_says_the_text_are_no_scan_and_small_ones_a_gap(
    root: Path, source: Source
) -> None:
    def show(width: float, height: float, x: float, y: float) -> Callable[[Any, Any], None]:
        def draw(document: Any, page: Any) -> None:
            image = pypdfium2.PdfImage.new(document)
            image.set_bitmap(pypdfium2.PdfBitmap.from_pil(PIL.Image.new("RGB", (60, 60), "gray")))
            image.set_matrix(pypdfium2.PdfMatrix().scale(width, height).translate(x, y))
            page.insert_obj(image)

        return draw

    line = "複合機が読み取った文字は見えない層にあります。"
    pdf(root / "covered.pdf", [line], show(595, 842, 0, 0), unseen=True)
    pdf(root / "numbered.pdf", ["株式会社の書類 第 0000123 号 一頁中の一頁"], show(595, 842, 0, 0))
    pdf(root / "logo.pdf", [line], show(40, 40, 20, 20))
    pdf(root / "photo.pdf", [line], show(300, 300, 20, 20))
    kinds = {asset.id.removeprefix("share/"): asset.kind for asset in source.assets()}
    assert kinds == {
        "covered.pdf": "text",
        "logo.pdf": "text",
        "numbered.pdf": "text",
        "numbered.pdf#スキャン": "image",
        "photo.pdf": "text",
        "photo.pdf#スキャン": "image",
    }
    assert read(source, "covered.pdf")[1] == []
    assert read(source, "logo.pdf")[1] == [Gap("attachment", 1)]


@pytest.mark.slow
def test_what_stands_on_a_scanned_page_is_found_with_the_number_of_the_page(tmp_path: Path) -> None:
    lines = [
        "申込書",
        "氏名 山田 太郎",
        "電話番号 090-1234-5678",
        "住所 東京都千代田区丸の内1-1-1",
        "以上のとおり申し込みます。",
    ]
    (tmp_path / "share").mkdir()
    sheets = [picture(tmp_path / f"{number}.png", each) for number, each in enumerate(([], lines))]
    first, second = (PIL.Image.open(sheet).convert("RGB") for sheet in sheets)
    first.save(tmp_path / "share/申込.pdf", save_all=True, append_images=[second])
    (tmp_path / "estate.yaml").write_text("sources: [{name: share, kind: files, path: ./share}]\n", "utf-8")
    work = Job(load_estate(tmp_path / "estate.yaml"), Layout(tmp_path / "out"), KEYS)
    scan(work, workers=1)
    with Reader(work.layout.store) as reader:
        rows = reader.arrow("SELECT entity_type, page, masked FROM finding").to_pylist()
    assert {(row["entity_type"], row["page"]) for row in rows} >= {
        ("PHONE_NUMBER", 2),
        ("JP_ADDRESS", 2),
        ("PERSON", 2),
    }
    assert {row["page"] for row in rows} == {2}


def test_a_pdf_that_cannot_be_opened_says_why(root: Path, source: Source) -> None:
    put(root, "locked.pdf", LOCKED.encode("latin-1"))
    put(root, "torn.pdf", b"%PDF-1.7\n" + bytes(64))
    assert reason(source, "locked.pdf") == "file-encrypted"
    assert reason(source, "torn.pdf") == "file-damaged"


def test_a_page_that_does_not_load_is_told_and_the_others_keep_their_numbers(
    root: Path, source: Source
) -> None:
    drawing = "5 0 obj << /Length 16 >> stream\n0 0 500 500 re f\nendstream endobj\ntrailer"
    torn = FORM.replace("/Kids [3 0 R] /Count 1", "/Kids [9 0 R 3 0 R] /Count 2")
    torn = torn.replace("/Annots", "/Contents 5 0 R /Annots").replace("trailer", drawing)
    put(root, "a.pdf", torn.encode("latin-1"))
    said, gaps = texts(source, "a.pdf")
    assert "090-1234-5678" in said
    assert gaps == {Gap("page-damaged", 1)}
    assert read(source, "#スキャン")[0]["page"] == [2]


def test_of_a_pdf_that_breaks_off_what_is_left_is_read_and_the_rest_told(root: Path, source: Source) -> None:
    whole = put(root, "a.pdf", FORM.encode("latin-1"))
    whole.write_bytes(whole.read_bytes().removesuffix(b"%%EOF\n"))
    said, gaps = texts(source)
    assert "090-1234-5678" in said
    assert gaps == {Gap("file-damaged")}


def test_a_word_document_is_read_with_its_margins_tables_and_what_was_deleted(
    root: Path, source: Source
) -> None:
    document = docx.Document()
    document.core_properties.author = "鈴木 一郎"
    document.add_paragraph("お客様の").add_run("電話は 090-1234-5678")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "氏名", "山田\n太郎"
    document.sections[0].header.paragraphs[0].text = "関係者外秘 佐藤 花子"
    paragraph = document.add_paragraph("前")._p
    deleted = "<w:r><w:delText>旧番号 03-1234-5678</w:delText></w:r>"
    paragraph.append(parse_xml(f'<w:del {W} w:id="1" w:author="田中 実">{deleted}</w:del>'))
    reading, base = (f"<w:r><w:t>{each}</w:t></w:r>" for each in ("やまだ", "山田"))
    paragraph.append(parse_xml(f"<w:ruby {W}><w:rt>{reading}</w:rt><w:rubyBase>{base}</w:rubyBase></w:ruby>"))
    document.part.relate_to("mailto:taro@example.jp", RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    document.add_comment(document.paragraphs[0].runs, text="本人確認済み", author="高橋 健")
    document.save(str(root / "依頼.docx"))
    said, gaps = texts(source)
    assert not gaps
    for part in (
        "作成者: 鈴木 一郎", "お客様の電話は 090-1234-5678", "氏名\t山田 太郎", "関係者外秘 佐藤 花子",
        "旧番号 03-1234-5678", "作成者: 田中 実", "山田(やまだ)", "mailto:taro@example.jp",
        "本人確認済み", "作成者: 高橋 健",
    ):  # fmt: skip
        assert part in said


def test_what_a_document_says_of_pictures_and_in_forms_is_read(root: Path, source: Source) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph()._p
    drawing = 'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    for piece in (
        f'<w:drawing><wp:inline {drawing}><wp:docPr id="1" name="図 1" descr="佐藤 花子様の写真"/></wp:inline>'
        "</w:drawing>",
        '<w:sdtPr><w:dropDownList><w:listItem w:displayText="田中 実" w:value="090-0000-0001"/></w:dropDownList>'
        "</w:sdtPr>",
        '<w:ffData><w:textInput><w:default w:val="高橋 健"/></w:textInput></w:ffData>',
        "<w:t>090</w:t><w:noBreakHyphen/><w:t>1234</w:t><w:noBreakHyphen/><w:t>5678</w:t>",
    ):
        paragraph.append(parse_xml(f"<w:r {W}>{piece}</w:r>"))
    document.save(str(root / "依頼.docx"))
    said, gaps = texts(source)
    for part in ("佐藤 花子様の写真", "田中 実", "090-0000-0001", "高橋 健", "090-1234-5678"):
        assert part in said
    assert not gaps


def test_slides_their_notes_and_charts_and_the_pictures_on_them_are_read(
    root: Path, source: Source, tmp_path: Path
) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "担当 山田 太郎"
    slide.notes_slide.notes_text_frame.text = "連絡先 090-1234-5678"
    slide.shapes.add_picture(str(picture(tmp_path / "a.png", ["写真"])), Inches(1), Inches(1))
    slide._element.set("show", "0")
    deck.save(str(root / "会議.pptx"))
    said, gaps = texts(source, "会議.pptx")
    assert "担当 山田 太郎" in said and "連絡先 090-1234-5678" in said
    assert gaps == set()
    table, gaps_of_pictures = read(source, "#画像")
    assert (table["page"], gaps_of_pictures) == ([1], [])
    assert table["image"] == [(tmp_path / "a.png").read_bytes()]


def test_a_part_that_is_damaged_or_unpacks_to_too_much_is_a_gap_and_the_others_are_read(
    root: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = docx.Document()
    document.add_paragraph("電話 090-1234-5678")
    document.add_paragraph("長い" * 10_000)
    document.sections[0].header.paragraphs[0].text = "見出し"
    document.save(str(root / "a.docx"))
    rewrite(root / "a.docx", "word/header1.xml", b"<w:hdr")
    said, gaps = texts(source)
    assert "090-1234-5678" in said
    assert gaps == {Gap("part-damaged", 1)}
    monkeypatch.setattr("pipelines.sources.ooxml.LARGEST_PART", 40_000)
    assert Gap("too-large", 1) in texts(source)[1]


def test_hostile_documents_are_refused_without_harm(root: Path, source: Source) -> None:
    document = docx.Document()
    document.save(str(root / "entities.docx"))
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "&#x5c71;"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    rewrite(root / "entities.docx", "word/document.xml", bomb)
    document.save(str(root / "deep.docx"))
    rewrite(root / "deep.docx", "word/document.xml", b"<a>" * 50_000 + b"</a>" * 50_000)
    assert texts(source, "entities.docx")[1] == {Gap("part-damaged", 1)}
    assert texts(source, "deep.docx")[1] == {Gap("part-damaged", 1)}
    put(root, "locked.docx", b"\xd0\xcf\x11\xe0" + bytes(4_096))
    assert reason(source, "locked.docx") == "file-encrypted"


def rewrite(path: Path, part: str, content: bytes) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, held in (parts | {part: content}).items():
            archive.writestr(name, held)


def _objects(*objects: str) -> str:
    """A PDF of these objects, numbered from 1; PDFium finds them without a table of their places."""
    body = "".join(f"{number} 0 obj {each} endobj\n" for number, each in enumerate(objects, 1))
    return f"%PDF-1.7\n{body}"


_PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Annots [4 0 R] >>"
FORM = (
    _objects(
        "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        _PAGE,
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T (phone) /V (090-1234-5678) /Rect [50 700 250 720] >>",
    )
    + "trailer << /Root 1 0 R >>\n%%EOF\n"
)


def wide_hex(text: str) -> str:
    return f"\ufeff{text}".encode("utf-16-be").hex()


def annotated(*annotations: str, text: str = "") -> str:
    shown = f"BT /F 12 Tf 50 500 Td ({text}) Tj ET"
    found = " ".join(f"<< /Type /Annot /Rect [50 600 350 720] {each} >>" for each in annotations)
    body = _objects(
        "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [] >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Annots [{found}] /Contents 4 0 R"
        " /Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        f"<< /Length {len(shown)} >> stream\n{shown}\nendstream",
    )
    return body + "trailer << /Root 1 0 R >>\n%%EOF\n"


LOCKED = (
    _objects(
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        f"<< /Filter /Standard /V 1 /R 2 /O <{'11' * 32}> /U <{'22' * 32}> /P -44 >>",
    )
    + "trailer << /Root 1 0 R /Encrypt 4 0 R /ID [<00> <00>] >>\n%%EOF\n"
)
