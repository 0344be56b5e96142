"""The layers below the HTTP libraries."""
