/*
title: {ja: 利用目的に登録のない個人データ, en: Personal data outside the registered purposes}
about:
  ja: >-
    システムに登録された利用目的が想定しない種別（前職・関係・要配慮の記述、生年月日など）を、件数・行・人・閲覧できる範囲・実際の
    閲覧・同じ記述の写しとともに示します。目的の登録がない資産は、記述を除き一行にまとめます。口頭で伝わったものはデータに残らず、
    この報告には現れません。
  en: >-
    Types of data the purposes registered for a system do not cover (statements on former employers, relations,
    special care; birth dates …), with occurrences, rows, people, readers, last reading, and copies of the same
    statement elsewhere. Assets with no purpose registered are one row together, statements apart. What is passed
    on by word of mouth leaves no data and is not in this report.
identity: [state, asset, entity_type]
measure: occurrences
gate:
  where: "statement AND audience IN ('company', 'entrustee', 'public', 'unknown')"
  limit: 0
columns:
  state: {ja: 状態, en: State, words: state}
  asset: {ja: 資産, en: Asset}
  entity_type: {ja: 種別, en: Type, words: entity}
  sensitivity: {ja: 機微度, en: Sensitivity}
  statement: {ja: 記述, en: Statement, words: yes_no}
  kinds: {ja: 要配慮の内訳, en: Kinds of special care}
  occurrences: {ja: 箇所, en: Occurrences}
  rows: {ja: 行, en: Rows}
  persons: {ja: 人, en: People}
  audience: {ja: 閲覧できる範囲, en: Audience, words: audience}
  readers: {ja: 閲覧権限の数, en: Grantees}
  read_by: {ja: 閲覧した人, en: Read by (people)}
  last_read: {ja: 最後の閲覧, en: Last read}
  copies: {ja: 同じ記述の写し, en: Copies of the same statement}
  copied_to: {ja: 写しのある資産, en: Assets with a copy}
  assets: {ja: 資産数, en: Assets}
  examples: {ja: 資産の例, en: Assets (first three)}
  types: {ja: 種別の一覧, en: Types held, words: entity}
  reason: {ja: 分からないこと, en: What is not known, words: reason}
  owner: {ja: 管理者, en: Owner}
  purpose: {ja: 利用目的, en: Purpose}
*/
WITH covered AS (SELECT DISTINCT asset_id FROM current_registered),
outside AS (
    SELECT held.*, entity_type IN ('EMPLOYMENT_HISTORY', 'RELATIONSHIP', 'JP_SPECIAL_CARE') AS statement,
           CASE WHEN covered.asset_id IS NULL THEN 'no-purpose-registered' ELSE 'mismatch' END AS state
    FROM current_holding AS held
    LEFT JOIN covered USING (asset_id)
    ANTI JOIN current_registered USING (asset_id, entity_type)
),
-- Two fields of one type are (nearly) the same people: the larger counts, not the sum.
single AS (
    SELECT state, asset_id, entity_type, max(sensitivity) AS sensitivity, statement,
           sum(occurrences)::BIGINT AS occurrences, max(rows)::BIGINT AS rows
    FROM outside WHERE state = 'mismatch' OR statement GROUP BY state, asset_id, entity_type, statement
),
-- Whom a statement is about: the note's own person where the asset is a register, else the names in its cell.
place AS (SELECT asset_id, part_id FROM current_part),
stated AS (
    SELECT asset_id, statement.* FROM statement JOIN place USING (part_id)
),
kinds AS (
    SELECT asset_id, entity_type, list(DISTINCT kind ORDER BY kind) FILTER (kind IS NOT NULL) AS kinds
    FROM stated GROUP BY asset_id, entity_type
),
named AS (
    SELECT part_id, row, field, unnest([value_key, alt_key]) AS who, value_key AS name
    FROM statement_name SEMI JOIN stated USING (part_id, row, field)
),
noted AS (
    SELECT part_id, row, any_value(person_key) AS person_key, any_value(ref_key) AS ref_key
    FROM record SEMI JOIN stated USING (part_id, row) GROUP BY part_id, row
),
people AS (
    SELECT asset_id, entity_type, count(DISTINCT coalesce(person_key, name)) AS persons
    FROM stated LEFT JOIN noted USING (part_id, row) LEFT JOIN named USING (part_id, row, field)
    GROUP BY asset_id, entity_type
),
-- The same words about the same name in another asset: a copy. The words alone (恋人) say nothing.
-- Most names stand in one asset only, and what is said of them need not be compared.
met AS (
    SELECT who FROM named JOIN (SELECT part_id, hash(asset_id) AS asset FROM place) USING (part_id)
    WHERE who IS NOT NULL GROUP BY who HAVING min(asset) <> max(asset)
),
worded AS (
    SELECT DISTINCT asset_id, entity_type, coalesce(hex(value_key), kind, '') AS said, who, stated.part_id, stated.row
    FROM stated JOIN (FROM named SEMI JOIN met USING (who)) USING (part_id, row, field)
),
elsewhere AS (
    SELECT entity_type, said, who FROM worded GROUP BY ALL HAVING count(DISTINCT asset_id) > 1
),
copied AS (
    SELECT one.asset_id, one.entity_type, count(DISTINCT other.asset_id || other.part_id || other.row) AS copies,
           list(DISTINCT other.asset_id ORDER BY other.asset_id)[:3] AS copied_to
    FROM worded AS one SEMI JOIN elsewhere USING (entity_type, said, who)
    JOIN (SELECT * FROM worded SEMI JOIN elsewhere USING (entity_type, said, who)) AS other
        ON other.entity_type = one.entity_type AND other.said = one.said AND other.who = one.who
           AND other.asset_id <> one.asset_id
    GROUP BY one.asset_id, one.entity_type
),
reader AS (
    SELECT ref_key, staff_key, moment FROM current_record WHERE register = 'reader' AND ref_key IS NOT NULL
),
read AS (
    SELECT asset_id, entity_type, count(DISTINCT staff_key) AS read_by, max(moment) AS last_read
    FROM (SELECT DISTINCT asset_id, entity_type, ref_key FROM stated JOIN noted USING (part_id, row)) JOIN reader USING (ref_key)
    GROUP BY asset_id, entity_type
),
logged AS (SELECT DISTINCT asset_id FROM current_register WHERE register = 'note' AND list_contains(roles, 'ref')),
opened AS (
    SELECT asset_id, count(DISTINCT grantee) AS readers,
           list_reduce(list_sort(list(DISTINCT list_position(
               ['public', 'unknown', 'entrustee', 'company', 'department', 'role', 'owner', 'nobody'], audience))),
               lambda widest, next: widest) AS widest
    FROM current_access GROUP BY asset_id
),
alone AS (
    SELECT single.*, kinds, coalesce(persons, rows) AS persons,
           CASE WHEN widest IS NULL THEN 'unknown'
                ELSE ['public', 'unknown', 'entrustee', 'company', 'department', 'role', 'owner', 'nobody'][widest] END AS audience,
           coalesce(readers, 0) AS readers, read_by, last_read,
           CASE WHEN statement THEN coalesce(copies, 0) END AS copies, copied_to, 1 AS assets,
           [asset_id] AS examples, [entity_type] AS types,
           CASE WHEN statement AND (logged.asset_id IS NULL OR NOT EXISTS (SELECT 1 FROM reader)) THEN 'no-reader-register' END AS reason
    FROM single
    LEFT JOIN kinds USING (asset_id, entity_type) LEFT JOIN people USING (asset_id, entity_type)
    LEFT JOIN copied USING (asset_id, entity_type) LEFT JOIN read USING (asset_id, entity_type)
    LEFT JOIN logged USING (asset_id) LEFT JOIN opened USING (asset_id)
),
whole AS (
    SELECT asset_id, max(rows) AS rows, sum(occurrences) AS occurrences, max(sensitivity) AS sensitivity,
           list(DISTINCT entity_type) AS types
    FROM outside WHERE state = 'no-purpose-registered' AND NOT statement GROUP BY asset_id
)
SELECT listed.*, owner, purpose FROM (
    SELECT state, asset_id AS asset, entity_type, sensitivity, statement, kinds, occurrences, rows, persons, audience,
           readers, read_by, last_read, copies, copied_to, assets, examples, types, reason
    FROM alone
    UNION ALL BY NAME
    SELECT 'no-purpose-registered' AS state, max(sensitivity) AS sensitivity, FALSE AS statement,
           sum(occurrences)::BIGINT AS occurrences, sum(rows)::BIGINT AS rows, count(*) AS assets,
           list(asset_id ORDER BY sensitivity DESC, rows DESC, asset_id)[:3] AS examples,
           list_sort(list_distinct(flatten(list(types)))) AS types
    FROM whole HAVING count(*) > 0
) AS listed
LEFT JOIN current_asset ON asset_id = asset
ORDER BY statement DESC, list_position(['mismatch', 'no-purpose-registered'], state), sensitivity DESC NULLS LAST,
         occurrences DESC, asset, entity_type
