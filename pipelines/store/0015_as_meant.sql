-- What registers say is taken as it is meant: words of a status, days that stand for none, numbers of before a migration.

-- Of the words of policies.yaml the longest that stands in a status counts (退会 1, 退会予定 0), as in `setting_for`.

CREATE OR REPLACE VIEW leaving_status AS
SELECT status
FROM (SELECT DISTINCT status FROM current_record WHERE register IN ('member', 'member_before')), setting
WHERE name = 'withdrawn_status' AND subject <> '' AND contains(lower(status), lower(subject))
GROUP BY status HAVING arg_max(value, length(subject)) > 0;

-- 0001-01-01 stands for an empty cell where a column may not be empty, as 9999-12-31 does.
CREATE OR REPLACE MACRO is_never(day) AS coalesce(day >= DATE '9000-01-01' OR day < DATE '0002-01-01', FALSE);

-- Registers of members with a status of which no word says that anybody has left, and no column that does: nobody left,
-- or the codes are others.
CREATE OR REPLACE VIEW mute_status AS
SELECT asset_id, register, count(*) AS records
FROM current_record JOIN current_register AS declared USING (asset_id, register)
WHERE register IN ('member', 'member_before') AND NOT list_contains(roles, 'ended')
GROUP BY asset_id, register
HAVING count(status) > 0 AND NOT bool_or(coalesce(status IN (FROM leaving_status), FALSE));

-- Purposes a register of consent names that are not mail, by the words of policies.yaml: 郵送, 第三者提供.
CREATE OR REPLACE VIEW other_purpose AS
SELECT purpose
FROM (SELECT DISTINCT purpose FROM current_record WHERE register = 'consent'), setting
WHERE name = 'mail_purpose' AND subject <> '' AND contains(lower(purpose), lower(subject))
GROUP BY purpose HAVING arg_max(value, length(subject)) = 0;

-- Days a migration wrote into those it carried over: at least two, and one in twenty of them, "joined" on each. Nobody
-- joined again then.
CREATE OR REPLACE VIEW stamped_day AS
SELECT asset_id, local_day(moment) AS day
FROM (SELECT asset_id, moment, count(*) OVER (PARTITION BY asset_id) AS carried
      FROM current_record
      WHERE register = 'member' AND moment IS NOT NULL
            AND coalesce(old_key, person_key) IN (SELECT person_key FROM current_record WHERE register = 'member_before'))
GROUP BY asset_id, day HAVING count(*) >= greatest(2, any_value(carried) / 20);

