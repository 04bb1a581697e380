"""What tests share: the fixtures over real servers (`plugin`), and the named example values (`examples`)."""
