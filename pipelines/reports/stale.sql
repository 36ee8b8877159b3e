/*
title: {ja: 保存期間を過ぎたデータ, en: Past retention}
about:
  ja: >-
    起算日(最終利用・退会・契約終了)と保存区分から、期限を過ぎた記録を数えます。休眠会員は通知待ち・猶予中・期限超過に分け、法令で保存する項目と
    消去できる項目を分けます。個人データがあるのに判断できない資産は「不明」とし、省きません。記録の半数を超える起算日が同じ日の資産は、移行や
    一括処理で書かれた日付でないか確認を促します。
  en: >-
    Records past their retention, from the day their period starts (last activity, withdrawal, end of contract) and
    the retention class. Dormant records are split into to be told, in grace and overdue; fields a statute holds are
    kept apart from those that can go. Assets with personal data that cannot be judged are listed as unknown, never
    left out. Where more than half of the records have one day, it is noted: a migration or a batch may have written it.
parameters: {as_of: date}
columns:
  state: {ja: 状態, en: State, words: state}
  asset: {ja: 資産, en: Asset}
  status: {ja: 会員状態など, en: Status}
  whose: {ja: 会員・ゲスト, en: Whose, words: whose}
  records: {ja: 記録, en: Records}
  past: {ja: 期限超過, en: Past retention}
  newly_past: {ja: 前回検査後に超過, en: Past since the last scan}
  due_soon: {ja: まもなく期限, en: Due soon}
  oldest: {ja: 最も古い起算日, en: Oldest start}
  due: {ja: 最初の期限, en: First due date}
  notice: {ja: 通知リスト作成日, en: Told on}
  grace_until: {ja: 猶予の終わり, en: Grace until}
  to_notify: {ja: 通知待ち, en: To be told}
  in_grace: {ja: 猶予中, en: In grace}
  reason: {ja: 判断できない理由, en: Why unknown, words: reason}
  erasable: {ja: 消去する項目, en: Fields to erase}
  held: {ja: 法令で保存する項目, en: Fields held by law}
  retention: {ja: 保存区分, en: Retention class, words: retention}
  start: {ja: 起算, en: Starts with, words: start_event}
  kind: {ja: 期限の意味, en: Meaning of the date, words: retention_kind}
  promise: {ja: 公表した期間との比較, en: Against the published period, words: promise}
  published_months: {ja: 公表した期間(月), en: Published (months)}
  policy_months: {ja: 社内の期間(月), en: Policy (months)}
  oldest_months: {ja: 最も古い記録(月), en: Oldest record (months)}
  law: {ja: 根拠, en: Basis}
  verified: {ja: 根拠の確認, en: How verified, words: verified}
  owner: {ja: 管理者, en: Owner}
  source: {ja: 接続元, en: Source}
  as_of: {ja: 最終検査日（今回は未検査）, en: Last examined (not this time)}
identity: [asset, status, whose, reason]
measure: past
decided_by: [asset]
gate: {where: "state = 'overdue'", limit: 0}
*/
-- A record is past when the day looked at ($as_of, else the day of the scan) is after its due date. Told is who was
-- past on the day the last notice list of the asset was made; a login since has moved the record to a later day.
WITH today AS (SELECT coalesce($as_of::DATE, (SELECT day FROM current_scan)) AS today),
sized AS (SELECT asset_id, sum(rows) AS records FROM current_part WHERE status <> 'not_examined' GROUP BY asset_id),
personal AS (SELECT asset_id, list_sort(list(DISTINCT field)) AS fields FROM current_holding GROUP BY asset_id),
held AS (SELECT asset_id, list(DISTINCT field ORDER BY field) AS held FROM current_field_class GROUP BY asset_id),
earlier AS (
    SELECT source, max(scan.day) AS before
    FROM current_source AS present JOIN scan_source AS other USING (source) JOIN scan ON scan.scan_id = other.scan_id
    WHERE scan.finished_at < present.finished_at GROUP BY source
),
watched AS (SELECT DISTINCT asset_id, event FROM current_event_day),
judged AS (
    SELECT asset.asset_id, asset.source, asset.as_of_day, asset.owner, asset.retention, coalesce(sized.records, 0) AS records,
           class.* EXCLUDE (retention, label_ja, label_en), start_event(class.starts) AS event,
           list_filter(personal.fields, f -> NOT coalesce(list_contains(held.held, f), FALSE)) AS erasable, held.held,
           notice.listed_on AS notice, notice.cutoff, notice.listed_on + class.grace_days AS grace_until,
           earlier.before,
           CASE WHEN asset.retention IS NULL THEN 'no-retention-class'
                WHEN class.kind IS NULL THEN 'retention-class-not-known'
                WHEN start_event(class.starts) = 'activity' AND asset.last_activity_column IS NULL
                THEN 'no-last-activity-column'
                WHEN (class.starts = 'withdrawal' AND asset.withdrawn_column IS NULL)
                  OR (class.starts = 'contract_end' AND asset.contract_end_column IS NULL) THEN 'no-start-column'
                WHEN sized.records > 0 AND watched.asset_id IS NULL THEN 'no-activity-read' END AS reason
    FROM current_asset AS asset
    JOIN personal USING (asset_id)
    LEFT JOIN held USING (asset_id)
    LEFT JOIN sized USING (asset_id)
    LEFT JOIN earlier USING (source)
    LEFT JOIN retention_class AS class ON class.retention = asset.retention
    LEFT JOIN watched ON watched.asset_id = asset.asset_id AND watched.event = start_event(class.starts)
    LEFT JOIN last_notice AS notice ON notice.asset_id = asset.asset_id AND class.grace_days IS NOT NULL
),
met AS (
    SELECT judged.asset_id, met.status, met.who, met.day, met.rows,
           CASE WHEN met.day IS NULL AND NOT met.read THEN 'unreadable-date'
                WHEN met.day IS NULL OR is_never(met.day)
                THEN CASE WHEN judged.event = 'activity' THEN 'no-date' ELSE 'not-started' END
                WHEN judged.event = 'activity' AND met.day > today + 1 THEN 'future-date'
                ELSE 'dated' END AS how,
           due_day(starts, met.day, months, days, fiscal_year_end_month) AS due
    FROM judged CROSS JOIN today
    JOIN current_event_day AS met ON met.asset_id = judged.asset_id AND met.event = judged.event
    WHERE reason IS NULL
),
counted AS (
    SELECT met.asset_id, met.status, who, sum(rows) AS records,
           coalesce(sum(rows) FILTER (met.due < today), 0) AS past,
           CASE WHEN any_value(before) IS NOT NULL
                THEN coalesce(sum(rows) FILTER (met.due < today AND met.due >= before), 0) END AS newly_past,
           coalesce(sum(rows) FILTER (met.due BETWEEN today AND today + notice_days), 0) AS due_soon,
           CASE WHEN any_value(grace_days) IS NOT NULL
                THEN coalesce(sum(rows) FILTER (met.due < today AND (cutoff IS NULL OR met.due >= cutoff)), 0)
           END AS to_notify,
           CASE WHEN any_value(grace_days) IS NOT NULL
                THEN coalesce(sum(rows) FILTER (met.due < cutoff AND today <= grace_until), 0) END AS in_grace,
           min(met.day) AS oldest, min(met.due) AS due
    FROM met JOIN judged USING (asset_id) CROSS JOIN today WHERE how = 'dated' GROUP BY met.asset_id, met.status, who
),
-- Rows of the asset that no event accounts for have no date either.
accounted AS (SELECT asset_id, how, sum(rows) AS rows FROM met GROUP BY asset_id, how),
undated AS (
    SELECT judged.asset_id, 'no-date' AS reason,
           coalesce(any_value(accounted.rows) FILTER (how = 'no-date'), 0)
           + greatest(0, any_value(judged.records) - coalesce(sum(accounted.rows), 0)) AS records
    FROM judged LEFT JOIN accounted USING (asset_id) WHERE judged.reason IS NULL GROUP BY judged.asset_id
    UNION ALL BY NAME
    SELECT asset_id, how AS reason, rows AS records FROM accounted WHERE how IN ('unreadable-date', 'future-date')
),
listed AS (
    SELECT CASE WHEN past > coalesce(to_notify, 0) + coalesce(in_grace, 0) THEN 'overdue'
                WHEN to_notify > 0 THEN 'to-notify' WHEN in_grace > 0 THEN 'in-grace'
                WHEN due_soon > 0 THEN 'due-soon' WHEN kind = 'hold' THEN 'held' ELSE 'running' END AS state,
           counted.*, NULL AS reason
    FROM counted JOIN judged USING (asset_id)
    UNION ALL BY NAME
    SELECT 'not-started' AS state, asset_id, status, who, sum(rows) AS records
    FROM met WHERE how = 'not-started' GROUP BY asset_id, status, who
    UNION ALL BY NAME
    SELECT 'unknown' AS state, asset_id, records, reason FROM undated WHERE records > 0
    UNION ALL BY NAME
    SELECT 'unknown' AS state, asset_id, records, reason FROM judged WHERE reason IS NOT NULL
    UNION ALL BY NAME
    -- A migration or a batch may have written it into everybody.
    SELECT 'noted' AS state, asset_id, rows AS records, day AS oldest, 'one-day-for-most' AS reason
    FROM (SELECT asset_id, met.day, sum(met.rows) AS rows, sum(sum(met.rows)) OVER (PARTITION BY asset_id) AS dated
          FROM met JOIN judged USING (asset_id) WHERE how = 'dated' AND event = 'activity' GROUP BY asset_id, met.day)
    WHERE dated >= 100 AND rows > dated / 2
    UNION ALL BY NAME
    SELECT 'empty' AS state, asset_id, records, NULL AS reason
    FROM judged ANTI JOIN current_event_day USING (asset_id) WHERE reason IS NULL AND records = 0
),
measured AS (
    SELECT listed.*, CASE WHEN judged.days > 0 THEN judged.months + 1 ELSE judged.months END AS policy_months,
           CASE WHEN listed.oldest IS NOT NULL
                THEN date_diff('month', listed.oldest, today) - (day(today) < day(listed.oldest))::INTEGER
           END AS oldest_months,
           -- A day more than the published months breaks the promise.
           listed.oldest + to_months(published_months) < today AS is_broken
    FROM listed JOIN judged USING (asset_id) CROSS JOIN today
)
SELECT state, asset_id AS asset, nullif(status, '') AS status, nullif(who, '') AS whose,
       measured.records::BIGINT AS records, past::BIGINT AS past, newly_past::BIGINT AS newly_past,
       due_soon::BIGINT AS due_soon, oldest, due, notice, grace_until, to_notify::BIGINT AS to_notify,
       in_grace::BIGINT AS in_grace, measured.reason, CASE WHEN past > 0 THEN erasable END AS erasable, held,
       retention, event AS start, kind,
       CASE WHEN oldest IS NULL OR measured.reason IS NOT NULL THEN NULL
            WHEN published_months IS NULL THEN 'not-published'
            WHEN is_broken AND starts <> 'fiscal_year' THEN 'broken'
            WHEN policy_months > published_months THEN 'policy-longer' ELSE 'kept' END AS promise,
       published_months, policy_months, oldest_months::BIGINT AS oldest_months, law, verified, owner, source,
       as_of_day AS as_of
FROM measured JOIN judged USING (asset_id)
ORDER BY list_position(['overdue', 'to-notify', 'in-grace', 'due-soon', 'unknown', 'noted', 'held', 'not-started',
                        'running', 'empty'], state),
         past DESC NULLS LAST, measured.records DESC, asset, status, whose, measured.reason
