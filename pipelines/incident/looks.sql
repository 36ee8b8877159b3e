-- Who did read, by the access logs and the notes of who opened what.
WITH people AS (
    SELECT DISTINCT person_key AS key FROM record SEMI JOIN scope_row USING (part_id, row) WHERE person_key IS NOT NULL
    UNION SELECT DISTINCT value_key FROM value_key SEMI JOIN scope_row USING (part_id, row)
    WHERE entity_type IN ('PERSONAL_ID', 'PHONE_NUMBER')
),
refs AS (SELECT DISTINCT ref_key AS key FROM record SEMI JOIN scope_row USING (part_id, row) WHERE ref_key IS NOT NULL),
looked AS (
    SELECT staff_key, register, coalesce(person_key, phone_key, ref_key) AS whom, moment FROM current_record
    WHERE register IN ('lookup', 'reader')
      AND (person_key IN (SELECT key FROM people) OR phone_key IN (SELECT key FROM people)
           OR ref_key IN (SELECT key FROM refs))
      AND (moment IS NULL OR $first IS NULL OR moment >= $first) AND (moment IS NULL OR $last IS NULL OR moment <= $last)
)
SELECT short_key(staff_key) AS staff, register AS log, count(*) AS looks, count(DISTINCT whom) AS persons,
       min(moment) AS first, max(moment) AS last
FROM looked GROUP BY staff_key, register ORDER BY looks DESC, staff
