/*
title: {ja: 放置された配信リスト, en: Orphaned mailing lists}
about:
  ja: >-
    いまの同意に基づく抽出では得られない宛先を多く含むリストと、一度限りの目的（お詫びなど）や複製の期限を過ぎたリスト。
    作成日は最後に宛先が加わった日、なければ最初に検査で見つかった日とします。期限は policies.yaml と資産の copies によります。
  en: >-
    Lists with many addresses that a query for today's consent would not give, and lists past the time of a one-off
    purpose (an apology …) or of a copy. A list's age counts from the day the last address was added, else from the scan
    that first saw it. Limits come from policies.yaml and the estate's copies.
parameters: {as_of: date}
identity: [list, asset]
measure: age_days
gate: {where: "state = 'overdue'", limit: 0, registers: [mail_list, member]}
columns:
  state: {ja: 状態, en: State, words: state}
  list: {ja: リスト, en: List}
  addresses: {ja: 宛先, en: Addresses}
  not_mailable: {ja: 配信できない宛先, en: Not to be mailed}
  percent: {ja: 割合（％）, en: Percent}
  withdrawn: {ja: 退会・削除済み, en: Left or deleted}
  unknown_addresses: {ja: 会員にない宛先, en: Not a member}
  newest: {ja: 最後の追加日, en: Last addition}
  age_days: {ja: 経過日数, en: Age in days}
  ttl_days: {ja: 期限（日数）, en: May live (days)}
  ttl_basis: {ja: 期限の根拠, en: Basis of the limit, words: ttl_basis}
  due: {ja: 期限, en: Due}
  purpose: {ja: 目的, en: Purpose}
  made_of: {ja: 複製元, en: Copy of}
  owner: {ja: 管理者, en: Owner}
  reason: {ja: 理由, en: Reason, words: reason}
  register: {ja: 台帳, en: Register, words: register}
  asset: {ja: 資産, en: Asset}
*/
WITH today AS (SELECT coalesce($as_of::DATE, (SELECT max(day) FROM current_source)) AS today),
lists AS (
    SELECT asset_id, list, count(DISTINCT coalesce(email_key, who)) AS addresses,
           count(DISTINCT coalesce(email_key, who)) FILTER (cause IS NOT NULL) AS not_mailable,
           count(DISTINCT coalesce(email_key, who)) FILTER (cause IN ('withdrawn', 'deleted')) AS withdrawn,
           count(DISTINCT coalesce(email_key, who)) FILTER (NOT known) AS unknown_addresses,
           local_day(max(moment)) AS newest, max(purpose) AS purpose
    FROM current_mailing
    WHERE register = 'mail_list' AND who IS NOT NULL AND EXISTS (FROM current_register WHERE register = 'member')
    GROUP BY asset_id, list
),
seen AS (
    SELECT asset_id, min(scan.day) AS first_seen FROM asset JOIN scan USING (scan_id)
    WHERE asset_id IN (SELECT asset_id FROM lists) GROUP BY asset_id
),
copies AS (SELECT copy AS asset_id, min(asset_id) AS made_of, min(ttl_days) AS days FROM current_copy GROUP BY copy),
one_off AS (
    SELECT asset_id, list, arg_max(value, length(subject)) AS days FROM lists, setting
    WHERE name = 'one_off_list_days' AND contains(lower(concat_ws(' ', purpose, list, asset_id)), lower(subject))
    GROUP BY asset_id, list
),
-- A list few of whose addresses have gone out of date is current.
measured AS (
    SELECT *, 100 * not_mailable / addresses AS percent, percent >= most AS orphan
    FROM lists, (SELECT setting_of('orphan_list_percent') AS most, setting_of('orphan_list_days') AS orphan_days)
),
judged AS (
    SELECT measured.* EXCLUDE (most, orphan_days), made_of, coalesce(newest, first_seen) AS since,
           newest IS NULL AS undated,
           coalesce(copies.days, one_off.days, CASE WHEN orphan THEN orphan_days END)::INTEGER AS ttl_days,
           CASE WHEN copies.days IS NOT NULL THEN 'copy' WHEN one_off.days IS NOT NULL THEN 'one-off'
                WHEN orphan THEN 'orphan' END AS ttl_basis
    FROM measured LEFT JOIN seen USING (asset_id) LEFT JOIN copies USING (asset_id) LEFT JOIN one_off USING (asset_id, list)
),
listed AS (
    SELECT CASE WHEN newest > today THEN 'unknown' WHEN since + ttl_days < today THEN 'overdue'
                WHEN orphan THEN 'to-check' ELSE 'running' END AS state,
           list, addresses, not_mailable, round(percent, 1) AS percent, withdrawn, unknown_addresses, newest,
           today - since AS age_days, ttl_days, ttl_basis, since + ttl_days AS due, purpose, made_of,
           CASE WHEN newest > today THEN 'future-date' WHEN undated THEN 'no-list-date' END AS reason, asset_id AS asset
    FROM judged, today WHERE ttl_days IS NOT NULL
    UNION ALL BY NAME
    SELECT state, reason, register, asset FROM register_gaps(['mail_list', 'member'])
)
SELECT state, list, addresses::BIGINT AS addresses, not_mailable::BIGINT AS not_mailable, percent, withdrawn::BIGINT AS withdrawn,
       unknown_addresses::BIGINT AS unknown_addresses, newest, age_days::BIGINT AS age_days, ttl_days, ttl_basis, due,
       listed.purpose, made_of, owner, reason, register, asset
FROM listed LEFT JOIN current_asset ON asset = asset_id
ORDER BY list_position(['not-declared', 'unknown', 'overdue', 'to-check', 'running'], state), age_days DESC NULLS LAST, list, asset
