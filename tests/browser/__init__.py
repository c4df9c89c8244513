"""The house through a real browser: served, worked and mailed as the demo is."""
