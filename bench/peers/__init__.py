"""Other programs that compare faces, each in a process of its own: how long they take, how often they are right."""
