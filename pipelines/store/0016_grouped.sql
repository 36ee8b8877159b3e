-- Of which parts the groups in `quasi_group` were counted: those of an asset whose parts are the same stay.
CREATE TABLE IF NOT EXISTS quasi_state (asset_id TEXT NOT NULL, signature TEXT NOT NULL);
