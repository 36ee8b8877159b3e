/*
title: {ja: 閲覧できる理由, en: Why they can read}
about:
  ja: >-
    個人データのある資産を誰が、どの権限で、どの経路で閲覧できるか。一行が一つの権限です。経路はデータベースの役割・ビュー・スキーマ権限、ファイルの
    モードとACL、または届出によります。
  en: >-
    Who can read an asset with personal data, by which privilege and which way; one row per grant. Ways are roles,
    views and schema rights of the database, modes and access lists of files, or what was declared.
columns:
  state: {ja: 権限の定めとの比較, en: Against the role policy, words: policy_state}
  asset: {ja: 資産, en: Asset}
  grantee: {ja: 権限を持つ者, en: Grantee}
  audience: {ja: 閲覧できる範囲, en: Audience, words: audience}
  privilege: {ja: 権限, en: Privilege, words: privilege}
  via: {ja: 経路, en: Via, words: via}
  beyond: {ja: 定めを超える種別, en: Types beyond the policy, words: entity}
  entity_types: {ja: 閲覧できる種別, en: Types, words: entity}
  sensitivity: {ja: 機微度, en: Sensitivity}
  rows: {ja: 行, en: Rows}
  columns: {ja: 項目の限定, en: Limited to columns}
  rule: {ja: 該当する定め, en: Rule of the policy}
  protection: {ja: 保護, en: Protection, words: protection}
  owner: {ja: 管理者, en: Owner}
identity: [asset, grantee, privilege, via]
measure: rows
decided_by: [asset]
*/
WITH has_policy AS (SELECT count(*) > 0 AS has_policy FROM grantee_rule SEMI JOIN current_source USING (scan_id)),
whole AS (
    SELECT asset_id, list_sort(list({'type': entity_type, 'sensitivity': coalesce(sensitivity, 6)})) AS types,
           max(rows) AS rows, max(sensitivity) AS sensitivity
    FROM (SELECT asset_id, entity_type, max(sensitivity) AS sensitivity, max(rows) AS rows
          FROM current_holding GROUP BY asset_id, entity_type) GROUP BY asset_id
),
columnwise AS (
    SELECT asset_id, grantee, privilege, via, audience, columns,
           list(DISTINCT {'type': entity_type, 'sensitivity': coalesce(sensitivity, 6)}) AS types, max(rows) AS rows,
           max(sensitivity) AS sensitivity
    FROM (SELECT * FROM current_access WHERE len(columns) > 0) AS access JOIN current_holding AS held USING (asset_id)
    WHERE list_contains(access.columns, held.field) OR list_contains(access.columns, split_part(held.field, '.', 1))
    GROUP BY asset_id, grantee, privilege, via, audience, columns
),
ways AS (
    SELECT asset_id, grantee, privilege, via, audience, columns, types, rows, sensitivity
    FROM current_access JOIN whole USING (asset_id) WHERE len(columns) = 0
    UNION ALL BY NAME
    SELECT * FROM columnwise
    UNION ALL BY NAME
    SELECT asset_id, NULL AS grantee, NULL AS privilege, 'no-grant-known' AS via, 'unknown' AS audience, [] AS columns,
           types, rows, sensitivity
    FROM whole ANTI JOIN current_access USING (asset_id)
),
compared AS (
    SELECT ways.*, asset.protection, asset.owner, rule.rule, has_policy,
           CASE WHEN rule.rule IS NULL OR audience IN ('owner', 'nobody') THEN []
                ELSE list_filter(types, t -> t.sensitivity > rule.sensitivity
                                             AND NOT list_contains(rule.entity_types, t.type)) END AS beyond
    FROM ways CROSS JOIN has_policy
    JOIN current_asset AS asset USING (asset_id)
    LEFT JOIN grantee_rule AS rule ON rule.scan_id = asset.scan_id AND rule.grantee = ways.grantee
)
SELECT CASE WHEN grantee IS NULL THEN 'unknown'
            WHEN audience IN ('owner', 'nobody') THEN 'within-policy'
            WHEN len(beyond) > 0 THEN 'beyond-policy'
            WHEN rule IS NOT NULL THEN 'within-policy'
            WHEN has_policy THEN 'no-rule' ELSE 'no-policy' END AS state,
       asset_id AS asset, grantee, audience, privilege, via,
       list_sort(list_transform(beyond, t -> t.type)) AS beyond,
       list_sort(list_transform(types, t -> t.type)) AS entity_types, sensitivity, rows, columns, rule,
       coalesce(protection, 'unknown') AS protection, owner
FROM compared
ORDER BY list_position(['beyond-policy', 'unknown', 'no-rule', 'no-policy', 'within-policy'], state),
         list_position(
             ['public', 'unknown', 'entrustee', 'company', 'department', 'role', 'owner', 'nobody'], audience),
         sensitivity DESC NULLS FIRST, rows DESC, asset, grantee, privilege, via
