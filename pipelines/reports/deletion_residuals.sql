/*
title: {ja: 削除後に残っている個人データ, en: What still stands of deleted persons}
about:
  ja: >-
    削除記録にある人の会員番号・メールアドレス・電話番号が、削除より後に検査した資産に残っていないかを調べます。法令で保存する区分の資産や
    項目は根拠とともに「法令により保存中」とし、その期間が過ぎたものは残存、一部の記録だけ過ぎた資産は要確認とします。ほかの会員も使う連絡先も
    要確認です。表示は符号のみで、値は出しません。
  en: >-
    Whether member numbers, e-mail addresses and phone numbers of the persons in the deletion log still stand in any asset
    scanned after the deletion. Assets and fields a statute obliges to keep are shown as held, with the law: as long as its
    period runs; where it has ended for some records, they are to be checked. So is a contact that another member uses.
    Keyed ids only, never values.
identity: [person, asset, field, entity_type, reason]
measure: occurrences
gate: {where: "state = 'residual'", limit: 0, registers: [deletion]}
columns:
  state: {ja: 状態, en: State, words: state}
  person: {ja: 本人（符号）, en: Person (keyed id)}
  asset: {ja: 資産, en: Asset}
  field: {ja: 項目, en: Field}
  entity_type: {ja: 種類, en: Type, words: entity}
  occurrences: {ja: 件数, en: Occurrences}
  deleted: {ja: 削除日, en: Deleted}
  scanned: {ja: 検査日, en: Scanned}
  retention: {ja: 保存区分, en: Retention class, words: retention}
  law: {ja: 根拠, en: Basis}
  verified: {ja: 根拠の確認, en: How verified, words: verified}
  owner: {ja: 管理者, en: Owner}
  reason: {ja: 理由, en: Reason, words: reason}
  register: {ja: 台帳, en: Register, words: register}
*/
WITH log AS (
    SELECT coalesce(person_key, email_key, phone_key) AS who, person_key, email_key, phone_key, moment, asset_id
    FROM current_record WHERE register = 'deletion'
),
erased AS (
    SELECT value_key, any_value(who) AS who, any_value(person_key) AS person_key, max(moment) AS deleted
    FROM (SELECT unnest([person_key, email_key, phone_key]) AS value_key, who, person_key, moment FROM log)
    WHERE value_key IS NOT NULL GROUP BY value_key
),
-- An address or number of a family, or of somebody who joined anew.
shared AS (
    SELECT DISTINCT value_key
    FROM erased JOIN (
        SELECT email_key AS value_key, person_key AS holder FROM current_record WHERE register = 'member'
        UNION ALL
        SELECT phone_key, person_key FROM current_record WHERE register = 'member') USING (value_key)
    WHERE person_key IS NOT NULL AND holder NOT IN (SELECT person_key FROM log WHERE person_key IS NOT NULL)
),
places AS (
    SELECT part_id, asset_id, part.finished_at, day, owner, retention
    FROM current_part JOIN current_asset AS part USING (scan_id, asset_id) ANTI JOIN (SELECT DISTINCT asset_id FROM log) AS own
        USING (asset_id)
),
standing AS (
    SELECT who, asset_id, field, entity_type, sum(occurrences) AS occurrences, min(deleted) AS deleted, any_value(day) AS scanned,
           any_value(owner) AS owner, any_value(retention) AS retention,
           bool_or(shared.value_key IS NOT NULL) AS is_shared
    FROM erased_place JOIN erased USING (value_key) JOIN places USING (part_id) LEFT JOIN shared USING (value_key)
    -- Not a join condition: it would pair every deletion with every place.
    GROUP BY who, asset_id, field, entity_type HAVING max(deleted) < max(finished_at)
),
statutes AS (
    SELECT asset_id, field, retention FROM current_field_class
    UNION ALL
    SELECT asset_id, NULL, retention FROM current_asset WHERE asset_id NOT IN (SELECT asset_id FROM log)
),
-- Of how many records of an asset the period of a statute has ended; none where no day says so.
ended AS (
    SELECT asset_id, retention,
           sum(met.rows) FILTER (NOT is_never(met.day)
                                 AND due_day(starts, met.day, months, days, fiscal_year_end_month) < today) AS past,
           sum(met.rows) AS records
    FROM (SELECT DISTINCT asset_id, retention FROM statutes) JOIN retention_class USING (retention)
    JOIN current_event_day AS met USING (asset_id)
    CROSS JOIN (SELECT day AS today FROM current_scan)
    WHERE kind = 'hold' AND met.event = start_event(starts) GROUP BY asset_id, retention
),
holding AS (
    SELECT asset_id, field, retention, law, verified,
           CASE WHEN coalesce(past, 0) = 0 THEN 'held' WHEN past < records THEN 'to-check' ELSE 'residual' END AS hold
    FROM statutes JOIN retention_class USING (retention) LEFT JOIN ended USING (asset_id, retention) WHERE kind = 'hold'
),
held AS (
    SELECT standing.asset_id, standing.field,
           min_by({hold: hold, retention: holding.retention, law: law, verified: verified},
                  list_position(['held', 'to-check', 'residual'], hold)) AS by_law
    FROM (SELECT DISTINCT asset_id, field FROM standing) AS standing
    JOIN holding ON holding.asset_id = standing.asset_id AND coalesce(holding.field, standing.field) = standing.field
    GROUP BY standing.asset_id, standing.field
),
listed AS (
    SELECT CASE WHEN by_law.hold = 'held' THEN 'held' WHEN is_shared THEN 'to-check' ELSE coalesce(by_law.hold, 'residual') END AS state,
           short_key(who) AS person, asset_id AS asset, field, entity_type, occurrences, local_day(deleted) AS deleted, scanned,
           coalesce(by_law.retention, retention) AS retention, by_law.law AS law, by_law.verified AS verified, owner,
           CASE WHEN by_law.hold = 'held' THEN NULL WHEN is_shared THEN 'contact-of-another-member'
                WHEN by_law.hold = 'to-check' THEN 'hold-ended-in-part' WHEN by_law.hold = 'residual' THEN 'hold-ended' END AS reason
    FROM standing LEFT JOIN held USING (asset_id, field)
    UNION ALL BY NAME
    SELECT 'unknown' AS state, asset_id AS asset, count(*) AS occurrences,
           CASE WHEN who IS NULL THEN 'no-person' WHEN moment IS NULL THEN 'no-moment' ELSE 'not-scanned-since' END AS reason,
           'deletion' AS register
    FROM log, (SELECT min(finished_at) AS finished_at FROM current_asset)
    WHERE who IS NULL OR moment IS NULL OR moment >= finished_at GROUP BY asset_id, reason
    UNION ALL BY NAME
    SELECT state, reason, register, asset FROM register_gaps(['deletion'])
)
SELECT state, person, asset, field, entity_type, occurrences::BIGINT AS occurrences, deleted, scanned, retention, law,
       verified, owner, reason, register
FROM listed
ORDER BY list_position(['not-declared', 'unknown', 'residual', 'to-check', 'held'], state), person, asset, field,
         entity_type, reason
