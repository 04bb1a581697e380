"""The four servers as adapters: what the packages ask for in their protocols, spoken in each library's own words."""
