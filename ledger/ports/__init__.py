"""Small Protocols between the services and what they run on."""
