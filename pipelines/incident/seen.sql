-- First and last scan that saw the assets.
SELECT asset_id, min(finished_at) AS first, max(finished_at) AS last
FROM asset JOIN scan USING (scan_id) SEMI JOIN scope_asset USING (asset_id)
WHERE finished_at IS NOT NULL GROUP BY asset_id ORDER BY asset_id
