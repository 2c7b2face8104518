"""Names of shapes as exporters write them: spelling, dialects, what they drive, and what a user assigns by hand."""