-- Every message of a send log, and every entry of a mailing list as if it were mailed at the end of the scan, with
-- the `cause` for which that person was not to be mailed then; NULL where he or she was. A person who is recorded
-- twice is not to be mailed where one of the rows says so; an address several members share may be mailed where one
-- of them may. A number from before a migration is the same member's. `undated`: when he or she left or refused is not recorded. `known`: is or was a member.
CREATE OR REPLACE VIEW mailing_of_records AS
WITH
-- Once: which parts are those of now takes memory that grows with the estate.
record_now AS MATERIALIZED (
    FROM current_record
    WHERE register IN ('member', 'member_before', 'send', 'mail_list', 'consent', 'deletion')
),
registered AS (
    SELECT register, asset_id, coalesce(person_key, email_key) AS who, old_key, email_key, moment, ended AS left_at, due,
           coalesce(optout, FALSE) AS optout, consent,
           ended IS NOT NULL OR coalesce(leaving.status IS NOT NULL, FALSE) AS has_left
    FROM record_now LEFT JOIN leaving_status AS leaving USING (status)
    WHERE register IN ('member', 'member_before') AND coalesce(person_key, email_key) IS NOT NULL
),
-- A number that was given again is the one's who has it now.
given AS (SELECT DISTINCT who AS number FROM registered WHERE register = 'member'),
renumbered AS (
    SELECT old_key AS number, min(who) AS who FROM registered ANTI JOIN given ON given.number = old_key
    WHERE register = 'member' AND old_key IS NOT NULL GROUP BY old_key
),
-- When those a migration carried over joined, where that tells anything.
joined AS (
    SELECT CASE WHEN renumbers THEN old_key ELSE who END AS number, max(moment) AS joined_at
    FROM (FROM (SELECT *, local_day(moment) AS day FROM registered WHERE register = 'member')
          ANTI JOIN stamped_day USING (asset_id, day)),
         (SELECT EXISTS (FROM registered WHERE register = 'member' AND old_key <> who) AS renumbers)
    GROUP BY number
),
-- Who had left before a migration has left, unless he or she joined again; what else was said then counts only of
-- those the migration left behind.
earlier AS (
    SELECT coalesce(later.who, CASE WHEN again.number IS NULL THEN was.who ELSE was.email_key END) AS who, was.email_key,
           was.left_at, was.has_left, later.who IS NULL AND was.optout AS optout
    FROM registered AS was
    LEFT JOIN (FROM registered WHERE register = 'member') AS later ON later.old_key = was.who
    LEFT JOIN (FROM given WHERE EXISTS (FROM registered WHERE register = 'member' AND old_key <> who)) AS again
        ON again.number = was.who
    LEFT JOIN joined ON joined.number = was.who
    WHERE was.register = 'member_before' AND NOT coalesce(joined_at > was.left_at, FALSE)
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
    SELECT row_number() OVER () AS id, register, asset_id, coalesce(list, asset_id) AS list, purpose,
           coalesce(renumbered.who, person_key) AS person_key, email_key, moment,
           CASE register WHEN 'send' THEN moment ELSE now END AS as_at
    FROM record_now LEFT JOIN renumbered ON number = person_key
    CROSS JOIN (SELECT max(finished_at) AS now FROM current_source)
    WHERE register IN ('send', 'mail_list')
),
-- Without a register of consent the flag of the member counts.
consents AS (
    SELECT coalesce(renumbered.who, person_key, addresses.who, record.email_key) AS who, purpose, moment, ended,
           consent IS NOT FALSE AS given
    FROM (FROM record_now ANTI JOIN other_purpose USING (purpose)) AS record
    LEFT JOIN renumbered ON number = person_key
    LEFT JOIN addresses ON addresses.email_key = CASE WHEN person_key IS NULL THEN record.email_key END
    WHERE register = 'consent'
    UNION ALL
    SELECT who, NULL, NULL, NULL, TRUE FROM members
    WHERE consent AND NOT EXISTS (FROM current_register WHERE register = 'consent')
),
-- What a message is for, where the register of consent tells that apart.
named AS (SELECT DISTINCT purpose FROM consents WHERE purpose IS NOT NULL),
meant AS (
    SELECT id, as_at, named.purpose, written.email_key, coalesce(people.who, addresses.who, person_key, written.email_key) AS who
    FROM written
    LEFT JOIN named ON named.purpose = written.purpose
    LEFT JOIN people ON people.who = person_key
    LEFT JOIN addresses ON addresses.email_key = CASE WHEN people.who IS NULL THEN written.email_key END
),
-- The last word counts, on what a message is for; of two at one moment, the refusal.
agreement AS (
    SELECT id, meant.who,
           arg_max(given AND (ended IS NULL OR ended > as_at),
                   2 * coalesce(epoch_us(moment), 0) + (NOT given OR coalesce(ended <= as_at, FALSE))::BIGINT) AS agreed
    FROM meant JOIN consents USING (who)
    WHERE (moment IS NULL OR moment <= as_at)
          AND (meant.purpose IS NULL OR consents.purpose IS NULL OR consents.purpose = meant.purpose)
    GROUP BY id, meant.who
),
erased AS (
    SELECT who, min(moment) AS erased_at
    FROM (SELECT unnest([coalesce(renumbered.who, person_key), email_key]) AS who, moment
          FROM record_now LEFT JOIN renumbered ON number = person_key WHERE register = 'deletion')
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
