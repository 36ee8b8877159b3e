/*
title: {ja: 保存期間を過ぎたデータ, en: Past retention}
about:
  ja: 最終利用日と保存区分から、期限を過ぎた記録を数えます。個人データがあるのに判断できない資産は「不明」とし、省きません。
  en: >-
    Records past their retention, from the day of last activity and the retention class. Assets with personal
    data that cannot be judged are listed as unknown, never left out.
parameters: {as_of: date}
columns:
  state: {ja: 状態, en: State, words: state}
  asset: {ja: 資産, en: Asset}
  status: {ja: 会員状態など, en: Status}
  records: {ja: 記録, en: Records}
  past: {ja: 期限超過, en: Past retention}
  due_soon: {ja: まもなく期限, en: Due soon}
  oldest: {ja: 最も古い利用日, en: Oldest activity}
  due: {ja: 最初の期限, en: First due date}
  reason: {ja: 判断できない理由, en: Why unknown, words: reason}
  retention: {ja: 保存区分, en: Retention class, words: retention}
  kind: {ja: 期限の意味, en: Meaning of the date, words: retention_kind}
  law: {ja: 根拠, en: Basis}
  verified: {ja: 根拠の確認, en: How verified, words: verified}
  owner: {ja: 管理者, en: Owner}
  source: {ja: 接続元, en: Source}
*/
-- A record is past when the day looked at ($as_of, else the day of the scan) is after its due date.
WITH today AS (SELECT coalesce($as_of::DATE, (SELECT day FROM current_scan)) AS today),
sized AS (SELECT asset_id, sum(rows) AS records FROM current_part WHERE status = 'examined' GROUP BY asset_id),
judged AS (
    SELECT asset.asset_id, asset.source, asset.owner, asset.retention, coalesce(sized.records, 0) AS records,
           class.* EXCLUDE (retention, label_ja, label_en),
           CASE WHEN asset.retention IS NULL THEN 'no-retention-class'
                WHEN class.kind IS NULL THEN 'retention-class-not-known'
                WHEN asset.last_activity_column IS NULL THEN 'no-last-activity-column'
                WHEN sized.records > 0 AND asset.asset_id NOT IN (SELECT asset_id FROM current_activity)
                THEN 'no-activity-read' END AS reason
    FROM current_asset AS asset
    SEMI JOIN current_holding USING (asset_id)
    LEFT JOIN sized USING (asset_id)
    LEFT JOIN retention_class AS class ON class.retention = asset.retention
),
dated AS (
    SELECT judged.*, activity.status, activity.day, activity.rows,
           (CASE starts
                WHEN 'activity' THEN activity.day
                ELSE last_day(
                    make_date(year(activity.day) + (month(activity.day) > fiscal_year_end_month)::INTEGER,
                              fiscal_year_end_month, 1)
                    + INTERVAL 2 MONTH)
            END + to_months(months) + to_days(days))::DATE AS due
    FROM judged JOIN current_activity AS activity USING (asset_id)
    WHERE reason IS NULL AND activity.day IS NOT NULL
),
counted AS (
    SELECT asset_id, status, sum(rows) AS records,
           coalesce(sum(rows) FILTER (due < today), 0) AS past,
           coalesce(sum(rows) FILTER (due BETWEEN today AND today + notice_days), 0) AS due_soon,
           min(day) AS oldest, min(due) AS due
    FROM dated, today GROUP BY asset_id, status
),
-- Rows of the asset that no dated activity accounts for.
undated AS (
    SELECT judged.asset_id,
           greatest(coalesce(any_value(dateless.rows), 0),
                    any_value(judged.records) - coalesce(sum(counted.records), 0)) AS records
    FROM judged
    LEFT JOIN counted USING (asset_id)
    LEFT JOIN (SELECT asset_id, sum(rows) AS rows FROM current_activity WHERE day IS NULL GROUP BY asset_id)
        AS dateless USING (asset_id)
    WHERE judged.reason IS NULL GROUP BY judged.asset_id
),
listed AS (
    SELECT CASE WHEN past > 0 THEN 'overdue' WHEN due_soon > 0 THEN 'due-soon'
                WHEN kind = 'hold' THEN 'held' ELSE 'running' END AS state,
           counted.*, NULL AS reason
    FROM counted JOIN judged USING (asset_id)
    UNION ALL BY NAME
    SELECT 'unknown' AS state, asset_id, records, 'no-date' AS reason FROM undated WHERE records > 0
    UNION ALL BY NAME
    SELECT 'unknown' AS state, asset_id, records, reason FROM judged WHERE reason IS NOT NULL
    UNION ALL BY NAME
    SELECT 'empty' AS state, asset_id, records, NULL AS reason
    FROM judged ANTI JOIN current_activity USING (asset_id) WHERE reason IS NULL AND records = 0
)
SELECT state, asset_id AS asset, nullif(status, '') AS status, listed.records::BIGINT AS records,
       past::BIGINT AS past, due_soon::BIGINT AS due_soon, oldest, due, listed.reason, retention, kind, law,
       verified, owner, source
FROM listed JOIN judged USING (asset_id)
ORDER BY list_position(['overdue', 'unknown', 'due-soon', 'held', 'running', 'empty'], state),
         past DESC NULLS LAST, listed.records DESC, asset, status
