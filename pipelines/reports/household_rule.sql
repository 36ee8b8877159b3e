/*
title: {ja: 一世帯一点ルールの検証, en: The one-per-household rule replayed}
about:
  ja: >-
    「住所だけで判定」すると別世帯なのに同一世帯と扱われる注文者の組（再現）と、実際に別世帯を同一世帯と扱った記録。後者は 0 で
    なければなりません。注文番号を与えると、その注文で影響を受ける同じ住所の他の人を示します。注文者が30人を超える住所は、組ではなく
    住所ごとに一行です。
  en: >-
    Pairs of people with orders whom a rule on the address alone would take for one household (replayed), and those
    whom the company's rule did merge across households: of these there must be none. Given an order, the report
    shows the other people at its address. An address with more than thirty people with orders is one row, not a row
    for each pair.
parameters: {ref: "key:PERSONAL_ID"}
identity: [state, person, other, address]
measure: orders
gate: {where: "state = 'merged-across'", limit: 0, registers: [household_rule]}
columns:
  state: {ja: 状態, en: State, words: state}
  person: {ja: 本人（鍵）, en: Person}
  other: {ja: 他の人（鍵）, en: Other person}
  address: {ja: 住所（鍵）, en: Address key}
  case: {ja: 住所の状態, en: Address, words: shared_case}
  persons: {ja: 人数, en: Persons}
  orders: {ja: 注文・記録, en: Orders or records}
  last: {ja: 最新, en: Latest}
  refs: {ja: 注文番号（鍵、先頭3件）, en: Order keys (first three)}
  reason: {ja: 判断できない理由, en: Why unknown, words: reason}
  register: {ja: 必要な台帳, en: Register needed, words: register}
  asset: {ja: 資産, en: Asset}
  owner: {ja: 管理者, en: Owner}
*/
WITH several AS (
    SELECT address_key, CASE WHEN bool_or(has_room) THEN 'one-room' ELSE 'one-lot' END AS "case"
    FROM doubtful_home WHERE households > 1 GROUP BY address_key
),
-- Who is who is told by the member number: mother and daughter of one name are two. A name without one, as on a gift,
-- is the member's of that name at the address, where there is one.
member AS (
    SELECT DISTINCT person_key, name_key, address_key FROM current_home SEMI JOIN several USING (address_key)
    WHERE shared AND person_key IS NOT NULL
),
called AS (SELECT name_key, address_key, min(person_key) AS person_key FROM member GROUP BY name_key, address_key),
home AS (
    SELECT DISTINCT home.address_key, household, coalesce(home.person_key, called.person_key, name_key) AS person_key
    FROM current_home AS home SEMI JOIN several USING (address_key) LEFT JOIN called USING (name_key, address_key)
    WHERE shared
),
placed AS (
    SELECT bought.* REPLACE (coalesce(member.person_key, called.person_key, name_key) AS person_key)
    FROM (FROM current_record WHERE register = 'order' AND name_key IS NOT NULL) AS bought
    SEMI JOIN several USING (address_key)
    LEFT JOIN member USING (person_key, name_key, address_key)
    LEFT JOIN called USING (name_key, address_key)
),
bought AS (
    SELECT address_key, person_key, count(DISTINCT coalesce(hex(ref_key), part_id || row)) AS orders,
           max(moment) AS last, list(DISTINCT short_key(ref_key) ORDER BY short_key(ref_key)) AS refs,
           min(asset_id) AS asset, bool_or(starts_with(lower(hex(ref_key)), $ref)) AS wanted
    FROM placed GROUP BY address_key, person_key
),
person AS (
    SELECT home.*, several.case, coalesce(orders, 0) AS orders, last, refs, asset, coalesce(wanted, FALSE) AS wanted
    FROM home JOIN several USING (address_key) LEFT JOIN bought USING (address_key, person_key)
),
-- At a dormitory the pairs are hundreds of millions.
crowd AS (
    SELECT address_key, any_value("case") AS "case", count(DISTINCT person_key) AS persons, sum(orders)::BIGINT AS orders,
           max(last) AS last, min(asset) AS asset
    FROM person WHERE orders > 0 AND $ref IS NULL
    GROUP BY address_key HAVING count(DISTINCT person_key) > 30 AND count(DISTINCT household) > 1
),
replayed AS (
    SELECT one.address_key, one.case, short_key(one.person_key) AS person, short_key(other.person_key) AS other,
           2 AS persons, one.orders + other.orders AS orders, greatest(one.last, other.last) AS last,
           list_sort(list_distinct(coalesce(one.refs, []) || coalesce(other.refs, [])))[:3] AS refs,
           coalesce(one.asset, other.asset) AS asset
    FROM (FROM person ANTI JOIN crowd USING (address_key)) AS one JOIN person AS other USING (address_key)
    WHERE one.household <> other.household
      AND CASE WHEN $ref IS NULL THEN one.person_key < other.person_key AND one.orders > 0 AND other.orders > 0
               ELSE one.wanted END
),
-- What the company's own rule did.
ruled AS (
    SELECT asset_id, person_key, other_key, count(*) AS orders, max(moment) AS last,
           list(DISTINCT short_key(ref_key) ORDER BY short_key(ref_key))[:3] AS refs
    FROM current_record
    WHERE register = 'household_rule' AND (person_key IS NULL OR person_key IS DISTINCT FROM other_key)
      AND ($ref IS NULL OR starts_with(lower(hex(ref_key)), $ref))
    GROUP BY ALL
),
lives AS (
    SELECT DISTINCT person_key, household FROM current_home
    WHERE person_key IN (SELECT person_key FROM ruled UNION ALL SELECT other_key FROM ruled)
),
lodged AS (SELECT DISTINCT person_key FROM lives),
together AS (
    SELECT DISTINCT ruled.person_key, ruled.other_key
    FROM ruled JOIN lives AS one USING (person_key)
    JOIN lives AS other ON other.person_key = ruled.other_key AND other.household = one.household
),
judged AS (
    SELECT ruled.*, one.person_key IS NOT NULL AND other.person_key IS NOT NULL AS known
    FROM ruled ANTI JOIN together USING (person_key, other_key)
    LEFT JOIN lodged AS one ON one.person_key = ruled.person_key
    LEFT JOIN lodged AS other ON other.person_key = ruled.other_key
)
SELECT listed.*, owner FROM (
    SELECT CASE WHEN known THEN 'merged-across' ELSE 'unknown' END AS state, short_key(person_key) AS person,
           short_key(other_key) AS other, NULL::TEXT AS address, NULL::TEXT AS "case", 2 AS persons, orders, last, refs,
           CASE WHEN NOT known THEN 'person-not-known' END AS reason, NULL::TEXT AS register, asset_id AS asset
    FROM judged
    UNION ALL BY NAME
    SELECT 'address-alone' AS state, short_key(address_key) AS address, * EXCLUDE (address_key) FROM replayed
    UNION ALL BY NAME
    SELECT 'address-alone' AS state, short_key(address_key) AS address, * EXCLUDE (address_key) FROM crowd
    UNION ALL BY NAME
    SELECT state, reason, register, asset FROM register_gaps(['member', 'order', 'household_rule'])
) AS listed
LEFT JOIN current_asset ON asset_id = asset
ORDER BY list_position(['merged-across', 'not-declared', 'unknown', 'address-alone'], state), orders DESC NULLS LAST,
         address, person, other, register
