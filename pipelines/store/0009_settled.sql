-- What reports used to count again each time they were asked is settled at the load (pipelines/settled.py).

-- The estate's time zone comes as a variable of the connection (pipelines/store/reader.py): as a constant it is looked
-- up once, not once per row.
CREATE OR REPLACE MACRO local_day(t) AS (t AT TIME ZONE coalesce(getvariable('zone'), 'UTC'))::DATE;

CREATE OR REPLACE VIEW leaving_status AS
SELECT DISTINCT status
FROM (SELECT DISTINCT status FROM current_record WHERE register IN ('member', 'member_before')), setting
WHERE name = 'withdrawn_status' AND value > 0 AND contains(lower(status), lower(subject));

DROP VIEW current_mailing;

-- Every message of a send log, and every entry of a mailing list as if it were mailed at the end of the scan, with
-- the `cause` for which that person was not to be mailed then; NULL where he or she was. A person who is recorded
-- twice is not to be mailed where one of the rows says so; an address several members share may be mailed where one
-- of them may. `undated`: when he or she left or refused is not recorded. `known`: is or was a member.
CREATE VIEW mailing_of_records AS
WITH registered AS (
    SELECT register, coalesce(person_key, email_key) AS who, old_key, email_key, moment, ended AS left_at, due,
           coalesce(optout, FALSE) AS optout, consent,
           ended IS NOT NULL OR coalesce(leaving.status IS NOT NULL, FALSE) AS has_left
    FROM current_record LEFT JOIN leaving_status AS leaving USING (status)
    WHERE register IN ('member', 'member_before') AND coalesce(person_key, email_key) IS NOT NULL
),
-- Who had left before a migration has left, unless he or she joined again; what else was said then counts only of
-- those the migration left behind.
earlier AS (
    SELECT coalesce(later.who, was.who) AS who, was.email_key, was.left_at, was.has_left,
           later.who IS NULL AND was.optout AS optout
    FROM registered AS was
    LEFT JOIN (FROM registered WHERE register = 'member') AS later ON later.old_key = was.who
    WHERE was.register = 'member_before' AND NOT coalesce(later.moment > was.left_at, FALSE)
),
members AS (
    SELECT who, email_key, left_at, due, optout, consent, has_left FROM registered WHERE register = 'member'
    UNION ALL
    SELECT who, email_key, left_at, NULL, optout, NULL, has_left FROM earlier
),
people AS (
    SELECT who, bool_or(has_left) AS has_left, min(left_at) AS left_at, bool_or(optout) AS optout, min(due) AS due
    FROM members GROUP BY who
),
addresses AS (SELECT DISTINCT email_key, who FROM members WHERE email_key IS NOT NULL),
written AS (
    SELECT row_number() OVER () AS id, register, asset_id, coalesce(list, asset_id) AS list, purpose, person_key,
           email_key, moment, CASE register WHEN 'send' THEN moment ELSE now END AS as_at
    FROM current_record, (SELECT max(finished_at) AS now FROM current_source)
    WHERE register IN ('send', 'mail_list')
),
meant AS (
    SELECT id, as_at, written.email_key, coalesce(people.who, addresses.who, person_key, written.email_key) AS who
    FROM written
    LEFT JOIN people ON people.who = person_key
    LEFT JOIN addresses ON addresses.email_key = CASE WHEN people.who IS NULL THEN written.email_key END
),
-- Without a register of consent the flag of the member counts.
consents AS (
    SELECT coalesce(person_key, addresses.who, record.email_key) AS who, moment, ended, consent IS NOT FALSE AS given
    FROM current_record AS record
    LEFT JOIN addresses ON addresses.email_key = CASE WHEN person_key IS NULL THEN record.email_key END
    WHERE register = 'consent'
    UNION ALL
    SELECT who, NULL, NULL, TRUE FROM members
    WHERE consent AND NOT EXISTS (FROM current_register WHERE register = 'consent')
),
-- The last word counts; of two at one moment, the refusal.
agreement AS (
    SELECT id, meant.who,
           arg_max(given AND (ended IS NULL OR ended > as_at),
                   2 * coalesce(epoch_us(moment), 0) + (NOT given OR coalesce(ended <= as_at, FALSE))::BIGINT) AS agreed
    FROM meant JOIN consents USING (who) WHERE moment IS NULL OR moment <= as_at GROUP BY id, meant.who
),
erased AS (
    SELECT who, min(moment) AS erased_at
    FROM (SELECT unnest([person_key, email_key]) AS who, moment FROM current_record WHERE register = 'deletion')
    WHERE who IS NOT NULL GROUP BY who
),
severities AS (
    SELECT ['deleted', 'withdrawn', 'opted-out', 'retention-expired', 'no-consent-record'] AS severity
),
judged AS (
    SELECT id, who, people.who IS NOT NULL AS known,
           CASE WHEN least(by_person.erased_at, by_email.erased_at) <= as_at THEN 'deleted'
                WHEN has_left AND coalesce(left_at <= as_at, TRUE) THEN 'withdrawn'
                WHEN optout OR agreed IS FALSE THEN 'opted-out'
                WHEN due <= as_at THEN 'retention-expired'
                WHEN agreed IS NULL THEN 'no-consent-record' END AS cause,
           CASE WHEN cause = 'withdrawn' THEN left_at IS NULL
                WHEN cause = 'opted-out' THEN agreed IS NOT FALSE ELSE FALSE END AS undated
    FROM meant
    LEFT JOIN people USING (who)
    LEFT JOIN agreement USING (id, who)
    LEFT JOIN erased AS by_person USING (who)
    -- The address of somebody who was deleted may be a member's, too.
    LEFT JOIN erased AS by_email ON by_email.who = CASE WHEN people.who IS NULL THEN email_key END
    WHERE as_at IS NOT NULL
),
mildest AS (
    SELECT id, min(who) AS who, bool_or(known) AS known,
           max(2 * coalesce(list_position(severity, cause), len(severity) + 1) + undated::INTEGER) AS rank
    FROM judged, severities GROUP BY id
)
SELECT written.* EXCLUDE (id), coalesce(who, person_key, email_key) AS who, coalesce(known, FALSE) AS known,
       severity[rank // 2] AS cause, register = 'send' AND rank % 2 = 1 AND cause IS NOT NULL AS undated
FROM written LEFT JOIN mildest USING (id), severities;

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
