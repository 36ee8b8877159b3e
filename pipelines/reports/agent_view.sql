/*
title: {ja: 受付画面に出た他世帯の情報, en: Other households on agents' screens}
about:
  ja: >-
    照会した人とは別の世帯の氏名・年齢・生年月日を返した画面と件数。本人確認前の表示を別に数えます。同じ世帯の表示は含みません。
    誰の情報か分からない表示は「不明」とします。
  en: >-
    Screens that returned name, age or birth date of somebody of another household than the person asked about, and
    how often before the caller's identity was checked. The same household is left out; what belongs to nobody known
    is unknown.
identity: [state, asset, screen]
measure: shown
gate: {where: "state = 'other-household'", limit: 0, registers: [agent_view]}
columns:
  state: {ja: 状態, en: State, words: state}
  asset: {ja: 資産, en: Asset}
  screen: {ja: 画面, en: Screen}
  shown: {ja: 表示, en: Times shown}
  persons: {ja: 表示された人, en: Persons shown}
  names: {ja: 氏名, en: With name}
  ages: {ja: 年齢, en: With age}
  births: {ja: 生年月日, en: With birth date}
  unverified: {ja: 本人確認前または不明, en: "Before the identity check, or not noted"}
  staff: {ja: 担当者, en: Staff}
  first: {ja: 最初, en: First}
  last: {ja: 最新, en: Latest}
  examples: {ja: 行の例, en: Rows (first three)}
  reason: {ja: 判断できない理由, en: Why unknown, words: reason}
  register: {ja: 必要な台帳, en: Register needed, words: register}
  owner: {ja: 管理者, en: Owner}
*/
WITH shown AS (
    SELECT asset_id, part_id, row, row_key, person_key, other_key, name_key, age, born_key, verified, staff_key, moment, kind
    FROM current_record
    WHERE register = 'agent_view' AND (name_key IS NOT NULL OR age IS NOT NULL OR born_key IS NOT NULL)
),
-- Whom a screen was about, whom it shows by number, and everybody at the addresses of the former.
meant AS (SELECT DISTINCT unnest([person_key, other_key]) AS person_key FROM shown),
placed AS (SELECT DISTINCT address_alt FROM current_home SEMI JOIN shown USING (person_key)),
lives AS (
    SELECT person_key, name_key, address_alt, household FROM current_home SEMI JOIN meant USING (person_key)
    UNION
    SELECT person_key, name_key, address_alt, household FROM current_home SEMI JOIN placed USING (address_alt)
),
-- Whom a screen without the other's number shows: that name at an address of the person asked about.
named AS (
    SELECT DISTINCT shown.asset_id, shown.part_id, shown.row, other.household
    FROM shown JOIN lives AS own USING (person_key)
    JOIN lives AS other ON other.address_alt = own.address_alt AND other.name_key = shown.name_key
    WHERE shown.other_key IS NULL
),
numbered AS (
    SELECT shown.asset_id, shown.part_id, shown.row, other.household
    FROM shown JOIN lives AS other ON other.person_key = shown.other_key
),
whose AS (SELECT * FROM named UNION SELECT * FROM numbered),
judged AS (
    SELECT whose.asset_id, whose.part_id, whose.row, bool_or(own.household IS NOT NULL) AS same
    FROM whose JOIN shown USING (asset_id, part_id, row)
    LEFT JOIN lives AS own ON own.person_key = shown.person_key AND own.household = whose.household
    GROUP BY ALL
),
known AS (SELECT DISTINCT person_key FROM lives WHERE person_key IS NOT NULL),
stated AS (
    SELECT shown.*,
           CASE WHEN same IS NULL OR known.person_key IS NULL THEN 'unknown' ELSE 'other-household' END AS state
    FROM shown LEFT JOIN judged USING (asset_id, part_id, row) LEFT JOIN known ON known.person_key = shown.person_key
    WHERE (shown.person_key IS NULL OR shown.person_key IS DISTINCT FROM shown.other_key) AND (same IS NULL OR NOT same)
)
SELECT listed.*, owner FROM (
    SELECT state, asset_id AS asset, kind AS screen, count(*) AS shown,
           count(DISTINCT coalesce(other_key, name_key)) AS persons, count(name_key) AS names, count(age) AS ages,
           count(born_key) AS births, count(*) FILTER (verified IS NOT TRUE) AS unverified,
           count(DISTINCT staff_key) AS staff, min(moment) AS first, max(moment) AS last,
           list(row_key ORDER BY row_key) FILTER (row_key IS NOT NULL)[:3] AS examples,
           CASE state WHEN 'unknown' THEN 'person-not-known' END AS reason, NULL AS register
    FROM stated GROUP BY state, asset_id, kind
    UNION ALL BY NAME
    SELECT state, reason, register, asset FROM register_gaps(['member', 'agent_view'])
) AS listed
LEFT JOIN current_asset ON asset_id = asset
ORDER BY list_position(['other-household', 'not-declared', 'unknown'], state), shown DESC NULLS LAST, asset, screen, register
