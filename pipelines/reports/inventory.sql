/*
title: {ja: 個人データ台帳, en: Inventory}
about:
  ja: >-
    どの資産のどの項目に、どの個人データがあるか。届出の有無も示します。件数は、項目全体が一つの種別なら行の数、文章なら出現の数です。
  en: >-
    Which personal data lies in which field of which asset, declared or not. How many: of a column that is of one type
    its rows, of texts how often it is there.
columns:
  asset: {ja: 資産, en: Asset}
  field: {ja: 項目, en: Field}
  entity_type: {ja: 種別, en: Type, words: entity}
  kind: {ja: 形, en: Kind, words: kind}
  rows: {ja: 行, en: Rows}
  occurrences: {ja: 出現, en: Occurrences}
  distinct: {ja: 異なる値, en: Distinct values}
  amount: {ja: 件数, en: How many}
  score: {ja: 確度, en: Score}
  sensitivity: {ja: 機微度, en: Sensitivity}
  appi_class: {ja: 個人情報保護法の区分, en: APPI class, words: appi_class}
  declared: {ja: 届出, en: Declared, words: declared}
  owner: {ja: 管理者, en: Owner}
  purpose: {ja: 利用目的, en: Purpose}
  country: {ja: 所在国, en: Country}
  entrustee: {ja: 委託先, en: Entrustee}
  source: {ja: 接続元, en: Source}
  as_of: {ja: 最終検査日（今回は未検査）, en: Last examined (not this time)}
identity: [asset, field, entity_type]
measure: amount
decided_by: [asset, field, entity_type]
*/
WITH declared AS (
    SELECT DISTINCT asset_id, field, entity_type FROM declaration SEMI JOIN current_asset USING (scan_id, asset_id)
    UNION
    SELECT asset_id, field, entity_type FROM current_field WHERE declared AND entity_type IS NOT NULL
)
SELECT asset_id AS asset, held.field, held.entity_type, held.kind, held.rows, held.occurrences, held."distinct",
       amount_of(held.rows, held.occurrences) AS amount, round(held.score::DOUBLE, 2) AS score, held.sensitivity, held.appi_class,
       declared.entity_type IS NOT NULL AS declared,
       asset.owner, asset.purpose, asset.country, asset.entrustee, asset.source, asset.as_of_day AS as_of
FROM current_holding AS held
JOIN current_asset AS asset USING (asset_id)
LEFT JOIN declared USING (asset_id, field, entity_type)
LEFT JOIN current_field AS place USING (asset_id, field)
ORDER BY asset.source, asset, place.position, held.field, held.sensitivity DESC NULLS FIRST, held.entity_type
