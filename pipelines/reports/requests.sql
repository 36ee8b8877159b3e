/*
title: {ja: 開示等の請求, en: Requests of persons}
about:
  ja: >-
    受け付けた開示等の請求と期限。登録は meibo request、または estate の records（kind request）から。期日は社内の定めで、法は「遅滞なく」。
    どちらもない場合は「台帳が未設定」とし、請求がなかったとは言いません。本人確認書類の写し(kind id_copy)には請求とは別の消去期限があります。
  en: >-
    Requests received and when they are due, from `meibo request` and registers of kind request. The days are a
    company rule; the law says without delay. Where there is neither, the register is not declared: that is not the
    same as no request. Copies of identity documents (registers of kind id_copy) have a day of their own.
parameters: {as_of: date}
identity: [ref, asset]
measure: days_over
gate: {where: "state IN ('overdue', 'copy-overdue', 'unchecked', 'unreadable')", limit: 0, registers: [request]}
columns:
  state: {ja: 状態, en: State, words: request_state}
  ref: {ja: 受付番号, en: Reference}
  kind: {ja: 請求の種別, en: Kind, words: request_kind}
  received: {ja: 受付日, en: Received}
  due: {ja: 期限, en: Due}
  days_over: {ja: 超過日数, en: Days overdue}
  closed: {ja: 回答日, en: Answered}
  outcome: {ja: 結果, en: Outcome, words: request_outcome}
  verified: {ja: 本人確認, en: Identity checked, words: yes_no}
  matched: {ja: 本人確認で一致した項目, en: Identity checked by, words: entity}
  id_copy: {ja: 本人確認書類の写しの消去期限, en: Identity copy to be erased by}
  id_copy_erased: {ja: 写しの消去日, en: Copy erased}
  reason: {ja: 判断できない理由, en: Why unknown, words: reason}
  register: {ja: 必要な台帳, en: Register needed, words: register}
  asset: {ja: 資産, en: Asset}
*/
WITH today AS (SELECT coalesce($as_of::DATE, (SELECT day FROM current_scan)) AS today),
-- Of several copies taken with a request the one that still is there.
copy AS (
    SELECT ref_key, min(moment) AS moment, any_value(asset_id) AS asset_id, any_value(row_key) AS row_key,
           bool_or(list_has_any(unread, ['due', 'ended'])) AS unread,
           min(coalesce(local_day(due), local_day(moment) + setting_of('id_copy_days')::INTEGER))
               FILTER (ended IS NULL OR local_day(ended) > (FROM today)) AS open,
           max(coalesce(local_day(due), local_day(moment) + setting_of('id_copy_days')::INTEGER)) AS due,
           max(local_day(ended)) AS erased
    FROM current_record WHERE register = 'id_copy'
    GROUP BY ref_key, CASE WHEN ref_key IS NULL THEN part_id || row END
),
-- Where the register says of identities whether they were checked, one it says nothing of was not.
asked AS (
    SELECT record.* REPLACE (coalesce(verified, CASE WHEN list_contains(roles, 'verified') THEN FALSE END) AS verified)
    FROM current_record AS record LEFT JOIN current_register USING (register, asset_id) WHERE register = 'request'
),
noted AS (
    SELECT ref, kind, received, due, closed, outcome, len(matched) > 0 AS verified, matched, id_copy, id_copy_erased,
           kind = 'unreadable' AS unread, NULL AS asset
    FROM request
    UNION ALL
    SELECT coalesce(short_key(asked.ref_key), asked.row_key, '#' || "index" || '.' || row), kind,
           local_day(asked.moment),
           coalesce(local_day(asked.due), local_day(asked.moment) + setting_of('request_days')::INTEGER),
           local_day(ended), status, verified, [], coalesce(copy.open, copy.due),
           CASE WHEN copy.open IS NULL THEN copy.erased END,
           asked.moment IS NULL OR list_has_any(asked.unread, ['moment', 'due', 'ended', 'verified'])
               OR coalesce(copy.unread, FALSE),
           asked.asset_id
    FROM asked LEFT JOIN copy USING (ref_key)
    UNION ALL
    SELECT coalesce(short_key(ref_key), copy.row_key), 'id_copy', local_day(moment), NULL, NULL, NULL, NULL, [],
           coalesce(open, due), CASE WHEN open IS NULL THEN erased END, unread OR coalesce(open, due) IS NULL, asset_id
    FROM copy WHERE ref_key IS NULL OR ref_key NOT IN (SELECT ref_key FROM asked WHERE ref_key IS NOT NULL)
),
gap AS (
    SELECT state, reason, register, asset FROM register_gaps(['request', 'id_copy'])
    WHERE state <> 'not-declared' OR (register = 'request' AND NOT EXISTS (FROM request))
)
SELECT state, NULL AS ref, NULL AS kind, NULL AS received, NULL AS due, NULL AS days_over, NULL AS closed,
       NULL AS outcome, NULL AS verified, [] AS matched, NULL AS id_copy, NULL AS id_copy_erased, reason, register, asset
FROM gap
UNION ALL BY NAME
SELECT CASE WHEN unread THEN 'unreadable'
            WHEN closed IS NULL AND due < today THEN 'overdue'
            WHEN id_copy_erased IS NULL AND id_copy < today THEN 'copy-overdue'
            WHEN closed IS NULL AND kind IS DISTINCT FROM 'id_copy' THEN 'open'
            -- Who was refused need not have been identified.
            WHEN verified = FALSE AND NOT regexp_matches(coalesce(outcome, ''), 'refused|withdrawn|不|拒|取') THEN 'unchecked'
            ELSE 'answered' END AS state,
       ref, kind, received, due,
       greatest(0, CASE WHEN closed IS NULL THEN today - due END,
                CASE WHEN id_copy_erased IS NULL THEN today - id_copy END) AS days_over,
       closed, outcome, verified, matched, id_copy, id_copy_erased, asset
FROM (
    -- What is answered after the day looked at is not answered.
    SELECT * REPLACE (CASE WHEN closed <= today THEN closed END AS closed) FROM noted, today
)
ORDER BY days_over DESC NULLS FIRST, due, ref
