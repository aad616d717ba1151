"""What every room of the window shares."""
