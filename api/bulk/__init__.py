"""Ten thousand labels at once (docs/bulk.md): read a table or photos, judge every line, write verdicts and a report."""
