-- Who could read, by grant.
SELECT DISTINCT asset_id AS asset, grantee, audience, privilege, via
FROM current_access SEMI JOIN scope_asset USING (asset_id) ORDER BY ALL
