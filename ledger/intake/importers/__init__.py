"""Importers of public footprint data. One module per source, all behind `reader.FootprintReader`."""
