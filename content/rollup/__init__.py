"""What child units report: the signed file, which version counts, and how figures are summed."""
