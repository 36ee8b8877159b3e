"""Speed: what scanning costs against reading, against Presidio and GiNZA, and from night to night."""
