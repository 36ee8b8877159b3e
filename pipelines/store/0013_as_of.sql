-- What could not be read is held as it was last examined: of which scan, and why not since (pipelines/nights/outage.py).

-- Of an asset some of whose parts are older than its scan, the scan that last examined them, when and on which day that
-- ended; that scan itself may be purged before. NULL: all there is was examined, or known not to have changed.
ALTER TABLE asset ADD COLUMN IF NOT EXISTS as_of_scan TEXT;
ALTER TABLE asset ADD COLUMN IF NOT EXISTS as_of TIMESTAMPTZ;
ALTER TABLE asset ADD COLUMN IF NOT EXISTS as_of_day DATE;

-- Why a part that was examined before was not examined by this scan. NULL: the part's own status counts.
ALTER TABLE scan_part ADD COLUMN IF NOT EXISTS unread TEXT;

-- The estate says that nothing need be in it.
ALTER TABLE scan_source ADD COLUMN IF NOT EXISTS may_be_empty BOOLEAN DEFAULT FALSE;

CREATE OR REPLACE VIEW current_source AS
SELECT source, scan_id, finished_at, day, may_be_empty
FROM scan_source JOIN scan USING (scan_id)
WHERE finished_at >= coalesce(
    (SELECT max(finished_at) FROM scan WHERE NOT partial), (SELECT min(finished_at) FROM scan))
QUALIFY row_number() OVER (PARTITION BY source ORDER BY finished_at DESC, scan_id DESC) = 1;

-- `finished_at`, `day`: when all there is of it was last examined.
CREATE OR REPLACE VIEW current_asset AS
SELECT asset.*, coalesce(as_of, scan.finished_at) AS finished_at, coalesce(as_of_day, scan.day) AS day
FROM asset JOIN current_source AS scan USING (scan_id, source);

-- `status`: `old` where what is known of the part is older than its scan: it counts in every report as what is held,
-- and nowhere as examined.
CREATE OR REPLACE VIEW current_part AS
SELECT asset.source, scan_part.scan_id, scan_part.asset_id, scan_part."index", part_id, part.digest, part.rows,
       part.bytes, CASE WHEN scan_part.unread IS NULL THEN part.status ELSE 'old' END AS status,
       coalesce(scan_part.unread, part.reason) AS reason, scan_part.watermark, scan_part.reused
FROM current_asset AS asset JOIN scan_part USING (scan_id, asset_id) JOIN part USING (part_id);
