/*
title: {ja: 期限超過の推移, en: Trend of past retention}
about:
  ja: >-
    検査ごとに、期限を過ぎた記録の数と前回からの増減。各検査の日を基準に、その時の保存区分で数えています。接続元を限った検査では、その接続元だけが
    並びます。
  en: >-
    Records past their retention at every scan and the change since the scan before, as of the day of each scan and
    the retention classes of then. A scan of some sources only has rows for these.
columns:
  day: {ja: 検査日, en: Day}
  source: {ja: 接続元, en: Source}
  retention: {ja: 保存区分, en: Retention class, words: retention}
  assets: {ja: 資産数, en: Assets}
  records: {ja: 記録, en: Records}
  past: {ja: 期限超過, en: Past retention}
  growth: {ja: 前回からの増減, en: Growth}
  due_soon: {ja: まもなく期限, en: Due soon}
  oldest: {ja: 最も古い起算日, en: Oldest start}
  scan_id: {ja: 検査番号, en: Scan}
identity: [scan_id, source, retention]
measure: past
*/
WITH totals AS (
    SELECT scan_id, source, retention, count(*) AS assets, sum(records) AS records, sum(past) AS past,
           sum(due_soon) AS due_soon, min(oldest) AS oldest
    FROM stale_total GROUP BY scan_id, source, retention
)
SELECT day, source, retention, assets, records::BIGINT AS records, past::BIGINT AS past,
       (past - lag(past) OVER (PARTITION BY source, retention ORDER BY finished_at, scan_id))::BIGINT AS growth,
       due_soon::BIGINT AS due_soon, oldest, scan_id
FROM totals JOIN scan USING (scan_id)
WHERE finished_at IS NOT NULL
ORDER BY finished_at DESC, scan_id, past DESC, source, retention
