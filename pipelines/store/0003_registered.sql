-- What the registered purposes of a system cover, and who lives where.

-- A row with NULL: registered, and for nothing personal. No row: no purpose is registered.
CREATE TABLE registered (scan_id TEXT NOT NULL, asset_id TEXT NOT NULL, entity_type TEXT);

CREATE VIEW current_registered AS
SELECT registered.* FROM registered SEMI JOIN current_asset USING (scan_id, asset_id);

-- Names at addresses, from members and orders. On an order to somebody else (a gift) the member number, phone and
-- e-mail are the giver's: they say nothing about the one who lives there.
CREATE VIEW resident_of_records AS
WITH placed AS (
    SELECT DISTINCT register, person_key, name_key, name_alt, family_key, family_alt, address_key, address_alt,
           has_room, phone_key, email_key, household_key, born_key
    FROM current_record
    WHERE register IN ('member', 'order') AND address_key IS NOT NULL AND name_key IS NOT NULL
),
own AS (
    SELECT DISTINCT person_key, unnest([name_key, name_alt]) AS called
    FROM placed WHERE register = 'member' AND person_key IS NOT NULL
),
known AS (SELECT DISTINCT person_key FROM own),
marked AS (
    SELECT placed.*,
           register = 'order' AND known.person_key IS NOT NULL
           AND written.called IS NULL AND spoken.called IS NULL AS gift
    FROM placed
    LEFT JOIN known ON known.person_key = placed.person_key
    LEFT JOIN own AS written ON written.person_key = placed.person_key AND written.called = placed.name_key
    LEFT JOIN own AS spoken ON spoken.person_key = placed.person_key AND spoken.called = placed.name_alt
)
SELECT DISTINCT name_key, name_alt, coalesce(family_key, name_key) AS family_key, family_alt, address_key,
       address_alt, coalesce(has_room, FALSE) AS has_room, born_key,
       CASE WHEN NOT gift THEN person_key END AS person_key, CASE WHEN NOT gift THEN phone_key END AS phone_key,
       CASE WHEN NOT gift THEN email_key END AS email_key, household_key
FROM marked;

-- This and the next table are filled by the loader (pipelines/loading/settled.py): too slow to be asked by each report.
CREATE TABLE current_resident AS FROM resident_of_records;

-- Which families at an address are one household: one of them shares a member number, a phone, an e-mail, a
-- declared household or a spelling in kana with the other. The same surname behind another door is none, and
-- what many names share (a switchboard, a dormitory) ties nobody. `shared`: several families at the lot or building.
CREATE VIEW home_of_residents AS
WITH RECURSIVE family AS (
    SELECT DISTINCT address_alt, address_key, family_key FROM current_resident
),
lot AS (SELECT address_alt FROM family GROUP BY address_alt HAVING count(*) > 1),
together AS (
    SELECT resident.*, address_key || family_key AS node FROM current_resident AS resident SEMI JOIN lot USING (address_alt)
),
-- Two surnames in kanji of one reading (阿部, 安部) are two; one of them in kana is a way to write the other.
tied AS (
    SELECT address_alt, node, name_key, tie, FALSE AS reading
    FROM (SELECT *, unnest([person_key, phone_key, email_key, household_key]) AS tie FROM together)
    UNION ALL
    SELECT address_alt, node, name_key, address_key || family_alt, family_key <> family_alt FROM together
),
shared AS (
    SELECT address_alt, tie, min(node) AS hub FROM tied WHERE tie IS NOT NULL
    GROUP BY address_alt, tie
    HAVING count(DISTINCT node) > 1 AND count(DISTINCT name_key) <= 8 AND NOT bool_and(reading)
),
edge AS (
    SELECT DISTINCT hub AS one, node AS other FROM shared JOIN tied USING (address_alt, tie) WHERE hub <> node
),
way AS (SELECT one, other FROM edge UNION ALL SELECT other, one FROM edge),
reached AS (
    SELECT DISTINCT one AS node, one AS root FROM way
    UNION
    SELECT way.other, reached.root FROM reached JOIN way ON way.one = reached.node
),
least AS (SELECT node, min(root) AS root FROM reached GROUP BY node)
SELECT resident.*, coalesce(root, resident.address_key || resident.family_key) AS household,
       lot.address_alt IS NOT NULL AS shared
FROM current_resident AS resident
LEFT JOIN least ON least.node = resident.address_key || resident.family_key
LEFT JOIN lot ON lot.address_alt = resident.address_alt;

CREATE TABLE current_home AS FROM home_of_residents;
