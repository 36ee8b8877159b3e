/*
title: {ja: 廃棄期限を過ぎた伝票, en: Overdue slips}
about:
  ja: >-
    店舗で受け付けた紙の伝票のうち、廃棄の記録がなく期限を過ぎたもの。期限の記載がない伝票は、目的ごとの保存日数（policies.yaml）から
    期限を求めます。求められないものは「不明」とし、省きません。担当者は符号で示し、責任を認定するものではありません（要確認）。
  en: >-
    Paper slips past their due date without a record of disposal. Where the register names no due date it is derived from
    the purpose (days in policies.yaml); what cannot be derived is unknown, never left out. Staff are shown by keyed id,
    to be checked: nothing here says who is at fault.
parameters: {as_of: date}
identity: [asset, slip, reason]
measure: days_overdue
gate: {where: "state = 'overdue'", limit: 0, registers: [slip]}
columns:
  state: {ja: 状態, en: State, words: state}
  slip: {ja: 伝票, en: Slip}
  slips: {ja: 件数, en: Slips}
  days_overdue: {ja: 超過日数, en: Days overdue}
  due: {ja: 廃棄期限, en: Due}
  due_basis: {ja: 期限の根拠, en: Basis of the due date, words: due_basis}
  received: {ja: 受付日, en: Received}
  purpose: {ja: 目的, en: Purpose}
  store: {ja: 店舗, en: Shop}
  staff: {ja: 担当者（符号）, en: Staff (keyed id)}
  staff_overdue: {ja: 同じ担当者の超過件数, en: Overdue slips of this staff member}
  person: {ja: 本人（符号）, en: Person (keyed id)}
  reason: {ja: 判断できない理由, en: Why unknown, words: reason}
  register: {ja: 台帳, en: Register, words: register}
  asset: {ja: 資産, en: Asset}
*/
-- A slip is overdue when the day looked at ($as_of, else the day of the scan) is after its due date.
WITH today AS (SELECT coalesce($as_of::DATE, (SELECT max(day) FROM current_source)) AS today),
open AS (
    SELECT asset_id AS asset, short_key(ref_key) AS slip, short_key(staff_key) AS staff,
           short_key(coalesce(person_key, phone_key)) AS person, purpose, kind AS store,
           local_day(moment) AS received, local_day(due) AS written, unread
    FROM current_record WHERE register = 'slip' AND (ended IS NULL OR local_day(ended) > (FROM today))
),
period AS (
    SELECT purpose, arg_max(value, length(subject)) AS days
    FROM (SELECT DISTINCT purpose FROM open), setting
    WHERE name = 'slip_days' AND contains(lower(purpose), lower(subject)) GROUP BY purpose
),
judged AS (
    SELECT open.*, today,
           CASE WHEN list_contains(unread, 'ended') THEN 'ended-unread'
                WHEN list_contains(unread, 'due') THEN 'due-unread'
                WHEN year(written) >= 9000 THEN 'due-never'
                WHEN written IS NOT NULL THEN NULL
                WHEN received IS NULL THEN 'no-received-date'
                WHEN received > today THEN 'future-date'
                WHEN days IS NULL THEN 'no-due-date' END AS reason,
           coalesce(written, received + days::INTEGER) AS due,
           CASE WHEN written IS NULL THEN 'purpose' ELSE 'register' END AS due_basis
    FROM open CROSS JOIN today LEFT JOIN period USING (purpose)
),
listed AS (
    SELECT 'overdue' AS state, slip, 1 AS slips, (today - due)::BIGINT AS days_overdue, due, due_basis, received,
           purpose, store, staff, CASE WHEN staff IS NOT NULL THEN count(*) OVER (PARTITION BY staff) END AS staff_overdue, person, NULL AS reason, asset
    FROM judged WHERE reason IS NULL AND due < today
    UNION ALL BY NAME
    SELECT 'unknown' AS state, count(*) AS slips, min(received) AS received, purpose, reason, asset
    FROM judged WHERE reason IS NOT NULL GROUP BY purpose, reason, asset
    UNION ALL BY NAME
    SELECT state, parts AS slips, reason, register, asset FROM register_gaps(['slip'])
)
SELECT state, slip, slips::BIGINT AS slips, days_overdue, due, due_basis, received, purpose, store, staff,
       staff_overdue, person, reason, coalesce(register, 'slip') AS register, asset
FROM listed
ORDER BY list_position(['not-declared', 'unknown', 'overdue'], state), days_overdue DESC NULLS LAST, slip, asset, purpose
