/*
title: {ja: 同一住所の複数世帯（要確認）, en: "Addresses of several households, to be checked"}
about:
  ja: >-
    会員と注文の住所のうち、複数の世帯が読み取れるもの、部屋番号が抜けているもの。姓が違っても電話・メール・会員番号・届出世帯が
    共通なら一世帯とします。同じ番地の二軒は部屋番号がないため区別できず、統合も分割もせず要確認とします。
  en: >-
    Addresses of members and orders that read as several households, or lack the room others there have. Different
    surnames with a phone, e-mail, member number or declared household in common are one household. Two houses on
    one lot have no room number to tell them apart: they are listed to be checked, never merged or split.
identity: [state, case, address]
measure: households
columns:
  state: {ja: 状態, en: State, words: state}
  case: {ja: 内容, en: Case, words: shared_case}
  address: {ja: 住所（鍵）, en: Address key}
  households: {ja: 世帯, en: Households}
  names: {ja: 姓, en: Surnames}
  persons: {ja: 氏名, en: Persons}
  records: {ja: 記録, en: Records}
  rooms_missing: {ja: 部屋番号なし, en: Without room}
  neighbours: {ja: 同じ建物で部屋番号のある世帯, en: Households with a room in the building}
  reason: {ja: 判断できない理由, en: Why unknown, words: reason}
  register: {ja: 必要な台帳, en: Register needed, words: register}
  assets: {ja: 資産, en: Assets}
  owner: {ja: 管理者, en: Owner}
*/
WITH doubtful AS (
    SELECT *, CASE WHEN has_room THEN 'one-room' WHEN neighbours > 0 THEN 'room-missing' ELSE 'one-lot' END AS "case"
    FROM doubtful_home
),
-- Records first, then assets: few hold an address, and their lists are many.
standing AS (
    SELECT address_key, asset_id, count(*) AS records
    FROM current_record SEMI JOIN doubtful USING (address_key)
    WHERE register IN ('member', 'order') AND name_key IS NOT NULL
    GROUP BY address_key, asset_id
),
counted AS (
    SELECT address_key, sum(records)::BIGINT AS records, list(asset_id ORDER BY asset_id) AS assets,
           string_agg(DISTINCT asset.owner, '、' ORDER BY asset.owner) AS owner
    FROM standing JOIN current_asset AS asset USING (asset_id)
    GROUP BY address_key
),
able AS (
    SELECT asset_id, register FROM current_register WHERE list_has_all(roles, ['name', 'address'])
),
unread AS (
    SELECT asset_id, register, any_value(asset.owner) AS owner, count(*) AS records,
           CASE WHEN count(address_key) FILTER (name_key IS NULL) = 0 THEN 'no-address-read' ELSE 'no-name-read' END AS reason
    FROM current_record JOIN current_asset AS asset USING (asset_id) SEMI JOIN able USING (asset_id, register)
    WHERE register IN ('member', 'order') AND (address_key IS NULL OR name_key IS NULL)
    GROUP BY asset_id, register
)
SELECT * FROM (
    SELECT 'to-check' AS state, "case", short_key(address_key) AS address, households, names, persons, records,
           CASE WHEN has_room THEN 0 ELSE records END AS rooms_missing, neighbours, NULL AS reason, NULL AS register,
           assets, owner
    FROM doubtful JOIN counted USING (address_key)
    UNION ALL BY NAME
    SELECT 'unknown' AS state, records, reason, register, [asset_id] AS assets, owner FROM unread
    UNION ALL BY NAME
    SELECT 'unknown' AS state, 'register-lacks-address' AS reason, register, list(asset_id ORDER BY asset_id) AS assets
    FROM current_register WHERE register IN ('member', 'order') AND register NOT IN (SELECT register FROM able)
    GROUP BY register
    UNION ALL BY NAME
    SELECT state, reason, register, CASE WHEN asset IS NOT NULL THEN [asset] END AS assets FROM register_gaps(['member', 'order'])
)
ORDER BY list_position(['not-declared', 'unknown', 'to-check'], state),
         list_position(['one-lot', 'room-missing', 'one-room'], "case"), households DESC NULLS LAST, persons DESC,
         address, register
