/*
title: {ja: 配信してはならない相手への配信, en: Mail to people who were not to be mailed}
about:
  ja: >-
    送信記録と現在の配信リストを、会員・同意・削除の記録と照合します。退会・配信停止・保存期間満了・同意記録なし・削除済みの相手を、
    原因とリストごとに数えます。送信は送信時点、リストは検査時点の状態で判断します。退会日などの記録がないものは「不明」です。
  en: >-
    The send log and today's mailing lists against the records of members, consent and deletion: who had left, refused, was
    past retention, deleted or without a consent record, by cause and list. Messages are judged at the time they were sent,
    lists at the time of the scan. Where nobody recorded when somebody left or refused, the state is unknown.
identity: [origin, cause, list, asset, reason]
measure: persons
gate: {where: "state = 'violation'", limit: 0, registers: [member, send]}
columns:
  state: {ja: 状態, en: State, words: state}
  origin: {ja: 対象, en: Found in, words: register}
  cause: {ja: 原因, en: Cause, words: cause}
  list: {ja: リスト, en: List}
  persons: {ja: 人数, en: Persons}
  messages: {ja: 件数, en: Messages}
  first: {ja: 最初の送信日, en: First sent}
  last: {ja: 最後の送信日, en: Last sent}
  people: {ja: 本人（符号、100人まで）, en: Persons (keyed ids of up to 100)}
  reason: {ja: 判断できない理由, en: Why unknown, words: reason}
  register: {ja: 台帳, en: Register, words: register}
  asset: {ja: 資産, en: Asset}
*/
WITH able AS (SELECT * FROM current_mailing WHERE EXISTS (FROM current_register WHERE register = 'member')),
judged AS (
    SELECT *, CASE WHEN as_at IS NULL THEN 'no-moment' WHEN who IS NULL THEN 'no-person'
                   WHEN undated AND cause = 'withdrawn' THEN 'no-withdrawal-date'
                   WHEN undated THEN 'no-refusal-date' END AS reason
    FROM able
),
unread AS (
    SELECT register, asset_id, count(*) AS rows FROM current_record
    WHERE register IN ('member', 'consent', 'deletion')
          AND list_has_any(unread, ['status', 'consent', 'optout', 'ended', 'due', 'moment'])
    GROUP BY register, asset_id
),
twice AS (
    SELECT asset_id, count(*) AS persons
    FROM (SELECT asset_id, person_key FROM current_record WHERE register = 'member' AND person_key IS NOT NULL
          GROUP BY asset_id, person_key HAVING count(*) > 1) GROUP BY asset_id
),
listed AS (
    SELECT CASE WHEN reason IS NULL THEN 'violation' ELSE 'unknown' END AS state, register AS origin, cause, list,
           count(DISTINCT who) AS persons, count(*) AS messages, min(moment) FILTER (register = 'send') AS first,
           max(moment) FILTER (register = 'send') AS last,
           list_sort(list(DISTINCT short_key(who)) FILTER (who IS NOT NULL))[:100] AS people, reason, asset_id AS asset
    FROM judged WHERE cause IS NOT NULL OR reason IS NOT NULL GROUP BY register, cause, list, reason, asset_id
    UNION ALL BY NAME
    SELECT 'unknown' AS state, rows AS persons, 'flag-unread' AS reason, register, asset_id AS asset FROM unread
    UNION ALL BY NAME
    SELECT 'noted' AS state, persons, 'person-not-unique' AS reason, 'member' AS register, asset_id AS asset FROM twice
    UNION ALL BY NAME
    SELECT 'noted' AS state, records AS persons, 'no-leaving-status' AS reason, register, asset_id AS asset FROM mute_status
    UNION ALL BY NAME
    SELECT state, reason, register, asset FROM register_gaps(['member', 'send'])
    UNION ALL BY NAME
    SELECT CASE state WHEN 'not-declared' THEN 'noted' ELSE state END AS state, reason, register, asset
    FROM register_gaps(['consent', 'mail_list', 'deletion'])
    WHERE EXISTS (FROM current_register WHERE register IN ('send', 'mail_list'))
)
SELECT state, origin, cause, list, persons::BIGINT AS persons, messages::BIGINT AS messages, local_day(first) AS first,
       local_day(last) AS last, people, reason, register, asset
FROM listed
ORDER BY list_position(['not-declared', 'unknown', 'violation', 'noted'], state), persons DESC NULLS LAST, origin,
         cause, list, asset, register
