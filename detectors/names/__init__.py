"""Names of people: rules and dictionaries propose, the tagger decides where they are in doubt."""
