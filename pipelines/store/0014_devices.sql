-- What was read out of devices, and the pictures it is made of, too.

-- The place an asset was read out of (`devices` of a files source), NULL where it is none of a device.
ALTER TABLE asset ADD COLUMN IF NOT EXISTS device TEXT;

-- One row per picture: the kind of document it shows, when it was taken (EXIF), and whether it says where.
CREATE TABLE IF NOT EXISTS picture (
    part_id  TEXT NOT NULL,
    row      BIGINT NOT NULL,
    page     INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    captured TIMESTAMPTZ,
    located  BOOLEAN NOT NULL
);

CREATE OR REPLACE VIEW current_asset AS
SELECT asset.*, coalesce(as_of, scan.finished_at) AS finished_at, coalesce(as_of_day, scan.day) AS day
FROM asset JOIN current_source AS scan USING (scan_id, source);

CREATE OR REPLACE VIEW current_picture AS
SELECT place.source, place.scan_id, place.asset_id, place."index", picture.*
FROM picture JOIN current_part AS place USING (part_id);
