-- What bounds the number of distinct persons in the rows concerned: those of whole assets (`whole_part`), and single
-- ones (`scope_node`).
WITH link AS (
    SELECT number * 68719476736 + row AS node, subject_id, confidence, role
    FROM subject_link JOIN scope_part USING (part_id)
),
single AS MATERIALIZED (SELECT times, subject_id, confidence, role FROM scope_node LEFT JOIN link USING (node)),
whole AS MATERIALIZED (
    SELECT number, row, times, subject_id, confidence, role FROM subject_link JOIN whole_part USING (part_id)
),
-- Whoever ordered for somebody else stands in the row by number, and is concerned, too.
linked AS (
    SELECT subject_id, sum(times) AS rows, min(confidence) AS confidence
    FROM (SELECT subject_id, times, confidence FROM single WHERE role IS NOT NULL
          UNION ALL SELECT subject_id, times, confidence FROM whole)
    GROUP BY subject_id
),
unlinked AS (
    SELECT (SELECT coalesce(sum(times), 0) FROM single WHERE role IS NULL)
           + (SELECT coalesce(sum(rows * times), 0) FROM whole_part)
           - (SELECT coalesce(sum(times), 0) FROM whole WHERE role = 'self')
           - (SELECT coalesce(sum(times), 0) FROM whole
              ANTI JOIN (SELECT number, row FROM whole WHERE role = 'self') AS self USING (number, row)) AS rows
),
-- A text tells of as many as it has names, numbers and addresses: which of them are one person's it does not say.
told AS (
    SELECT entity_type, count(DISTINCT key) AS keys FROM (
        SELECT entity_type, key FROM whole_finding WHERE key IS NOT NULL
        UNION ALL
        SELECT entity_type, key
        FROM (SELECT number * 68719476736 + row AS node, entity_type, hash(value_key) AS key
              FROM finding JOIN scope_part USING (part_id) WHERE personal AND value_key IS NOT NULL)
        SEMI JOIN scope_node USING (node))
    WHERE entity_type NOT IN ('JP_POSTAL_CODE', 'DATE_OF_BIRTH', 'AGE', 'EMPLOYMENT_HISTORY', 'RELATIONSHIP')
    GROUP BY entity_type
),
-- People a row names beside the one it is about (`other_field`; registers say it themselves): each may be one more.
here AS MATERIALIZED (
    SELECT part_id, register, person_key, other_key, staff_key FROM record SEMI JOIN whole_part USING (part_id)
    UNION ALL
    SELECT part_id, register, person_key, other_key, staff_key
    FROM (SELECT *, number * 68719476736 + row AS node FROM record JOIN scope_part USING (part_id))
    SEMI JOIN scope_node USING (node)
),
own AS (
    SELECT part_id, CASE register WHEN 'staff' THEN staff_key
                                  WHEN 'agent_view' THEN coalesce(other_key, person_key) ELSE person_key END AS key
    FROM here
),
beside AS (
    SELECT unnest([other_key, person_key, staff_key]) AS key FROM here
    UNION ALL
    SELECT value_key FROM value_key JOIN other_field USING (field)
    JOIN (SELECT part_id, asset_id FROM current_part SEMI JOIN whole_part USING (part_id)) AS place
        ON place.part_id = value_key.part_id AND place.asset_id = other_field.asset_id
    UNION ALL
    SELECT value_key
    FROM (SELECT field, value_key, number * 68719476736 + row AS node
          FROM value_key JOIN scope_part USING (part_id) SEMI JOIN other_field USING (field))
    JOIN scope_node USING (node) SEMI JOIN other_field USING (asset_id, field)
),
besides AS (
    SELECT count(*) AS people
    FROM (SELECT DISTINCT hash(key) AS key FROM beside WHERE key IS NOT NULL)
    ANTI JOIN (SELECT hash(key) AS key FROM own WHERE key IS NOT NULL) AS own USING (key)
),
-- Linking takes one person for two where nothing but the name agrees: at least there are as many as names, and as
-- numbers the company gave in one place.
place AS (SELECT DISTINCT part_id, asset_id FROM current_part SEMI JOIN scope_asset USING (asset_id)),
mine AS (
    SELECT part_id, asset_id, field, role FROM place JOIN subject_field USING (asset_id) WHERE role IN ('id', 'name')
),
entire AS (SELECT part_id, number, asset_id, field, role FROM mine JOIN whole_part USING (part_id)),
partly AS (SELECT part_id, number, asset_id, field, role FROM mine JOIN scope_part USING (part_id)),
numbers AS (
    SELECT coalesce(max(keys), 0) AS ids
    FROM (SELECT asset_id, count(DISTINCT key) AS keys
          FROM (SELECT asset_id, hash(value_key) AS key FROM value_key JOIN entire USING (part_id, field) WHERE role = 'id'
                UNION ALL
                SELECT asset_id, key
                FROM (SELECT asset_id, number * 68719476736 + row AS node, hash(value_key) AS key
                      FROM value_key JOIN partly USING (part_id, field) WHERE role = 'id')
                SEMI JOIN scope_node USING (node)
                UNION ALL
                SELECT asset_id, hash(key) FROM own JOIN place USING (part_id) WHERE key IS NOT NULL)
          GROUP BY asset_id)
),
called AS MATERIALIZED (
    SELECT subject_id, hash(name) AS name, CASE WHEN reading IS NOT NULL THEN hash(reading) END AS reading
    FROM (SELECT number, row, value_key AS name, alt_key AS reading
          FROM value_key JOIN entire USING (part_id, field) WHERE role = 'name'
          UNION ALL
          SELECT number, row, name_key, name_alt FROM record JOIN whole_part USING (part_id) WHERE name_key IS NOT NULL)
    JOIN whole USING (number, row) WHERE whole.role = 'self'
    UNION ALL
    SELECT subject_id, hash(name), CASE WHEN reading IS NOT NULL THEN hash(reading) END
    FROM (SELECT number * 68719476736 + row AS node, value_key AS name, alt_key AS reading
          FROM value_key JOIN partly USING (part_id, field) WHERE role = 'name'
          UNION ALL
          SELECT number * 68719476736 + row, name_key, name_alt FROM record JOIN scope_part USING (part_id)
          WHERE name_key IS NOT NULL)
    JOIN link USING (node) SEMI JOIN scope_node USING (node) WHERE link.role = 'self'
),
-- A person's reading is that of all their spellings, and theirs of all who are written so.
read AS (SELECT subject_id, min(reading) AS reading FROM called GROUP BY subject_id),
spelt AS (
    SELECT called.name, min(read.reading) AS reading FROM called JOIN read USING (subject_id)
    WHERE read.reading IS NOT NULL GROUP BY called.name
),
named AS (
    SELECT count(*) AS subjects, count(DISTINCT name) AS names
    FROM (SELECT subject_id, coalesce(min(spelt.reading), min(called.name)) AS name
          FROM called LEFT JOIN spelt USING (name) GROUP BY subject_id)
),
-- Rows of whole assets nothing keyed is known of: their holdings tell how many they are at most.
unseen AS (
    SELECT sum(greatest(most.rows - coalesce(seen.rows, 0), 0))::BIGINT AS rows
    FROM (SELECT asset_id, max(rows) AS rows FROM current_holding SEMI JOIN whole_asset USING (asset_id)
          WHERE kind = 'typed' GROUP BY asset_id) AS most
    LEFT JOIN (SELECT place.asset_id, sum(whole_part.rows) AS rows
               FROM current_part AS place JOIN whole_part USING (part_id) GROUP BY place.asset_id) AS seen
        USING (asset_id)
),
-- Whether anything says that somebody stands there, whoever that is.
somebody AS (
    SELECT EXISTS (SELECT 1 FROM value_key SEMI JOIN whole_part USING (part_id)
                   WHERE entity_type IN ('PERSON', 'PERSONAL_ID', 'EMAIL_ADDRESS'))
        OR EXISTS (SELECT 1 FROM (SELECT number * 68719476736 + row AS node FROM value_key JOIN scope_part USING (part_id)
                                  WHERE entity_type IN ('PERSON', 'PERSONAL_ID', 'EMAIL_ADDRESS'))
                   SEMI JOIN scope_node USING (node))
        OR EXISTS (SELECT 1 FROM told WHERE entity_type IN ('PERSON', 'PERSONAL_ID', 'EMAIL_ADDRESS')) AS there
)
SELECT (SELECT count(*) FROM linked) AS subjects,
       (SELECT subjects FROM named) AS named, (SELECT names FROM named) AS names, (SELECT ids FROM numbers) AS ids,
       coalesce((SELECT sum(CASE WHEN confidence >= $sure THEN 1 ELSE rows END) FROM linked), 0)::BIGINT AS most,
       (SELECT rows FROM unlinked)::BIGINT AS unlinked, coalesce((SELECT sum(keys) FROM told), 0)::BIGINT AS mentioned,
       (SELECT people FROM besides) AS besides,
       coalesce((SELECT rows FROM unseen), 0) AS unseen, (SELECT there FROM somebody) AS somebody
