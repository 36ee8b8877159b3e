/*
title: {ja: 閲覧できる範囲, en: Exposure}
about:
  ja: どの種別の個人データを、どの範囲の人が閲覧できるか。権限が分からない資産は「不明」に数えます。同じ行が複数の範囲に数えられることがあります。
  en: >-
    Which personal data can be read by whom. An asset whose readers are not known counts as unknown.
    A row is counted under every audience that can read it.
columns:
  entity_type: {ja: 種別, en: Type, words: entity}
  audience: {ja: 閲覧できる範囲, en: Audience, words: audience}
  sensitivity: {ja: 機微度, en: Sensitivity}
  rows: {ja: 行, en: Rows}
  assets: {ja: 資産数, en: Assets}
  fields: {ja: 項目数, en: Fields}
  grantees: {ja: 権限の数, en: Grantees}
  via: {ja: 経路, en: Via, words: via}
  examples: {ja: 資産の例, en: Assets (first three)}
*/
WITH seen AS (
    SELECT held.asset_id, held.field, held.entity_type, held.sensitivity, held.rows, access.grantee,
           coalesce(access.audience, 'unknown') AS audience,
           CASE WHEN access.grantee IS NOT NULL THEN access.via
                WHEN held.asset_id IN (SELECT asset_id FROM current_access) THEN 'no-grant-for-field'
                ELSE 'no-grant-known' END AS via
    FROM current_holding AS held
    LEFT JOIN current_access AS access ON access.asset_id = held.asset_id AND (
        len(access.columns) = 0
        OR list_contains(access.columns, held.field)
        OR list_contains(access.columns, split_part(held.field, '.', 1)))
),
-- Two fields of one type in one asset are (nearly) the same people: the larger counts, not the sum.
per_asset AS (
    SELECT entity_type, audience, any_value(sensitivity) AS sensitivity, asset_id, max(rows) AS rows,
           count(DISTINCT field) AS fields
    FROM seen GROUP BY entity_type, audience, asset_id
),
ways AS (
    SELECT entity_type, audience, count(DISTINCT grantee) AS grantees, list(DISTINCT via ORDER BY via) AS via
    FROM seen GROUP BY entity_type, audience
)
SELECT entity_type, audience, any_value(sensitivity) AS sensitivity, sum(rows)::BIGINT AS rows,
       count(*) AS assets, sum(fields)::BIGINT AS fields, any_value(grantees) AS grantees, any_value(via) AS via,
       list(asset_id ORDER BY rows DESC, asset_id)[:3] AS examples
FROM per_asset JOIN ways USING (entity_type, audience)
GROUP BY entity_type, audience
ORDER BY list_position(
             ['public', 'unknown', 'entrustee', 'company', 'department', 'role', 'owner', 'nobody'], audience),
         sensitivity DESC NULLS FIRST, rows DESC, entity_type
