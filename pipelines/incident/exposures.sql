-- From when to when what is concerned could be read by others than its owner, and what says so.
WITH granted AS (
    SELECT asset_id, min(coalesce(as_of, finished_at)) AS first, max(coalesce(as_of, finished_at)) AS last
    FROM access JOIN asset USING (scan_id, asset_id) JOIN scan USING (scan_id) SEMI JOIN scope_asset USING (asset_id)
    WHERE finished_at IS NOT NULL AND audience NOT IN ('owner', 'nobody') GROUP BY asset_id
),
told AS (SELECT asset_id, min(moment) AS first, max(moment) AS last FROM scope_row GROUP BY asset_id)
SELECT asset.asset_id AS asset, coalesce($first, told.first, granted.first) AS first,
       CASE WHEN $first IS NOT NULL THEN 'asked' WHEN told.first IS NOT NULL THEN 'record'
            WHEN granted.first IS NOT NULL THEN 'scan' ELSE 'unknown' END AS first_by,
       coalesce($last, told.last, granted.last) AS last,
       CASE WHEN $last IS NOT NULL THEN 'asked' WHEN told.last IS NOT NULL THEN 'record'
            WHEN granted.last = asset.finished_at THEN 'still'
            WHEN granted.last IS NOT NULL THEN 'scan' ELSE 'unknown' END AS last_by
FROM current_asset AS asset SEMI JOIN scope_asset USING (asset_id)
LEFT JOIN granted USING (asset_id) LEFT JOIN told USING (asset_id)
ORDER BY asset
