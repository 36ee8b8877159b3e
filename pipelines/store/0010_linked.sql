-- What the links were made of: where few parts are others, only what they touch is linked again (pipelines/subject/linking.py).

CREATE TABLE subject_part (part_id TEXT NOT NULL, asset_id TEXT NOT NULL);

-- `rules`: as long as they are the same, the rows of persons nothing touched stay.
CREATE OR REPLACE TABLE subject_state (rules TEXT NOT NULL, signature TEXT NOT NULL);
