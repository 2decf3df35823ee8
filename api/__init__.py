"""What faces people: the command line now, the HTTP service next."""
