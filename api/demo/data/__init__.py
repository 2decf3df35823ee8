"""The demo's own small data set: real figures with their source, and one example rule."""
