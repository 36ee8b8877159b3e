-- First and last scan that saw the assets, of those not examined since the one that did.
SELECT asset_id, min(coalesce(as_of, finished_at)) AS first, max(coalesce(as_of, finished_at)) AS last
FROM asset JOIN scan USING (scan_id) SEMI JOIN scope_asset USING (asset_id)
WHERE finished_at IS NOT NULL GROUP BY asset_id ORDER BY asset_id
