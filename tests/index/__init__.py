"""The index side: rules, middleware, log filter and check."""
