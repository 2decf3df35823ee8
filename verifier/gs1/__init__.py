"""GS1 identifiers: the application-identifier table, content rules, and Digital Link URIs (GS1 Digital Link 1.4, URI syntax)."""

from verifier.gs1.digital_link import DigitalLink, GS1Error, build_digital_link, pad_gtin, parse_digital_link

__all__ = ["DigitalLink", "GS1Error", "build_digital_link", "pad_gtin", "parse_digital_link"]
