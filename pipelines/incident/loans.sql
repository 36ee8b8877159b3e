-- Who had the devices concerned, when, and when they were wiped first after each return.
WITH told AS (
    SELECT register, asset_id, device_key, ref_key, person_key, moment, ended, verified
    FROM current_record WHERE register IN ('device', 'wipe', 'extraction')
),
place AS (SELECT DISTINCT device FROM current_asset SEMI JOIN scope_asset USING (asset_id) WHERE device IS NOT NULL),
concerned AS (
    SELECT DISTINCT device_key, ref_key FROM told JOIN current_asset AS asset USING (asset_id)
    SEMI JOIN place USING (device) WHERE register = 'extraction'
),
also AS (
    SELECT device_key, ref_key FROM concerned
    UNION
    SELECT told.device_key, told.ref_key FROM told JOIN concerned
        ON told.device_key = concerned.device_key OR told.ref_key = concerned.ref_key
),
of_them AS (
    SELECT DISTINCT told.* FROM told JOIN also ON told.device_key = also.device_key OR told.ref_key = also.ref_key
),
wiped AS (
    SELECT of_them.* FROM of_them JOIN current_register AS declared USING (register, asset_id)
    WHERE register = 'wipe' AND coalesce(verified, NOT list_contains(roles, 'verified'))
)
SELECT short_key(coalesce(loan.device_key, loan.ref_key)) AS device, short_key(loan.person_key) AS borrower,
       loan.moment AS lent, loan.ended AS returned, min(wiped.moment) AS wiped
FROM of_them AS loan
LEFT JOIN wiped ON (wiped.device_key = loan.device_key OR wiped.ref_key = loan.ref_key) AND wiped.moment >= loan.ended
WHERE loan.register = 'device' AND loan.moment IS NOT NULL
GROUP BY ALL ORDER BY device, lent, borrower
