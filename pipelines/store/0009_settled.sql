-- What reports used to count again each time they were asked is settled at the load (pipelines/loading/settled.py).

-- The estate's time zone comes as a variable of the connection (pipelines/store/reader.py): as a constant it is looked
-- up once, not once per row.
CREATE OR REPLACE MACRO local_day(t) AS (t AT TIME ZONE coalesce(getvariable('zone'), 'UTC'))::DATE;

CREATE OR REPLACE VIEW leaving_status AS
SELECT DISTINCT status
FROM (SELECT DISTINCT status FROM current_record WHERE register IN ('member', 'member_before')), setting
WHERE name = 'withdrawn_status' AND value > 0 AND contains(lower(status), lower(subject));

-- What was asked of the view `current_mailing` is settled at the load; the view works it out.
ALTER VIEW current_mailing RENAME TO mailing_of_records;

-- As it stands now; an earlier present is asked of the view.
CREATE TABLE current_mailing AS FROM mailing_of_records;

-- `household` is only ever compared: eight bytes do for two keys.
CREATE OR REPLACE TABLE current_home AS SELECT * REPLACE (hash(household) AS household) FROM current_home;

-- Addresses whose households may be taken for one another: several at one address, or behind doors of one building
-- where the room is missing. `neighbours`: households with a room in the building that do not also stand without one.
CREATE VIEW doubtful_home_of_homes AS
WITH home AS (
    SELECT DISTINCT address_key, address_alt, has_room, hash(family_key) AS family, hash(name_key) AS name, household
    FROM current_home WHERE shared
),
address AS (
    SELECT address_key, address_alt, bool_or(has_room) AS has_room, count(DISTINCT household) AS households,
           count(DISTINCT family) AS names, count(DISTINCT name) AS persons
    FROM home GROUP BY address_key, address_alt
),
behind_doors AS (
    SELECT address_alt, count(DISTINCT household) AS neighbours
    FROM (SELECT address_alt, household FROM home GROUP BY ALL HAVING bool_and(has_room))
    GROUP BY address_alt
)
SELECT address.*, coalesce(neighbours, 0) AS neighbours
FROM address LEFT JOIN behind_doors ON behind_doors.address_alt = CASE WHEN NOT has_room THEN address.address_alt END
WHERE households > 1 OR neighbours > 0;

CREATE TABLE doubtful_home AS FROM doubtful_home_of_homes;

-- Statements about people (where they worked, whom they love, what they suffer from), of all parts.
CREATE TABLE statement AS
SELECT part_id, row, field, entity_type, value_key, kind FROM finding
WHERE personal AND entity_type IN ('EMPLOYMENT_HISTORY', 'RELATIONSHIP', 'JP_SPECIAL_CARE');

-- Names in the cells that hold them.
CREATE TABLE statement_name AS
SELECT part_id, row, field, value_key, alt_key FROM finding SEMI JOIN statement USING (part_id, row, field)
WHERE entity_type = 'PERSON' AND value_key IS NOT NULL;

-- Where keys of the deletion log stand, in all parts.
CREATE VIEW erased_key AS
SELECT DISTINCT value_key
FROM (SELECT unnest([person_key, email_key, phone_key]) AS value_key FROM record WHERE register = 'deletion')
WHERE value_key IS NOT NULL;

CREATE VIEW erased_place_of_parts AS
WITH keyed AS (
    SELECT part_id, field, entity_type, value_key FROM value_key SEMI JOIN erased_key USING (value_key)
    UNION ALL
    SELECT part_id, field, entity_type, value_key FROM finding SEMI JOIN erased_key USING (value_key)
),
registered AS (
    SELECT part_id, 'person' AS field, 'PERSONAL_ID' AS entity_type, record.person_key AS value_key
    FROM record SEMI JOIN erased_key ON record.person_key = value_key
    UNION ALL
    SELECT part_id, 'email', 'EMAIL_ADDRESS', email_key FROM record SEMI JOIN erased_key ON record.email_key = value_key
    UNION ALL
    SELECT part_id, 'phone', 'PHONE_NUMBER', phone_key FROM record SEMI JOIN erased_key ON record.phone_key = value_key
)
SELECT part_id, field, entity_type, value_key, count(*) AS occurrences FROM (
    SELECT * FROM keyed
    UNION ALL
    -- Columns no key is kept of, where a register names them.
    SELECT registered.* FROM registered ANTI JOIN keyed USING (part_id, entity_type, value_key))
GROUP BY ALL;

CREATE TABLE erased_place AS FROM erased_place_of_parts;

-- Which parts the three tables above speak of.
CREATE TABLE settled_state (signature TEXT NOT NULL);
