/*
title: {ja: 会員移行前後の差, en: Members before and after a migration}
about:
  ja: >-
    移行前の会員（旧会員番号）と移行後の会員を突き合わせ、退会・配信停止・同意の区分が失われたもの、空欄になったもの、空欄が既定値で
    埋められたものを数えます。移行後の再入会や新しい同意の記録があるものは差に数えません（説明済み）。
  en: >-
    Members before a migration matched with those after it by their old number: flags of withdrawal, opt-out and consent that
    were lost, became empty, or were filled with a default. Somebody who joined or agreed again after the migration is
    no difference (explained).
identity: [flag, difference, asset, reason]
measure: persons
gate: {where: "state = 'differs'", limit: 0, registers: [member_before, member]}
columns:
  state: {ja: 状態, en: State, words: state}
  flag: {ja: 区分, en: Flag, words: member_flag}
  difference: {ja: 差, en: Difference, words: difference}
  persons: {ja: 人数, en: Persons}
  explained: {ja: 説明済み, en: Explained}
  before: {ja: 移行前の件数, en: Flagged before}
  after: {ja: 移行後の件数, en: Flagged after}
  people: {ja: 本人（符号、100人まで）, en: Persons (keyed ids of up to 100)}
  reason: {ja: 判断できない理由, en: Why unknown, words: reason}
  register: {ja: 台帳, en: Register, words: register}
  asset: {ja: 資産, en: Asset}
*/
WITH roles AS (SELECT register, asset_id, roles FROM current_register WHERE register IN ('member', 'member_before')),
-- Of several member tables those count that lead back to an old number.
linked AS (
    SELECT asset_id FROM roles WHERE register = 'member' AND list_contains(roles, 'old')
    UNION ALL
    SELECT asset_id FROM roles
    WHERE register = 'member' AND NOT EXISTS (FROM roles WHERE register = 'member' AND list_contains(roles, 'old'))
),
kept AS (SELECT list_distinct(flatten(list(roles))) AS before FROM roles WHERE register = 'member_before'),
rows AS (
    SELECT register, asset_id, person_key, old_key, moment, consent, optout, unread,
           ended IS NOT NULL OR coalesce(leaving.status IS NOT NULL, FALSE) AS has_left
    FROM current_record LEFT JOIN leaving_status AS leaving USING (status)
    WHERE register = 'member_before' OR (register = 'member' AND asset_id IN (FROM linked))
),
named AS (
    SELECT *, CASE register WHEN 'member' THEN coalesce(old_key, person_key) ELSE person_key END AS link,
           list_has_any(unread, ['status', 'consent', 'optout', 'ended']) AS flag_unread
    FROM rows
),
repeated AS (SELECT register, link, count(*) AS times FROM named GROUP BY register, link HAVING count(*) > 1),
numbered AS (
    SELECT named.*, coalesce(times, 1) AS times FROM named LEFT JOIN repeated USING (register, link)
),
sound AS (SELECT * FROM numbered WHERE link IS NOT NULL AND times = 1 AND NOT flag_unread),
was AS (SELECT * FROM sound WHERE register = 'member_before'),
turned AS (
    SELECT sound.*, stamped.day IS NOT NULL AS is_stamped
    FROM (SELECT *, local_day(moment) AS day FROM sound WHERE register = 'member') AS sound
    LEFT JOIN stamped_day AS stamped USING (asset_id, day)
),
snapshot AS (SELECT max(moment) AS taken FROM was),
agreed_since AS (
    SELECT DISTINCT person_key FROM (FROM current_record ANTI JOIN other_purpose USING (purpose)), snapshot
    WHERE register = 'consent' AND consent IS NOT FALSE AND ended IS NULL AND moment > taken AND person_key IS NOT NULL
),
pairs AS (
    SELECT turned.person_key AS who, was.has_left AS left_before, turned.has_left AS left_after,
           was.optout AS optout_before, turned.optout AS optout_after, was.consent AS consent_before,
           turned.consent AS consent_after, coalesce(turned.moment > taken, FALSE) AND NOT is_stamped AS rejoined,
           again.person_key IS NOT NULL AS agreed_again
    FROM was JOIN turned USING (link) CROSS JOIN snapshot
    LEFT JOIN agreed_since AS again ON again.person_key = turned.person_key
),
flags AS (
    SELECT 'withdrawn' AS flag, who, left_before AS before, left_after AS after, rejoined AS explained FROM pairs, kept
    WHERE list_has_any(kept.before, ['status', 'ended'])
    UNION ALL
    SELECT 'optout', who, optout_before, optout_after, agreed_again FROM pairs, kept WHERE list_contains(kept.before, 'optout')
    UNION ALL
    SELECT 'consent', who, consent_before, consent_after, agreed_again FROM pairs, kept
    WHERE list_contains(kept.before, 'consent')
),
compared AS (
    SELECT *, CASE WHEN before IS NOT DISTINCT FROM after THEN NULL
                   WHEN before IS NULL THEN 'default-filled' WHEN after IS NULL THEN 'became-empty'
                   WHEN before THEN 'lost' ELSE 'gained' END AS difference
    FROM flags
),
totals AS (SELECT flag, count(*) FILTER (before) AS before, count(*) FILTER (after) AS after FROM compared GROUP BY flag),
differing AS (
    SELECT flag, difference, count(*) FILTER (NOT explained) AS persons, count(*) FILTER (explained) AS explained,
           list_sort(list(DISTINCT short_key(who)) FILTER (NOT explained))[:100] AS people
    FROM compared WHERE difference IS NOT NULL GROUP BY flag, difference
),
-- Rows that cannot be judged are there all the same.
absent AS (SELECT * FROM was ANTI JOIN (FROM named WHERE register = 'member') USING (link)),
listed AS (
    -- Who left, refused or stopped agreeing after the migration is no fault of it.
    SELECT CASE WHEN persons = 0 OR (difference, flag) IN (('gained', 'withdrawn'), ('gained', 'optout'), ('lost', 'consent'))
                THEN 'noted' ELSE 'differs' END AS state, differing.*, totals.before, totals.after
    FROM differing JOIN totals USING (flag)
    UNION ALL BY NAME
    SELECT CASE WHEN difference = 'old-number-unknown' THEN 'to-check' ELSE 'noted' END AS state, difference,
           count(*) AS persons, list_transform(min(who, 100), key -> short_key(key)) AS people
    FROM (SELECT 'missing' AS difference, person_key AS who FROM absent WHERE NOT has_left AND optout IS NOT TRUE
          UNION ALL
          SELECT CASE WHEN old_key IS NULL THEN 'new' ELSE 'old-number-unknown' END, person_key
          FROM turned ANTI JOIN (FROM named WHERE register = 'member_before') USING (link) WHERE EXISTS (FROM was))
    GROUP BY difference
    UNION ALL BY NAME
    SELECT 'unknown' AS state, count(DISTINCT coalesce(link, person_key)) AS persons, register, asset_id AS asset,
           CASE WHEN link IS NULL THEN 'no-person' WHEN times > 1 THEN 'person-not-unique' ELSE 'flag-unread' END AS reason
    FROM numbered WHERE link IS NULL OR times > 1 OR flag_unread GROUP BY register, asset_id, reason
    UNION ALL BY NAME
    SELECT 'noted' AS state, records AS persons, 'no-leaving-status' AS reason, register, asset_id AS asset FROM mute_status
    WHERE register = 'member_before' OR asset_id IN (FROM linked)
    UNION ALL BY NAME
    SELECT state, reason, register, asset FROM register_gaps(['member_before', 'member'])
)
SELECT state, flag, difference, persons::BIGINT AS persons, explained::BIGINT AS explained, before::BIGINT AS before,
       after::BIGINT AS after, people, reason, register, asset
FROM listed
ORDER BY list_position(['not-declared', 'unknown', 'differs', 'to-check', 'noted'], state), persons DESC NULLS LAST, flag,
         difference, register, asset, reason
