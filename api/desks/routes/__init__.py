"""The desks' routes."""
