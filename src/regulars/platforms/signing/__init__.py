"""How each platform wants its calls signed and its messages opened: pure functions over bytes and text."""
