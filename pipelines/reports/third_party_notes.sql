/*
title: {ja: 応対メモの中の他の人, en: Other people in call notes}
about:
  ja: >-
    ある顧客の応対メモに書かれた別の人の氏名・年齢・生年月日。同じ住所の別世帯はメモごとに、それ以外は資産ごとに数えます。本人と
    同じ世帯、社員名簿にある姓名は数えません。年齢と生年月日は直前の氏名の人のものとして数えます。
  en: >-
    Names, ages and birth dates of others in the notes of a customer. People of another household at the customer's
    address are listed note by note, others counted per asset. The customer's own household and listed staff are left
    out. An age or a birth date counts with the name before it.
identity: [state, asset, field, note]
measure: mentions
columns:
  state: {ja: 状態, en: State, words: state}
  asset: {ja: 資産, en: Asset}
  field: {ja: 項目, en: Field}
  note: {ja: メモの行, en: Row of the note}
  ref: {ja: メモ番号（鍵）, en: Note key}
  about: {ja: 本人（鍵）, en: Customer of the note}
  notes: {ja: メモ, en: Notes}
  persons: {ja: 書かれた人, en: People named}
  mentions: {ja: 氏名の記載, en: Names written}
  ages: {ja: 年齢, en: Ages}
  births: {ja: 生年月日, en: Birth dates}
  last: {ja: 最新, en: Latest}
  reason: {ja: 判断できない理由, en: Why unknown, words: reason}
  register: {ja: 必要な台帳, en: Register needed, words: register}
  owner: {ja: 管理者, en: Owner}
*/
WITH note AS (
    SELECT asset_id, part_id, row, row_key, ref_key, person_key, moment FROM current_record WHERE register = 'note'
),
-- The name before an age or a birth date of the same cell is whose it is.
said AS (
    SELECT part_id, row, field, entity_type,
           last_value(CASE WHEN entity_type = 'PERSON' THEN {key: value_key, alt: alt_key} END IGNORE NULLS)
               OVER before AS person
    FROM finding SEMI JOIN note USING (part_id, row)
    WHERE entity_type IN ('PERSON', 'AGE', 'DATE_OF_BIRTH') AND personal
    WINDOW before AS (PARTITION BY part_id, row, field ORDER BY start, "end" DESC ROWS UNBOUNDED PRECEDING)
),
mention AS (
    SELECT note.*, field, entity_type, person.key AS whose, person.alt AS whose_alt
    FROM note JOIN said USING (part_id, row) WHERE person.key IS NOT NULL
),
home AS (
    SELECT DISTINCT person_key, household, address_alt FROM current_home SEMI JOIN note USING (person_key)
),
-- What the customer, or somebody of the household, is called; gathered once per name and customer.
spoken AS (SELECT DISTINCT person_key, whose, whose_alt FROM mention),
called AS (
    SELECT DISTINCT household, address_alt, whose
    FROM (SELECT household, address_alt, unnest([name_key, name_alt, family_key, family_alt]) AS whose
          FROM current_home SEMI JOIN home USING (address_alt))
    SEMI JOIN (SELECT unnest([whose, whose_alt]) AS whose FROM spoken) AS said USING (whose)
),
own AS (
    SELECT DISTINCT spoken.person_key, spoken.whose
    FROM spoken JOIN home USING (person_key) JOIN called ON called.household = home.household
    WHERE called.whose = spoken.whose OR called.whose = spoken.whose_alt
),
-- Members without an address that could be read are known by name all the same.
own_name AS (
    SELECT DISTINCT person_key, unnest([name_key, name_alt, family_key, family_alt]) AS whose
    FROM current_record SEMI JOIN note USING (person_key) WHERE register = 'member' AND person_key IS NOT NULL AND name_key IS NOT NULL
),
beside AS (
    SELECT DISTINCT spoken.person_key, spoken.whose
    FROM spoken JOIN home USING (person_key)
    JOIN called ON called.address_alt = home.address_alt AND called.household <> home.household
    WHERE called.whose = spoken.whose
),
staff AS (
    SELECT DISTINCT unnest([name_key, name_alt, family_key, family_alt]) AS whose FROM current_record WHERE register = 'staff'
),
customer AS (
    SELECT DISTINCT name_key AS whose FROM current_record
    WHERE register = 'member' AND name_key IN (SELECT whose FROM spoken)
),
known AS (SELECT DISTINCT person_key FROM own_name UNION SELECT person_key FROM home),
placed AS (
    SELECT mention.*,
           CASE WHEN known.person_key IS NULL THEN 'unknown'
                WHEN beside.whose IS NOT NULL THEN 'neighbour'
                WHEN customer.whose IS NOT NULL THEN 'other-customer' ELSE 'other-person' END AS state
    FROM mention
    ANTI JOIN own ON own.person_key = mention.person_key AND own.whose = mention.whose
    ANTI JOIN own_name ON own_name.person_key = mention.person_key AND own_name.whose = mention.whose
    LEFT JOIN known ON known.person_key = mention.person_key
    LEFT JOIN beside ON beside.person_key = mention.person_key AND beside.whose = mention.whose
    LEFT JOIN customer ON customer.whose = mention.whose
    LEFT JOIN staff ON staff.whose = mention.whose
    WHERE staff.whose IS NULL OR beside.whose IS NOT NULL
)
SELECT listed.*, owner FROM (
    SELECT state, asset_id AS asset, field, CASE WHEN state = 'neighbour' THEN row_key END AS note,
           CASE WHEN state = 'neighbour' THEN short_key(ref_key) END AS ref,
           CASE WHEN state = 'neighbour' THEN short_key(person_key) END AS about,
           count(DISTINCT part_id || row) AS notes, count(DISTINCT whose) AS persons,
           count(*) FILTER (entity_type = 'PERSON') AS mentions, count(*) FILTER (entity_type = 'AGE') AS ages,
           count(*) FILTER (entity_type = 'DATE_OF_BIRTH') AS births, max(moment) AS last,
           CASE state WHEN 'unknown' THEN 'person-not-known' END AS reason, NULL AS register
    FROM placed
    -- Without a key of its own a note is told apart by where it stands.
    GROUP BY state, asset_id, field, CASE WHEN state = 'neighbour' THEN part_id || row END,
             CASE WHEN state = 'neighbour' THEN row_key END, CASE WHEN state = 'neighbour' THEN short_key(ref_key) END,
             CASE WHEN state = 'neighbour' THEN short_key(person_key) END
    UNION ALL BY NAME
    SELECT state, reason, register, asset FROM register_gaps(['member', 'note'])
) AS listed
LEFT JOIN current_asset ON asset_id = asset
ORDER BY list_position(['neighbour', 'not-declared', 'other-customer', 'other-person', 'unknown'], state),
         last DESC NULLS LAST, asset, field, note, register
