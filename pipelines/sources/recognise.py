"""Which format a file has, by content first and suffix second."""

from __future__ import annotations

from pathlib import Path, PurePath

from pipelines.errors import NotExamined
from pipelines.sources import columnar, duckdb_file
from pipelines.sources.container import damage_told
from pipelines.sources.content_lines import begins
from pipelines.sources.file_states import DUCKDB_LOG
from pipelines.sources.formats import FORMATS, Format
from pipelines.sources.ios_backup import MANIFEST, is_locked, name_of
from pipelines.sources.jsonl import is_json_lines
from pipelines.sources.ldif import is_ldif
from pipelines.sources.lzh_files import is_lzh
from pipelines.sources.mbox import is_mbox
from pipelines.sources.msg import is_msg
from pipelines.sources.ooxml import ZIP_FAULTS
from pipelines.sources.outlook import COMPOUND
from pipelines.sources.packed import SIGNATURES as PACKED
from pipelines.sources.plist import is_plist
from pipelines.sources.pst_nodes import SIGNATURE as MAILBOX
from pipelines.sources.sevenzip import SIGNATURE as SEVEN_ZIP
from pipelines.sources.sqlite_connection import SIGNATURE as DATABASE
from pipelines.sources.sqlite_file import is_log
from pipelines.sources.tar_files import is_tar
from pipelines.sources.typedstream import SIGNATURE as TYPEDSTREAM
from pipelines.sources.zip_files import open_zip

#: Bytes at the beginning of a file that tell its format.
HEAD = 64 << 10

_SIGNATURES = (
    (b"PAR1", "parquet"),
    (b"PARE", "parquet"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"%PDF-", "pdf"),
    (DATABASE, "database"),
    (MAILBOX, "mailbox"),
    (SEVEN_ZIP, "7z"),
    (TYPEDSTREAM, "wrapped"),
    (columnar.ARROW, "arrow"),
    *((signature, "packed") for signature in PACKED),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
#: Recognised in order to say so; a later release may read them.
_UNSUPPORTED = (
    b"Rar!", b"\xd9\xd5\x05\xf9",
    b"\xd0\xcf\x11\xe0", b"RIFF", b"{\\rtf", b"\x7fELF", b"MZ\x90", b"%!PS", b"\xc5\xd0\xd3\xc6",
)  # fmt: skip
#: Mails encrypted by Microsoft's rights management; by S/MIME (CMS enveloped-data, RFC 5652 section 6.1).
_PROTECTED = b"\x76\xe8\x04\x60\xc4\x11\xe3\x86"
_ENVELOPE = bytes.fromhex("06092a864886f70d010703")
_HEIC = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"})
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
#: Raw pictures of cameras are TIFF whose first page is a small preview: reading that would pass the rest over.
_RAW = frozenset(
    {".dng", ".nef", ".nrw", ".arw", ".sr2", ".srf", ".cr2", ".pef", ".srw", ".3fr", ".erf", ".kdc", ".dcr"}
)
#: Sizes of a BMP's second header: its two letters alone begin texts, too.
_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})

_SUFFIXES = {
    ".pb": "wrapped", ".preferences_pb": "wrapped",
    ".csv": "csv", ".tsv": "csv", ".tab": "csv",
    ".json": "json", ".jsonl": "json", ".ndjson": "json",
    ".eml": "mail", ".mht": "mail", ".mhtml": "mail",
    ".vcf": "cards", ".vcard": "cards", ".vnt": "cards", ".vmg": "cards",
    ".ics": "calendar", ".ical": "calendar", ".ifb": "calendar", ".vcs": "calendar",
    ".txt": "text", ".text": "text", ".md": "text", ".log": "text", ".html": "text", ".htm": "text",
    ".xml": "text", ".yaml": "text", ".yml": "text", ".sql": "text", ".ini": "text", ".py": "text",
}  # fmt: skip

#: What begins a stream of Arrow messages begins other files, too.
_OF_ARROW = frozenset({".arrow", ".arrows", ".feather", ".ipc"})

#: Formats whose files always begin with a signature: without it the file is damaged.
_BINARY = {
    ".parquet": "parquet", ".orc": "orc", ".duckdb": "duckdb", **dict.fromkeys(_OF_ARROW, "arrow"),
    ".xlsx": "workbook", ".xlsm": "workbook", ".xlsb": "workbook", ".xls": "workbook", ".ods": "workbook",
    ".docx": "office", ".docm": "office", ".dotx": "office",
    ".pptx": "office", ".pptm": "office", ".ppsx": "office",
    ".pdf": "pdf", ".png": "image", ".jpg": "image", ".jpeg": "image", ".heic": "image", ".heif": "image",
    ".gif": "image", ".webp": "image", ".tif": "image", ".tiff": "image", ".bmp": "image", ".avif": "image",
}  # fmt: skip


