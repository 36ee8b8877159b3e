"""Fields that many cards have: name, birth date, address."""

from __future__ import annotations

import re

from detectors.ocr.kinds.kind import DAY, Form
from detectors.ocr.sheet import address_of, labelled, matching, name_of

NAME_SHAPE = re.compile(r"[ぁ-ヺー一-鿿々〇𠮷A-Za-z ・･.,'-]{2,40}")
ADDRESS_SHAPE = re.compile(r".*[都道府県市区郡町村].{2,}")
ANYTHING = re.compile(r".+")
_NAME_LABEL = r"(?:氏\s*名|名\s*前)\s*[:]?\s*"

#: 氏名, or what stands left of a birth date that ends in 生.
NAME = Form("PERSON", "氏名", 0.8, NAME_SHAPE, name_of(_NAME_LABEL, rf"{DAY}\s*(?=生)"))
#: 氏名, also with NAME behind it, as cards for foreign residents have it.
NAME_TWICE = Form("PERSON", "氏名", 0.8, NAME_SHAPE, name_of(r"氏\s*名\s*[/]?\s*(?:NAME)?\s*[:]?\s*"))
#: 昭和61年5月1日生.
BIRTH_BY_FORM = Form("DATE_OF_BIRTH", "生年月日", 0.8, ANYTHING, matching(rf"{DAY}\s*(?=生)"))
#: 生年月日 昭和61年5月1日.
BIRTH_BY_LABEL = Form("DATE_OF_BIRTH", "生年月日", 0.8, ANYTHING, labelled(r"生\s*年\s*月\s*日", DAY))
ADDRESS = Form("JP_ADDRESS", "住所", 0.7, ADDRESS_SHAPE, address_of(r"(?:住\s*所|住\s*居\s*地)\s*[:]?\s*"))
