/*
title: {ja: 世帯, en: Households}
about:
  ja: 同じ住所（部屋番号まで）で姓か電話番号が同じ、または世帯として登録された人。世帯は一人の人ではありません。住所だけでは世帯としません。
  en: >-
    People at one address (with the room) who share a surname or a phone number, or are declared to be one. A
    household is never a person, and an address alone is no household.
identity: [household]
measure: persons
columns:
  household: {ja: 世帯, en: Household}
  persons: {ja: 人数, en: Persons}
  evidence: {ja: 根拠, en: Evidence, words: household_evidence}
  address: {ja: 住所キー, en: Address key}
  people: {ja: 人, en: People}
*/
SELECT 'h:' || printf('%016x', household_id) AS household, persons, list_sort(evidence) AS evidence,
       short_key(address_key) AS address, list_transform(subjects, lambda each: subject_name(each)) AS people
FROM household ORDER BY persons DESC, household
