"""The font that labels are set in, and how it was made."""