def recognise(path: Path, called: str = "") -> Format:
    """Return the format of a file; `called`: its name where that is not the path's.

    Raises `NotExamined` ``format-unsupported`` for what Meibo cannot read (videos, Word before 2007),
    ``backup-encrypted`` for the list of files of an encrypted backup, which stands for all of them;
    ``file-encrypted`` for encrypted mails; ``file-damaged`` for a file whose suffix promises a binary format its
    content does not begin with.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if path.name == MANIFEST and is_locked(path.parent):
        raise NotExamined("backup-encrypted", "", "make the backup again without a password")
    suffix = PurePath(called or name_of(path)).suffix.lower()
    name = _by_signature(path, head, suffix)
    if name is None and suffix in _BINARY:
        raise NotExamined("file-damaged", "", "restore the file or correct its suffix")
    if name is None:
        name = _by_text(suffix, head)
    return FORMATS[name]


def is_told_by_all(path: Path) -> bool:
    """Say whether only all of a file tells what it is: it begins as zip archives and compound files do."""
    with path.open("rb") as file:
        return file.read(4) in (*_ZIP, COMPOUND[:4])


def _by_signature(path: Path, head: bytes, suffix: str) -> str | None:
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    if written := _as_phones_write(head):
        return written
    if kept := _as_analysts_keep(path, head, suffix):
        return kept
    if _is_image(head, suffix):
        return "image"
    if head.startswith(_ZIP):
        return _in_zip(path)
    if head.startswith(COMPOUND[:4]) and (kept := _in_compound(path, suffix)):
        return kept
    _refuse(head)
    if is_lzh(head):
        return "lzh"
    return "tar" if is_tar(head) else None


def _refuse(head: bytes) -> None:
    """Raise `NotExamined` for what is recognised only to say why it is not read."""
    if head.startswith(_PROTECTED) or (head[:1] == b"0" and _ENVELOPE in head[:64]):
        raise NotExamined("file-encrypted", "", "save the mail decrypted")
    if head.startswith(_UNSUPPORTED):
        raise NotExamined("format-unsupported", "", "convert the file to a supported format")


def _in_compound(path: Path, suffix: str) -> str | None:
    """Tell what is read of what Office and Outlook keep in compound files; None for all else."""
    if _BINARY.get(suffix) in ("workbook", "office"):
        # The second are encrypted: Office keeps them so in a container of the old kind.
        return _BINARY[suffix]
    if suffix == ".msg":
        return "outlook"
    try:
        return "outlook" if is_msg(path) else None
    except NotExamined:
        return None


def _is_image(head: bytes, suffix: str) -> bool:
    """Know the images whose beginning other formats share: of videos, sounds, camera raws, plain text."""
    if head.startswith(_TIFF):
        if suffix in _RAW or head[8:10] == b"CR":
            raise NotExamined("format-unsupported", "", "export the picture as JPEG or TIFF")
        return True
    if head[4:8] == b"ftyp":
        if head[8:12] not in _HEIC:
            raise NotExamined("format-unsupported", "", "look at the video yourself")
        return True
    if head.startswith(b"BM"):
        return head[6:10] == bytes(4) and int.from_bytes(head[14:18], "little") in _BMP_HEADERS
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


def _as_phones_write(head: bytes) -> str | None:
    if is_log(head):
        return "database-log"
    if is_plist(head):
        return "plist"
    if begins(head, "VCARD", "VNOTE", "VMSG"):
        return "cards"
    return "calendar" if begins(head, "VCALENDAR") else None


def _as_analysts_keep(path: Path, head: bytes, suffix: str) -> str | None:
    if duckdb_file.is_database(head):
        return "duckdb"
    if suffix == DUCKDB_LOG and duckdb_file.is_log(path):
        return "duckdb-log"
    if head.startswith(columnar.ARROW_STREAM) and suffix in _OF_ARROW:
        return "arrow-stream"
    # A table of orchids may begin so, too.
    return "orc" if head.startswith(columnar.ORC) and _is_binary(head) else None


def _in_zip(path: Path) -> str:
    """Tell documents and workbooks from other archives by what lies in them."""
    with damage_told(*ZIP_FAULTS, RuntimeError), open_zip(path) as archive:
        names = set(archive.namelist())
        if "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype")[:200]:
            return "workbook"
    if names & {"xl/workbook.xml", "xl/workbook.bin"}:
        return "workbook"
    if "[Content_Types].xml" in names and any(name.startswith(("word/", "ppt/")) for name in names):
        return "office"
    return "zip"


def _by_text(suffix: str, head: bytes) -> str:
    if is_mbox(head):
        return "mbox"
    if is_ldif(head):
        return "ldif"
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    if _is_binary(head):
        raise NotExamined("format-unsupported", "", "convert the file to a supported format")
    if is_json_lines(head):
        return "json"
    return "csv" if _is_table(head) else "text"


def _is_table(head: bytes) -> bool:
    """Without a telling suffix: several lines with the same number, two or more, of commas or tabs."""
    lines = [line for line in head.split(b"\n")[:50] if line.strip()]
    lines = lines[:-1] if len(lines) == 50 or len(head) == HEAD else lines
    return any(
        len(lines) >= 3 and lines[0].count(sign) >= 2 and len({line.count(sign) for line in lines}) == 1
        for sign in (b",", b"\t")
    )


def _is_binary(head: bytes) -> bool:
    """Zero bytes outside UTF-16, or a share of control characters no text has."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    controls = sum(head.count(bytes([code])) for code in (*range(9), *range(14, 27), *range(28, 32)))
    return controls > len(head) / 1000
