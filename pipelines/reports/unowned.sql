/*
title: {ja: 管理者のいない資産, en: Unowned assets}
about:
  ja: 個人データがあるのに、管理者(責任を持つ部署)が決まっていない資産。
  en: Assets that hold personal data and that nobody answers for.
columns:
  asset: {ja: 資産, en: Asset}
  rows: {ja: 行, en: Rows}
  fields: {ja: 項目数, en: Fields}
  sensitivity: {ja: 最大の機微度, en: Highest sensitivity}
  entity_types: {ja: 種別, en: Types, words: entity}
  source: {ja: 接続元, en: Source}
identity: [asset]
measure: rows
*/
SELECT asset_id AS asset, max(held.rows)::BIGINT AS rows, count(DISTINCT field) AS fields,
       max(sensitivity) AS sensitivity, list_sort(list(DISTINCT entity_type)) AS entity_types,
       any_value(asset.source) AS source
FROM current_holding AS held JOIN current_asset AS asset USING (asset_id)
WHERE coalesce(trim(asset.owner), '') = ''
GROUP BY asset_id
ORDER BY sensitivity DESC NULLS FIRST, rows DESC, asset
