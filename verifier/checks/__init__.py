"""The steps of the ladder (docs/spec/07): each returns a `Check` and never raises on bad evidence."""
