"""One module per role; `api.cli.main` names them and loads them when used."""
