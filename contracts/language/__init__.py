"""The language of the house: the shape of a message, its subject, its envelope, its errors, and who may say it."""
