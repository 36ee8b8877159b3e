-- Subjects: which rows of which assets are about one person (pipelines/subject/linking.py). Built by the loader over the
-- current parts; no column holds a value. A row belongs to the person it is about (`role` = 'self'); where its
-- member number is another person's (a gift ordered for somebody), it belongs to that one as 'account', too.

-- The column the estate declares as the person key, as the row key may be another one (a note's number).
ALTER TABLE asset ADD COLUMN person_key TEXT;

CREATE OR REPLACE VIEW current_asset AS
SELECT asset.*, finished_at, day FROM asset JOIN current_source USING (scan_id, source);

-- The surname of a PERSON, keyed: households share one. NULL where it is not told from the given name.
ALTER TABLE value_key ADD COLUMN family_key BLOB;

CREATE OR REPLACE VIEW current_value_key AS
SELECT place.source, place.scan_id, place.asset_id, place."index", value_key.*
FROM value_key JOIN current_part AS place USING (part_id);

CREATE TABLE subject (
    subject_id UBIGINT NOT NULL,   -- least of the hashed links that hold it together: same data, same id
    records    BIGINT NOT NULL,
    assets     BIGINT NOT NULL,
    named      BOOLEAN NOT NULL,   -- false: nothing but numbers and addresses is known of this person
    confidence FLOAT NOT NULL      -- of the weakest link it needs
);

CREATE TABLE subject_link (
    part_id    TEXT NOT NULL,
    row        BIGINT NOT NULL,
    subject_id UBIGINT NOT NULL,
    role       TEXT NOT NULL CHECK (role IN ('self', 'account')),
    evidence   TEXT[] NOT NULL,    -- labels.yaml: link
    confidence FLOAT NOT NULL
);

-- The join-key columns that speak of the person a row is about; other columns name other people.
CREATE TABLE subject_field (asset_id TEXT NOT NULL, field TEXT NOT NULL, role TEXT NOT NULL);

-- Keys that are no link: too many different names share them (a switchboard), or nobody is their owner.
CREATE TABLE subject_doubt (
    entity_type TEXT NOT NULL,
    value_key   BLOB NOT NULL,
    reason      TEXT NOT NULL CHECK (reason IN ('shared-key', 'not-unique')),
    names       BIGINT NOT NULL,
    records     BIGINT NOT NULL
);

-- People who live together: same address (with the room), and a surname or a phone number in common.
CREATE TABLE subject_household (
    household_id UBIGINT NOT NULL,
    subject_id   UBIGINT NOT NULL,
    address_key  BLOB NOT NULL,
    evidence     TEXT[] NOT NULL
);

-- What the tables above were built from: the same parts under the same rules are not linked again.
CREATE TABLE subject_state (signature TEXT NOT NULL);

-- Who asked what about whom, without any value (state/audit.jsonl, read at every load).
CREATE TABLE audit (
    moment TIMESTAMPTZ NOT NULL,
    who    TEXT NOT NULL,
    act    TEXT NOT NULL,
    reason TEXT NOT NULL,
    keys   TEXT[] NOT NULL,
    "rows" BIGINT NOT NULL
);

-- Requests of persons (開示等の請求) noted with `meibo request` (state/requests.json, read at every load).
CREATE TABLE request (
    ref       TEXT NOT NULL,
    kind      TEXT NOT NULL,
    received  DATE NOT NULL,
    due       DATE NOT NULL,
    closed    DATE,
    outcome   TEXT,
    matched   TEXT[] NOT NULL,
    id_copy   DATE,
    id_copy_erased DATE
);

CREATE VIEW household AS
SELECT household_id, address_key, count(*) AS persons, list(subject_id ORDER BY subject_id) AS subjects,
       list_distinct(flatten(list(evidence))) AS evidence
FROM subject_household GROUP BY household_id, address_key;

CREATE MACRO subject_name(id) AS 's:' || printf('%016x', id);
