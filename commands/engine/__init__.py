"""What every slice stands on: its declarations, and the loops that turn actions, reports and due times into facts."""
