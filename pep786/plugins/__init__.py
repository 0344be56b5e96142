"""Where a tool itself loads us: poetry and pdm, whose project plugins are in folders unknown to site."""
