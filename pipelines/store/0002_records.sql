-- Rows of registers (pipelines/registers.py) as the incident reports need them: keyed hashes, times, short codes
-- and flags, never a value. A column is NULL where the register has no such role or the cell is empty.
-- `unread`: roles whose cell is filled and could not be read (no date, no flag); reports say so.

CREATE TABLE record (
    part_id     TEXT NOT NULL,
    register    TEXT NOT NULL,
    row         BIGINT NOT NULL,
    row_key     TEXT,
    person_key  BLOB,
    other_key   BLOB,
    old_key     BLOB,
    staff_key   BLOB,
    ref_key     BLOB,
    name_key    BLOB,
    name_alt    BLOB,
    family_key  BLOB,  -- the surname: who could be one household
    family_alt  BLOB,  -- its reading where that is certain
    phone_key   BLOB,
    email_key   BLOB,
    address_key BLOB,  -- with the room
    address_alt BLOB,  -- without it
    has_room    BOOLEAN,
    born_key    BLOB,
    household_key BLOB, -- as the company declares it
    device_key  BLOB,
    sender_key  BLOB,
    sender_type TEXT,  -- PHONE_NUMBER or EMAIL_ADDRESS
    sender_class TEXT, -- mobile, landline, free_mail, mail
    moment      TIMESTAMPTZ,
    due         TIMESTAMPTZ,
    ended       TIMESTAMPTZ,
    status      TEXT,
    purpose     TEXT,
    kind        TEXT,
    channel     TEXT,
    list        TEXT,
    consent     BOOLEAN,
    optout      BOOLEAN,
    verified    BOOLEAN, -- the caller's identity was checked before
    age         BIGINT,
    quantity    BIGINT,
    unread      TEXT[] NOT NULL
);

-- The kind of special-care information (病歴, 障害 …) where the type alone does not say it.
ALTER TABLE finding ADD COLUMN kind TEXT;

CREATE OR REPLACE VIEW current_finding AS
SELECT place.source, place.scan_id, place.asset_id, place."index", finding.*
FROM finding JOIN current_part AS place USING (part_id);

CREATE VIEW current_record AS
SELECT place.source, place.scan_id, place.asset_id, place."index", record.*
FROM record JOIN current_part AS place USING (part_id);

-- What a reader is shown of a key: enough to tell people apart and to find the same one in another report.
CREATE MACRO short_key(k) AS CASE WHEN k IS NULL THEN NULL ELSE 'k:' || left(lower(hex(k)), 12) END;
