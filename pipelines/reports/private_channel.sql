/*
title: {ja: 登録のない番号・アドレスからの連絡（要確認）, en: Messages from unregistered numbers or addresses (to be checked)}
about:
  ja: >-
    顧客あての連絡のうち、発信元が会社の登録（業務用の番号・アドレス、従業者名簿の業務携帯・メール）にないもの、および苦情の記録に
    現れた私用とみられる番号で本人の同意がないもの。従業者は符号で示し、要確認です。私用の電話から直接送られた連絡は会社に記録が残らず、
    ここには現れません。該当がなくても、無かったことの証明にはなりません。
  en: >-
    Messages to customers from a sender that is neither a business number or address nor a business phone or e-mail of
    the staff directory, and private numbers named in complaints without the customer's agreement. Staff are shown by
    keyed id, to be checked. What is sent from a private phone leaves no log in the company and cannot appear here:
    nothing found does not prove that nothing was sent.
identity: [state, staff, sender, reason, asset]
measure: messages
gate: {where: "state = 'to-check'", limit: 0, registers: [message, business_sender, staff]}
columns:
  state: {ja: 状態, en: State, words: state}
  staff: {ja: 担当者（符号）, en: Staff (keyed id)}
  sender: {ja: 発信元（符号）, en: Sender (keyed id)}
  sender_class: {ja: 発信元の種別, en: Kind of sender, words: sender_class}
  messages: {ja: 件数, en: Messages}
  persons: {ja: 相手の数, en: Persons}
  first: {ja: 最初の日, en: First}
  last: {ja: 最後の日, en: Last}
  reason: {ja: 理由, en: Reason, words: reason}
  register: {ja: 台帳, en: Register, words: register}
  asset: {ja: 資産, en: Asset}
*/
WITH business AS (
    SELECT sender_key, moment, ended FROM current_record WHERE register = 'business_sender' AND sender_key IS NOT NULL
    UNION ALL
    SELECT unnest([phone_key, email_key]) AS sender_key, moment, ended FROM current_record WHERE register = 'staff'
),
told AS MATERIALIZED (
    SELECT row_number() OVER () AS id, register, asset_id AS asset, staff_key, sender_key, sender_class, phone_key,
           email_key, person_key, coalesce(phone_key, email_key, person_key) AS recipient, moment, unread,
           coalesce(consent, FALSE) AS agreed
    FROM current_record WHERE register = 'message' OR (register = 'complaint' AND sender_key IS NOT NULL)
),
registered AS (
    -- A number is the company's to the end of the day it was given up.
    SELECT id, bool_or((business.moment IS NULL OR told.moment IS NULL OR business.moment <= told.moment)
                       AND (business.ended IS NULL OR told.moment IS NULL
                            OR local_day(business.ended) >= local_day(told.moment))) AS valid
    FROM told JOIN business USING (sender_key) GROUP BY id
),
-- A customer agreed to be written to from this number, before the message.
agreed AS (
    SELECT DISTINCT told.id
    FROM told JOIN told AS agreement USING (sender_key)
    WHERE agreement.register = 'complaint' AND agreement.agreed
          AND (told.id = agreement.id
               OR ((told.phone_key = agreement.phone_key OR told.email_key = agreement.email_key
                    OR told.person_key = agreement.person_key)
                   AND (agreement.moment IS NULL OR told.moment IS NULL OR agreement.moment <= told.moment)))
),
-- Customers are sought by the few keys that were written to: all the others' keys are not gathered.
customer AS (
    SELECT person_key, phone_key, email_key FROM current_record
    WHERE register IN ('member', 'member_before', 'order', 'slip', 'visit', 'lookup', 'complaint', 'consent', 'mail_list')
),
reached AS (SELECT id, unnest([person_key, phone_key, email_key]) AS one FROM told),
sought AS (SELECT DISTINCT one FROM reached WHERE one IS NOT NULL),
known AS (
    SELECT DISTINCT id FROM reached SEMI JOIN (
        SELECT one FROM sought JOIN customer ON customer.person_key = one
        UNION ALL SELECT one FROM sought JOIN customer ON customer.phone_key = one
        UNION ALL SELECT one FROM sought JOIN customer ON customer.email_key = one
    ) USING (one)
),
judged AS (
    SELECT told.*, registered.valid IS NOT NULL AS was_registered,
           CASE WHEN sender_key IS NULL THEN 'no-sender'
                WHEN list_contains(unread, 'consent') THEN 'flag-unread'
                WHEN told.register = 'complaint' THEN NULL
                WHEN recipient IS NULL THEN 'no-recipient'
                WHEN known.id IS NULL THEN 'not-a-customer' END AS gap
    FROM told LEFT JOIN registered USING (id) LEFT JOIN known USING (id)
    WHERE valid IS NOT TRUE AND id NOT IN (FROM agreed)
),
able AS (
    SELECT * FROM judged
    WHERE EXISTS (FROM current_register WHERE register = 'business_sender')
          AND EXISTS (FROM current_register WHERE register = 'staff')
),
listed AS (
    SELECT CASE gap WHEN 'not-a-customer' THEN 'noted' ELSE 'unknown' END AS state, NULL AS staff_key, NULL AS sender_key,
           NULL AS sender_class, count(*) AS messages, count(DISTINCT recipient) AS persons, min(moment) AS first,
           max(moment) AS last, gap AS reason, register, asset
    FROM able WHERE gap IS NOT NULL GROUP BY gap, register, asset
    UNION ALL BY NAME
    SELECT 'to-check' AS state, staff_key, sender_key, any_value(sender_class) AS sender_class, count(*) AS messages,
           count(DISTINCT recipient) AS persons, min(moment) AS first, max(moment) AS last,
           CASE WHEN bool_or(register = 'complaint') THEN 'private-number-complained'
                WHEN bool_or(was_registered) THEN 'registration-not-valid-then'
                ELSE 'sender-not-registered' END AS reason,
           any_value(register) AS register, asset
    FROM able WHERE gap IS NULL GROUP BY staff_key, sender_key, asset
    UNION ALL BY NAME
    SELECT state, reason, register, asset, parts AS messages FROM register_gaps(['message', 'business_sender', 'staff'])
    UNION ALL BY NAME
    SELECT 'notice' AS state, 'private-phone-leaves-no-log' AS reason
)
SELECT state, short_key(staff_key) AS staff, short_key(sender_key) AS sender, sender_class, messages::BIGINT AS messages,
       persons::BIGINT AS persons, local_day(first) AS first, local_day(last) AS last, reason, register, asset
FROM listed
ORDER BY list_position(['notice', 'not-declared', 'unknown', 'to-check', 'noted'], state), messages DESC NULLS LAST, staff,
         sender, register, asset
