"""Every entity type of the contract is described."""

from __future__ import annotations

from detectors.entities import load_entities

#: The types every release describes, and the class recognised only to be ruled out.
CONTRACT = {
    *("PERSON", "PHONE_NUMBER", "EMAIL_ADDRESS", "CREDIT_CARD", "IP_ADDRESS", "DATE_OF_BIRTH", "AGE"),
    *(
        "JP_ADDRESS",
        "JP_POSTAL_CODE",
        "JP_MY_NUMBER",
        "JP_DRIVER_LICENSE",
        "JP_PASSPORT",
        "JP_RESIDENCE_CARD",
    ),
    *("JP_HEALTH_INSURANCE", "JP_CARE_INSURANCE", "JP_PENSION_NUMBER", "JP_EMPLOYMENT_INSURANCE"),
    *("JP_RESIDENT_CODE", "JP_BANK_ACCOUNT", "JP_INVOICE_NUMBER", "JP_LICENSE_PLATE", "JP_TRANSIT_CARD"),
    *("JP_TRAIN_RESERVATION", "IMEI", "ICCID", "SOCIAL_ACCOUNT", "PERSONAL_ID", "EMPLOYMENT_HISTORY"),
    *("RELATIONSHIP", "JP_SPECIAL_CARE", "FACE", "JP_CORPORATE_NUMBER"),
}


def test_every_entity_type_of_the_contract_is_described() -> None:
    assert set(load_entities()) >= CONTRACT


def test_every_entity_type_has_labels_a_class_a_sensitivity_and_a_source() -> None:
    for entity in load_entities().values():
        assert entity.ja and entity.en and entity.appi and entity.source
        assert 1 <= entity.sensitivity <= 5


def test_only_the_corporate_number_is_not_personal() -> None:
    assert [name for name, entity in load_entities().items() if not entity.personal] == [
        "JP_CORPORATE_NUMBER"
    ]


def test_individual_identification_codes_weigh_more_than_contact_data() -> None:
    entities = load_entities()
    assert entities["JP_MY_NUMBER"].sensitivity > entities["JP_DRIVER_LICENSE"].sensitivity
    assert entities["JP_DRIVER_LICENSE"].sensitivity > entities["PHONE_NUMBER"].sensitivity
