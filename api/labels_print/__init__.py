"""What a printed label looks like, and the files it is printed from: PDF sheets, SVG and PNG (docs/design/labels.md)."""
