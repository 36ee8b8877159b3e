"""The configuration Meibo ships: entity types, policies, recognizers, a commented estate."""
