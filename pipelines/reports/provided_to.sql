/*
title: {ja: 外部への提供・委託, en: Provided to}
about:
  ja: >-
    社外へ出る、または委託先が扱う個人データの提供先・国・方法・根拠・記録。欠けている事項はそのまま示します。委託・共同利用には提供記録を求めず、
    外国(指定国を除く)への提供には同意または相当措置を求めます(個人情報保護法27条〜30条)。
  en: >-
    Recipients, country, method, basis and record for personal data that leaves the company or is handled by an
    entrustee. What is missing is named. Entrustment and joint use need no record of provision; a country abroad that
    is not designated needs consent or an equivalent system (APPI 27–30).
columns:
  state: {ja: 状態, en: State, words: provision_state}
  asset: {ja: 資産, en: Asset}
  recipient: {ja: 提供先, en: Recipient}
  relation: {ja: 関係, en: Relation, words: provision_relation}
  country: {ja: 所在国, en: Country}
  method: {ja: 方法, en: Method}
  basis: {ja: 根拠, en: Basis}
  record: {ja: 提供記録, en: Record}
  missing: {ja: 欠けている事項, en: Missing, words: provision_missing}
  entity_types: {ja: 種別, en: Types, words: entity}
  sensitivity: {ja: 機微度, en: Sensitivity}
  rows: {ja: 行, en: Rows}
  copy_of: {ja: 元の資産, en: Copy of}
  audience: {ja: 権限からの手掛かり, en: Who can read it says, words: audience}
  law: {ja: 根拠条文, en: Law}
  owner: {ja: 管理者, en: Owner}
identity: [asset, recipient]
measure: rows
gate: {where: "state = 'not-declared'", limit: 0}
*/
WITH home AS (SELECT any_value(country) AS home, any_value(law) AS law FROM country_rule WHERE home),
held AS (
    SELECT asset_id, list(DISTINCT entity_type ORDER BY entity_type) AS entity_types, max(rows) AS rows,
           max(sensitivity) AS sensitivity
    FROM current_holding GROUP BY asset_id
),
copies AS (SELECT copy AS asset_id, list(DISTINCT asset_id ORDER BY asset_id) AS copy_of FROM current_copy GROUP BY copy),
outside AS (
    SELECT asset_id, arg_max(audience, audience_rank(audience)) AS audience FROM current_access
    WHERE audience IN ('entrustee', 'public') GROUP BY asset_id
),
known AS (
    SELECT asset.asset_id, asset.owner, asset.country AS stands_in, asset.entrustee, outside.audience, provision.*
           EXCLUDE (scan_id, asset_id)
    FROM current_asset AS asset
    SEMI JOIN held USING (asset_id)
    LEFT JOIN outside USING (asset_id)
    LEFT JOIN current_provision AS provision USING (asset_id)
),
leaving AS (
    SELECT known.*, home.home, home.law,
           known.country <> home.home AND country_rule.country IS NULL AS far_away,
           coalesce(regexp_matches(lower(basis), '同意|相当措置|consent|equivalent')
                    AND NOT regexp_matches(lower(basis), '[不未]同意|同意(は|が)?(なし|無|ない)|(no|without) consent'), FALSE) AS agreed
    FROM known CROSS JOIN home
    LEFT JOIN country_rule ON country_rule.country = known.country
    WHERE recipient IS NOT NULL OR entrustee IS NOT NULL OR audience IS NOT NULL OR stands_in <> home.home
),
judged AS (
    SELECT *, CASE WHEN recipient IS NULL THEN ['recipient'] ELSE list_filter([
               CASE WHEN relation IS NULL THEN 'relation' END,
               CASE WHEN country IS NULL THEN 'country' END,
               CASE WHEN method IS NULL THEN 'method' END,
               CASE WHEN basis IS NULL THEN 'basis' END,
               CASE WHEN record IS NULL AND (coalesce(relation, 'third_party') = 'third_party' OR far_away)
                    THEN 'record' END,
               CASE WHEN far_away AND NOT agreed THEN 'consent-abroad' END], x -> x IS NOT NULL) END AS missing
    FROM leaving
)
SELECT CASE WHEN recipient IS NULL THEN 'not-declared' WHEN len(missing) > 0 THEN 'incomplete' ELSE 'complete' END
           AS state,
       asset_id AS asset, coalesce(recipient, entrustee) AS recipient, relation, coalesce(country, CASE
           WHEN recipient IS NULL THEN stands_in END) AS country, method, basis, record, missing, entity_types,
       sensitivity, rows, copy_of, audience, CASE WHEN far_away THEN law END AS law, owner
FROM judged JOIN held USING (asset_id) LEFT JOIN copies USING (asset_id)
ORDER BY list_position(['not-declared', 'incomplete', 'complete'], state), sensitivity DESC NULLS FIRST, rows DESC,
         asset, recipient
