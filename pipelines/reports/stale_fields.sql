/*
title: {ja: 項目別の消去と法定保存, en: What may be erased and what the law holds}
about:
  ja: >-
    資産ごとに、項目を保存の根拠で分けます。複数の法令が及ぶ項目は最も遅い日まで保存し、残りは消去します。「消去できる」は期限を過ぎた記録の数、
    「最終の解除日」はその項目をすべて消去できる日です。
  en: >-
    The fields of each asset by what holds them. A field several statutes ask for is kept until the last of them lets
    go; the rest of the record is erased. `free` counts records past that day; on `last_free` the last record of these
    fields may go.
parameters: {as_of: date}
columns:
  state: {ja: 状態, en: State, words: state}
  asset: {ja: 資産, en: Asset}
  fields: {ja: 項目, en: Fields}
  records: {ja: 記録, en: Records}
  free: {ja: 消去できる記録, en: May be erased}
  kept: {ja: 保存する記録, en: To be kept}
  next_free: {ja: 次の解除日, en: Next to fall free}
  last_free: {ja: 最終の解除日, en: Last to fall free}
  reason: {ja: 判断できない理由, en: Why unknown, words: reason}
  retention: {ja: 保存区分, en: Retention classes, words: retention}
  kind: {ja: 期限の意味, en: Meaning of the date, words: retention_kind}
  start: {ja: 起算, en: Starts with, words: start_event}
  law: {ja: 根拠, en: Basis}
  verified: {ja: 根拠の確認, en: How verified, words: verified}
  owner: {ja: 管理者, en: Owner}
identity: [asset, fields]
measure: free
decided_by: [asset]
*/
WITH today AS (SELECT coalesce($as_of::DATE, (SELECT day FROM current_scan)) AS today),
personal AS (SELECT DISTINCT asset_id, field FROM current_holding),
ruled AS (
    SELECT asset_id, field, list(DISTINCT retention ORDER BY retention) AS retention
    FROM current_field_class SEMI JOIN personal USING (asset_id) GROUP BY asset_id, field
    UNION ALL
    SELECT asset_id, field, CASE WHEN asset.retention IS NULL THEN [] ELSE [asset.retention] END
    FROM personal ANTI JOIN current_field_class USING (asset_id, field) JOIN current_asset AS asset USING (asset_id)
),
grouped AS (
    SELECT asset_id, retention, list(field ORDER BY field) AS fields FROM ruled GROUP BY asset_id, retention
),
classed AS (
    SELECT grouped.asset_id, grouped.retention, class.*, start_event(class.starts) AS event
    FROM (SELECT asset_id, retention, unnest(retention) AS one FROM grouped) AS grouped
    LEFT JOIN (SELECT * RENAME (retention AS one) FROM retention_class) AS class USING (one)
),
judged AS (
    SELECT asset_id, retention, min(event) AS event,
           CASE WHEN count(*) > count(kind) THEN 'retention-class-not-known'
                WHEN count(DISTINCT event) > 1 THEN 'statutes-start-apart' END AS reason,
           CASE WHEN bool_or(kind = 'hold') THEN 'hold' ELSE min(kind) END AS kind,
           list(DISTINCT law ORDER BY law) AS law, list(DISTINCT verified ORDER BY verified) AS verified
    FROM classed GROUP BY asset_id, retention
),
dated AS (
    SELECT asset_id, retention, met.day, any_value(met.rows) AS rows,
           max(due_day(starts, met.day, months, days, fiscal_year_end_month)) AS due
    FROM classed
    JOIN judged USING (asset_id, retention)
    JOIN (SELECT asset_id, event, day, sum(rows) AS rows FROM current_event_day GROUP BY ALL) AS met
        ON met.asset_id = classed.asset_id AND met.event = classed.event
    WHERE judged.reason IS NULL AND met.day IS NOT NULL AND NOT is_never(met.day)
    GROUP BY asset_id, retention, met.day
),
counted AS (
    SELECT asset_id, retention, sum(rows) AS records, coalesce(sum(rows) FILTER (due < today), 0) AS free,
           coalesce(sum(rows) FILTER (due >= today), 0) AS kept, min(due) FILTER (due >= today) AS next_free,
           max(due) AS last_free
    FROM dated CROSS JOIN today GROUP BY asset_id, retention
),
listed AS (
    SELECT grouped.asset_id, grouped.fields, counted.records, free, kept, next_free, last_free, grouped.retention,
           judged.kind, judged.event, judged.law, judged.verified,
           CASE WHEN len(grouped.retention) = 0 THEN 'no-retention-class'
                WHEN judged.reason IS NOT NULL THEN judged.reason
                WHEN counted.records IS NULL THEN 'no-date' END AS reason
    FROM grouped LEFT JOIN judged USING (asset_id, retention) LEFT JOIN counted USING (asset_id, retention)
)
SELECT CASE WHEN reason IS NOT NULL THEN 'unknown' WHEN free > 0 THEN 'overdue'
            WHEN listed.kind = 'hold' THEN 'held' ELSE 'running' END AS state,
       asset_id AS asset, fields, records::BIGINT AS records, free::BIGINT AS free, kept::BIGINT AS kept, next_free,
       last_free, reason, listed.retention, listed.kind, event AS start, law, verified, owner
FROM listed JOIN current_asset AS asset USING (asset_id)
ORDER BY list_position(['overdue', 'unknown', 'held', 'running'], state), free DESC NULLS LAST, asset, fields
