"""The pages people use: rendered here, useful without JavaScript, no cookie, no third-party request. See docs/pages.md."""
