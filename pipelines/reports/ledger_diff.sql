/*
title: {ja: 管理台帳との突合, en: Against the ledger}
about:
  ja: >-
    取り込んだ個人情報管理台帳と検査結果の違い。台帳にないもの、台帳にあるが見つからないもの、内容が異なるもの。未検査の部分がある資産は
    「見つからない」と言わず、そう示します。
  en: >-
    How the imported ledger differs from what was found: what it does not list, what it lists and nobody found, what
    it says otherwise. Where parts of an asset were not examined, that is said instead of "not found".
columns:
  state: {ja: 状態, en: State, words: ledger_state}
  asset: {ja: 資産・保管場所, en: Asset or place}
  entity_type: {ja: 種別, en: Type, words: entity}
  item: {ja: 台帳の項目, en: Item of the ledger}
  differs: {ja: 異なる欄, en: Column, words: ledger_column}
  in_ledger: {ja: 台帳の記載, en: The ledger says}
  found: {ja: 検査結果, en: Found}
  rows: {ja: 行, en: Rows}
  sensitivity: {ja: 機微度, en: Sensitivity}
  line: {ja: 台帳の行, en: Line of the ledger}
  owner: {ja: 管理者, en: Owner}
identity: [state, asset, entity_type, item, differs]
measure: rows
*/
WITH held AS (
    SELECT asset_id, entity_type, max(rows) AS rows, max(sensitivity) AS sensitivity
    FROM current_holding GROUP BY asset_id, entity_type
),
unread AS (SELECT DISTINCT asset_id FROM current_part WHERE status <> 'examined'),
placed AS (
    SELECT ledger.*, asset.asset_id FROM ledger JOIN current_asset AS asset ON asset.asset_id = ledger.place
    UNION ALL
    SELECT ledger.*, asset.asset_id
    FROM (SELECT * FROM ledger WHERE contains(place, '*')) AS ledger
    JOIN current_asset AS asset ON asset.asset_id GLOB ledger.place
),
listed AS (SELECT DISTINCT asset_id, entity_type FROM placed WHERE entity_type IS NOT NULL),
-- One comparison per line, not per item of it.
lines AS (
    SELECT line, asset_id, any_value(purpose) AS purpose, any_value(entrustee) AS entrustee,
           any_value(retention) AS retention, any_value(disposal) AS disposal, any_value(manager) AS manager,
           any_value(records) AS records
    FROM placed GROUP BY line, asset_id
),
compared AS (
    SELECT lines.line, lines.asset_id, unnest([
        {'differs': 'purpose', 'in_ledger': lines.purpose, 'found': asset.purpose},
        {'differs': 'entrustee', 'in_ledger': lines.entrustee, 'found': asset.entrustee},
        {'differs': 'disposal', 'in_ledger': lines.disposal, 'found': asset.disposal},
        {'differs': 'manager', 'in_ledger': lines.manager, 'found': asset.owner},
        {'differs': 'retention', 'in_ledger': lines.retention,
         'found': CASE WHEN NOT contains(lines.retention, class.label_ja)
                        AND NOT contains(lines.retention, class.label_en) THEN class.label_ja
                       ELSE lines.retention END},
        -- A tenth more or less is the business of a day.
        {'differs': 'records', 'in_ledger': lines.records::TEXT,
         'found': CASE WHEN abs(lines.records - most.rows) > 0.1 * greatest(lines.records, most.rows)
                       THEN most.rows::TEXT ELSE lines.records::TEXT END}], recursive := true)
    FROM lines
    JOIN current_asset AS asset USING (asset_id)
    LEFT JOIN retention_class AS class ON class.retention = asset.retention
    LEFT JOIN (SELECT asset_id, max(rows) AS rows FROM held GROUP BY asset_id) AS most USING (asset_id)
),
found AS (
    SELECT 'no-ledger' AS state WHERE NOT EXISTS (SELECT 1 FROM ledger)
    UNION ALL BY NAME
    SELECT 'not-in-ledger' AS state, asset_id AS asset, entity_type, rows, sensitivity
    FROM held ANTI JOIN listed USING (asset_id, entity_type) WHERE EXISTS (SELECT 1 FROM ledger)
    UNION ALL BY NAME
    SELECT 'not-found' AS state, place AS asset, entity_type, item, line, records AS rows
    FROM ledger ANTI JOIN placed USING (line)
    UNION ALL BY NAME
    SELECT CASE WHEN asset_id IN (SELECT asset_id FROM unread) THEN 'not-examined' ELSE 'not-found' END AS state,
           asset_id AS asset, entity_type, item, line
    FROM placed ANTI JOIN held USING (asset_id, entity_type)
    WHERE entity_type IS NOT NULL AND NOT contains(place, '*')
    UNION ALL BY NAME
    SELECT 'not-understood' AS state, place AS asset, item, line FROM ledger WHERE entity_type IS NULL
    UNION ALL BY NAME
    SELECT 'differs' AS state, asset_id AS asset, differs, in_ledger, found, line
    FROM compared WHERE in_ledger IS NOT NULL AND found IS NOT NULL AND in_ledger <> found
)
SELECT state, asset, entity_type, item, differs, in_ledger, found, rows::BIGINT AS rows, sensitivity, line, owner
FROM found LEFT JOIN (SELECT asset_id AS asset, owner FROM current_asset) AS owners USING (asset)
ORDER BY list_position(['no-ledger', 'not-in-ledger', 'not-found', 'differs', 'not-understood', 'not-examined'], state),
         sensitivity DESC NULLS LAST, asset, line, entity_type, item, differs
