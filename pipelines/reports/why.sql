/*
title: {ja: 判定の根拠, en: Why}
about:
  ja: 各項目がなぜ個人データと判定されたか。値そのものは含みません。
  en: Why each field was taken for personal data. No value is shown.
identity: [asset, field, entity_type]
columns:
  asset: {ja: 資産, en: Asset}
  field: {ja: 項目, en: Field}
  entity_type: {ja: 種別, en: Type, words: entity}
  physical_type: {ja: データ型, en: Physical type}
  values: {ja: 空でない値, en: Values}
  matched: {ja: 一致, en: Matched}
  whole: {ja: 全体が一致, en: Matched as a whole}
  checked: {ja: 検査数字・台帳で確認, en: Passed a check}
  reasons: {ja: 根拠, en: Reasons, words: why}
  recognizers: {ja: 認識器, en: Recognizers}
  samples: {ja: 伏字の例, en: Masked samples}
*/
WITH found AS (
    SELECT asset_id, field, entity_type, recognizers, samples FROM occurrence SEMI JOIN current_asset USING (scan_id, asset_id)
)
SELECT held.asset_id AS asset, held.field, held.entity_type, place.physical_type, place."values",
       CASE WHEN held.kind = 'typed' THEN place.matched ELSE held.rows END AS matched,
       CASE WHEN held.kind = 'typed' THEN place.whole END AS whole,
       CASE WHEN held.kind = 'typed' THEN place.checked END AS checked,
       from_json(place.reasons, '["VARCHAR"]') AS reasons,
       found.recognizers, found.samples
FROM current_holding AS held
LEFT JOIN current_field AS place USING (asset_id, field)
LEFT JOIN found ON (found.asset_id, found.field, found.entity_type) = (held.asset_id, held.field, held.entity_type)
ORDER BY asset, place.position, held.field, held.entity_type
