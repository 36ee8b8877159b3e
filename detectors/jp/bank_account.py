"""口座番号 (bank account), and 記号番号 of Japan Post Bank.

A bank account is seven digits, left-padded with zeros, behind a bank (four digits), a branch (three) and a kind of
deposit (普通, 当座, 貯蓄). It has no check digit and seven digits are everywhere, so something beside them has to
say so: 口座, a kind of deposit, the branch of a bank. A bank and a branch of it that exist (`detectors.jp.banks`),
by name or by code, raise the score; one that is not in the list says nothing.

Japan Post Bank prints 記号 (five digits, ``1xxx0`` for savings, ``0xxxx`` for transfer accounts) and 番号 (up to
eight, the last one 1); other banks address it by branch and seven digits made from the two.

>>> transfer_form("10530", "12345671")
('058', '普通', '1234567')
>>> transfer_form("01940", "123456")
('199', '当座', '0123456')
>>> transfer_form("20530", "12345671") is None
True
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.ahead import compiled
from detectors.jp.banks import is_known
from detectors.jp.digits import APART_AFTER, APART_BEFORE, only_digits
from detectors.jp.vicinity import NUMBER_LABELS, Context, Vicinity
from detectors.recognizer import Match, Recognizer
from detectors.text import fold

_QUANTITY = r"(?! ?(?:円|件|人|名(?!義)|個|口(?!座)|株|台|部|点|年|月|万|千|%|kg|ポイント))"
_CANDIDATE = compiled(rf"{APART_BEFORE}[0-9]{{6,8}}{APART_AFTER}{_QUANTITY}")

# Between a label and its value: punctuation, 番号, No. and the separator of a table.
_LEAD = r"(?=[ \t:=・,、|/はが)\]」】\"']{0,4}(?:番号|No\.?|NO\.?|#)?[ \t:=(「\[\"']{0,3}\Z)"
_BANK = r"(?:銀行|信用金庫|信金|信用組合|信組|労働金庫|労金|農協|農業協同組合|漁協|[Bb]ank|BANK)"
_KIND = r"(?:普通|当座|貯蓄|総合|納税準備)"
_ACCOUNT = (
    r"口座(?:番号| ?(?:No(?![a-z])\.?|NO(?![A-Z])\.?|ナンバー))"
    r"|(?i:acc(?:oun)?t[ _-]?(?:no(?![a-z])\.?|number|#)|a/c(?: no\.?)?)"
)
#: In a list: りそな/新大阪/普/1234567, 普)1234567. Trains are 普 and 急, too: beside a bank only.
_INITIAL = r"(?<=[ \t,、/|・])(?:普|当|貯)(?=[ \t,、/|・)]{1,2}\Z)"
_INITIALLED = re.compile(_INITIAL)
_VICINITY = Vicinity(
    rf"{_ACCOUNT}|口座{_LEAD}|{_KIND}(?:預金|貯金|口座){{0,2}}(?:\([^()\n]{{1,8}}\))?{_LEAD}|\((?:普|当|貯)\){_LEAD}"
    rf"|{_INITIAL}"
    rf"|{_BANK}[^0-9。\n]{{0,20}}(?:支店|本店|出張所|営業部|支所)[^一-龥ぁ-んァ-ヶ]{{0,8}}\Z",
    NUMBER_LABELS,
    right=rf"{_KIND}(?:預金|口座)?|口座番号",
)
_NAMED_BANK = re.compile(rf"{_BANK}|支店|ゆうちょ|振込|引き?落と?し|預金|名義")
_LABELLED = re.compile(rf"(?:{_ACCOUNT}){_LEAD}")
#: How far a bank may be named before the account, in code points.
_BANK_REACH = 40
_NAME = r"[一-龥々〇ぁ-んァ-ヶーA-Za-z0-9&]"
_PLACES = (
    re.compile(
        rf"(?P<bank>{_NAME}{{1,16}}?(?:{_BANK}|(?=[ \t,、/])))[ \t,、/(:]{{0,3}}(?:[0-9]{{4}}[ \t,、/):]{{0,3}})?"
        rf"(?P<branch>{_NAME}{{0,14}}?(?:支店|本店営業部|本店|出張所|営業部|支所|(?<=[〇一二三四五六七八九])店))"
    ),
    # As lists of transfers abbreviate it: りそな 梅田 普 1234567
    re.compile(
        rf"(?P<bank>{_NAME}{{2,16}})[ \t,、/|・]{{1,2}}(?P<branch>{_NAME}{{1,14}})"
        r"(?=[ \t,、/|・]{1,2}(?:普通?|当座?|貯蓄?)[ \t,、/|・)]{1,2}\Z)"
    ),
    re.compile(r"(?<![0-9])(?P<bank>[0-9]{4})(?![0-9])[^0-9]{1,12}(?<![0-9])(?P<branch>[0-9]{3})(?![0-9])"),
)
#: Bank, branch, at times the kind, and account in one: 0001-240-1234567.
_CODED = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9A-Za-z][-.])(?P<bank>[0-9]{4})(?P<sep>[ \t,/-])(?P<branch>[0-9]{3})(?P=sep)"
    r"(?:(?:普通?|当座?|[1249])(?P=sep))?(?P<account>[0-9]{7})(?![0-9A-Za-z])(?![-.][0-9A-Za-z])"
)

_POST_SAVINGS, _POST_TRANSFER = r"1[0-9]{3}0", r"0[0-9]{4}"
_POST_PAIR = re.compile(
    rf"{APART_BEFORE}(?:{_POST_SAVINGS}[ -](?:[0-9][ -])?[0-9]{{1,7}}1|{_POST_TRANSFER}-[0-9]-[0-9]{{1,6}})"
    rf"{APART_AFTER}"
)
_POST_SPLIT = re.compile(
    rf"記号[ \t:=は]{{0,3}}(?P<symbol>{_POST_SAVINGS}|{_POST_TRANSFER})(?![0-9])"
    r"[^0-9一-龥]{0,6}(?:通帳|口座|貯金)?番号[ \t:=は]{0,3}(?P<number>[0-9]{2,8})(?![0-9-])"
)
_POST = re.compile(r"ゆうちょ|郵便貯金|郵貯|郵便振替|払込|振替|通帳|口座|貯金|記号[・ ]?番号")
_HEALTH = re.compile("保険|健保|国保|枝番|資格確認")


#: Score of an account announced as one at a branch that exists.
KNOWN = 0.95


def compact(number: str) -> str:
    """Return the digits alone."""
    return only_digits(number)


def transfer_form(symbol: str, number: str) -> tuple[str, str, str] | None:
    """Return (branch, kind, account) by which other banks address a 記号番号; None when it is none.

    `symbol`: five digits, or six with the middle digit of a transfer account; `number`: up to eight digits.
    """
    symbol, number = compact(symbol)[:5], compact(number)
    if re.fullmatch(_POST_SAVINGS, symbol) and number.endswith("1") and 2 <= len(number) <= 8:
        return symbol[1:3] + "8", "普通", number[:-1].zfill(7)
    if re.fullmatch(_POST_TRANSFER, symbol) and 1 <= len(number) <= 6:
        return symbol[1:3] + "9", "当座", number.zfill(7)
    return None


class BankAccountRecognizer(Recognizer):
    """Seven digits beside a word for accounts, and 記号番号; the span is the number without bank and branch."""

    entity_type = "JP_BANK_ACCOUNT"
    version = "4"
    gate = (
        r"口座|普通|当座|貯蓄|総合|納税準備|\([普当貯]\)|支店|本店|出張所|営業部|支所|記号|(?i:acc(?:oun)?t|a/c)"
        r"|[ \t,、/|・][普当貯][ \t,、/|・)]{1,2}[0-9]"
        r"|1[0-9]{3}0[ -][0-9]|0[0-9]{4}-[0-9]-[0-9]|[0-9]{4}[ \t,/-][0-9]{3}[ \t,/-]"
        r"(?:(?:[普当][通座]?|[1249])[ \t,/-])?[0-9]{7}"
    )

    def find(self, text: str, folded: str) -> Iterator[Match]:
        """Yield accounts beside their label; a bare 記号番号 at the score of a pattern."""
        for candidate in _CANDIDATE.finditer(folded):
            score, known = _score(folded, *candidate.span())
            if score:
                yield Match(*candidate.span(), score, self.entity_type, checked=known)
        for coded in _CODED.finditer(folded):
            if is_known(coded["bank"], coded["branch"]):
                context = _VICINITY.judge(folded, *coded.span())
                score = KNOWN if context is Context.OWN else 0.6
                yield Match(*coded.span("account"), score, self.entity_type, checked=True)
        for pair in _POST_PAIR.finditer(folded):
            own = _POST.search(folded, max(0, pair.start() - _BANK_REACH), pair.start())
            yield Match(*pair.span(), 0.8 if own else 0.2, self.entity_type)
        yield from self._split(folded)

    def keys(self, value: str) -> tuple[str | None, str | None]:
        """The digits; for a 記号番号 the account other banks know it by as the alternative."""
        groups = re.findall("[0-9]+", fold(value))
        if len(groups) > 1 and (form := transfer_form(groups[0], groups[-1])):
            return "".join(groups), form[2]
        number = "".join(groups)
        # Five digits are the 記号 alone: it names an office, not a person.
        return (number.zfill(7), None) if len(number) > 5 else (None, None)

    def _split(self, folded: str) -> Iterator[Match]:
        for pair in _POST_SPLIT.finditer(folded):
            around = max(0, pair.start() - _BANK_REACH), pair.end() + _BANK_REACH // 2
            if _HEALTH.search(folded, *around):
                continue
            known = transfer_form(pair["symbol"], pair["number"])
            score = 0.8 if _POST.search(folded, *around) else 0.6 if known else 0.2
            for group in ("symbol", "number"):
                yield Match(*pair.span(group), score, self.entity_type)


def _score(folded: str, start: int, end: int) -> tuple[float, bool]:
    """Score 6–8 digits, 0 when nothing says that they are an account; and whether bank and branch exist."""
    context = _VICINITY.judge(folded, start, end)
    left = folded[max(0, start - _BANK_REACH) : start]
    if context is Context.RIVAL or (context is Context.NONE and "店" not in left):
        return 0.0, False
    known = end - start == 7 and _at_known_branch(left)
    if context is Context.NONE:
        return (0.6 if known else 0.0), known
    if end - start != 7:
        # Leading zeros get lost, and 番号 of Japan Post Bank has eight digits.
        return (0.6 if _LABELLED.search(left) else 0.0), False
    named = _NAMED_BANK.search(left) is not None
    if not (known or named or "口座" in left) and _INITIALLED.search(left):
        return 0.0, False
    return (KNOWN if known else 0.85 if named else 0.7), known


def _at_known_branch(left: str) -> bool:
    return any(is_known(place["bank"], place["branch"]) for form in _PLACES for place in form.finditer(left))
