/*
title: {ja: 同じ相手への重複配信, en: Duplicate messages}
about:
  ja: 同じ宛先に同じテンプレートが、定めた分数以内に重ねて送られたもの（policies.yaml）。送信に失敗したものの再送は数えません。
  en: >-
    The same template sent to the same recipient again within the minutes set in policies.yaml. Sending again what had
    failed is no duplicate.
identity: [list, asset, reason]
measure: extra
gate: {where: "state = 'duplicate'", limit: 0, registers: [send]}
columns:
  state: {ja: 状態, en: State, words: state}
  list: {ja: テンプレート・リスト, en: Template or list}
  persons: {ja: 人数, en: Persons}
  extra: {ja: 余分な送信, en: Superfluous messages}
  most: {ja: 一人への最多送信, en: Most to one person}
  first: {ja: 最初の日, en: First}
  last: {ja: 最後の日, en: Last}
  people: {ja: 本人（符号、100人まで）, en: Persons (keyed ids of up to 100)}
  reason: {ja: 判断できない理由, en: Why unknown, words: reason}
  register: {ja: 台帳, en: Register, words: register}
  asset: {ja: 資産, en: Asset}
*/
WITH failing AS (
    SELECT status FROM (SELECT DISTINCT status FROM current_record WHERE register = 'send')
    WHERE setting_for('failed_status', status) > 0
),
sent AS (
    SELECT asset_id AS asset, list, moment, coalesce(email_key, phone_key, person_key) AS who,
           CASE WHEN moment IS NULL THEN 'no-moment' WHEN who IS NULL THEN 'no-person'
                WHEN list IS NULL THEN 'no-list' END AS reason
    FROM current_record AS send ANTI JOIN failing USING (status) WHERE register = 'send'
    -- A copy of a log, moment by moment, is not a second sending.
    QUALIFY reason IS NOT NULL OR asset_id = min(asset_id) OVER (PARTITION BY who, list, moment)
),
paced AS (
    SELECT *, coalesce(moment - lag(moment) OVER one <= to_minutes(setting_of('duplicate_minutes')::INTEGER), FALSE) AS again
    FROM sent WHERE reason IS NULL WINDOW one AS (PARTITION BY who, list ORDER BY moment)
),
bursts AS (
    SELECT *, sum((NOT again)::INTEGER) OVER (PARTITION BY who, list ORDER BY moment ROWS UNBOUNDED PRECEDING) AS burst
    FROM paced
    QUALIFY bool_or(again) OVER (PARTITION BY who, list)
),
person AS (
    SELECT string_agg(DISTINCT asset, ' + ' ORDER BY asset) AS asset, list, who, count(*) - 1 AS extra, count(*) AS most,
           min(moment) AS first, max(moment) AS last
    FROM bursts GROUP BY list, who, burst HAVING count(*) > 1
),
listed AS (
    SELECT 'duplicate' AS state, list, count(DISTINCT who) AS persons, sum(extra) AS extra, max(most) AS most,
           min(first) AS first, max(last) AS last, list_sort(list(DISTINCT short_key(who)))[:100] AS people, asset
    FROM person GROUP BY list, asset
    UNION ALL BY NAME
    SELECT 'unknown' AS state, count(DISTINCT who) AS persons, reason, 'send' AS register, asset
    FROM sent WHERE reason IS NOT NULL GROUP BY reason, asset
    UNION ALL BY NAME
    SELECT state, reason, register, asset FROM register_gaps(['send'])
)
SELECT state, list, persons::BIGINT AS persons, extra::BIGINT AS extra, most::BIGINT AS most, local_day(first) AS first,
       local_day(last) AS last, people, reason, register, asset
FROM listed
ORDER BY list_position(['not-declared', 'unknown', 'duplicate'], state), extra DESC NULLS LAST, list, asset, reason
