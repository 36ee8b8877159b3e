-- Everything read out of the devices whose keys begin so, by IMEI or by the company's own number.
WITH told AS (
    SELECT asset_id, device_key, ref_key FROM current_record WHERE register IN ('device', 'wipe', 'extraction')
),
asked AS (
    SELECT device_key, ref_key FROM told, (SELECT unnest($devices::TEXT[]) AS prefix)
    WHERE starts_with(lower(hex(device_key)), prefix) OR starts_with(lower(hex(ref_key)), prefix)
)
INSERT INTO scope_asset
SELECT DISTINCT asset.asset_id
FROM (SELECT asset_id FROM told SEMI JOIN asked USING (device_key)
      UNION SELECT asset_id FROM told SEMI JOIN asked USING (ref_key)) AS named
JOIN current_asset AS place USING (asset_id)
JOIN current_asset AS asset ON asset.device = place.device AND asset.kind <> 'device'
