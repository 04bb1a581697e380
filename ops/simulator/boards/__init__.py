"""The boards of a fleet: what each is made of, and the rows of its menus as they left the factory."""
