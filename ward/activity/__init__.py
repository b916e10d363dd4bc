"""The page that shows the audit."""
