-- Who did read, by the access logs and the notes of who opened what.
-- Whom they looked for is few; of the many in the leak only those are gathered.
WITH look AS MATERIALIZED (
    SELECT staff_key, register, person_key, phone_key, ref_key, moment FROM current_record
    WHERE register IN ('lookup', 'reader')
      AND (moment IS NULL OR $first IS NULL OR moment >= $first) AND (moment IS NULL OR $last IS NULL OR moment <= $last)
),
sought AS (SELECT DISTINCT unnest([person_key, phone_key]) AS key FROM look),
held AS MATERIALIZED (
    SELECT person_key, ref_key FROM record SEMI JOIN whole_part USING (part_id)
    UNION ALL
    SELECT person_key, ref_key
    FROM (SELECT person_key, ref_key, number * 68719476736 + row AS node FROM record JOIN scope_part USING (part_id))
    SEMI JOIN scope_node USING (node)
),
people AS (
    SELECT person_key AS key FROM held JOIN sought ON sought.key = person_key
    UNION
    SELECT value_key FROM (
        SELECT value_key FROM value_key SEMI JOIN whole_part USING (part_id)
        WHERE entity_type = 'PERSONAL_ID' OR entity_type = 'PHONE_NUMBER') AS held
    SEMI JOIN sought ON sought.key = value_key
    UNION
    SELECT value_key
    FROM (SELECT value_key, number * 68719476736 + row AS node FROM value_key JOIN scope_part USING (part_id)
          JOIN sought ON sought.key = value_key WHERE entity_type IN ('PERSONAL_ID', 'PHONE_NUMBER'))
    SEMI JOIN scope_node USING (node)
),
refs AS (SELECT DISTINCT ref_key AS key FROM held WHERE ref_key IS NOT NULL),
looked AS (
    SELECT staff_key, register, hash(coalesce(person_key, phone_key, ref_key)) AS whom, moment FROM look
    WHERE person_key IN (SELECT key FROM people) OR phone_key IN (SELECT key FROM people)
       OR ref_key IN (SELECT key FROM refs)
)
SELECT short_key(staff_key) AS staff, register AS log, count(*) AS looks, count(DISTINCT whom) AS persons,
       min(moment) AS first, max(moment) AS last
FROM looked GROUP BY staff_key, register ORDER BY looks DESC, staff
