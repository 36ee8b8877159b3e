-- The rows of the large store, out of the tables of assets and key columns `benchmarks/store_rows.py` makes.
-- :seed, :persons, :part and :number (of the scan) are filled in there; statements end with a line's last semicolon.

-- Keys: of one value the same everywhere. Two people in a row share an address, four a lot, most a surname.

CREATE OR REPLACE TEMP MACRO draw(what, n) AS (hash(:seed, what, n) >> 1)::BIGINT;

CREATE OR REPLACE TEMP MACRO keyed(what, n) AS unhex(md5(what || n));

CREATE OR REPLACE TEMP MACRO family_of(p) AS
    CASE
         WHEN draw('house', p // 2) % 5 > 0 THEN draw('family', p // 2) % 4000
         ELSE draw('own', p) % 4000 END;

CREATE OR REPLACE TEMP MACRO name_of(p) AS family_of(p) * 1000 + draw('given', p) % 200;

CREATE OR REPLACE TEMP MACRO key_of(kind, p) AS
    CASE kind
         WHEN 'PERSON' THEN keyed(kind, name_of(p))
         WHEN 'JP_ADDRESS' THEN keyed(kind, p // 2)
         WHEN 'DATE_OF_BIRTH' THEN keyed(kind, draw('born', p) % 20000)
         WHEN 'JP_POSTAL_CODE' THEN keyed(kind, p // 40)
         WHEN 'AGE' THEN keyed(kind, draw('born', p) % 70)
         ELSE keyed(kind, p) END;

CREATE OR REPLACE TEMP MACRO alt_of(kind, p) AS
    CASE kind
         WHEN 'PERSON' THEN keyed('reading', name_of(p) // 2)
         WHEN 'JP_ADDRESS' THEN keyed('lot', p // 4) END;

CREATE OR REPLACE TEMP MACRO surname_of(kind, p) AS
    CASE kind
         WHEN 'PERSON' THEN keyed('surname', family_of(p)) END;

-- One part in twenty is new in the second scan; one in a hundred could not be examined.
CREATE TEMP TABLE g_part AS
SELECT md5(concat_ws('/', asset_id, "index",
           CASE WHEN :number > 1 AND draw('new', asset_id || "index") % 20 = 0 THEN :number ELSE 1 END)) AS part_id,
       number, asset_id, "index", first, least(:part, rows - first) AS rows, findings, register,
       CASE WHEN draw('gap', asset_id || "index") % 100 = 0 AND register IS NULL AND number > 0
            THEN 'not_examined'
            ELSE 'examined' END AS status
FROM (SELECT *, unnest(range(0, rows, :part)) AS first, first // :part AS "index" FROM g_asset);

-- Of the member tables row n is person n; else anybody.
CREATE TEMP TABLE g_row AS
SELECT part.* EXCLUDE (rows, first), row, first + row AS n,
       CASE WHEN register LIKE 'member%' THEN (first + row) % :persons
            ELSE (draw(asset_id, first + row) % :persons) END AS person
FROM (SELECT *, unnest(range(rows)) AS row FROM g_part ANTI JOIN part USING (part_id) WHERE status = 'examined') AS part;

INSERT INTO scan_source (scan_id, source) SELECT DISTINCT $scan, source FROM asset WHERE scan_id = $scan;

INSERT INTO scan_part (scan_id, asset_id, "index", part_id, watermark, reused)
SELECT $scan, asset_id, "index", part_id, 'w', part_id IN (SELECT part_id FROM part) FROM g_part;

INSERT INTO value_key
SELECT part_id, field, row, 'r' || n, entity_type, key_of(entity_type, person), alt_of(entity_type, person),
       surname_of(entity_type, person)
FROM g_row JOIN g_column USING (number);

INSERT INTO finding BY NAME
SELECT part_id, '本文' AS field, row, 'r' || n AS row_key, nth::INTEGER * 20 AS start, nth::INTEGER * 20 + 8 AS "end",
       entity_type, 0.4 + (luck % 60)::FLOAT / 100 AS score, 'jp_' || lower(entity_type) AS recognizer,
       '1.' || luck % 3 AS recognizer_version, TRUE AS personal,
       CASE WHEN entity_type NOT IN ('JP_SPECIAL_CARE', 'RELATIONSHIP') THEN key_of(entity_type, whom) END
           AS value_key,
       CASE WHEN entity_type <> 'JP_SPECIAL_CARE' THEN alt_of(entity_type, whom) END AS alt_key,
       CASE WHEN entity_type <> 'JP_SPECIAL_CARE' THEN 'x' || luck % 500 || '****' END AS masked,
       CASE WHEN entity_type = 'JP_SPECIAL_CARE' THEN ['病歴', '障害', '信条'][1 + luck % 3] END AS kind
FROM (SELECT *, CASE WHEN luck % 5 > 0 THEN person ELSE luck % 400000 END AS whom,
             CASE WHEN luck % 400 = 0 THEN 'JP_SPECIAL_CARE' WHEN luck % 400 = 1 THEN 'RELATIONSHIP'
                  ELSE ['PERSON', 'PERSON', 'PHONE_NUMBER', 'EMAIL_ADDRESS', 'JP_ADDRESS', 'PERSONAL_ID',
                        'DATE_OF_BIRTH', 'AGE'][1 + (luck // 400) % 8] END AS entity_type
      FROM (SELECT *, draw(part_id, row * 100 + nth) AS luck
            FROM (SELECT *, unnest(range((findings + (draw('f', n) % 100)::DOUBLE / 100)::BIGINT)) AS nth
                  FROM g_row WHERE findings > 0)));

INSERT INTO record BY NAME
SELECT part_id, register, row, 'r' || n AS row_key,
       CASE WHEN register NOT IN ('staff', 'business_sender') THEN key_of('PERSONAL_ID', person) END AS person_key,
       CASE WHEN register IN ('household_rule', 'agent_view') THEN key_of('PERSONAL_ID', person + n % 2) END
           AS other_key,
       CASE WHEN register IN ('staff', 'lookup', 'visit', 'slip', 'message', 'complaint', 'note', 'reader',
                              'agent_view') THEN keyed('staff', draw('staff', n) % 2000) END AS staff_key,
       CASE WHEN register IN ('order', 'slip', 'visit', 'message', 'note', 'complaint', 'household_rule',
                              'request') THEN keyed(register, n)
            WHEN register = 'reader' THEN keyed('note', draw('note', n) % 20000) END AS ref_key,
       CASE WHEN named THEN key_of('PERSON', person) END AS name_key,
       CASE WHEN named THEN alt_of('PERSON', person) END AS name_alt,
       CASE WHEN named THEN surname_of('PERSON', person) END AS family_key,
       CASE WHEN register IN ('member', 'order', 'lookup', 'visit', 'complaint')
            THEN key_of('PHONE_NUMBER', person) END AS phone_key,
       CASE WHEN register IN ('member', 'member_before', 'send', 'mail_list', 'consent', 'deletion', 'message')
            THEN key_of('EMAIL_ADDRESS', person) END AS email_key,
       CASE WHEN register IN ('member', 'order') THEN key_of('JP_ADDRESS', person) END AS address_key,
       CASE WHEN register IN ('member', 'order') THEN alt_of('JP_ADDRESS', person) END AS address_alt,
       draw('room', person // 4) % 2 = 0 AS has_room,
       CASE WHEN register IN ('member', 'agent_view') THEN key_of('DATE_OF_BIRTH', person) END AS born_key,
       CASE WHEN register IN ('message', 'business_sender') THEN keyed('sender', draw('sender', n) % 400) END
           AS sender_key,
       CASE WHEN register IN ('message', 'business_sender') THEN 'PHONE_NUMBER' END AS sender_type,
       CASE WHEN register IN ('message', 'business_sender') THEN 'mobile' END AS sender_class,
       TIMESTAMPTZ '2026-11-20 00:00:00+00' - to_minutes(draw(register, n) % 1000000) AS moment,
       CASE WHEN register = 'slip' THEN moment + INTERVAL 90 DAY END AS due,
       CASE WHEN register LIKE 'member%' AND draw('left', person) % 20 = 0 THEN moment + INTERVAL 30 DAY
            WHEN register = 'slip' AND n % 10 > 0 THEN moment + INTERVAL 60 DAY END AS ended,
       CASE WHEN register LIKE 'member%' THEN
            CASE WHEN draw('left', person) % 20 = 0 THEN '退会' ELSE '会員' END
            WHEN register = 'send' THEN 'sent' END AS status,
       CASE WHEN register IN ('lookup', 'slip') THEN '用件' || n % 6 END AS purpose,
       CASE WHEN register IN ('lookup', 'visit', 'agent_view', 'slip') THEN '画面' || n % 5
            WHEN register = 'request' THEN 'disclosure' END AS kind,
       CASE WHEN register = 'send' THEN printf('campaign-%02d', n % 30)
            WHEN register = 'mail_list' THEN printf('list-%02d', n % 12) END AS list,
       CASE WHEN register IN ('consent', 'member') THEN draw('agreed', person) % 10 > 0 END AS consent,
       CASE WHEN register LIKE 'member%' THEN draw('optout', person) % 12 = 0 END AS optout,
       CASE WHEN register = 'agent_view' THEN n % 4 = 0 END AS verified, []::TEXT[] AS unread
FROM (SELECT *, register IN ('member', 'member_before', 'order', 'agent_view') AS named FROM g_row
      WHERE register IS NOT NULL);

INSERT INTO event_day
SELECT $scan, asset_id, 'activity', CASE WHEN draw(asset_id, day) % 8 = 0 THEN 'guest' ELSE 'member' END,
       DATE '2026-11-19' - (draw(asset_id, day) % 4000)::INTEGER, ['会員', '休眠', '退会'][1 + day % 3], TRUE,
       1 + rows // 40
FROM (SELECT asset_id, rows, unnest(range(CASE WHEN rows > 10000 THEN 3000 ELSE 40 END)) AS day
      FROM g_asset WHERE kind = 'table' AND number % 5 > 0);

INSERT INTO activity SELECT scan_id, asset_id, day, any_value(status), sum(rows) FROM event_day
WHERE scan_id = $scan GROUP BY scan_id, asset_id, day;

INSERT INTO part
SELECT part_id, asset_id, "index", md5(part_id), rows, rows * 120, status,
       CASE status WHEN 'examined' THEN '' ELSE 'encrypted' END
FROM g_part ANTI JOIN part USING (part_id);

DROP TABLE g_row;

DROP TABLE g_part;

DROP TABLE g_column;

DROP TABLE g_asset;
