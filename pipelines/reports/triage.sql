/*
title: {ja: 判断待ちと判断済み, en: Triage}
about:
  ja: >-
    見つかった個人データごとの判断。まだ判断のないもの(新規)と、期限切れ・判断後の出現・増加・閲覧範囲の拡大などで判断をやり直すものが先に並びます。
  en: >-
    What was decided about each finding. What nobody has decided yet, and what is open again because the decision
    expired, it came after the decision, there is more of it or more people can read it, comes first.
columns:
  state: {ja: 判断, en: Decision, words: decision}
  reopened: {ja: 再判断の理由, en: Open again because, words: reopened}
  asset: {ja: 資産, en: Asset}
  field: {ja: 項目, en: Field}
  entity_type: {ja: 種別, en: Type, words: entity}
  rows: {ja: 行, en: Rows}
  rows_then: {ja: 判断時の行, en: Rows when decided}
  amount: {ja: 件数, en: How many}
  amount_then: {ja: 判断時の件数, en: How many when decided}
  sensitivity: {ja: 機微度, en: Sensitivity}
  suppressed: {ja: 報告から除外, en: Left out of reports, words: yes_no}
  reason: {ja: 理由, en: Reason}
  who: {ja: 判断者, en: Decided by}
  decided_at: {ja: 判断日時, en: Decided at}
  until: {ja: 期限, en: Until}
  owner: {ja: 管理者, en: Owner}
  source: {ja: 接続元, en: Source}
identity: [asset, field, entity_type]
measure: amount
*/
SELECT state, reopened, asset_id AS asset, field, entity_type, rows, rows_then, amount, amount_then, sensitivity,
       suppressed, reason, who, decided_at, until, asset.owner, asset.source
FROM current_triage AS triage JOIN (SELECT asset_id, owner, source FROM current_asset) AS asset USING (asset_id)
ORDER BY reopened IS NULL, state <> 'new', suppressed, sensitivity DESC NULLS FIRST, amount DESC, asset, field,
         entity_type
