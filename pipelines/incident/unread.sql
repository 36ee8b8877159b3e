-- What of the assets concerned was not examined.
SELECT asset_id, count(*) AS parts, list(DISTINCT reason ORDER BY reason) AS reasons
FROM current_part SEMI JOIN scope_asset USING (asset_id) WHERE status <> 'examined' GROUP BY asset_id ORDER BY 1
