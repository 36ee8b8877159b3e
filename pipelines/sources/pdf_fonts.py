"""A Japanese font for PDFium: what it has no shape for it takes for nothing.

Documents name the fonts every machine in Japan has (MS Mincho, Heisei) and do not embed them. On a server without
one, PDFium passes over text that stands upright or letter by letter, and draws pages without their letters.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from pathlib import Path

import pypdfium2.raw as pdfium
from pylopdf_fonts_jp import sans_path
from pypdfium2.internal.bases import ObjectTracker

#: Where PDFium looks by itself on Linux. Elsewhere the system has Japanese fonts.
_PLACES = (
    b"/usr/share/fonts",
    b"/usr/share/X11/fonts/Type1",
    b"/usr/share/X11/fonts/TTF",
    b"/usr/local/share/fonts",
)


def with_japanese() -> None:
    """Let PDFium of this process know the font, once; not while documents of others are open: it starts anew."""
    if sys.platform == "linux" and not any(ObjectTracker.values()):
        _start_anew()


@cache
def _start_anew() -> None:
    places = [*_PLACES, str(Path(sans_path()).parent).encode()]
    listed = (ctypes.c_char_p * (len(places) + 1))(*places, None)
    paths = ctypes.cast(listed, ctypes.POINTER(ctypes.POINTER(ctypes.c_char)))
    pdfium.FPDF_DestroyLibrary()
    pdfium.FPDF_InitLibraryWithConfig(pdfium.FPDF_LIBRARY_CONFIG(version=2, m_pUserFontPaths=paths))
