"""Administrative units over time: which there are, whose they are, who succeeded them."""
