-- Numbers of policies.yaml, the registers the estate names and the copies it allows, for reports to join.

-- `subject`: what a number of a table of numbers is about (a purpose, a status); '' where there is one number.
CREATE TABLE setting (
    name     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    value    DOUBLE NOT NULL,
    source   TEXT NOT NULL,
    verified TEXT NOT NULL,
    timezone TEXT NOT NULL  -- of the estate: days are shown in it
);

-- A derived copy the estate allows: `asset_id` is what it is made of.
CREATE TABLE copy (scan_id TEXT NOT NULL, asset_id TEXT NOT NULL, copy TEXT NOT NULL, ttl_days INTEGER);

-- Which assets are registers, also those that are empty or could not be read.
CREATE TABLE register (scan_id TEXT NOT NULL, asset_id TEXT NOT NULL, register TEXT NOT NULL, roles TEXT[] NOT NULL);

CREATE VIEW current_copy AS
SELECT copy.* FROM copy SEMI JOIN current_asset USING (scan_id, asset_id);

CREATE VIEW current_register AS
SELECT register.*, coalesce(unread.parts, 0) AS parts_not_examined
FROM register SEMI JOIN current_asset USING (scan_id, asset_id)
LEFT JOIN (SELECT asset_id, count(*) AS parts FROM current_part WHERE status <> 'examined' GROUP BY asset_id) AS unread
    USING (asset_id);

CREATE MACRO setting_of(n) AS (SELECT max(value) FROM setting WHERE name = n AND subject = '');

-- The number of the longest subject that stands in a text; NULL where none does.
CREATE MACRO setting_for(n, text) AS (
    SELECT arg_max(value, length(subject)) FROM setting
    WHERE name = n AND subject <> '' AND contains(lower(text), lower(subject)));

CREATE MACRO local_day(t) AS (t AT TIME ZONE coalesce((SELECT any_value(timezone) FROM setting), 'UTC'))::DATE;

-- What stands between a report and its answer: registers it needs that nobody declared or nobody could read.
CREATE MACRO register_gaps(wanted) AS TABLE
SELECT CASE WHEN asset_id IS NULL THEN 'not-declared' ELSE 'unknown' END AS state,
       CASE WHEN asset_id IS NULL THEN 'register-not-declared' ELSE 'register-not-examined' END AS reason,
       needed.register, asset_id AS asset, parts_not_examined::BIGINT AS parts
FROM (SELECT unnest(wanted) AS register) AS needed LEFT JOIN current_register USING (register)
WHERE asset_id IS NULL OR parts_not_examined > 0;

-- Statuses that say of a member that he or she has left.
CREATE VIEW leaving_status AS
SELECT DISTINCT status FROM current_record, setting
WHERE register IN ('member', 'member_before') AND name = 'withdrawn_status' AND value > 0
      AND contains(lower(status), lower(subject));

-- Every message of a send log, and every entry of a mailing list as if it were mailed at the end of the scan, with
-- the `cause` for which that person was not to be mailed then; NULL where he or she was. A person who is recorded
-- twice is not to be mailed where one of the rows says so; an address several members share may be mailed where one
-- of them may. `undated`: when he or she left or refused is not recorded. `known`: is or was a member.
CREATE VIEW current_mailing AS
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
