/*
title: {ja: 閲覧できる範囲, en: Exposure}
about:
  ja: >-
    どの種別の個人データを、どの範囲の人が閲覧できるか。権限が分からない資産は「不明」に数えます。同じ行が複数の範囲に数えられることがあります。
    権限の定め(policies.yaml の role_policy)と比べ、超えるものを示します(資産の管理者は比べません)。一件ごとの経路は why_access にあります。
  en: >-
    Which personal data can be read by whom. An asset whose readers are not known counts as unknown. A row is counted
    under every audience that can read it. Compared with the role policy (role_policy of policies.yaml; owners are
    not compared). Report why_access has every way one by one.
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
  state: {ja: 権限の定めとの比較, en: Against the role policy, words: policy_state}
  beyond: {ja: 定めを超える権限の数, en: Grantees beyond it}
  unprotected: {ja: 暗号化されていない行(不明を含む), en: Rows not known to be encrypted}
  protection: {ja: 保護, en: Protection, words: protection}
  oldest: {ja: 最も古い記録, en: Oldest record}
  old: {ja: うち今回は未検査の資産, en: Assets of which not examined this time}
identity: [entity_type, audience]
measure: rows
gate: {where: "state = 'beyond-policy' OR (audience = 'public' AND sensitivity >= 4)", limit: 0}
*/
WITH named AS (SELECT DISTINCT asset_id FROM current_access),
oldest AS (
    SELECT asset_id, min(day) AS oldest FROM current_event_day WHERE day IS NOT NULL AND NOT is_never(day) GROUP BY asset_id
),
has_policy AS (SELECT count(*) > 0 AS has_policy FROM grantee_rule SEMI JOIN current_source USING (scan_id)),
-- Not a condition of the outer join: DuckDB would compare every holding with every grant.
open AS (
    SELECT held.asset_id, held.field, held.entity_type, access.grantee, access.audience, access.via, access.scan_id
    FROM current_holding AS held JOIN current_access AS access USING (asset_id)
    WHERE len(access.columns) = 0 OR list_contains(access.columns, held.field)
       OR list_contains(access.columns, split_part(held.field, '.', 1))
),
seen AS (
    SELECT held.asset_id, held.field, held.entity_type, held.sensitivity, held.rows, access.grantee,
           coalesce(access.audience, 'unknown') AS audience,
           CASE WHEN access.grantee IS NOT NULL THEN access.via
                WHEN named.asset_id IS NOT NULL THEN 'no-grant-for-field'
                ELSE 'no-grant-known' END AS via,
           CASE WHEN access.grantee IS NULL THEN 'unknown'
                WHEN access.audience IN ('owner', 'nobody') THEN 'within-policy'
                WHEN NOT has_policy THEN 'no-policy'
                WHEN rule.grantee IS NULL THEN 'no-rule'
                WHEN coalesce(held.sensitivity, 6) <= rule.sensitivity
                  OR list_contains(rule.entity_types, held.entity_type) THEN 'within-policy'
                ELSE 'beyond-policy' END AS state
    FROM current_holding AS held
    CROSS JOIN has_policy
    LEFT JOIN named USING (asset_id)
    LEFT JOIN open AS access USING (asset_id, field, entity_type)
    LEFT JOIN grantee_rule AS rule ON rule.scan_id = access.scan_id AND rule.grantee = access.grantee
),
-- Two fields of one type in one asset are (nearly) the same people: the larger counts, not the sum.
per_asset AS (
    SELECT entity_type, audience, any_value(sensitivity) AS sensitivity, asset_id, max(rows) AS rows, count(*) AS fields
    FROM (SELECT entity_type, audience, any_value(sensitivity) AS sensitivity, asset_id, max(rows) AS rows
          FROM seen GROUP BY entity_type, audience, asset_id, field)
    GROUP BY entity_type, audience, asset_id
),
ways AS (
    SELECT entity_type, audience, count(DISTINCT grantee) AS grantees, list(DISTINCT via ORDER BY via) AS via,
           count(DISTINCT grantee) FILTER (state = 'beyond-policy') AS beyond,
           ['beyond-policy', 'unknown', 'no-rule', 'no-policy', 'within-policy'][
               min(list_position(['beyond-policy', 'unknown', 'no-rule', 'no-policy', 'within-policy'], state))]
               AS state
    FROM seen GROUP BY entity_type, audience
)
SELECT entity_type, audience, any_value(sensitivity) AS sensitivity, sum(rows)::BIGINT AS rows,
       count(*) AS assets, sum(fields)::BIGINT AS fields, any_value(grantees) AS grantees, any_value(via) AS via,
       list_transform(min({less: -rows, asset: per_asset.asset_id}, 3), one -> one.asset) AS examples, any_value(state) AS state,
       any_value(beyond) AS beyond,
       coalesce(sum(rows) FILTER (coalesce(protection, 'unknown') <> 'encrypted'), 0)::BIGINT AS unprotected,
       list(DISTINCT coalesce(protection, 'unknown') ORDER BY coalesce(protection, 'unknown')) AS protection,
       min(oldest) AS oldest, nullif(count(asset.as_of_scan), 0) AS old
FROM per_asset JOIN ways USING (entity_type, audience)
JOIN current_asset AS asset ON asset.asset_id = per_asset.asset_id
LEFT JOIN oldest ON oldest.asset_id = per_asset.asset_id
GROUP BY entity_type, audience
ORDER BY list_position(
             ['public', 'unknown', 'entrustee', 'company', 'department', 'role', 'owner', 'nobody'], audience),
         sensitivity DESC NULLS FIRST, rows DESC, entity_type
