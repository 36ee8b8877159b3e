/*
title: {ja: 用件の記録がない照会（要確認）, en: Look-ups without a matching visit or ticket (to be checked)}
about:
  ja: >-
    顧客情報の照会のうち、同じ本人（会員番号または電話番号）の来店・受付・苦情の記録が前後の定めた時間内にないもの。要確認の一覧であり、
    不正を認定するものではありません。従業者の監督として用いるには、目的・規程・責任者をあらかじめ定めて知らせておく必要があるとされます
    （要確認）。受付記録が及ばない期間の照会は「不明」です。
  en: >-
    Look-ups of customers without a visit, ticket or complaint of the same person (member or phone number) within the
    hours set. A list of what is to be checked; it establishes no wrongdoing. Monitoring staff with it is understood to
    need a purpose, rules and a responsible person, stated beforehand (to be confirmed). Look-ups at times that the log
    of visits does not cover are unknown.
identity: [state, staff, person, reason]
measure: unexplained
gate: {where: "state = 'over-limit'", limit: 0, registers: [lookup, visit]}
columns:
  state: {ja: 状態, en: State, words: state}
  staff: {ja: 担当者（符号）, en: Staff (keyed id)}
  person: {ja: 本人（符号）, en: Person (keyed id)}
  unexplained: {ja: 記録のない照会, en: Unexplained}
  lookups: {ja: 照会, en: Look-ups}
  percent: {ja: 割合（％）, en: Percent}
  limit_percent: {ja: 上限（％）, en: Limit (percent)}
  persons: {ja: 本人の数, en: Persons}
  first: {ja: 最初の日, en: First}
  last: {ja: 最後の日, en: Last}
  reason: {ja: 理由, en: Reason, words: reason}
  register: {ja: 台帳, en: Register, words: register}
*/
WITH span AS (SELECT to_hours(setting_of('access_window_hours')::INTEGER) AS hours),
known AS MATERIALIZED (
    SELECT row_number() OVER () AS id, staff_key, person_key, phone_key, coalesce(person_key, phone_key) AS who, moment
    FROM current_record WHERE register = 'lookup'
),
ends AS (SELECT max(finished_at) + INTERVAL 1 DAY AS latest FROM current_source),
visits AS (SELECT person_key, phone_key, moment FROM current_record WHERE register = 'visit' AND moment IS NOT NULL),
covered AS (SELECT min(moment) - any_value(hours) AS since, max(moment) + any_value(hours) AS until FROM visits, span),
-- A phone number stands for a person where the member register gives it to one alone. Keys are compared as hashes
-- from here on: 64 bits tell them apart, and DuckDB 1.5's ASOF JOIN takes some unequal BLOBs for equal.
called AS (SELECT phone_key FROM known UNION SELECT phone_key FROM visits),
owners AS (
    SELECT hash(phone_key) AS who, any_value(hash(person_key)) AS also
    FROM current_record SEMI JOIN called USING (phone_key)
    WHERE register = 'member' AND phone_key IS NOT NULL AND person_key IS NOT NULL
    GROUP BY hash(phone_key) HAVING min(hash(person_key)) = max(hash(person_key))
),
asked AS (
    SELECT id, moment, hash(person_key) AS who FROM known WHERE person_key IS NOT NULL
    UNION ALL SELECT id, moment, hash(phone_key) FROM known WHERE phone_key IS NOT NULL
    UNION ALL SELECT id, moment, also FROM known JOIN owners ON owners.who = hash(phone_key)
),
visited AS (
    SELECT moment, hash(person_key) AS who FROM visits WHERE person_key IS NOT NULL
    UNION ALL SELECT moment, hash(phone_key) FROM visits WHERE phone_key IS NOT NULL
    UNION ALL SELECT moment, also FROM visits JOIN owners ON owners.who = hash(phone_key)
),
-- The last visit not after the window's end lies in the window, or none does.
by_visit AS (
    SELECT id FROM (SELECT asked.*, moment + hours AS until, moment - hours AS since FROM asked, span) AS asked
    ASOF JOIN visited ON asked.who = visited.who AND asked.until >= visited.moment
    WHERE visited.moment >= asked.since
),
complaints AS (
    SELECT unnest(list_distinct([hash(person_key), hash(phone_key)])) AS who, moment, coalesce(ended, moment) AS ended
    FROM current_record WHERE register = 'complaint' AND moment IS NOT NULL
),
by_complaint AS (
    SELECT id FROM asked JOIN complaints USING (who), span
    WHERE asked.moment BETWEEN complaints.moment - hours AND complaints.ended + hours
),
judged AS (
    SELECT known.*,
           CASE WHEN known.moment IS NULL THEN 'no-moment'
                WHEN who IS NULL THEN 'no-person'
                WHEN known.moment > latest THEN 'future-date'
                WHEN id IN (FROM by_visit) OR id IN (FROM by_complaint) THEN NULL
                WHEN since IS NULL OR known.moment < since OR known.moment > until THEN 'log-does-not-reach'
                ELSE 'unexplained' END AS verdict
    FROM known, covered, ends
),
-- Without a declared log of visits nothing can be called unexplained.
able AS (SELECT * FROM judged WHERE EXISTS (FROM current_register WHERE register = 'visit')),
volume AS (SELECT staff_key, count(*) AS lookups, count(DISTINCT who) AS persons FROM known GROUP BY staff_key),
usual AS (SELECT median(lookups) AS lookups, count(*) AS staff FROM volume WHERE staff_key IS NOT NULL),
total AS (
    SELECT count(*) FILTER (verdict = 'unexplained') AS unexplained,
           count(*) FILTER (verdict IS NULL OR verdict = 'unexplained') AS lookups,
           count(DISTINCT who) FILTER (verdict = 'unexplained') AS persons,
           min(moment) FILTER (verdict = 'unexplained') AS first, max(moment) FILTER (verdict = 'unexplained') AS last
    FROM able
),
listed AS (
    SELECT CASE WHEN 100 * unexplained > setting_of('access_unexplained_percent') * lookups
                THEN 'over-limit' ELSE 'within-limit' END AS state,
           unexplained, lookups, round(100 * unexplained / lookups, 1) AS percent, persons, first, last
    FROM total WHERE unexplained > 0
    UNION ALL BY NAME
    SELECT 'to-check' AS state, staff_key, who, count(*) FILTER (verdict = 'unexplained') AS unexplained,
           count(*) AS lookups, 1 AS persons, min(moment) FILTER (verdict = 'unexplained') AS first,
           max(moment) FILTER (verdict = 'unexplained') AS last, 'no-visit-or-ticket' AS reason
    FROM able WHERE who IS NOT NULL GROUP BY staff_key, who HAVING unexplained > 0
    UNION ALL BY NAME
    SELECT 'to-check' AS state, staff_key, volume.lookups, persons, 'many-lookups' AS reason
    FROM volume, usual
    WHERE staff_key IS NOT NULL AND usual.staff >= 3 AND volume.lookups >= setting_of('access_outlier_least')
          AND volume.lookups > setting_of('access_outlier_factor') * usual.lookups
    UNION ALL BY NAME
    SELECT 'unknown' AS state, count(*) AS lookups, count(DISTINCT who) AS persons, min(moment) AS first,
           max(moment) AS last, verdict AS reason
    FROM able WHERE verdict <> 'unexplained' GROUP BY verdict
    UNION ALL BY NAME
    SELECT state, reason, register FROM register_gaps(['lookup', 'visit'])
)
SELECT state, short_key(staff_key) AS staff, short_key(who) AS person, unexplained::BIGINT AS unexplained,
       lookups::BIGINT AS lookups, percent,
       CASE WHEN state IN ('over-limit', 'within-limit') THEN setting_of('access_unexplained_percent') END AS limit_percent,
       persons::BIGINT AS persons, local_day(first) AS first, local_day(last) AS last, reason, register
FROM listed
ORDER BY list_position(['not-declared', 'unknown', 'over-limit', 'within-limit', 'to-check'], state), reason, unexplained DESC NULLS LAST,
         staff, person
